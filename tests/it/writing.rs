//! How people really write: typing errors, missing spaces, abbreviations, pictures, capitals, two languages at once.
//!
//! Rows of a text and what the shipped shop must make of it: `id` answers with it, `?id` answers with it or offers it
//! first, `-id` neither answers with it. What the dialogue makes of such texts is in `tests/transcripts/writing.md`.

use std::fmt::Write as _;

use deskbell::content::{self, Content, Situation, SourceFile};
use deskbell::engine::{Reading, Verdict};
use deskbell::types::Language;

use super::transcripts::{OPEN, SHOP};

fn read(content: &Content, text: &str, language: Option<&str>) -> Reading {
    let language = language.map(|code| code.parse().unwrap());
    content.read(text, &Situation { page: None, at: OPEN, language })
}

fn check(content: &Content, rows: &[(&str, &str)]) {
    let mut faults = String::new();
    for (text, expected) in rows {
        let reading = read(content, text, None);
        let id = reading.candidates.first().map(|c| content.id_of(c.target)).unwrap_or_default();
        let fits = match expected.split_at(1) {
            ("?", wanted) => id == wanted && reading.verdict != Verdict::Unknown,
            ("-", unwanted) => id != unwanted || reading.verdict != Verdict::Confident,
            _ => id == *expected && reading.verdict == Verdict::Confident,
        };
        if !fits {
            let confidence = reading.candidates.first().map_or(0.0, |c| c.confidence);
            writeln!(faults, "{text:?}: wanted {expected}, got {id} {confidence:.2} {:?}", reading.verdict).unwrap();
        }
    }
    assert!(faults.is_empty(), "{faults}");
}

#[test]
fn typing_errors() {
    check(
        &SHOP,
        &[
            ("were is my parcle", "?order-status"),
            ("whrer is my oder", "?order-status"),
            ("cna i retrun my lapm", "return-how"),
            ("cancle my ordre", "cancel-order"),
            ("how mcuh is shippnig", "delivery-cost"),
            ("wie kann ich meine bestellung stronieren", "cancel-order"),
            ("wo ist meine bestelung", "order-status"),
            ("was kostet der versnad", "delivery-cost"),
            ("kann ich die lampe zrückgeben", "?return-how"),
            ("ich brauche eine rehcnung", "?invoice-copy"),
            ("wie lange dauert die lieferrung", "?delivery-time"),
        ],
    );
}

#[test]
fn missing_and_superfluous_spaces() {
    check(
        &SHOP,
        &[
            ("whereismyorder", "order-status"),
            ("where is myorder", "order-status"),
            ("wheres myorder", "?order-status"),
            ("i want my re fund", "?refund-status"),
            ("woistmeinpaket", "?order-status"),
            ("waskostetderversand", "delivery-cost"),
            ("liefer zeit", "delivery-time"),
            ("rück gabe", "?return-how"),
            ("wielange dauert die lieferung", "?delivery-time"),
        ],
    );
}

#[test]
fn abbreviations_drawn_out_words_capitals_and_pictures() {
    check(
        &SHOP,
        &[
            ("plzzzz cancel my ordr", "cancel-order"),
            ("PLS CANCEL MY ORDER ASAP", "cancel-order"),
            ("WHERE IS MY ORDER", "order-status"),
            ("wheres my orderrrr", "order-status"),
            ("hw long does del take thx", "?delivery-time"),
            ("can u send ur lamps 2 sweden", "?delivery-abroad"),
            ("where is my 📦?", "order-status"),
            ("wo ist mein 📦", "?order-status"),
            ("where is my order 😡😡", "order-status"),
            ("was kostet der versand 🤔", "delivery-cost"),
            ("WAS KOSTET DER VERSAND", "delivery-cost"),
            ("was is mit meiner bestellnr, wo ist mein paket", "?order-status"),
        ],
    );
}

#[test]
fn two_languages_in_one_text() {
    check(
        &SHOP,
        &[
            ("where is my Rechnung", "?invoice-copy"),
            ("i need a Rechnung for my order", "?invoice-copy"),
            ("wo ist mein parcel", "?order-status"),
            ("was kostet das shipping", "?delivery-cost"),
        ],
    );
}

/// A content that tells wanting from not wanting.
const WANTED: &str = "
intents:
  - id: subscribe
    title: Get the newsletter
    examples: [I want the newsletter, subscribe me to the newsletter, sign me up for your newsletter, please send me
      the newsletter, ich möchte den Newsletter, Newsletter abonnieren, ich will den Newsletter bekommen]
    answer: Welcome.
  - id: unsubscribe
    title: Stop the newsletter
    examples: [I don't want the newsletter, unsubscribe me from the newsletter, stop sending me the newsletter, no more
      newsletter please, ich möchte keinen Newsletter, Newsletter abbestellen, ich will den Newsletter nicht mehr]
    answer: Gone.
  - id: gift
    title: Gift cards
    examples: [do you have gift cards, buy a gift card, Gutschein kaufen, habt ihr Gutscheine]
    answer: Yes.
