//! A content folder as text, and what must come of it.

use super::*;
use crate::types::Timestamp;

/// Files of a folder written as `== path` and the lines below it.
pub(super) fn folder(text: &str) -> Vec<SourceFile> {
    let mut files: Vec<SourceFile> = Vec::new();
    for line in text.split_inclusive('\n') {
        match (line.strip_prefix("== "), files.last_mut()) {
            (Some(path), _) => files.push(SourceFile { path: path.trim().to_owned(), bytes: Vec::new() }),
            (None, Some(file)) => file.bytes.extend(line.as_bytes()),
            (None, None) => {}
        }
    }
    files
}

/// Builds a folder and compares its problems, one a line: `code file:line:column+span message (help)`.
fn check(text: &str, wanted: &[&str]) -> Content {
    let (content, problems) = build(&folder(text));
    let found: Vec<String> = problems
        .iter()
        .map(|p| format!("{} {}+{} {}{}", p.code, p.location, p.span, p.message, p.help.as_ref().map_or(String::new(), |h| format!(" ({h})"))))
        .collect();
    assert_eq!(found, wanted, "\n{text}");
    content
}

const SHOP: &str = "\
== deskbell.toml
name = \"Nordlicht\"
languages = [\"en\", \"de\"]
timezone = \"Europe/Berlin\"
departments = [\"orders\"]
[variables]
phone = \"040 1234\"
[hours]
monday = [\"08:00-18:00\"]
== intents/orders.yaml
intents:
  - id: order-status
    title: {en: Where is my order?, de: Wo ist meine Bestellung?}
    examples: [where is my parcel, no, 'yes', wo ist mein Paket]
    keywords:
      - all: [order, status]
        none: [cancel]
      - any: [track my parcel]
    patterns: ['\\border\\s+(?P<order_id>[A-Z]{2}\\d{6})\\b']
    when: {page: /orders/*, hours: open}
    slots:
      order_id: {ask: Your number?, pattern: '[A-Z]{2}\\d{6}', retry: Like AB123456.}
      note: {optional: true}
    answer:
      en: Your order {{ order_id }}. Call {{ phone }}.
      de: Ihre Bestellung {{ order_id }}.
    options: [{label: Change it, intent: change-address}]
    handoff: offer
    department: orders
    priority: high
    owner: web-team
    valid_from: 2026-11-01
    valid_until: 2027-01-31
    expect: [wheres my stuff]
    reject: [i want to order a lamp]
  - id: change-address
    examples: [a b, c d, e f, g h]
    handoff: always
== intents/orders.test.md
# An order
> where is my parcel
< order-status
< \"Your number\"
> help
! handoff department=orders reason=asked
== knowledge/returns/how-long.md
---
title: How long do returns take?
questions: [when do i get my money]
language: en
tags: [money]
---
About **two weeks**.

## By bank
Three days.
## By bank
Two days.
";

#[test]
fn a_sound_folder() {
    let content = check(SHOP, &[]);
    let intent = &content.intents[0];
    assert_eq!(intent.examples, ["where is my parcel", "no", "yes", "wo ist mein Paket"]);
    assert_eq!((intent.priority, intent.handoff, intent.department.as_deref()), (Priority::High, HandoffPolicy::Offer, Some("orders")));
    assert_eq!(intent.slots.iter().map(|s| (s.name.as_str(), s.optional)).collect::<Vec<_>>(), [("order_id", false), ("note", true)]);
    assert_eq!(intent.location.to_string(), "intents/orders.yaml:2:9");
    assert_eq!(content.lines[0].to_string(), "intents/orders.yaml:4:16");
    let article = &content.articles[0];
    let anchors: Vec<_> = article.passages.iter().map(|p| p.anchor.as_str()).collect();
    assert_eq!((article.id.as_str(), anchors.as_slice()), ("returns/how-long", ["", "by-bank", "by-bank-2"].as_slice()));
    for id in ["order-status", "returns/how-long", "returns/how-long#by-bank-2"] {
        assert_eq!(content.id_of(content.target_of(id).unwrap()), id);
    }
    let title = |id, language| content.title_of(content.target_of(id).unwrap(), language);
    assert_eq!(title("order-status", Language::DE), "Wo ist meine Bestellung?");
    assert_eq!(title("change-address", Language::DE), "Change address");
    assert_eq!(title("returns/how-long#by-bank", Language::EN), "How long do returns take? – By bank");
    let slots = BTreeMap::from([("order_id".to_owned(), "AB123456".to_owned())]);
    let (answer, _) = intent.answer.as_ref().unwrap().get(Language::EN, Language::EN).unwrap();
    assert_eq!(content.render(answer, &slots, &[]), "Your order AB123456. Call 040 1234.");
    assert_eq!(content.tests.len(), 3);
    let order = content.tests.iter().find(|t| t.name == "An order").unwrap();
    assert_eq!(order.steps[1].expect, [Expect::Handoff([("department".into(), "orders".into()), ("reason".into(), "asked".into())].into())]);
    assert_eq!(content.version.len(), 16);
    assert_eq!(content.version, build(&folder(SHOP)).0.version);
}

#[test]
fn circumstances_decide_who_may_answer() {
    let content = check(SHOP, &[]);
    let target = content.target_of("order-status").unwrap();
    let at = |text: &str| Timestamp(text.parse::<jiff::Timestamp>().unwrap().as_millisecond());
    for (page, moment, wanted) in [
        (Some("https://shop.example/orders/1"), "2026-11-23T10:00:00Z", true),
        (Some("https://shop.example/"), "2026-11-23T10:00:00Z", false),
        (None, "2026-11-23T10:00:00Z", false),
        (Some("/orders/1"), "2026-11-23T18:00:00Z", false),  // closed
        (Some("/orders/1"), "2026-10-26T10:00:00Z", false),  // not yet valid
        (Some("/orders/1"), "2027-02-01T10:00:00Z", false),  // not any more
    ] {
        assert_eq!(content.allowed(target, &Situation { page, at: at(moment), language: None }), wanted, "{page:?} {moment}");
    }
    assert!(content.read("where is my parcel", &Situation::default()).candidates.is_empty());
    assert_eq!(expired(&content, at("2027-01-31T12:00:00Z")), []);
    let old = expired(&content, at("2027-01-31T23:00:00Z"));
    assert_eq!(old[0].message, "`order-status` was valid until 2027-01-31 and does not answer any more");
}

#[test]
fn an_empty_folder_is_a_content() {
    let content = check("", &[]);
    assert_eq!(content.settings.name, "Support");
    assert!(content.settings.open_state(Timestamp(0), Language::EN).open);
}
