//! Articles from outside, as data.

use super::*;

fn line(text: &str) -> Line {
    Line { text: text.to_owned(), source: 0 }
}

/// An article of a title, questions, and passages with or without headings.
fn article(title: &str, questions: &[&str], passages: &[(&str, &str)]) -> ArticleRule {
    let passage = |(heading, body): &(&str, &str)| PassageRule {
        heading: (!heading.is_empty()).then(|| line(heading)),
        body: line(body),
    };
    ArticleRule {
        title: Some(line(title)),
        questions: questions.iter().map(|q| line(q)).collect(),
        passages: passages.iter().map(passage).collect(),
        ..ArticleRule::default()
    }
}

fn engine(articles: Vec<ArticleRule>) -> Engine {
    Engine::build(Rules { articles, default_language: Some(Language::EN), ..Rules::default() }).0
}

fn read(engine: &Engine, text: &str) -> Reading {
    engine.read(&Query { text, language: None, allow: &|_| true })
}

/// Article and passage of each candidate.
fn places(reading: &Reading) -> Vec<(u32, u32)> {
    let place = |c: &Candidate| match c.target {
        Target::Passage { article, passage } => Some((article, passage)),
        Target::Intent(_) => None,
    };
    reading.candidates.iter().filter_map(place).collect()
}

/// A library that answers its readers: nine articles of four questions.
fn library() -> Vec<ArticleRule> {
    vec![
        article(
            "Borrowing books",
            &["how many books can i borrow", "what is the limit of loans", "how many items may i take home at once"],
            &[("", "You can take home up to twelve books at the same time.")],
        ),
        article(
            "Renewing a loan",
            &["how do i renew a book", "can i extend my loan", "i need the book for longer"],
            &[("", "Renew in your account twice, unless somebody waits for the book.")],
        ),
        article(
            "Overdue fees",
            &["what does it cost to return a book late", "how high is the fine", "do i pay for overdue books"],
            &[("", "Each day after the due date costs twenty cents.")],
        ),
        article(
            "Opening hours",
            &["when do you open", "are you open on sundays", "until what time can i come in the evening"],
            &[("", "We are there from nine to seven, on Saturdays until two.")],
        ),
        article(
            "Getting a card",
            &["how do i become a member", "what do i need to sign up for a card", "how much is a membership"],
            &[("", "Bring a passport and five euros, children get theirs free.")],
        ),
        article(
            "Printing and copying",
            &["can i print here", "where is the photocopier", "how much is a printed page"],
            &[("", "The printer stands beside the stairs; a page is ten cents.")],
        ),
        article(
            "Study rooms",
            &["how do i reserve a study room", "can we book a room for our group", "is there a quiet place to work"],
            &[("", "Groups book a room for two hours at the desk.")],
        ),
        article(
            "Wireless network",
            &["what is the wifi password", "how do i get on the internet", "the wireless does not connect"],
            &[("", "Log in to the network with the number of your card.")],
        ),
        article(
            "Lost or damaged items",
            &["i lost a book", "i spilled coffee on a book", "what if a page is torn"],
            &[("", "Tell us; we charge what a new copy costs.")],
        ),
    ]
}

