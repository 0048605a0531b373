//! Function words of the languages a shop is likely to meet: they tell languages apart and say nothing about topics.

use std::collections::HashMap;

use crate::types::Language;

/// Words as visitors type them, in the form of [`super::normalize::words`].
const LISTS: &[(&str, &str)] = &[
    (
        "en",
        "a an the and or but if of in on at to for from with by about as is are was were be been am do does did have has had i you he she it we they me my your his her its our their this that these those what which who how when where why not no can could will would should may please im dont cant there here so just any some",
    ),
    (
        "de",
        "der die das den dem des ein eine einen einem einer eines und oder aber wenn von in im an am auf zu zum zur für mit bei nach aus über als ist sind war waren sein bin bist habe hat haben hatte ich du er sie es wir ihr mich mir mein meine meinen meiner dein deine ihre ihren unser dies diese dieser was welche wer wie wann wo warum nicht kein keine kann können könnte wird werden würde soll bitte auch noch schon nur man hier gibt",
    ),
    (
        "fr",
        "le la les un une des du de et ou mais si dans en sur à au aux pour par avec sans est sont était être ai as a avons avez ont je tu il elle nous vous ils elles me mon ma mes votre vos ce cette ces que qui quoi quel quelle comment quand où pourquoi ne pas peux peut pouvez sil plaît est-ce jai cest",
    ),
    (
        "es",
        "el la los las un una unos unas y o pero si de del en a al para por con sin es son era ser estoy está están he ha han yo tú usted él ella nosotros me mi mis su sus este esta esto ese que qué quién cómo cuándo dónde cuánto no puedo puede quiero favor hay se lo",
    ),
    (
        "it",
        "il lo la i gli le un una uno e o ma se di del della dei in nel nella a al alla per con da dal è sono era essere ho hai ha abbiamo io tu lui lei noi voi mi mio mia miei vostro questo questa che chi cosa come quando dove perché non posso può vorrei favore si cè",
    ),
    (
        "nl",
        "de het een en of maar als van in op aan te voor met bij naar uit over is zijn was waren ben heb heeft hebben ik je jij u hij zij wij we mijn jouw uw dit dat deze die wat welke wie hoe wanneer waar waarom niet geen kan kunnen wil zou graag er nog ook",
    ),
    (
        "pt",
        "o a os as um uma uns umas e ou mas se de do da dos das em no na nos nas para por com sem é são era ser estou está tenho tem eu tu você ele ela nós me meu minha meus seu sua este esta isso que quem como quando onde porque não posso pode quero favor há",
    ),
    (
        "tr",
        "bir ve veya ama ile için bu şu o ben sen biz siz onlar benim bana beni sizin ne nasıl nerede neden niye kim hangi kaç mı mi mu mü değil var yok daha çok gibi kadar olarak lütfen istiyorum misiniz mısınız da de",
    ),
    (
        "sv",
        "en ett den det de och eller men om av i på till för från med är var vara har hade jag du han hon vi ni mig min mitt mina din er vad vilken vem hur när var varför inte kan skulle vill detta denna finns",
    ),
    (
        "da",
        "en et den det de og eller men hvis af i på til for fra med er var være har havde jeg du han hun vi mig min mit mine din jeres hvad hvilken hvem hvordan hvornår hvor hvorfor ikke kan ville vil dette denne findes",
    ),
    (
        "no",
        "en ei et den det de og eller men hvis av i på til for fra med er var være har hadde jeg du han hun vi meg min mitt mine din deres hva hvilken hvem hvordan når hvor hvorfor ikke kan ville vil dette denne finnes",
    ),
    (
        "fi",
        "ja tai mutta jos on ovat oli olla olen minä sinä hän me te he minun sinun tämä se mikä mitä kuka miten milloin missä miksi ei en voi voin voinko onko kanssa kun että",
    ),
    (
        "pl",
        "i lub ale jeśli z ze w we na do dla od po o jest są był być mam ma ja ty on ona my wy mi mój moja moje pan pani ten ta to co który kto jak kiedy gdzie dlaczego nie mogę można czy proszę się",
    ),
    (
        "cs",
        "a nebo ale jestli z v ve na do pro od po o je jsou byl být mám má já ty on ona my vy mi můj moje ten ta to co který kdo jak kdy kde proč ne mohu můžu zda prosím se",
    ),
    (
        "ro",
        "un o și sau dar dacă de din în la pe pentru cu este sunt era fi am ai are eu tu el ea noi voi mă meu mea acest această ce care cine cum când unde nu pot poate vreau rog se",
    ),
    (
        "hu",
        "a az egy és vagy de ha nem van vannak volt lenni én te ő mi ti nekem ez ezt mit mi melyik ki hogyan mikor hol miért lehet tudok szeretnék kérem hogy",
    ),
    (
        "ru",
        "и или но если в во на с со к из у о от до для по за не это эта этот что кто как когда где почему какой я ты он она мы вы мне мой моя мои ваш есть был была быть можно могу ли пожалуйста",
    ),
    (
        "uk",
        "і та або але якщо в у на з до від для по за не це ця цей що хто як коли де чому який я ти він вона ми ви мені мій моя ваш є був бути можна можу чи будь ласка",
    ),
    (
        "zh",
        "的 了 是 我 你 他 她 们 在 有 和 就 不 都 也 很 到 说 要 去 会 着 没 看 吗 呢 吧 啊 这 那 什 么 怎 可 以 请",
    ),
    ("ja", "の に は を た が で て と し れ さ る か い す ま な も ら こ そ"),
];

