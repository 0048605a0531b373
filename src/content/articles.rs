//! Reads an article: front matter, then Markdown whose `##` sections are passages.

use std::collections::HashSet;
use std::ops::Range;

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use super::gather::Gathered;
use super::source::Source;
use super::syntax::{ArticleBlock, Place};
use super::{Article, Passage, When, yaml};
use crate::engine::{ArticleRule, Line, PassageRule};

/// Reads the file. What is broken is left out and reported.
pub(super) fn read(source: &Source<'_>, id: &str, gathered: &mut Gathered) {
    let top = Place { line: 1, column: 1, span: 0 };
    let Some(front) = front_matter(source.text) else {
        gathered.incomplete = true;
        let unclosed = source.text.starts_with("---");
        let message = if unclosed { "the front matter is never closed" } else { "the article has no front matter" };
        let help = if unclosed {
            "write a line `---` after its last key"
        } else {
            "begin the file with the lines `---`, `title: …`, `---`"
        };
        gathered.problems.push(source.problem("S005", Place { span: 3, ..top }, message).help(help));
        return;
    };
    let block: ArticleBlock = match yaml::parse(&source.text[..front.end]) {
        Ok(block) => block,
        Err(broken) => {
            gathered.incomplete = true;
            gathered.problems.push(source.broken(broken));
            return;
        }
    };
    for unknown in &block.unknown {
        gathered.problems.push(source.unknown_key(unknown));
    }
    let title = block.title.as_ref().and_then(|t| gathered.engine_line(source, t, "title"));
    if block.title.is_none() {
        let problem = source.problem("K001", Place { span: 3, ..top }, "the article has no title");
        gathered.problems.push(problem.help("write `title: …` between the two lines `---`"));
    }
    if !gathered.claim(source, id, top) {
        return;
    }
    let body = front.body..source.text.len();
    let sections = sections(source.text, body.clone());
    if sections.is_empty() {
        let place = source.place_of_bytes(front.body..front.body);
        gathered.problems.push(
            source
                .problem("K002", place, "the article is empty")
                .help("write something below the front matter, or remove the file"),
        );
    }
    let language = block.language.as_ref().and_then(|l| gathered.language(source, l));
    let mut when = When::default();
    gathered.validity(source, block.valid_from.as_ref(), block.valid_until.as_ref(), &mut when);
    let questions = gathered.engine_lines(source, block.questions.as_ref(), "question");
    let reject = gathered.engine_lines(source, block.reject.as_ref(), "line");
    let mut passages = Vec::new();
    let mut rules = Vec::new();
    let mut anchors = HashSet::new();
    for section in sections {
        let anchor = section.heading.as_ref().map_or(String::new(), |(text, _)| unique(&slug(text), &mut anchors));
        let heading = section.heading.map(|(text, at)| {
            let location = source.location(source.place_of_bytes(at));
            Line { text, source: gathered.source(location) }
        });
        let location = source.location(source.place_of_bytes(section.body.clone()));
        let body = Line { text: section.plain, source: gathered.source(location) };
        passages.push(Passage {
            anchor,
            heading: heading.as_ref().map(|h| h.text.clone()),
            markdown: source.text.get(section.body).unwrap_or_default().trim().to_owned(),
        });
        rules.push(PassageRule { heading, body });
    }
    let title_text = title.as_ref().map_or_else(|| id.to_owned(), |t| t.text.clone());
    let article = Article {
        id: id.to_owned(),
        title: title_text,
        language: language.unwrap_or(gathered.settings.default_language()),
        tags: block.tags.iter().flatten().map(|t| t.value.clone()).collect(),
        department: gathered.department(source, block.department.as_ref()),
        when,
        markdown: source.text.get(body).unwrap_or_default().trim().to_owned(),
        passages,
        review_by: gathered.date(source, block.review_by.as_ref()),
        location: source.location(block.title.as_ref().map_or(top, |t| t.place)),
        questions: questions.iter().map(|q| q.text.clone()).collect(),
    };
    super::links::in_article(source, front.body, gathered);
    // In a content of one language an article without a language is in that one.
    let known =
        language.or_else(|| (gathered.settings.languages.len() == 1).then(|| gathered.settings.default_language()));
    let rule = ArticleRule { id: id.to_owned(), language: known, title, questions, passages: rules, reject };
    gathered.single_tests(source, id, block.expect.as_ref(), block.reject.as_ref());
    gathered.articles.push((article, rule));
}

pub(super) struct Front {
    /// Where the closing line begins: what is before is a YAML document with the file's own line numbers.
    pub(super) end: usize,
    /// Where the Markdown begins.
    body: usize,
}

pub(super) fn front_matter(text: &str) -> Option<Front> {
    let mut at = 0;
    for (index, line) in text.split_inclusive('\n').enumerate() {
        let is_fence = line.trim_end() == "---";
        match index {
            0 if !is_fence => return None,
            0 => {}
            _ if is_fence => return Some(Front { end: at, body: at + line.len() }),
            _ => {}
        }
        at += line.len();
    }
    None
}

/// Front matter (without its closing line) and Markdown of an article.
pub(super) fn parts(text: &str) -> Option<(&str, &str)> {
    let front = front_matter(text)?;
    Some((text.get(..front.end)?, text.get(front.body..)?))
}

