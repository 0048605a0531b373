//! Any text, read by the engine of a small content: a reading that makes sense comes of it.
#![no_main]

use std::sync::LazyLock;

use deskbell::content::{self, Content, Situation, SourceFile};
use libfuzzer_sys::fuzz_target;

static CONTENT: LazyLock<Content> = LazyLock::new(|| {
    let file = |path: &str, text: &str| SourceFile { path: path.to_owned(), bytes: text.as_bytes().to_vec() };
    let intents = include_str!("content.yaml");
    let article = "---\ntitle: Returning shoes\n---\nThirty days, clean soles.\n\n## Label\n\nPrint it from your account.\n";
    let (content, problems) =
        content::build(&[file("intents/shop.yaml", intents), file("knowledge/returns.md", article)]);
    assert_eq!(content::count(&problems).0, 0, "{problems:?}");
    content
});

fuzz_target!(|text: &str| {
    let reading = CONTENT.read(text, &Situation::default());
    assert!(reading.candidates.len() <= 5 && reading.trace.len() <= 15);
    assert!(reading.candidates.iter().all(|c| (0.0..=1.0).contains(&c.confidence)));
    assert!(reading.candidates.is_sorted_by(|a, b| a.confidence >= b.confidence));
    assert_eq!(format!("{reading:?}"), format!("{:?}", CONTENT.read(text, &Situation::default())));
});