#[test]
fn confidence_is_learned_from_the_questions_and_means_what_it_says() {
    let engine = engine(library());
    let asked = [
        ("how many novels may i borrow", Some(0)),
        ("is there a limit for books at home", Some(0)),
        ("could i extend the loan of a book", Some(1)),
        ("renew books online", Some(1)),
        ("how much do i pay if i return it late", Some(2)),
        ("overdue fine", Some(2)),
        ("are you open on saturday evening", Some(3)),
        ("what time do you open", Some(3)),
        ("sign up as a member", Some(4)),
        ("what do i need for a membership card", Some(4)),
        ("where can i print a document", Some(5)),
        ("do you have a photocopier", Some(5)),
        ("reserve a room for four people", Some(6)),
        ("quiet place to study", Some(6)),
        ("wifi does not work", Some(7)),
        ("password for the internet", Some(7)),
        ("my dog tore a page of the book", Some(8)),
        ("what happens when i have lost something", Some(8)),
        ("do you sell stamps", None),
        ("can i adopt a cat from you", None),
        ("is the mayor in today", None),
        ("which bus goes to the harbour", None),
    ];
    let (mut sure, mut right) = (0.0, 0.0);
    for (text, expected) in asked {
        let reading = read(&engine, text);
        let is_right = expected.is_some() && places(&reading).first().map(|p| p.0) == expected;
        if reading.verdict == Verdict::Confident {
            assert!(is_right, "{text}: {reading:?}");
        }
        if expected.is_some() && reading.verdict == Verdict::Ambiguous {
            assert!(places(&reading).iter().take(3).any(|p| Some(p.0) == expected), "{text}: {reading:?}");
        }
        sure += reading.candidates.first().map_or(0.0, |c| c.confidence);
        right += if is_right { 1.0 } else { 0.0 };
    }
    assert!(right >= 15.0, "{right}");
    assert!((sure - right).abs() / asked.len() as f32 <= 0.12, "{sure} {right}");

    let outcomes = engine.outcomes();
    assert_eq!(outcomes.iter().filter(|o| o.place.is_some()).count(), 27);
    assert!(outcomes.iter().all(|o| (0.0..=1.0).contains(&o.confidence) && o.weight > 0.0));
    let (confident_at, ambiguous_at) = (engine.options().confident_at.unwrap(), engine.options().ambiguous_at.unwrap());
    assert!((0.75..=0.9).contains(&confident_at) && ambiguous_at <= 0.4, "{confident_at} {ambiguous_at}");
}

#[test]
fn titles_alone_teach_nothing() {
    let titles = library().into_iter().map(|a| ArticleRule { questions: Vec::new(), ..a });
    let engine = engine(titles.collect());
    assert_eq!(engine.outcomes(), []);
    assert_eq!(read(&engine, "opening hours?").verdict, Verdict::Confident);
}

#[test]
fn a_stranger_is_trusted_less_the_more_are_expected() {
    let of = |out_of_scope| {
        let options = Options { out_of_scope, ..Options::default() };
        let rules = Rules { articles: library(), options, ..Rules::default() };
        read(&Engine::build(rules).0, "overdue fine").candidates[0].confidence
    };
    assert!(of(0.05) > of(0.2) && of(0.2) > of(0.6));
}

#[test]
fn of_two_articles_that_say_the_same_one_is_shown() {
    let mut articles = library();
    let mut twin = articles[2].clone();
    twin.title = Some(line("Fees for books that come back late"));
    twin.passages[0].body.text.push_str(" Thanks.");
    articles.push(twin);
    let mut other = articles[3].clone();
    other.passages[0].body = line("The bookshop next door keeps its own times, ask there.");
    articles.push(other);
    let engine = engine(articles);
    let reading = read(&engine, "how high is the fine for a late book");
    let shown = places(&reading);
    assert!(shown.iter().filter(|p| [2, 9].contains(&p.0)).count() == 1, "{reading:?}");
    // The twin does not make the answer unsure.
    assert_eq!(reading.verdict, Verdict::Confident, "{reading:?}");
    // The same question with another answer is another article.
    let reading = read(&engine, "at what time are you open on sundays");
    assert!([3, 10].iter().all(|a| places(&reading).iter().any(|p| p.0 == *a)), "{reading:?}");
    assert_ne!(reading.verdict, Verdict::Confident);
}

#[test]
fn what_may_not_answer_now_is_neither_shown_nor_in_the_way() {
    let mut articles = library();
    let mut old = articles[2].clone();
    old.passages = vec![PassageRule { heading: None, body: line("From March on a day costs fifty cents.") }];
    articles.push(old);
    let engine = engine(articles);
    for (stale, valid) in [(2, 9), (9, 2)] {
        let allow = |t| !matches!(t, Target::Passage { article, .. } if article == stale);
        let text = "how high is the fine for late books";
        let reading = engine.read(&Query { text, language: None, allow: &allow });
        assert_eq!(places(&reading).first().map(|p| p.0), Some(valid), "{reading:?}");
        assert!(places(&reading).iter().all(|p| p.0 != stale), "{reading:?}");
        assert_eq!(reading.verdict, Verdict::Confident, "{reading:?}");
    }
}

