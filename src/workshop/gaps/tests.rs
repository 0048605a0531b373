use super::*;
use crate::content::{self, SourceFile};
use crate::workshop::asked::Used;

const INTENTS: &str = "intents:
  - id: order-status
    title: Where is my order?
    examples: [where is my parcel, when will my parcel arrive, has my parcel left, is my parcel on its way]
    answer: On its way.
  - id: returns
    title: Sending something back
    examples: [i want to send it back, how do i return the lamp, returning a lamp, can i send the lamp back]
    answer: Within 30 days.
  - id: human
    title: A person
    examples: [talk to somebody, i want a person, get me a human, a real person please]
    answer: One moment.
    handoff: offer
  - id: opening-hours
    title: Opening hours
    examples: [when are you open, what are your opening hours, are you open on sunday, when do you close]
    answer: From nine to five.
";

fn shop(more: &str) -> Content {
    let file = |path: &str, text: String| SourceFile { path: path.to_owned(), bytes: text.into() };
    let settings = "confident_at = 0.8\nambiguous_at = 0.5\n".to_owned();
    let files = [file("intents/a.yaml", format!("{INTENTS}{more}")), file("deskbell.toml", settings)];
    let (content, problems) = content::build(&files);
    assert!(problems.iter().all(|p| !p.is_error()), "{problems:?}");
    content
}

const WRAP: [&str; 4] =
    ["do you wrap gifts", "can you gift wrap the lamp", "is gift wrapping possible", "gift wrap please"];
const SOLAR: [&str; 2] = ["do you sell solar panels", "solar panels for the roof"];

fn asked(n: u64, text: &str, came: Came) -> Asked {
    Asked {
        came,
        language: Some(Language::EN),
        page: Some("https://shop.example/lamps?token=secret#top".to_owned()),
        from: Some((ConversationId(u128::from(n)), Seq(1))),
        visitor: Some(VisitorId(u128::from(n))),
        ..Asked::plain(text.to_owned(), Timestamp(n as i64 * 1_000))
    }
}

fn unknown(texts: &[&str], from: u64) -> Vec<Asked> {
    (from..).zip(texts).map(|(n, text)| asked(n, text, Came::Unknown)).collect()
}

fn answered(id: &str) -> Came {
    Came::Answered { id: id.to_owned(), confidence: 0.9 }
}

const PERIOD_8: Period = Period { since: Timestamp(0), until: Timestamp(80_000) };

fn found(content: &Content, asked: &[Asked], told: &[Told], ignored: &[String]) -> Gaps {
    let course = Course::default();
    gaps(content, &Heard { asked, course: &course, told }, ignored, PERIOD_8)
}

#[test]
fn what_means_the_same_is_one_gap_and_most_visitors_come_first() {
    let content = shop("");
    let mut all = unknown(&WRAP, 10);
    all.extend(unknown(&SOLAR, 1));
    all.push(asked(60, "Do you wrap gifts?", Came::Unknown));
    // Well answered, or wanted so by the content: no gaps.
    all.push(asked(30, "where is my parcel", answered("order-status")));
    all.push(asked(31, "a question of its own kind", Came::HandedOver));
    all.push(asked(32, "another one altogether", Came::AskedBack { taken: true }));
    let gaps = found(&content, &all, &[], &[]);
    assert_eq!((gaps.questions, gaps.in_vain, gaps.clusters.len()), (10, 7, 2), "{gaps:#?}");
    let wrap = &gaps.clusters[0];
    assert_eq!((wrap.size, wrap.visitors, wrap.texts_total), (5, 5, 4));
    assert_eq!(wrap.signals, Signals { unknown: 5, ..Signals::default() });
    assert_eq!((wrap.samples[0].text.as_str(), wrap.samples[0].times), ("do you wrap gifts", 2), "asked most");
    assert_eq!(wrap.samples[0].page.as_deref(), Some("https://shop.example/lamps"), "nothing of the visitor's own");
    assert_eq!((wrap.trend, wrap.first, wrap.last), ([0, 4, 0, 0, 0, 0, 1, 0], Timestamp(10_000), Timestamp(60_000)));
    assert_eq!(wrap.languages, ["en"]);
    assert_eq!(gaps.clusters[1].size, 2);
    // The order in which questions come changes nothing.
    all.reverse();
    let json = |g: &Gaps| serde_json::to_value(g).unwrap();
    assert_eq!(json(&found(&content, &all, &[], &[])), json(&gaps));
    // A name stays as long as the first question does.
    all.push(asked(70, "wrapping as a gift", Came::Unknown));
    assert_eq!(found(&content, &all, &[], &[]).clusters[0].id, wrap.id);
}