struct Section {
    /// Text of the heading and where it stands; none before the first.
    heading: Option<(String, Range<usize>)>,
    /// Bytes of the Markdown below the heading.
    body: Range<usize>,
    /// The same without markup.
    plain: String,
}

/// Cuts Markdown at its top-level `##` headings. An empty beginning is no section.
fn sections(text: &str, body: Range<usize>) -> Vec<Section> {
    let markdown = text.get(body.clone()).unwrap_or_default();
    let mut sections = vec![Section { heading: None, body: body.start..body.end, plain: String::new() }];
    let (mut depth, mut heading) = (0_usize, None::<(String, Range<usize>)>);
    for (event, range) in
        Parser::new_ext(markdown, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH).into_offset_iter()
    {
        let range = range.start + body.start..range.end + body.start;
        match &event {
            Event::Start(Tag::Heading { level: HeadingLevel::H2, .. }) if depth == 0 => {
                heading = Some((String::new(), range.clone()))
            }
            Event::End(TagEnd::Heading(HeadingLevel::H2)) if depth == 1 && heading.is_some() => {
                let (title, at) = heading.take().unwrap_or_default();
                if let Some(last) = sections.last_mut() {
                    last.body.end = at.start;
                }
                let title = tidy(&title);
                let place = text.get(at.clone()).map_or(at.start..at.end, |t| {
                    let marks = t.len() - t.trim_start_matches(['#', ' ', '\t']).len();
                    at.start + marks..at.start + t.trim_end().len().max(marks)
                });
                sections.push(Section {
                    heading: Some((title, place)),
                    body: range.end..body.end,
                    plain: String::new(),
                });
            }
            _ => {}
        }
        match &event {
            Event::Start(_) => depth += 1,
            Event::End(_) => depth = depth.saturating_sub(1),
            _ => {}
        }
        let words = match &event {
            Event::Text(t) | Event::Code(t) => t.as_ref(),
            Event::SoftBreak | Event::HardBreak => " ",
            Event::End(tag) if ends_a_block(*tag) => "\n",
            _ => continue,
        };
        match (&mut heading, sections.last_mut()) {
            (Some((title, _)), _) => title.push_str(words),
            (None, Some(section)) => section.plain.push_str(words),
            (None, None) => {}
        }
    }
    for section in &mut sections {
        section.plain = tidy(&section.plain);
    }
    sections.retain(|s| s.heading.is_some() || !s.plain.is_empty());
    sections
}

fn ends_a_block(tag: TagEnd) -> bool {
    matches!(
        tag,
        TagEnd::Paragraph
            | TagEnd::Heading(_)
            | TagEnd::Item
            | TagEnd::CodeBlock
            | TagEnd::TableCell
            | TagEnd::BlockQuote(_)
    )
}

fn tidy(text: &str) -> String {
    let lines: Vec<String> =
        text.lines().map(|l| l.split_whitespace().collect::<Vec<_>>().join(" ")).filter(|l| !l.is_empty()).collect();
    lines.join("\n")
}

/// The anchor of a heading, as forges make it: lower case, letters and digits of any script, hyphens for spaces.
pub(super) fn slug(heading: &str) -> String {
    let mut slug = String::new();
    for c in heading.chars().flat_map(char::to_lowercase) {
        if c.is_alphanumeric() || c == '_' {
            slug.push(c);
        } else if (c.is_whitespace() || c == '-' || c == '–' || c == '/') && !slug.is_empty() && !slug.ends_with('-')
        {
            slug.push('-');
        }
    }
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() { "section".to_owned() } else { slug.to_owned() }
}

fn unique(slug: &str, taken: &mut HashSet<String>) -> String {
    let anchor = std::iter::once(slug.to_owned())
        .chain((2..).map(|n| format!("{slug}-{n}")))
        .find(|a| !taken.contains(a))
        .unwrap_or_default();
    taken.insert(anchor.clone());
    anchor
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anchors_know_any_script() {
        for (heading, wanted) in [
            ("How long do I have?", "how-long-do-i-have"),
            ("Rückgabe – wie geht das?", "rückgabe-wie-geht-das"),
            ("返品について", "返品について"),
            ("  A/B -- C ", "a-b-c"),
            ("???", "section"),
        ] {
            assert_eq!(slug(heading), wanted);
        }
        let mut taken = HashSet::new();
        assert_eq!(
            [unique("a", &mut taken), unique("a", &mut taken), unique("a-2", &mut taken)],
            ["a", "a-2", "a-2-2"]
        );
    }

    #[test]
    fn sections_are_cut_at_headings_of_the_second_level() {
        let text = "Intro *here*.\n\n## One `x`\nText [link](u)\nmore\n### Sub\n- a\n- b\n\n> ## quoted\n\n## Two\n";
        let cut: Vec<_> =
            sections(text, 0..text.len()).into_iter().map(|s| (s.heading.map(|h| h.0), s.plain)).collect();
        assert_eq!(
            cut,
            [
                (None, "Intro here.".to_owned()),
                (Some("One x".to_owned()), "Text link more\nSub\na\nb\nquoted".to_owned()),
                (Some("Two".to_owned()), String::new()),
            ]
        );
    }
}
