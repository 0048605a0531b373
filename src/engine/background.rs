//! Sentences that no support content answers: what people also say. They teach the engine what being out of scope looks
//! like, beside the intents that it hides from itself.
//!
//! Written for this purpose; statements, stories and questions about the world rather than small talk, which some
//! contents do answer.

use crate::types::Language;

const ENGLISH: &str = "my grandmother grew up on a farm near the river
the volcano erupted long before anyone lived there
he painted the fence while his brother slept
who won the chess championship in the eighties
the committee could not agree on a colour for the bridge
she has been learning the violin since she was six
penguins cannot fly but they swim very well
why do cats purr when they are ill
the second act of the opera was too long for me
they say the old lighthouse is haunted
how deep is the deepest lake on earth
my neighbour keeps bees behind his shed
we walked for hours and never saw another person
is a tomato a fruit or a vegetable
the professor forgot his own lecture
there is a crack in the ceiling of the chapel
what did the romans eat for breakfast
our team lost again and the coach was furious
i dreamed that i could breathe under water
the moon was hidden behind the chimney
can you whistle and hum at the same time
nobody remembers who planted that oak
he collects stamps with ships on them
the parade was rained out three years in a row
how many bones does a shark have
she wrote her thesis about medieval bread
it is rude to point at strangers
the baker gave the children broken biscuits
why is the sky darker at the top
the senator refused to answer any question about the dam
we sang until our voices were gone
my cousin is allergic to strawberries
what is the tallest mountain in africa
the detective hid the letter inside a clock
gravity bends light a little
that film would have been better without the ending
do fish sleep with their eyes open
two strangers shared an umbrella and later a life
the museum keeps the crown in the cellar
i have never understood the rules of cricket
there was a fox in the garden last night
when was the printing press invented
the soup needs more salt and less talk
he swore he had seen the comet twice
she would rather read than dance
how do spiders know where to build
the mayor cut the ribbon with garden scissors
my knees hurt when the wind turns north
an empty boat drifted past the pier
who wrote the poem about the raven
the twins never agree on anything
what colour were dinosaurs really
it took them a century to build the cathedral
the goat ate half of the wedding decoration
i think therefore i worry
in which year did the wall come down
the drummer plays slightly too fast
every summer the circus came to our village
is there life under the ice of europa
his beard makes him look like a pirate
the philosopher lived in a barrel
we should paint the boat before spring
snow fell on the palm trees
why do onions make people cry
the election was decided by eleven votes
her uncle repairs church organs
how long would it take to walk around the moon
the ghost story scared only the adults
a good knife is worth three bad ones
the river has changed its bed twice
what is the plural of octopus
my sister married a beekeeper
the orchestra tuned for a very long time
did shakespeare ever travel to italy
it smelled of pine and old books
the goalkeeper scored in the last minute
i would not trust that ladder
they discovered a new species of frog
the king had six wives and no luck
can plants hear music
someone carved initials into the bench
the lecture on glaciers was surprisingly funny
he speaks four languages and is silent in all of them
what makes bread rise
the train of thought left without me
the shepherd counted clouds instead of sheep
on sundays my father burned the toast
who discovered penicillin
the statue lost its nose in the war
the tide comes in faster than you think
i had an imaginary friend called walter
why are flamingos pink
the novel begins with a funeral
how hot is the surface of the sun
she keeps her diary in code
all the apples fell in one night
the inventor sold his patent for a bicycle
there are more stars than grains of sand
my bicycle has a name and it is bertha
the judge laughed before he sentenced him
what language did jesus speak
lightning struck the same barn twice
the carpenter measured once and cut twice
the desert blooms for a week every decade
do you believe in fate or in buses
the astronaut brought a sandwich in secret
the choir was short of tenors
i once met a man who had met einstein
the dog next door barks at the moon
which came first the chicken or the egg
he fell in love with a lighthouse keeper
how do magnets work
the last wolf was shot in that valley
she knitted a scarf as long as the corridor
the senate voted to go home early
nothing rhymes with orange
the ship was named after an aunt
a crow remembers your face for years
what happened to the library of alexandria
mushrooms grow in circles for a reason
my teacher threw chalk at sleepers
the earthquake stopped all the clocks
why do we yawn when others yawn
the clown cried behind the tent
they grow rice where the airport used to be
i can hear the sea from my bed
the mathematician counted on his fingers
is zero an even number
the village has two churches and no bakery
he was born on the day the bridge opened
whales sing different songs every year
the poet died before the medal came
how do you fold a paper swan
an owl lives in the old mill
the revolution was postponed because of rain
she can name every bone in the hand
the wine tasted of iron and cherries
who built the pyramids and why there
the children dug a hole to the other side of the world
i miss the smell of wet stone
does the equator pass through brazil
the referee needed a police escort
winter came early to the islands";

