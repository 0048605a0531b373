//! Texts made up by rule: what a large shop's visitors ask and its editors write.

const VERBS: [&str; 25] = [
    "return",
    "track",
    "cancel",
    "pay for",
    "change",
    "find",
    "repair",
    "exchange",
    "order",
    "review",
    "insure",
    "install",
    "cancel the insurance of",
    "print the label for",
    "give away",
    "pick up",
    "reserve",
    "extend",
    "pause",
    "renew",
    "upgrade",
    "clean",
    "rent",
    "activate",
    "complain about",
];
const THINGS: [&str; 40] = [
    "order",
    "parcel",
    "invoice",
    "lamp",
    "chair",
    "account",
    "password",
    "voucher",
    "address",
    "mattress",
    "ticket",
    "card",
    "refund",
    "delivery",
    "receipt",
    "warranty",
    "email",
    "sofa",
    "phone",
    "subscription",
    "laptop",
    "charger",
    "bicycle",
    "helmet",
    "jacket",
    "shoes",
    "watch",
    "washing machine",
    "carpet",
    "kettle",
    "tent",
    "guitar",
    "camera",
    "printer",
    "headphones",
    "gift card",
    "membership",
    "newsletter",
    "garden table",
    "spare key",
];
/// How visitors say it; the first ones teach, the last eight are kept for asking.
const FRAMES: [&str; 28] = [
    "how do i {v} my {n}",
    "i want to {v} the {n}",
    "can i {v} a {n}",
    "please {v} this {n}",
    "where do i {v} my {n}",
    "unable to {v} {n}",
    "is it possible to {v} a {n} today",
    "what does it cost to {v} a {n}",
    "{v} {n}",
    "my friend would like to {v} the {n} again",
    "help me {v} the {n} that i got last week",
    "i tried to {v} my {n} but the page shows an error",
    "tell me the steps to {v} a {n}",
    "who can {v} the {n} for me",
    "need to {v} {n} as soon as possible",
    "do you let people {v} their {n} abroad",
    "why can i not {v} the {n}",
    "when can i {v} my new {n}",
    "is there a fee if i {v} the {n}",
    "the {n} you sent me, i would like to {v} it",
    "what happens when i {v} the {n} too late",
    "my {n} was a present, may i {v} it anyway",
    "hello, quick question, could somebody {v} my {n}",
    "i have been waiting for days to {v} this {n}",
    "{n} {v} please",
    "is there someone who knows how to {v} a broken {n}",
    "we bought two and only want to {v} one {n}",
    "any chance to {v} the {n} without the app",
];
const ASKED: usize = 8;
const ASPECTS: [&str; 5] = ["what it costs", "how long it takes", "without a receipt", "from abroad", "as a company"];
const SENTENCES: [&str; 12] = [
    "To {v} a {n}, open your account and choose the {w} that you see under {w}.",
    "You can {v} the {n} within thirty days, unless the {w} was opened.",
    "Our team will look at the {n} and write to you about the {w} and the {w}.",
    "If the {n} came with a {w}, keep it until the {w} has been confirmed.",
    "The {w} of a {n} depends on its {w} and on where you live.",
    "There is no fee for the first {w}; every further {w} costs four euros.",
    "Members who {v} a {n} more than twice a year get a {w} for free.",
    "Do not send the {w} together with the {n}, for it may be lost with the {w}.",
    "Please note that a {w} cannot be used to {v} a {n} in a {w}.",
    "The {n} must be clean, complete and in its own {w}.",
    "We answer within one day; on a {w} it may take a little longer.",
    "After the {w} you will find a {w} in your inbox that says what to do with the {n}.",
];

/// Writes texts, the same ones in every run.
pub(crate) struct Writer {
    /// English words, the frequent ones first, as the engine's table lists them.
    words: Vec<String>,
    state: u64,
}

impl Writer {
    pub(crate) fn new() -> Self {
        let table = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/assets/vectors.bin")).unwrap();
        let number = |at: usize| u32::from_le_bytes(table[at..at + 4].try_into().unwrap()) as usize;
        let (dim, count) = (number(8), number(12) + number(16));
        let list = std::str::from_utf8(&table[20 + 4 * count + dim * count..]).unwrap();
        let words = list.lines().filter(|w| w.len() > 2 && w.bytes().all(|b| b.is_ascii_lowercase()));
        Self { words: words.map(str::to_owned).collect(), state: 1 }
    }

