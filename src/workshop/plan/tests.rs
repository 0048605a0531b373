use proptest::prelude::*;

use super::*;
use crate::content::{self, folder};

/// A small shop, and questions that stand for what visitors ask.
const LIVE: &str = r#"== deskbell.toml
confident_at = 0.6
ambiguous_at = 0.3
[variables]
phone = "040 1234"
== intents/orders.yaml
# Orders.
intents:
  - id: order-status
    title: Where is my order?
    examples:
      - where is my parcel
      - when will my parcel arrive
      - has my order left
      - track my order
    answer: You see it on your order page. Call {{ phone }} for anything else.
  - id: invoice
    title: Invoice
    examples:
      - where is my invoice
      - send me the invoice again
      - i need a bill for my company
    keywords:
      - any: [pdf]
    answer: |
      # Invoices
      They come by e-mail.
  - id: opening
    title: Opening hours
    examples:
      - when are you open
      - are you open on sunday
      - what are your opening hours
      - shop opening times
    answer: From eight to six.
    handoff: offer
== knowledge/returns.md
---
title: Returns
questions: [how do i send something back, can i return a lamp]
---
Send it back within a month.
"#;

fn asked(text: &str, times: u32) -> Question {
    Question { text: text.to_owned(), language: None, page: None, at: Timestamp(1_794_992_400_000), times }
}

fn questions() -> Vec<Question> {
    [
        ("where is my parcel", 4),
        ("can i have it as pdf", 3),
        ("when are you open", 2),
        ("how do i send something back", 1),
        ("do you sell candles", 2),
        ("hello", 1),
    ]
    .map(|(text, times)| asked(text, times))
    .to_vec()
}

fn plan_of(live: &str, draft: &str, questions: &[Question]) -> Plan {
    let (live, draft) = (folder(live), folder(draft));
    let (a, problems) = content::build(&live);
    assert!(problems.iter().all(|p| !p.is_error()), "{problems:?}");
    let (b, problems) = a.rebuild(&draft);
    assert!(problems.iter().all(|p| !p.is_error()), "{problems:?}");
    plan(&Side { content: &a, files: &live }, &Side { content: &b, files: &draft }, questions)
}

fn edited(edits: &[(&str, &str)]) -> String {
    edits.iter().fold(LIVE.to_owned(), |text, (from, to)| {
        assert_eq!(text.matches(from).count(), 1, "{from}");
        text.replace(from, to)
    })
}

/// A draft in which everything happens at once.
fn busy() -> String {
    edited(&[
        ("    keywords:\n      - any: [pdf]\n", ""),
        ("From eight to six.", "From eight to seven, every day."),
        (
            "== knowledge",
            "  - id: candles\n    title: Candles\n    keywords: [{any: [candles]}]\n    answer: Only lamps.\n== knowledge",
        ),
        ("title: Returns\n", "title: Sending back\n"),
        ("# Orders.", "# Orders, and more."),
        ("phone = \"040 1234\"", "phone = \"040 5678\""),
    ])
}

/// `UPDATE=1` writes the files anew.
fn golden(name: &str, now: &str) {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/workshop/plan/tests").join(name);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, now).unwrap();
    }
    assert_eq!(std::fs::read_to_string(&path).unwrap_or_default(), now, "{}: run with UPDATE=1", path.display());
}

#[test]
fn what_changes_and_why() {
    let plan = plan_of(LIVE, &busy(), &questions());
    golden("busy.txt", &plan.text());
    golden("busy.md", &plan.markdown());
    golden("busy.json", &(serde_json::to_string_pretty(&plan).unwrap() + "\n"));
}

#[test]
fn places_are_named_in_every_form_of_file() {
    let flow = "== intents/a.yaml\nintents:\n\n  # first\n  - {id: one, examples: [a b], answer: Yes.}\n  -   id: two\n      examples:\n      - c d\n      - e f\n      answer:\n        en: No.\n\n== knowledge/x.md\n---\ntitle: X\nquestions: [q r]\n---\nText.\n## More\nAnd more.\n== deskbell.toml\nname = \"A\"\nlanguages = [\n  \"en\",\n]\n[hours]\nmonday = [\"08:00-12:00\"]\n";
    let edits = |from: &str, to: &str| -> Vec<String> {
        let (live, draft) = (folder(flow), folder(&flow.replacen(from, to, 1)));
        let ((a, _), (b, _)) = (content::build(&live), content::build(&draft));
        let edits = edits::edits(&Side { content: &a, files: &live }, &Side { content: &b, files: &draft });
        let told = |e: &Edit| format!("{}:{} {:?} {}", e.file, e.line, e.entry.as_deref().unwrap_or(""), e.what);
        edits.iter().map(told).collect()
    };
    for (from, to, wanted) in [
        ("[a b]", "[a b, x y]", "intents/a.yaml:4 \"one\" intent changed"),
        ("      - e f\n", "      - e f\n      - g h\n      - i j\n", "intents/a.yaml:9 \"two\" 2 examples added"),
        ("      - c d\n", "", "intents/a.yaml:7 \"two\" example removed"),
        ("en: No.", "en: Never.", "intents/a.yaml:10 \"two\" answer changed"),
        ("[q r]", "[q r, s t]", "knowledge/x.md:3 \"x\" questions changed"),
        ("And more.", "And less.", "knowledge/x.md:7 \"x\" text changed"),
        ("name = \"A\"", "name = \"B\"", "deskbell.toml:1 \"\" setting `name` changed"),
        ("  \"en\",\n", "  \"en\",\n  \"de\",\n", "deskbell.toml:4 \"\" setting `languages` added"),
        ("08:00", "09:00", "deskbell.toml:6 \"\" setting `hours.monday` changed"),
        (
            "  -   id: two\n",
            "  - id: new\n    patterns: ['new']\n    answer: New.\n  -   id: two\n",
            "intents/a.yaml:5 \"new\" intent added",
        ),
    ] {
        assert_eq!(edits(from, to), [wanted]);
    }
    assert_eq!(edits("  # first\n", "  # one\n"), [""; 0]);
    assert_eq!(
        edits("== knowledge/x.md\n---\ntitle: X\nquestions: [q r]\n---\nText.\n## More\nAnd more.\n", ""),
        ["knowledge/x.md:1 \"x\" article removed"]
    );
}

