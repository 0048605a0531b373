//! Full text of passages, searched by tantivy's BM25 in memory.

use std::collections::HashMap;

use tantivy::collector::TopDocs;
use tantivy::directory::RamDirectory;
use tantivy::query::{BooleanQuery, Occur, Query, TermQuery};
use tantivy::schema::{Field, IndexRecordOption, Schema, TextFieldIndexing, TextOptions};
use tantivy::tokenizer::{TextAnalyzer, TokenizerManager, WhitespaceTokenizer};
use tantivy::{Index, Searcher, TantivyDocument, Term};

/// Memory the writer may fill before it is done, bytes; content is far smaller.
const WRITER: usize = 50_000_000;
/// Passages that a search returns.
const FOUND: usize = 30;
/// Factor of BM25 that a term can at most reach above its idf: 1 + k1.
const MOST: f32 = 2.2;

/// All passages, searchable.
pub(crate) struct Bodies {
    searcher: Searcher,
    body: Field,
    count: usize,
}

impl Bodies {
    /// From the stems of each passage, in order. None if there is no passage, or (never seen) the index fails.
    pub(crate) fn new<'a>(passages: impl ExactSizeIterator<Item = &'a [String]>) -> Option<Self> {
        let count = passages.len();
        if count == 0 {
            return None;
        }
        let mut schema = Schema::builder();
        let indexing =
            TextFieldIndexing::default().set_tokenizer("stems").set_index_option(IndexRecordOption::WithFreqs);
        let body = schema.add_text_field("body", TextOptions::default().set_indexing_options(indexing));
        // What is given are stems already, with blanks between them.
        let tokenizers = TokenizerManager::new();
        tokenizers.register("stems", TextAnalyzer::from(WhitespaceTokenizer::default()));
        let index = Index::builder().schema(schema.build()).tokenizers(tokenizers);
        let mut writer = index.single_segment_index_writer(RamDirectory::create(), WRITER).ok()?;
        for stems in passages {
            let mut document = TantivyDocument::new();
            document.add_text(body, stems.join(" "));
            writer.add_document(document).ok()?;
        }
        let searcher = writer.finalize().ok()?.reader().ok()?.searcher();
        Some(Self { searcher, body, count })
    }

    /// The best passages for some stems (function words left out), best first: number and share of the BM25 that a
    /// passage could at most reach, 0.0..=1.0; `unknown` further stems are in no passage.
    pub(crate) fn search(&self, stems: &[&str]) -> Vec<(u32, f32)> {
        let mut clauses: Vec<(Occur, Box<dyn Query>)> = Vec::with_capacity(stems.len());
        let (mut most, mut seen) = (0.0, HashMap::new());
        for stem in stems {
            if seen.insert(*stem, ()).is_some() {
                continue;
            }
            let term = Term::from_field_text(self.body, stem);
            let df = self.searcher.doc_freq(&term).unwrap_or(0);
            most += idf(df as f32, self.count as f32);
            if df > 0 {
                clauses.push((Occur::Should, Box::new(TermQuery::new(term, IndexRecordOption::WithFreqs))));
            }
        }
        if clauses.is_empty() {
            return Vec::new();
        }
        let query = BooleanQuery::new(clauses);
        let found = self.searcher.search(&query, &TopDocs::with_limit(FOUND).order_by_score()).unwrap_or_default();
        found.into_iter().map(|(score, at)| (at.doc_id, score / (MOST * most))).collect()
    }
}

/// Inverse document frequency of BM25, as Lucene and tantivy count it.
pub(crate) fn idf(df: f32, n: f32) -> f32 {
    (1.0 + (n - df + 0.5) / (df + 0.5)).ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_passage_that_has_the_words_comes_first() {
        let passages: Vec<Vec<String>> = ["return shoe within thirti day", "parcel late carrier", ""]
            .iter()
            .map(|p| p.split_whitespace().map(str::to_owned).collect())
            .collect();
        let bodies = Bodies::new(passages.iter().map(Vec::as_slice)).unwrap();
        let found = bodies.search(&["late", "parcel", "zebra"]);
        assert_eq!(found[0].0, 1);
        assert!(found[0].1 > 0.2 && found[0].1 < 0.9, "{found:?}");
        assert_eq!(bodies.search(&["zebra"]), []);
        assert_eq!(bodies.search(&[]), []);
        assert!(Bodies::new(std::iter::empty()).is_none());
    }
}