#[test]
fn each_signal_counts() {
    let content = shop("");
    let mut all = vec![
        asked(1, "flibber one", Came::Unknown),
        asked(2, "is it open or sent back", Came::AskedBack { taken: false }),
        Asked { thumbs_down: true, ..asked(3, "where is my parcel", answered("order-status")) },
        Asked { handed_over_soon: true, ..asked(4, "how do i return the lamp", answered("returns")) },
        // The content offers a person itself.
        Asked { handed_over_soon: true, ..asked(5, "talk to somebody", answered("human")) },
        asked(6, "when are you open", answered("opening-hours")),
    ];
    let letter = |kind: &str, target: Option<&str>, c: u64, seq: u64| Told {
        kind: kind.to_owned(),
        target: target.map(str::to_owned),
        text: None,
        note: Some("see there".to_owned()),
        by: "Ada".to_owned(),
        about: (ConversationId(u128::from(c)), Seq(seq)),
        at: Timestamp(9_000),
    };
    let told = [
        letter("make_answer", None, 6, 3),
        // Of a conversation in which nothing was asked.
        letter("make_answer", None, 99, 1),
    ];
    let gaps = found(&content, &all, &told, &[]);
    let mut sum = Signals::default();
    for c in &gaps.clusters {
        let Signals { unknown, ambiguous, thumbs_down, handed_over, suggested } = c.signals;
        sum.unknown += unknown;
        sum.ambiguous += ambiguous;
        sum.thumbs_down += thumbs_down;
        sum.handed_over += handed_over;
        sum.suggested += suggested;
    }
    assert_eq!(sum, Signals { unknown: 1, ambiguous: 1, thumbs_down: 1, handed_over: 1, suggested: 1 }, "{gaps:#?}");
    let suggested = gaps.clusters.iter().find(|c| c.signals.suggested == 1).unwrap();
    assert_eq!(suggested.suggestions[0].by, "Ada");
    // Somebody said which should have answered, and now it does.
    all.truncate(1);
    all[0] = asked(1, "where is my parcel", Came::Unknown);
    let right = letter("should_have", Some("order-status"), 1, 1);
    assert!(found(&content, &all, std::slice::from_ref(&right), &[]).clusters.is_empty());
    let wrong = Told { target: Some("returns".to_owned()), ..right };
    assert_eq!(found(&content, &all, &[wrong], &[]).clusters.len(), 1);
}

#[test]
fn what_the_content_answers_now_is_no_gap() {
    let all = unknown(&WRAP, 10);
    assert_eq!(found(&shop(""), &all, &[], &[]).clusters.len(), 1);
    let wrap = format!(
        "  - id: gift-wrap\n    title: Gift wrapping\n    examples: [{}]\n    answer: We do.\n",
        WRAP.join(", ")
    );
    let now = shop(&wrap);
    assert!(found(&now, &all, &[], &[]).clusters.is_empty());
    // A thumb is about the answer, which is the same as then; where another one is given now, it says nothing.
    let down = |id: &str| vec![Asked { thumbs_down: true, ..asked(1, "where is my parcel", answered(id)) }];
    assert_eq!(found(&now, &down("order-status"), &[], &[]).clusters.len(), 1);
    assert!(found(&now, &down("returns"), &[], &[]).clusters.is_empty());
}

#[test]
fn what_was_ignored_stays_so_with_new_questions() {
    let content = shop("");
    let mut all = unknown(&WRAP[..3], 10);
    all.extend(unknown(&SOLAR, 20));
    let gaps = found(&content, &all, &[], &[]);
    let ignored = [gaps.clusters[0].known_by.join("\n")];
    let rest = found(&content, &all, &[], &ignored);
    assert_eq!((rest.clusters.len(), rest.ignored, rest.in_vain), (1, 3, 5));
    all.extend(unknown(&WRAP[3..], 40));
    all.extend(unknown(&["DO YOU WRAP GIFTS??", "wrap it as a gift please"], 50));
    let rest = found(&content, &all, &[], &ignored);
    assert_eq!((rest.clusters.len(), rest.ignored), (1, 6), "{rest:#?}");
    assert_eq!(rest.clusters[0].samples[0].language.as_deref(), Some("en"));
    assert!(rest.clusters[0].texts.iter().all(|t| t.contains("solar")));
}

#[test]
fn texts_of_too_few_visitors_can_be_withheld() {
    let mut gaps = found(&shop(""), &unknown(&SOLAR, 1), &[], &[]);
    let cluster = &mut gaps.clusters[0];
    cluster.withhold(2);
    assert_eq!(cluster.samples.len(), 2);
    cluster.withhold(3);
    assert!(cluster.samples.is_empty() && cluster.texts.is_empty());
    let json = serde_json::to_string(&gaps).unwrap();
    assert!(!json.contains("solar"), "{json}");
}

#[test]
fn entries_are_told_of_where_there_is_enough_to_tell() {
    let content = shop("");
    let used = |answers: &[(&str, u64, u64)]| {
        let used = answers
            .iter()
            .map(|(id, answered, handed)| ((*id).to_owned(), Used { answered: *answered, handed: *handed }));
        let course = Course { used: used.collect(), ..Course::default() };
        gaps(&content, &Heard { asked: &[], course: &course, told: &[] }, &[], PERIOD_8)
    };
    let ids = |gaps: &Gaps| gaps.unused.iter().map(|e| e.id.clone()).collect::<Vec<_>>();
    assert!(ids(&used(&[("returns", 49, 0)])).is_empty(), "too few answers to tell");
    assert_eq!(ids(&used(&[("returns", 50, 0), ("human", 1, 0)])), ["order-status", "opening-hours"]);
    let gaps = used(&[("returns", 9, 9), ("order-status", 10, 2), ("opening-hours", 100, 19), ("human", 50, 50)]);
    let handed: Vec<_> = gaps.handed.iter().map(|h| (h.entry.id.as_str(), h.answered, h.handed)).collect();
    assert_eq!(handed, [("order-status", 10, 2)]);
}

#[test]
fn strange_texts_are_clusters_too() {
    let all = unknown(&["", "😀", "?!", "退款", "退款吗", "x".repeat(5_000).as_str()], 1);
    let gaps = found(&shop(""), &all, &[], &["".to_owned(), "😀\n\n".to_owned()]);
    assert_eq!(gaps.clusters.iter().map(|c| c.size).sum::<usize>() + gaps.ignored, 6);
    assert!(gaps.ignored >= 1);
}
