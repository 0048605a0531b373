use std::path::Path;

use super::*;
use crate::content::{Content, folder};
use crate::types::Timestamp;

/// A Monday inside the hours, years before the intent of the night is valid.
const MONDAY: Timestamp = Timestamp(1_763_982_000_000);

const SHOP: &str = r#"== deskbell.toml
departments = ["orders", "returns"]
default_department = "orders"
[hours]
monday = ["08:00-18:00"]
== intents/a.yaml
intents:
  - id: order-status
    title: My parcel
    keywords: [{any: [parcel]}]
    slots:
      order_id: {ask: Your number?, pattern: '[A-Z]{2}\d{6}'}
    answer: "{{ order_id }} is on its way. It costs 4.90."
    options: [{label: Change it, intent: change-address}]
    handoff: offer
    expect: [my parcel, 'my <letter> & co']
    reject: [a parcel please]
  - id: change-address
    keywords: [{any: [address]}]
    department: returns
    priority: high
    handoff: always
  - id: after-hours
    keywords: [{any: [night]}]
    when: {page: /night/*, hours: closed}
    valid_from: 2030-01-01
    answer: We sleep.
    expect:
      - at night
      - a letter
== intents/talk.test.md
? language=en
# Number given
> my parcel
< order-status
! handoff
> AB123456
< "on its way"

# At night
? page=/night/1 hours=closed date=2030-01-07
> is anybody there at night
< after-hours

# The wrong one
> a new address
< order-status
< "something else"
== intents/more.test.yaml
tests:
  - say: my parcel
    expect: order-status
  - name: everything there is
    given: {language: en, page: https://shop.example/orders, hours: open, date: 2025-11-24, at: 10:30}
    turns:
      - say: my parcel
        expect: {intent: [order-status], asks: order_id, verdict: confident, min_confidence: 0.9, handoff: false}
        reject: change-address
      - say: AB123456
        expect:
          article: []
          text: ["on its way", 4.90]
          not_text: lost
          options: [Change it, change-address]
        reject: {intent: change-address, text: sorry}
      - say: another address please
        expect: {handoff: {department: returns, reason: intent, priority: high}}
  - name: everything wrong
    turns:
      - say: my parcel
        expect:
          intent: change-address
          asks: email
          verdict: unknown
          min_confidence: 0.99
          text: "nothing of the kind"
          clarify: [order-status]
          options: Nothing
          handoff: {department: returns}
        reject: {intent: order-status, text: number}
  - name: something else
    say: my parcel
    expect: {intent: change-address, min_confidence: 0.99, text: 'no such text', verdict: unknown} # all on one line
  - name: never at that hour
    given: {hours: closed, date: 2025-11-24, at: "10:30"}
    say: my parcel
    expect: order-status
"#;

fn content() -> Content {
    let (content, problems) = content::build(&folder(SHOP));
    assert_eq!(problems, []);
    content
}

/// `UPDATE=1` writes the files anew.
fn golden(name: &str, now: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/cli/test/golden").join(name);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, now).unwrap();
    }
    assert_eq!(std::fs::read_to_string(&path).unwrap_or_default(), now, "{}: run with UPDATE=1", path.display());
}

fn timeless(mut ran: Vec<Ran<'_>>) -> Vec<Ran<'_>> {
    ran.iter_mut().for_each(|r| r.took = Duration::from_millis(1));
    ran
}

#[test]
fn each_form_of_report() {
    let content = content();
    let ran = timeless(ran(&content, None, MONDAY));
    let coverage = cases::coverage(&content, MONDAY);
    let examples = vec![Examples {
        id: "order-status".to_owned(),
        held_out: 5,
        understood: 2,
        missed: vec![("intents/a.yaml:4".to_owned(), "wo bleibt es".to_owned())],
    }];
    golden("report.txt", &(text(&ran) + &more(Some(&coverage), &examples, false) + "\n"));
    golden("examples.txt", &more(None, &examples, true));
    golden("report.jsonl", &json_lines(&ran, Some(&coverage), Some(&examples)));
    golden("report.xml", &junit(&ran));
}

#[test]
fn junit_is_xml_whatever_the_tests_say() {
    let nasty = SHOP
        .replace("'my <letter> & co'", "\"]]> <!-- &amp; \\u{fffe} 'é' \\\" -- \\t x\"")
        .replace("\\u{fffe}", "\u{7f}");
    let (content, _) = content::build(&folder(&nasty.replace('\u{7f}', "")));
    let ran = ran(&content, None, MONDAY);
    let report = junit(&ran);
    let document = roxmltree::Document::parse(&report).unwrap();
    let suites: Vec<_> = document.descendants().filter(|n| n.has_tag_name("testsuite")).collect();
    let named: Vec<&str> = suites.iter().filter_map(|s| s.attribute("name")).collect();
    assert_eq!(named, ["intents/a.yaml", "intents/more.test.yaml", "intents/talk.test.md"]);
    let number = |n: &roxmltree::Node<'_, '_>, name: &str| n.attribute(name).unwrap().parse::<f64>().unwrap();
    let cases: Vec<_> = document.descendants().filter(|n| n.has_tag_name("testcase")).collect();
    assert_eq!(cases.len(), content.tests.len());
    assert_eq!(suites.iter().map(|s| number(s, "tests")).sum::<f64>(), cases.len() as f64);
    let failing = cases.iter().filter(|c| c.children().any(|n| n.has_tag_name("failure"))).count();
    assert_eq!(number(&document.root_element(), "failures"), failing as f64);
    assert!(cases.iter().all(|c| number(c, "time") >= 0.0));
    let name = cases.iter().find_map(|c| c.attribute("name").filter(|n| n.contains("]]>"))).unwrap();
    assert_eq!(name, "order-status expect: ]]> <!-- &amp;  'é' \" --  x".replace("--  x", "-- \t x").replace("\t", ""));
}

#[test]
fn tests_are_chosen_by_name_or_file() {
    let content = content();
    let names = |filter: &str| -> Vec<String> {
        ran(&content, Some(filter), MONDAY).iter().map(|r| r.outcome.test.name.clone()).collect()
    };
    assert_eq!(names("EVERYTHING"), ["everything there is", "everything wrong"]);
    assert_eq!(names("talk.test.md").len(), 3);
    assert_eq!(names("nothing of the kind"), [""; 0]);
}

#[test]
fn edits_are_proposed_that_make_tests_pass() {
    let content = content();
    let files = folder(SHOP);
    let proposal = cases::proposals(&content, &files, MONDAY, |_| true);
    let by_hand: String = proposal.by_hand.iter().map(|(name, at)| format!("by hand: {at} {name}\n")).collect();
    golden("update.diff", &(proposal.diff(&files) + &by_hand));
    let mut after = files.clone();
    for file in &proposal.files {
        *after.iter_mut().find(|f| f.path == file.path).unwrap() = file.clone();
    }
    let (made, problems) = content::build(&after);
    assert_eq!(problems, []);
    let failing: Vec<&str> = cases::outcomes(&made, MONDAY)
        .iter()
        .filter(|o| !o.failures.is_empty())
        .map(|o| o.test.name.as_str())
        .collect();
    let left: Vec<&str> = proposal.by_hand.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(failing, left);
}
