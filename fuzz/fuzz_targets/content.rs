//! Any bytes as the files of a content folder: problems are told, nothing else happens.
//!
//! A line `== path` begins a file.
#![no_main]

use deskbell::content::{self, SourceFile};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut files = vec![SourceFile { path: "intents/a.yaml".to_owned(), bytes: Vec::new() }];
    for line in bytes.split_inclusive(|b| *b == b'\n') {
        match line.strip_prefix(b"== ").and_then(|path| std::str::from_utf8(path).ok()) {
            Some(path) => files.push(SourceFile { path: path.trim().to_owned(), bytes: Vec::new() }),
            None => files.last_mut().expect("there is one").bytes.extend(line),
        }
    }
    let (content, problems) = content::build(&files);
    for problem in &problems {
        assert!(content::explain(problem.code).is_some(), "{problem:?}");
    }
    let _ = content.read("where is my order", &content::Situation::default());
});