";

fn small(yaml: &str, settings: &str) -> Content {
    let file = |path: &str, text: &str| SourceFile { path: path.into(), bytes: text.as_bytes().to_vec() };
    let (content, problems) = content::build(&[file("deskbell.toml", settings), file("intents/a.yaml", yaml)]);
    assert!(problems.iter().all(|p| p.severity != content::Severity::Error), "{problems:#?}");
    content
}

#[test]
fn not_wanting_is_not_wanting() {
    let content = small(WANTED, "languages = [\"en\", \"de\"]");
    check(
        &content,
        &[
            ("I don't want the newsletter", "unsubscribe"),
            ("I do NOT want the newsletter", "-subscribe"),
            ("i dont want your newsletter", "-subscribe"),
            ("ich will keinen Newsletter", "-subscribe"),
            ("ich möchte den Newsletter NICHT", "-subscribe"),
            ("I want the newsletter", "subscribe"),
            ("ich möchte den Newsletter", "subscribe"),
        ],
    );
}

#[test]
fn the_language_of_short_texts() {
    let rows: &[(&str, Option<&str>, &str)] = &[
        // Nothing to tell: the conversation's, else the site's first.
        ("ok", None, "en"),
        ("ok", Some("de"), "de"),
        ("12345", None, "en"),
        ("12345", Some("de"), "de"),
        ("AB123456", Some("de"), "de"),
        ("😀", None, "en"),
        ("😀", Some("de"), "de"),
        ("???", Some("de"), "de"),
        ("", Some("de"), "de"),
        ("Anna Schmidt", Some("de"), "de"),
        ("storno", Some("de"), "de"),
        ("E27", Some("de"), "de"),
        // Words that tell.
        ("danke", None, "de"),
        ("danke", Some("en"), "de"),
        ("ja", None, "de"),
        ("nein", None, "de"),
        ("hallo", None, "de"),
        ("yes", Some("de"), "en"),
        ("thanks", Some("de"), "en"),
        ("Rechnung?", None, "de"),
        ("Lieferzeit", None, "de"),
        ("Versandkosten?", None, "de"),
        ("Bestellbestätigung", None, "de"),
        ("Passwort vergessen", None, "de"),
        ("Müller", None, "de"),
        ("invoice please", None, "en"),
        ("invoice please", Some("de"), "en"),
        ("shipping costs?", Some("de"), "en"),
        ("gift card", Some("de"), "en"),
        ("where?", Some("de"), "en"),
        ("wheres my stuff btw", None, "en"),
        ("woistmeinpaket", None, "de"),
        ("whereismyorder", Some("de"), "en"),
        // Mixed: the words around the noun decide.
        ("wo ist mein parcel", None, "de"),
        ("ich brauche ein refund", Some("en"), "de"),
        ("where is my Rechnung", None, "en"),
        ("can I get a Rechnung please", Some("de"), "en"),
    ];
    let mut faults = String::new();
    for (text, prior, expected) in rows {
        let got = read(&SHOP, text, *prior).language;
        if got != expected.parse::<Language>().unwrap() {
            writeln!(faults, "{text:?} after {prior:?}: {got:?}, not {expected}").unwrap();
        }
    }
    assert!(faults.is_empty(), "{faults}");
}

#[test]
fn scripts_without_spaces() {
    let chinese = "
intents:
  - {id: order, title: 订单, examples: [我的订单在哪里, 查询订单状态, 我的包裹什么时候到, 订单发货了吗], answer: 好}
  - {id: refund, title: 退款, examples: [我要退款, 怎么申请退款, 退款需要多久, 可以退货退款吗], answer: 好}
  - {id: card, title: 礼品卡, examples: [有礼品卡吗, 怎么买礼品卡, 礼品卡怎么用], answer: 好}
";
    check(
        &small(chinese, "languages = [\"zh\"]"),
        &[
            ("请问我的订单在哪里？", "?order"),
            ("订单在哪里", "?order"),
            ("我想申请退款", "?refund"),
            ("退款多久", "?refund"),
            ("礼品卡怎么买", "?card"),
        ],
    );
    let japanese = "
intents:
  - {id: order, title: 注文, examples: [注文はどこですか, 注文の状況を知りたい, 荷物はいつ届きますか, 配送状況を確認したい], answer: はい}
  - {id: refund, title: 返金, examples: [返金してほしい, 返金の方法を教えてください, 返金はいつですか, 返品と返金について], answer: はい}
  - {id: card, title: ギフトカード, examples: [ギフトカードはありますか, ギフトカードを買いたい, ギフトカードの使い方], answer: はい}
";
    check(
        &small(japanese, "languages = [\"ja\"]"),
        &[
            ("注文した荷物はどこですか？", "?order"),
            ("荷物はいつ届く", "?order"),
            ("返金をお願いします", "?refund"),
            ("返金方法", "?refund"),
            ("ギフトカードを買いたいです", "?card"),
        ],
    );
}
