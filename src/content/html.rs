//! Editors' Markdown as a page shows it.

use pulldown_cmark::html::push_html;
use pulldown_cmark::{CowStr, Event, Options, Parser, Tag, TagEnd};

/// Markdown as HTML. Raw HTML is dropped, links go to the web, to mail, to a phone or to this site, and nowhere else.
#[must_use]
pub fn html(text: &str) -> String {
    let events =
        Parser::new_ext(text, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH).filter_map(|event| match event {
            Event::Html(_) | Event::InlineHtml(_) | Event::Start(Tag::HtmlBlock) | Event::End(TagEnd::HtmlBlock) => {
                None
            }
            Event::Start(Tag::Link { link_type, dest_url, title, id }) => {
                Some(Event::Start(Tag::Link { link_type, dest_url: safe(dest_url), title, id }))
            }
            Event::Start(Tag::Image { link_type, dest_url, title, id }) => {
                Some(Event::Start(Tag::Image { link_type, dest_url: safe(dest_url), title, id }))
            }
            other => Some(other),
        });
    let mut out = String::with_capacity(text.len() * 2);
    push_html(&mut out, events);
    out
}

fn safe(url: CowStr<'_>) -> CowStr<'_> {
    let plain: String =
        url.chars().filter(|c| !c.is_control() && !c.is_whitespace()).collect::<String>().to_lowercase();
    let scheme = plain.split(['/', '?', '#']).next().unwrap_or("");
    let fine = !scheme.contains(':') || ["http:", "https:", "mailto:", "tel:"].iter().any(|s| plain.starts_with(s));
    if fine { url } else { CowStr::Borrowed("#") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markdown_gives_no_way_to_run_anything() {
        for text in [
            "<script>alert(1)</script>",
            "a <img src=x onerror=alert(1)> b",
            "[x](javascript:alert(1))",
            "[x](JaVa\tScRiPt:alert(1))",
            "[x](data:text/html,<script>alert(1)</script>)",
            "![x](javascript:alert(1))",
            "<javascript:alert(1)>",
            "[x](vbscript:x)",
            "<div onclick=alert(1)>\n\nx\n\n</div>",
            "`<script>`",
            "[x](https://a.example/\"onmouseover=\"alert(1))",
        ] {
            let out = html(text);
            for bad in
                ["<script", "<img src=x", "<div", "javascript:alert(1)\"", "data:text", "vbscript:", "\"onmouseover"]
            {
                assert!(!out.to_lowercase().contains(bad), "{text} -> {out}");
            }
        }
        assert_eq!(
            html("[x](https://a.example/?q=1:2) *b*"),
            "<p><a href=\"https://a.example/?q=1:2\">x</a> <em>b</em></p>\n"
        );
        assert_eq!(html("[x](/help/y#z)"), "<p><a href=\"/help/y#z\">x</a></p>\n");
    }
}
