//! Any text as an article's Markdown: the page that comes of it has known tags with known attributes, and nothing runs.
#![no_main]

use deskbell::content;
use libfuzzer_sys::fuzz_target;

const TAGS: &[&str] = &[
    "a", "blockquote", "br", "code", "del", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "img", "li", "ol", "p", "pre", "strong",
    "table", "tbody", "td", "th", "thead", "tr", "ul",
];
const ATTRIBUTES: &[&str] = &["alt", "class", "href", "src", "start", "style", "title"];
const STYLES: &[&str] = &["text-align: left", "text-align: center", "text-align: right"];

fuzz_target!(|text: &str| {
    let html = content::html(text);
    let mut rest = html.as_str();
    while let Some(at) = rest.find('<') {
        let tag = &rest[at + 1..];
        let name: String = tag.trim_start_matches('/').chars().take_while(char::is_ascii_alphanumeric).collect();
        assert!(TAGS.contains(&name.as_str()), "<{name} in {html}");
        rest = attributes(tag.trim_start_matches('/').trim_start_matches(name.as_str()), &html);
    }
});

/// Looks at the attributes up to the end of the tag; what is behind it.
fn attributes<'a>(mut rest: &'a str, html: &str) -> &'a str {
    loop {
        rest = rest.trim_start();
        if let Some(behind) = rest.strip_prefix("/>").or_else(|| rest.strip_prefix('>')) {
            return behind;
        }
        let (name, value) = rest.split_once("=\"").unwrap_or_else(|| panic!("no attribute: {rest} in {html}"));
        assert!(ATTRIBUTES.contains(&name), "{name} in {html}");
        let (value, behind) = value.split_once('"').unwrap_or_else(|| panic!("no end: {html}"));
        match name {
            "href" | "src" => assert!(harmless(value), "{value} in {html}"),
            "style" => assert!(STYLES.contains(&value), "{value} in {html}"),
            _ => {}
        }
        rest = behind;
    }
}

/// As a browser reads an address: blanks at its beginning and breaks within do not count.
fn harmless(address: &str) -> bool {
    let address = address.replace("&amp;", "&").replace("&#x27;", "'").replace("&quot;", "\"");
    let plain: String = address.trim_start_matches(|c: char| c <= ' ').chars().filter(|c| !"\t\n\r".contains(*c)).collect();
    let scheme = plain.split_once(':').map(|(scheme, _)| scheme.to_lowercase());
    scheme.is_none_or(|s| {
        let is_scheme = s.starts_with(|c: char| c.is_ascii_alphabetic())
            && s.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
        !is_scheme || ["http", "https", "mailto", "tel"].contains(&s.as_str())
    })
}