    /// SplitMix64, below `n`.
    fn draw(&mut self, n: usize) -> usize {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % n as u64) as usize
    }

    /// A word as texts have them: the frequent ones often (Zipf).
    fn word(&mut self) -> String {
        let exponent = self.draw(1_000) as f64 / 1_000.0;
        let rank = (self.words.len() as f64).powf(exponent) as usize;
        self.words[rank.min(self.words.len() - 1)].clone()
    }

    fn fill(&mut self, frame: &str, at: usize) -> String {
        let verb = VERBS[at % VERBS.len()];
        let thing = THINGS[at / VERBS.len() % THINGS.len()];
        let mut text = frame.replace("{v}", verb).replace("{n}", thing);
        while text.contains("{w}") {
            text = text.replacen("{w}", &self.word(), 1);
        }
        text
    }

    /// Example `n` of intent `at`; from the twentieth on with a word or two more.
    pub(crate) fn example(&mut self, at: usize, n: usize) -> String {
        let frames = FRAMES.len() - ASKED;
        let frame = FRAMES[n % frames];
        match n / frames {
            0 => self.fill(frame, at),
            1 => self.fill(&format!("{frame} {{w}}"), at),
            _ => self.fill(&format!("{{w}} {frame} {{w}}"), at),
        }
    }

    pub(crate) fn title(&mut self, at: usize) -> String {
        let combinations = VERBS.len() * THINGS.len();
        self.fill(&format!("How to {{v}} a {{n}}: {}", ASPECTS[at / combinations % ASPECTS.len()]), at)
    }

    pub(crate) fn heading(&mut self, at: usize) -> String {
        self.fill("When the {n} has a {w}", at)
    }

    /// Four to eight sentences.
    pub(crate) fn passage(&mut self, at: usize) -> String {
        let count = 4 + self.draw(5);
        let sentences: Vec<String> = (0..count)
            .map(|_| {
                let sentence = SENTENCES[self.draw(SENTENCES.len())];
                self.fill(sentence, at)
            })
            .collect();
        sentences.join(" ")
    }

    /// What a visitor asks: about an intent in words that no example has, with a typing error, about an article, or
    /// about something else.
    pub(crate) fn visitor(&mut self) -> String {
        let at = self.draw(VERBS.len() * THINGS.len());
        let frame = FRAMES[FRAMES.len() - 1 - self.draw(ASKED)];
        match self.draw(20) {
            0..11 => self.fill(frame, at),
            11..14 => {
                let mut letters: Vec<char> = self.fill(frame, at).chars().collect();
                let swapped = self.draw(letters.len() - 1);
                letters.swap(swapped, swapped + 1);
                letters.into_iter().collect()
            }
            14..17 => {
                let aspect = ASPECTS[self.draw(ASPECTS.len())];
                self.fill(&format!("{aspect} if i {{v}} a {{n}} with {{w}}"), at)
            }
            17 => self.fill("{n}", at),
            _ => self.fill("the {w} of {w} is not a {w} to {w}", at),
        }
    }

    /// Texts of 4,000 characters, each with a name.
    pub(crate) fn long(&self) -> Vec<(&'static str, String)> {
        let cut = |text: String| text.chars().take(4_000).collect::<String>();
        let spelt: String = self
            .words
            .iter()
            .filter(|w| w.len() > 5)
            .map(|w| {
                let mut letters: Vec<char> = w.chars().collect();
                letters.swap(2, 4);
                letters.into_iter().collect::<String>() + " "
            })
            .take(900)
            .collect();
        let pairs: String = ('a'..='z')
            .flat_map(|a| ('a'..='z').flat_map(move |b| ['a', 'q', 'é'].map(|c| format!("{a}{b}{c} "))))
            .collect();
        vec![
            ("distinct words", cut(self.words.join(" "))),
            (
                "words of the content",
                cut(FRAMES.map(|f| f.replace("{v}", "cancel").replace("{n}", "parcel")).join(" ").repeat(4)),
            ),
            ("2,000 words of one letter", "a ".repeat(2_000)),
            ("typing errors", cut(spelt)),
            ("short strangers", cut(pairs)),
            ("one long word", "abcdefghij".repeat(400)),
            ("long words", "abcdefghijklmnopqrstuvwxyzabcdefghijklmn ".repeat(98)),
            ("Han", ('\u{4e00}'..='\u{9fff}').take(4_000).collect()),
            ("Thai", "การคืนสินค้า".chars().cycle().take(4_000).collect()),
            ("emoji", "👩‍👩‍👧‍👦😀".chars().cycle().take(4_000).collect()),
            ("marks", "a\u{301}\u{302}\u{323}".chars().cycle().take(4_000).collect()),
            ("ligatures", "\u{fdfa}".repeat(4_000)),
            ("German", cut("Rückgabe Größe Öffnungszeiten Versandkosten über ".repeat(90))),
        ]
    }
}