/// Words that tell a language though they are no function words: how people greet, thank, agree and abbreviate.
const TELLING: &[(&str, &str)] = &[
    (
        "en",
        "hello hi hey thanks thank yes yeah yep sorry good morning bye want need get got know help order wheres whats hows whens whos ive ill youre thats theres isnt didnt doesnt havent hasnt couldnt wouldnt wont arent wasnt going been before after still yet without pls plz thx ty u ur btw asap idk",
    ),
    (
        "de",
        "hallo moin servus danke dankeschön ja nein nee doch guten morgen gruß grüße tschüss tschüs entschuldigung gut gerne will möchte brauche weiß ihr euch euer eure habt seid könnt wollt dann denn mal jetzt ohne wieder immer keinen alles etwas mehr sehr mfg lg vg vllt evtl bzgl wg zb bzw hab nich bitteschön",
    ),
    ("fr", "bonjour bonsoir salut merci oui non svp stp aussi très bien voudrais veux"),
    ("es", "hola gracias buenos buenas sí también muy bien quisiera necesito"),
    ("it", "ciao buongiorno grazie sì anche molto bene voglio"),
    ("nl", "hallo hoi dank bedankt ja nee alstublieft aub"),
    ("tr", "merhaba selam teşekkürler sağol evet hayır tamam"),
];

/// The words that tell a language: its function words, and what people say in it all day.
pub(crate) fn telling(language: Language) -> impl Iterator<Item = &'static str> {
    let list = TELLING.iter().find(|(code, _)| *code == language.code()).map_or("", |(_, words)| words);
    of(language).chain(list.split(' ').filter(|w| !w.is_empty()))
}

/// Whether a word turns round what is said.
pub(crate) fn is_negation(word: &str) -> bool {
    matches!(
        word,
        "not"
            | "dont"
            | "doesnt"
            | "didnt"
            | "wont"
            | "never"
            | "no"
            | "without"
            | "nicht"
            | "nie"
            | "ohne"
            | "kein"
            | "keine"
            | "keinen"
            | "keinem"
            | "keiner"
    )
}

/// The function words of a language; empty where none are known.
pub(crate) fn of(language: Language) -> impl Iterator<Item = &'static str> {
    let list = LISTS.iter().find(|(code, _)| *code == language.code()).map_or("", |(_, words)| words);
    list.split(' ').filter(|w| !w.is_empty())
}

/// All function words with the languages that have them.
pub(crate) fn by_word() -> HashMap<&'static str, Vec<Language>> {
    let mut all: HashMap<_, Vec<Language>> = HashMap::new();
    for language in LISTS.iter().filter_map(|(code, _)| code.parse().ok()) {
        of(language).for_each(|word| all.entry(word).or_default().push(language));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_list_is_normalised_and_belongs_to_a_language() {
        for (code, _) in LISTS {
            let language: Language = code.parse().unwrap();
            assert!(of(language).count() > 15, "{code}");
            for word in of(language) {
                assert_eq!(word, super::super::normalize::plain(word), "{code}");
            }
        }
        for (code, _) in TELLING {
            for word in telling(code.parse().unwrap()) {
                assert_eq!(word, super::super::normalize::plain(word), "{code}");
            }
        }
        assert_eq!(of("xx".parse().unwrap()).count(), 0);
    }
}