const GERMAN: &str = "meine großmutter ist auf einem bauernhof aufgewachsen
der vulkan brach aus lange bevor dort jemand lebte
wer hat die schachweltmeisterschaft gewonnen
pinguine können nicht fliegen aber sehr gut schwimmen
warum schnurren katzen
der zweite akt der oper war mir zu lang
wie tief ist der tiefste see der erde
mein nachbar hält bienen hinter dem schuppen
wir sind stundenlang gewandert und haben niemanden getroffen
ist eine tomate obst oder gemüse
der professor hat seine eigene vorlesung vergessen
was haben die römer gefrühstückt
unsere mannschaft hat schon wieder verloren
ich habe geträumt dass ich unter wasser atmen kann
niemand weiß wer die eiche gepflanzt hat
er sammelt briefmarken mit schiffen darauf
wie viele knochen hat ein hai
sie schrieb ihre arbeit über mittelalterliches brot
warum ist der himmel blau
wir sangen bis wir heiser waren
mein vetter verträgt keine erdbeeren
welcher berg ist der höchste in afrika
der kommissar versteckte den brief in einer uhr
der film wäre ohne das ende besser gewesen
schlafen fische mit offenen augen
die krone liegt im keller des museums
ich habe die regeln von cricket nie verstanden
gestern nacht war ein fuchs im garten
wann wurde der buchdruck erfunden
die suppe braucht mehr salz
sie liest lieber als dass sie tanzt
woher wissen spinnen wo sie bauen sollen
meine knie schmerzen wenn der wind dreht
ein leeres boot trieb am steg vorbei
wer schrieb das gedicht vom raben
die zwillinge sind sich nie einig
welche farbe hatten dinosaurier wirklich
am dom wurde hundert jahre gebaut
die ziege fraß den halben brautstrauß
in welchem jahr fiel die mauer
der schlagzeuger spielt etwas zu schnell
jeden sommer kam der zirkus ins dorf
gibt es leben unter dem eis
der philosoph lebte in einem fass
warum weint man beim zwiebelschneiden
die wahl wurde durch elf stimmen entschieden
ihr onkel repariert kirchenorgeln
der fluss hat zweimal sein bett gewechselt
wie lautet die mehrzahl von oktopus
es roch nach kiefern und alten büchern
der torwart traf in der letzten minute
man hat eine neue froschart entdeckt
der könig hatte sechs frauen und kein glück
können pflanzen musik hören
er spricht vier sprachen und schweigt in allen
was lässt brot aufgehen
sonntags ließ mein vater den toast anbrennen
wer hat das penicillin entdeckt
die statue verlor im krieg ihre nase
warum sind flamingos rosa
der roman beginnt mit einer beerdigung
wie heiß ist die oberfläche der sonne
sie führt ihr tagebuch in geheimschrift
es gibt mehr sterne als sandkörner
der blitz schlug zweimal in dieselbe scheune ein
der chor hatte zu wenige tenöre
der hund nebenan bellt den mond an
was war zuerst da die henne oder das ei
wie funktionieren magnete
der letzte wolf wurde in diesem tal erlegt
auf orange reimt sich nichts
eine krähe merkt sich gesichter jahrelang
das erdbeben hielt alle uhren an
warum gähnen wir wenn andere gähnen
ist null eine gerade zahl
das dorf hat zwei kirchen und keinen bäcker
wale singen jedes jahr andere lieder
der dichter starb bevor der orden kam
in der alten mühle wohnt eine eule
sie kennt jeden knochen der hand
wer hat die pyramiden gebaut
der winter kam früh auf die inseln";

/// Sentences of a language; none where none are written.
pub(crate) fn of(language: Language) -> impl Iterator<Item = &'static str> {
    match language {
        Language::EN => ENGLISH,
        Language::DE => GERMAN,
        _ => "",
    }
    .lines()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_enough_and_no_two_alike() {
        for (language, least) in [(Language::EN, 120), (Language::DE, 80)] {
            let mut all: Vec<_> = of(language).collect();
            all.sort_unstable();
            let count = all.len();
            all.dedup();
            assert!(count == all.len() && count >= least, "{language} {count}");
        }
        assert_eq!(of("fr".parse().unwrap()).count(), 0);
    }
}