fn lamp() -> ArticleRule {
    article(
        "Your new lamp",
        &["questions about the lamp"],
        &[
            ("", "Thank you for choosing a lamp of ours."),
            ("Cleaning", "Wipe the glass with a damp cloth and let it dry."),
            ("", "Batteries last for two winters; spare ones are at any kiosk."),
            ("Warranty", "Within five years we repair what breaks by itself."),
        ],
    )
}

#[test]
fn the_passage_that_answers_is_quoted() {
    let mut articles = library();
    articles.push(lamp());
    let engine = engine(articles);
    for (text, passage) in [
        ("questions about the lamp", 0),
        ("cleaning the lamp", 1),
        ("is a damp cloth right for the lamp", 1),
        ("lamp warranty", 3),
        ("how long do the batteries of the lamp last", 2),
        ("lamp repair after three years", 3),
    ] {
        let reading = read(&engine, text);
        assert_eq!(places(&reading).first(), Some(&(9, passage)), "{text}: {reading:?}");
    }
    // A passage that may not answer now gives way to another of its article.
    let allow = |t| t != Target::Passage { article: 9, passage: 3 };
    let reading = engine.read(&Query { text: "lamp warranty", language: None, allow: &allow });
    assert!(places(&reading).contains(&(9, 0)) || places(&reading).contains(&(9, 1)), "{reading:?}");
}

#[test]
fn words_of_a_passage_alone_are_offered_and_not_asserted() {
    let engine = engine(library());
    for (text, expected) in [("beside the stairs", 5), ("passport and five euros", 4), ("twenty cents each day", 2)] {
        let reading = read(&engine, text);
        assert_eq!(places(&reading).first().map(|p| p.0), Some(expected), "{text}: {reading:?}");
        assert_eq!(reading.verdict, Verdict::Ambiguous, "{text}: {reading:?}");
    }
}

#[test]
fn a_word_that_all_articles_are_about_does_not_drown_the_one_that_asks() {
    let lamps = ["hang", "dim", "clean", "recycle", "insure", "paint"].map(|what| {
        let title = format!("How to {what} a lamp");
        let body = format!("A lamp is a lamp: the lamp you {what} is a lamp like every lamp, says the lamp maker.");
        article(&title, &[], &[("", &body)])
    });
    let mut articles = lamps.to_vec();
    articles.push(article("Lamp", &["the lamp", "a lamp, lamps and more lamps"], &[("", "Lamp lamp lamp.")]));
    articles.push(article("Repairs", &[], &[("", "Bring it to the counter.")]));
    let engine = engine(articles);
    for (text, expected) in [
        ("lamp lamp lamp dim", 1),
        ("my lamp is a lamp that i want to recycle, the lamp is old", 3),
        ("insuring lamps", 4),
        ("paint for the lamp, a lamp, any lamp", 5),
        ("how to repair a lamp", 7),
        ("a lamp repair", 7),
    ] {
        let reading = read(&engine, text);
        assert_eq!(places(&reading).first().map(|p| p.0), Some(expected), "{text}: {reading:?}");
    }
}

#[test]
fn languages_without_vectors_are_answered_too() {
    let german = |title: &str, questions: &[&str], body: &str| ArticleRule {
        language: Some(Language::DE),
        ..article(title, questions, &[("", body)])
    };
    let engine = engine(vec![
        german("Bücher ausleihen", &["wie viele Bücher darf ich ausleihen"], "Zwölf Bücher gehen zugleich mit."),
        german("Leihfrist verlängern", &["kann ich die Frist verlängern"], "Zweimal, wenn niemand wartet."),
        german("Mahngebühren", &["was kostet eine verspätete Rückgabe"], "Jeder Tag kostet zwanzig Cent."),
        german("Ausweis", &["wie bekomme ich einen Ausweis"], "Bringen Sie Ihren Pass und fünf Euro mit."),
    ]);
    let reading = read(&engine, "wie kann ich die Leihfrist verlängern");
    assert_eq!((reading.verdict, places(&reading).first()), (Verdict::Confident, Some(&(1, 0))), "{reading:?}");
}
