//! Every code a problem can carry: how bad it is, what it is called, and what `explain` says about it.

use super::Severity::{self, Error, Warning};

/// A kind of problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Code {
    /// Stable name: a letter for the family, three digits.
    pub name: &'static str,
    /// How bad.
    pub severity: Severity,
    /// In a few words.
    pub title: &'static str,
    /// Why it matters and what to do, for somebody who does not program.
    pub explain: &'static str,
}

/// Looks a code up.
#[must_use]
pub fn explain(name: &str) -> Option<&'static Code> {
    CODES.iter().find(|c| c.name.eq_ignore_ascii_case(name))
}

const fn code(name: &'static str, severity: Severity, title: &'static str, explain: &'static str) -> Code {
    Code { name, severity, title, explain }
}

/// All of them, by name. `docs/content.md` holds the same list; a test compares them.
pub const CODES: &[Code] = &[
    // Answers and titles: what visitors read.
    code(
        "A001",
        Error,
        "unknown variable in an answer",
        "An answer may use `{{ name }}` for a slot of its own intent, for a name that one of its patterns captures, and for the names under [variables] in deskbell.toml. Anything else would leave a hole in the sentence.",
    ),
    code(
        "A002",
        Error,
        "broken template",
        "The text holds `{{` or `{%` that does not form a whole expression. Write `{{ name }}`; for two curly brackets as such write `{{ '{{' }}`.",
    ),
    code(
        "A003",
        Warning,
        "missing language",
        "The text exists in some languages of the content but not in all of them. Visitors of the missing language get it in the default language.",
    ),
    code(
        "A004",
        Error,
        "empty text",
        "A text that is there but empty says nothing to the visitor. Write it or remove the key.",
    ),
    code(
        "A005",
        Warning,
        "answer too long for a chat",
        "An answer of more than 2,000 characters fills several screens of a phone. Say the main thing and put the rest into an article.",
    ),
    code(
        "A006",
        Warning,
        "language that the content does not list",
        "The text is written in a language that `languages` in deskbell.toml does not name, so nobody will see it.",
    ),
    code(
        "A007",
        Warning,
        "link that leads nowhere",
        "A link to an article is written `/help/` and the id of the article; this one names an article that is not there, or is no whole path, which the chat cannot follow.",
    ),
    code(
        "A008",
        Warning,
        "link to a heading that is not there",
        "Behind `#` stands the anchor of a `##` heading of the article. Headings that were renamed take their links with them.",
    ),
    code(
        "A009",
        Warning,
        "Markdown that the chat does not show",
        "The chat shows bold, italics, lists, quotes, links and code. Tables and HTML appear as the signs that they are written with, images as their words.",
    ),
    // Budgets and files: what can be read at all.
    code("B001", Error, "file too large", "A content file may have 1 MiB. Split it by topic."),
    code("B002", Error, "content too large", "All files together may have 64 MiB."),
    code("B003", Error, "too many files", "A content may have 5,000 files."),
    code("B004", Error, "folders too deep", "Folders may be nested 32 deep; something probably links to itself."),
    code(
        "B005",
        Error,
        "link that leads out of the content",
        "A symbolic link may point to another file of the same content, not outside of it: the bot would show a file that nobody meant to publish.",
    ),
    code("B006", Error, "not a regular file", "Only regular files are read; a pipe, socket or device is not opened."),
    code("B007", Error, "file cannot be read", "The system refused to read the file; look at its rights."),
    code(
        "B008",
        Error,
        "file changes while it is read",
        "The file was being written each time it was read. It is read again when it has come to rest.",
    ),
    // The configuration of the content: deskbell.toml.
    code("C001", Error, "unknown time zone", "A time zone is written as in the IANA database: `Europe/Berlin`, `UTC`."),
    code(
        "C002",
        Error,
        "opening hours that cannot be read",
        "Hours are written as \"08:00-18:00\"; several a day are several texts in the list. \"22:00-02:00\" goes on after midnight; \"00:00-24:00\" is the whole day.",
    ),
    code(
        "C003",
        Error,
        "number out of range",
        "answer_precision is between 0.5 and 0.99, out_of_scope between 0 and 0.9, confident_at and ambiguous_at between 0 and 1, with ambiguous_at not above confident_at. Under [widget], radius is between 0 and 28, after_s between 0 and 3600, scroll_pct between 0 and 100. Under [routing] and [department.…], docs/routing.md has the range of each.",
    ),
    code(
        "C004",
        Error,
        "unknown text",
        "The keys under [texts.<language>] are the sentences the bot says by itself; docs/content.md lists them.",
    ),
    code(
        "C005",
        Error,
        "suggested intent that does not exist",
        "`suggested` lists ids of intents that are offered on opening.",
    ),
    code("C006", Error, "holiday that cannot be read", "A holiday needs a `date` such as 2026-12-24."),
    code("C007", Error, "default department that is not listed", "`default_department` must be one of `departments`."),
    code(
        "C008",
        Error,
        "opening hours on an unknown day",
        "The days are monday, tuesday, wednesday, thursday, friday, saturday and sunday.",
    ),
    code(
        "C009",
        Error,
        "setting of the widget that cannot be used",
        "Under [widget] a colour is written as \"#0f6cbd\", a picture lies under https or under this server, a page is a path such as \"/pricing*\", and texts are short enough for their place.",
    ),
    code(
        "C010",
        Error,
        "department that is not listed",
        "A section [department.NAME] and `to` under `overflow` name one of `departments`.",
    ),
    code(
        "C011",
        Error,
        "overflow that goes in a circle",
        "`overflow` sends a chat on that nobody has taken. If departments send on to each other in a circle, it would never stay anywhere: let one of them keep its chats.",
    ),
    // Fields: the shape of a file.
    code(
        "F001",
        Error,
        "unknown key",
        "A key that the bot does not know would be silently without effect, so it is refused. Most often it is a typing error.",
    ),
    code(
        "F002",
        Error,
        "wrong kind of value",
        "A text stands where a list is needed, or the other way round. A text that holds `: ` or begins with a special sign needs quotes.",
    ),
    code("F003", Error, "missing key", "Something that cannot be guessed is missing."),
    code("F004", Error, "key given twice", "The same key stands twice in one block; one of the two would be lost."),
    code("F005", Error, "unknown word", "Only certain words may stand here."),
    code("F006", Error, "not a language code", "Languages are written as ISO 639 codes: `en`, `de`, `fr`."),
    code("F007", Error, "date that cannot be read", "A date is written year-month-day: 2026-11-01."),
    code(
        "F008",
        Warning,
        "text cut off by a note",
        "A space and `#` begin a note, also within a text: of `order #123` only `order` is left. Quotes keep the whole text.",
    ),
    code(
        "F009",
        Warning,
        "line that goes on with the one above",
        "A line that is indented deeper than the item above it belongs to that item: `- a` and below it, further right, `- b` are one text, \"a - b\".",
    ),
    // Intents.
    code(
        "I001",
        Error,
        "id given twice",
        "An id names one intent or article in the whole content: tests, options and reports refer to it.",
    ),
    code(
        "I002",
        Error,
        "id not in kebab-case",
        "An id has lower-case letters, digits and single hyphens and has at most 100 characters: `order-status`.",
    ),
    code(
        "I003",
        Error,
        "nothing leads to this intent",
        "An intent needs examples, keywords or patterns; without them no visitor will ever reach it.",
    ),
    code(
        "I004",
        Error,
        "intent without an answer",
        "An intent needs an answer, or `handoff: always`, so that somebody answers.",
    ),
    code(
        "I005",
        Error,
        "pattern that is not a regular expression",
        "A pattern is a regular expression as in the Rust `regex` crate: no look-around, no back-references.",
    ),
    code(
        "I006",
        Error,
        "pattern too large",
        "A compiled pattern may take 256 KiB. Large repetitions of \\w or \\p{L} are the usual cause: use smaller counts or [a-z].",
    ),
    code(
        "I007",
        Error,
        "patterns too large together",
        "A content may have 2,000 patterns and 128 MiB of them compiled, so that it loads within seconds.",
    ),
    code("I008", Error, "suspicious repetition", "`{10:12}` is no repetition; between 10 and 12 times is `{10,12}`."),
    code("I009", Error, "option that leads nowhere", "An option names the id of an intent that does not exist."),
    code("I010", Error, "unknown department", "The department is not listed under `departments` in deskbell.toml."),
    code(
        "I011",
        Warning,
        "line given twice",
        "The same example stands twice in one intent (case and punctuation aside), or the same test; the second adds nothing.",
    ),
    code(
        "I012",
        Warning,
        "few examples",
        "With fewer than four examples, and no keywords or patterns, the bot recognises little more than these very sentences. Add how visitors really ask.",
    ),
    code(
        "I013",
        Warning,
        "keyword of filler words only",
        "Words such as \"the\" or \"is\" stand in nearly every message, so this rule would catch nearly everything.",
    ),
    code(
        "I014",
        Warning,
        "the same example in two intents",
        "Case and punctuation aside, two intents claim the same sentence, so the bot cannot tell them apart. Remove one, or join the intents.",
    ),
    code(
        "I015",
        Error,
        "valid until before valid from",
        "The period ends before it begins, so the entry would never answer.",
    ),
    code(
        "I016",
        Warning,
        "no longer valid",
        "`valid_until` lies in the past: the entry does not answer any more. Renew or remove it.",
    ),
    code("I017", Error, "empty line", "An empty example, keyword, pattern or question says nothing."),
    code(
        "I018",
        Error,
        "keyword rule without words",
        "A rule needs words under `all` or `any`; `none` alone would catch everything.",
    ),
    code(
        "I019",
        Warning,
        "example that another intent wins",
        "Every example is a free test: left out of what the bot learns, it should still lead to its own intent. Where another intent answers, visitors who say nearly the same get the wrong answer: the two overlap, or a keyword or pattern of the other reaches too far. Make the examples of both more different, narrow the rule, or join the intents.",
    ),
    code(
        "I020",
        Error,
        "slot that cannot be asked for",
        "A slot needs `ask`, unless it is `optional: true`: a visitor who does not happen to mention it must be asked.",
    ),
    code(
        "I021",
        Error,
        "slot name that cannot be used",
        "A slot name has letters, digits and underscores and begins with a letter: `order_id`.",
    ),
    code(
        "I022",
        Warning,
        "captured name without a use",
        "A pattern captures a name that is neither a slot nor used in the answer; probably one of them is misspelt.",
    ),
    code(
        "I023",
        Error,
        "pattern that matches everything",
        "A pattern that fits even an empty text fits every text, so every message would land here.",
    ),
    code(
        "I024",
        Warning,
        "nearly the same example in two intents",
        "But for inflection, order and small words, two intents claim the same sentence. Visitors who say so get one of the two answers by chance.",
    ),
    code(
        "I025",
        Warning,
        "rule that never decides",
        "A keyword rule decides by itself. This one cannot: another intent has the same words, so the bot asks back each time, or its own `none` excludes them.",
    ),
    code(
        "I026",
        Warning,
        "single words only",
        "Examples teach how visitors say it. Single words teach little, and the words around them are strange to the bot.",
    ),
    code(
        "I027",
        Warning,
        "pattern that can never match",
        "The pattern wants something before the beginning of a text (`a^b`) or behind its end (`$x`), or of a set that is empty.",
    ),
    code(
        "I028",
        Warning,
        "pattern that matches nearly everything",
        "A pattern decides by itself, so one that fits every message takes all of them.",
    ),
    code(
        "I029",
        Warning,
        "review is due",
        "`review_by` has passed: somebody wanted to see by then whether the entry is still right.",
    ),
    code(
        "I030",
        Warning,
        "options that lead in a circle",
        "Whatever the visitor taps, the same answers come again, and nobody is called. One of them should offer a person or end.",
    ),
    code(
        "I031",
        Warning,
        "condition that never holds",
        "All conditions under `when` must hold, and this one never does, so the entry never answers.",
    ),
    code(
        "I032",
        Warning,
        "hand-off to nobody",
        "The entry hands over to a department that has no opening hours on any day, so nobody will ever take the chat.",
    ),
    // Knowledge.
    code(
        "K001",
        Error,
        "article without a title",
        "The title is what visitors see and what is searched first; it stands in the front matter: `title: How long do returns take?`.",
    ),
    code("K002", Error, "empty article", "There is nothing below the front matter."),
    code(
        "K003",
        Warning,
        "article in a language that the content does not list",
        "Visitors are served in the `languages` of deskbell.toml. An article in another one is offered to nobody.",
    ),
    code(
        "K004",
        Warning,
        "section without words",
        "Each `##` section is found and quoted on its own. Below this one stands nothing, so there is nothing to quote.",
    ),
    code(
        "K005",
        Warning,
        "article that nobody will find",
        "An article is found by its words. This one has only such as stand in nearly every message.",
    ),
    // Canned replies.
    code(
        "R001",
        Error,
        "shortcut that cannot be typed",
        "Agents type `/` and the shortcut: letters, digits, `-` and `_`, at most 40 of them.",
    ),
    code(
        "R002",
        Error,
        "shortcut given twice",
        "A shortcut names one canned reply in the whole content, whatever its case.",
    ),
    code(
        "R003",
        Error,
        "canned reply too long",
        "A message may have 4,000 characters and a title 100. What is longer belongs into an article, with a link in the reply.",
    ),
    // Syntax.
    code("S001", Error, "not UTF-8", "Content files are UTF-8 text. Save the file again with that encoding."),
    code(
        "S002",
        Error,
        "not valid YAML",
        "The structure of the file is broken here; nothing of this file could be used. Indentation by spaces, `key: value`, list items with `- `, and quotes around texts with special signs.",
    ),
    code(
        "S003",
        Error,
        "too deep or too large for YAML",
        "A file may have 100,000 values, nested 32 deep, and anchors that repeat a bounded amount.",
    ),
    code(
        "S004",
        Error,
        "binary data",
        "The file holds control characters that no text has; it is probably not a text file.",
    ),
    code(
        "S005",
        Error,
        "broken front matter",
        "An article begins with a line `---`, then keys such as `title`, then a line `---`.",
    ),
    code("S006", Error, "not valid TOML", "deskbell.toml is TOML: `key = \"text\"`, sections in square brackets."),
    // Tests.
    code(
        "T001",
        Error,
        "test of something that does not exist",
        "The test names an intent or article that is not in the content.",
    ),
    code(
        "T002",
        Error,
        "line that is no step",
        "In a conversation test each line begins with `# ` (a new conversation), `? ` (circumstances), `> ` (the visitor says), `< ` (who must answer) or `! ` (what must happen).",
    ),
    code(
        "T003",
        Error,
        "answer before a question",
        "`< ` and `! ` belong to the `> ` line above them; `? ` stands above the first of these.",
    ),
    code(
        "T004",
        Error,
        "unknown effect",
        "Effects are `! handoff` (with department=, reason= or priority=), `! clarify` and `! unknown`.",
    ),
    code(
        "T005",
        Warning,
        "conversation without a check",
        "Nothing in this conversation says what must happen, so it can never fail.",
    ),
    code(
        "T006",
        Error,
        "circumstances that cannot be",
        "Circumstances of a test are `language`, `page`, `hours` (open or closed), `date` (2026-12-24) and `at` (10:30, a time of the site's day).",
    ),
    code(
        "T007",
        Error,
        "test in which nobody says anything",
        "A test in *.test.yaml has `say`, or `turns` with a `say` each; one of the two.",
    ),
    code(
        "T008",
        Error,
        "check that cannot be made",
        "What a test expects is something that can happen: `min_confidence` lies between 0 and 1, `verdict` is confident, ambiguous or unknown, and `expect` and `reject` do not ask for the same.",
    ),
    code(
        "T009",
        Warning,
        "entry without a test",
        "A test shows at once when a change elsewhere takes a question away from an entry. One or two sentences under `expect` are enough.",
    ),
    code(
        "T010",
        Warning,
        "the same test for two entries",
        "One text cannot lead to two entries, so one of the tests will fail.",
    ),
    code(
        "T011",
        Warning,
        "test that cannot fail",
        "What is an example word for word always leads to its intent. A test shows something only if it is said differently.",
    ),
];