#[test]
fn an_edit_is_undone_alone() {
    let (live, draft) = (folder(LIVE), folder(&busy()));
    let ((a, _), (b, _)) = (content::build(&live), content::build(&draft));
    let edits = edits::edits(&Side { content: &a, files: &live }, &Side { content: &b, files: &draft });
    for path in ["deskbell.toml", "intents/orders.yaml", "knowledge/returns.md"] {
        let all: Vec<&Edit> = edits.iter().filter(|e| e.file == path).collect();
        let undone = edits::undone(&live, &draft, path, &all).unwrap();
        let wanted = live.iter().find(|f| f.path == path).unwrap();
        // Comments are no edits, so they stay.
        let wanted = String::from_utf8(wanted.bytes.clone()).unwrap().replace("# Orders.", "# Orders, and more.");
        assert_eq!(String::from_utf8(undone.bytes).unwrap(), wanted);
        let none = edits::undone(&live, &draft, path, &[]).unwrap();
        assert_eq!(none.bytes, draft.iter().find(|f| f.path == path).unwrap().bytes);
    }
    let candles: Vec<&Edit> = edits.iter().filter(|e| e.entry.as_deref() == Some("candles")).collect();
    let undone = edits::undone(&live, &draft, "intents/orders.yaml", &candles).unwrap();
    let text = String::from_utf8(undone.bytes).unwrap();
    assert!(!text.contains("candles") && text.contains("to seven"), "{text}");
}

#[test]
fn what_needs_proof_is_tried() {
    // Two edits, neither of which brings or takes an entry: the rule decides, the example has no part in it.
    let draft = edited(&[
        ("      - track my order\n", "      - track my order\n      - follow the parcel\n"),
        ("      - any: [pdf]\n", "      - any: [pdf, candles]\n"),
    ]);
    let plan = plan_of(LIVE, &draft, &[asked("do you sell candles", 1)]);
    let cause = plan.changes[0].cause;
    assert_eq!((plan.edits[cause.edit.unwrap()].entry.as_deref(), cause.proof), (Some("invoice"), Proof::Tried));
}

#[test]
fn a_change_that_needs_two_edits_has_no_single_one() {
    let live = edited(&[("      - any: [pdf]\n", "      - all: [alpha]\n      - all: [beta]\n")]);
    // Either rule would do, so undoing one of the two changes nothing.
    let draft = live
        .replace("      - all: [alpha]\n", "      - all: [candles]\n")
        .replace("answer: From", "answer: Always from")
        .replace("    answer: |\n      # Inv", "    patterns: ['candles']\n    answer: |\n      # Inv")
        .replace("      - all: [beta]\n", "      - all: [beta]\n      - all: [gamma]\n");
    let plan = plan_of(&live, &draft, &[asked("do you sell candles", 1)]);
    assert_eq!(plan.edits.len(), 4, "{:?}", plan.edits);
    assert_eq!(plan.changes[0].kind, Kind::NewlyAnswered);
    assert_eq!(plan.changes[0].cause, Cause { edit: None, proof: Proof::Together });
}

#[test]
fn what_the_trials_leave_open_is_likely() {
    let things = ["amber", "bronze", "copper", "denim", "ebony", "flint", "glass", "hemp", "ivory", "jade"];
    let intent = |t: &&str| format!("  - id: {t}\n    keywords:\n      - any: [{t}]\n    answer: About {t}.\n");
    let live = format!("== intents/a.yaml\nintents:\n{}", things.iter().map(intent).collect::<String>());
    let draft = things.iter().fold(live.clone(), |text, t| text.replace(&format!("[{t}]"), &format!("[{t}, {t}like]")));
    let questions: Vec<Question> = things.iter().map(|t| asked(&format!("is it {t}like"), 1)).collect();
    let plan = plan_of(&live, &draft, &questions);
    let mut proofs: Vec<Proof> = Vec::new();
    for change in &plan.changes {
        let edit = change.cause.edit.and_then(|e| plan.edits.get(e)).unwrap();
        assert_eq!(edit.entry.as_ref(), change.after.ids.first(), "{change:?}");
        proofs.push(change.cause.proof);
    }
    assert_eq!(plan.changes(), things.len());
    let tried = proofs.iter().filter(|p| **p == Proof::Tried).count();
    let likely = proofs.iter().filter(|p| **p == Proof::Likely).count();
    assert_eq!((tried, likely), (8, 2), "{}", plan.text());
    assert_eq!(plan.text().matches("(probably)").count(), 2);
}

#[test]
fn equal_questions_count_once() {
    let mut many = questions();
    many.extend(questions());
    let mut elsewhere = asked("when are you open", 1);
    elsewhere.page = Some("/contact".to_owned());
    many.push(elsewhere);
    many.push(asked("  ", 9));
    let plan = plan_of(LIVE, &busy(), &many);
    assert_eq!((plan.summary.questions, plan.texts), (27, 7));
    let pdf = plan.changes.iter().find(|c| c.text.contains("pdf")).unwrap();
    assert_eq!((pdf.times, pdf.kind), (6, Kind::Lost));
    assert_eq!(plan.summary.lost, 6);
}

#[test]
fn a_comment_fits_and_what_visitors_wrote_is_no_markup() {
    let questions: Vec<Question> = (0..2_000)
        .map(|n| asked(&format!("candles | `{n}` <b>@all</b> [x](http://evil.example) {}", "é".repeat(60)), 1))
        .collect();
    let markdown = plan_of(LIVE, &busy(), &questions).markdown();
    assert!(markdown.chars().count() <= 60_000, "{}", markdown.chars().count());
    assert!(markdown.contains("more did not fit"), "{markdown}");
    assert_eq!(markdown.matches("<details>").count(), markdown.matches("</details>").count());
    let html = content::html(&markdown);
    assert!(!html.contains("evil.example\""), "a link");
    for line in markdown.lines().filter(|l| l.contains("evil")) {
        assert!(line.contains("`candles \\| '") && line.ends_with('|'), "{line}");
    }
}

/// The kind that a change has where the two sides are swapped.
const fn mirrored(kind: Kind) -> Kind {
    match kind {
        Kind::Lost => Kind::NewlyAnswered,
        Kind::NewlyAnswered => Kind::Lost,
        Kind::Below => Kind::Above,
        Kind::Above => Kind::Below,
        Kind::NoLongerAskedBack => Kind::NowAskedBack,
        Kind::NowAskedBack => Kind::NoLongerAskedBack,
        same => same,
    }
}

fn any_question() -> impl Strategy<Value = Question> {
    const WORDS: &[&str] = &[
        "where", "is", "my", "parcel", "invoice", "pdf", "candles", "open", "sunday", "return", "lamp", "bill", "the",
        "order", "send", "back", "hello", "person", "zxqv", "when",
    ];
    let words = prop::collection::vec(prop::sample::select(WORDS), 1..7);
    (words, prop::option::of(Just("/orders/1".to_owned())), 1_u32..4)
        .prop_map(|(words, page, times)| Question { page, ..asked(&words.join(" "), times) })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn a_content_against_itself_is_empty_and_two_contents_mirror(
        questions in prop::collection::vec(any_question(), 1..40),
        which in prop::sample::subsequence(vec![0_usize, 1, 2, 3], 1..4),
    ) {
        let all = [
            ("      - any: [pdf]\n", "      - any: [invoice]\n"),
            ("      - are you open on sunday\n", ""),
            ("From eight to six.", "Never."),
            ("confident_at = 0.6", "confident_at = 0.9"),
        ];
        let draft = edited(&which.iter().map(|n| all[*n]).collect::<Vec<_>>());
        let own = plan_of(LIVE, LIVE, &questions);
        prop_assert_eq!(own.changes(), 0);
        prop_assert_eq!(own.summary.same, own.summary.questions);
        let (there, back) = (plan_of(LIVE, &draft, &questions), plan_of(&draft, LIVE, &questions));
        let kinds = |plan: &Plan, turn: fn(Kind) -> Kind| {
            let mut kinds: Vec<_> = plan.changes.iter().map(|c| (c.text.clone(), c.page.clone(), turn(c.kind), c.times)).collect();
            kinds.sort();
            kinds
        };
        prop_assert_eq!(kinds(&there, |k| k), kinds(&back, mirrored));
        prop_assert_eq!(there.summary.lost, back.summary.newly_answered);
        prop_assert_eq!(there.summary.below, back.summary.above);
        let sum = |p: &Plan| p.changes.iter().map(|c| c.times).sum::<u64>();
        prop_assert_eq!(sum(&there) + there.summary.same, there.summary.questions);
    }
}
