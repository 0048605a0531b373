//! A plan for people: on a terminal, and as a comment in a review.

use std::fmt::Write as _;

use similar::{ChangeTag, TextDiff};

use super::{Cause, Change, Edit, Kind, Outcome, Plan, Proof, Reply, Summary};

/// Longest comment, characters. GitHub takes 65,536.
const COMMENT: usize = 60_000;
/// Kept for the lines below the groups.
const RESERVE: usize = 400;
/// Characters of a question or a text that are shown.
const SHOWN: usize = 120;
const DIFFERENCE: usize = 1_200;
/// Equal words around a difference that are shown.
const AROUND: usize = 5;
/// Other questions of a line that are named.
const NAMED: usize = 3;

pub(super) fn text(plan: &Plan) -> String {
    let mut out = figures(&plan.summary, " · ");
    out.push('\n');
    for (cause, changes) in groups(plan) {
        let _ = writeln!(out, "\n{}", heading(plan, cause, &changes));
        for change in changes {
            let _ = writeln!(
                out,
                "{:>5}  {} \"{}\"{}  {}",
                change.number,
                sign(change.kind),
                cut(&change.text, SHOWN),
                circumstances(change),
                effect(change)
            );
            if let Some(also) = also(change) {
                let _ = writeln!(out, "           {also}");
            }
            for line in words(change, "[-", "-]", "{+", "+}") {
                let _ = writeln!(out, "           {line}");
            }
        }
    }
    let idle: Vec<&Edit> = plan.edits.iter().filter(|e| e.questions == 0).collect();
    if plan.changes.is_empty() {
        out += if plan.edits.is_empty() {
            "\nNothing that answers was edited.\n"
        } else {
            "\nNo reply to these questions changes.\n"
        };
    } else if !idle.is_empty() {
        let _ = writeln!(
            out,
            "\n{} {} no reply by itself:",
            counted(idle.len() as u64, "edit"),
            if idle.len() == 1 { "changes" } else { "change" }
        );
        for edit in idle {
            let _ = writeln!(out, "       {}", title(edit));
        }
    }
    out
}

pub(super) fn markdown(plan: &Plan) -> String {
    let summary = &plan.summary;
    let changed = summary.questions - summary.same;
    let mut out = match changed {
        0 => format!("### No reply changes, of {}\n", counted(summary.questions, "question")),
        _ => format!(
            "### {} of {} would be replied to differently\n",
            thousands(changed),
            counted(summary.questions, "question")
        ),
    };
    let _ = writeln!(out, "\n{}", figures(summary, " · "));
    let mut left = 0;
    for (cause, changes) in groups(plan) {
        let count = counted(changes.iter().map(|c| c.times).sum(), "question");
        let head = match cause.edit.and_then(|e| plan.edits.get(e)) {
            Some(edit) => {
                let entry = edit.entry.as_ref().map_or(String::new(), |e| format!(" in <code>{}</code>", html(e)));
                format!("<code>{}:{}</code> {}{entry}", html(&edit.file), edit.line, ticks(&html(&edit.what)))
            }
            None => "several edits together".to_owned(),
        };
        let open = format!(
            "\n<details><summary>{head} – {count}</summary>\n\n| # | | question | times | reply |\n|---:|---|---|---:|---|\n"
        );
        let close = "\n</details>\n";
        let mut body = String::new();
        let mut room = COMMENT.saturating_sub(RESERVE + letters(&out) + letters(&open) + letters(close));
        let mut shown = 0;
        for change in &changes {
            let row = row(change);
            if letters(&row) > room {
                break;
            }
            room -= letters(&row);
            body += &row;
            shown += 1;
        }
        left += changes.len() - shown;
        if shown > 0 {
            out += &open;
            out += &body;
            out += close;
        }
    }
    if left > 0 {
        let _ = writeln!(out, "\n{} more did not fit; `deskbell plan` lists all.", counted(left as u64, "line"));
    }
    out
}

/// A row of a table.
fn row(change: &Change) -> String {
    let mut reply = cell(&effect(change));
    if let Some(also) = also(change) {
        let _ = write!(reply, "<br>{}", cell(&also));
    }
    for line in words(change, "\u{1}", "\u{2}", "\u{3}", "\u{4}") {
        let line = html(&line).replace('|', "&#124;").replace('@', "&#64;").replace('`', "&#96;");
        let line = line.replace('*', "&#42;").replace('_', "&#95;").replace('[', "&#91;");
        let marked = line.replace('\u{1}', "<del>").replace('\u{2}', "</del>");
        let _ = write!(reply, "<br>{}", marked.replace('\u{3}', "<ins>").replace('\u{4}', "</ins>"));
    }
    format!(
        "| {} | {} | {}{} | {} | {reply} |\n",
        change.number,
        sign(change.kind),
        code(&cut(&change.text, SHOWN)),
        change.page.as_ref().map_or(String::new(), |p| format!(" on {}", code(&cut(p, 60)))),
        change.times
    )
}

/// "2,431 questions · 2,398 same · 19 newly answered"; what is nil is not said.
fn figures(s: &Summary, between: &str) -> String {
    let mut parts = vec![counted(s.questions, "question"), format!("{} same", thousands(s.same))];
    for (count, what) in [
        (s.newly_answered, "newly answered"),
        (s.above, "answered instead of asked back"),
        (s.now_asked_back, "asked back instead of not understood"),
        (s.changed, "answered by something else"),
        (s.reworded, "in other words"),
        (s.handoff, "handed over differently"),
        (s.choices, "asked back with another choice"),
        (s.no_longer_asked_back, "not understood instead of asked back"),
        (s.below, "asked back instead of answered"),
        (s.lost, "no longer answered"),
    ] {
        if count > 0 {
            parts.push(format!("{} {what}", thousands(count)));
        }
    }
    parts.join(between)
}

/// The changes of each cause, in order.
fn groups(plan: &Plan) -> Vec<(Cause, Vec<&Change>)> {
    let mut groups: Vec<(Cause, Vec<&Change>)> = Vec::new();
    for change in &plan.changes {
        match groups.last_mut().filter(|(cause, _)| cause.edit == change.cause.edit) {
            Some((_, group)) => group.push(change),
            None => groups.push((change.cause, vec![change])),
        }
    }
    groups
}

fn heading(plan: &Plan, cause: Cause, changes: &[&Change]) -> String {
    let count = counted(changes.iter().map(|c| c.times).sum(), "question");
    match cause.edit.and_then(|e| plan.edits.get(e)) {
        Some(edit) => format!("{} ({count})", title(edit)),
        None => format!("several edits together ({count})"),
    }
}

fn title(edit: &Edit) -> String {
    let entry = edit.entry.as_ref().map_or(String::new(), |e| format!(" in {e}"));
    format!("{}:{} {}{entry}", edit.file, edit.line, edit.what)
}

const fn sign(kind: Kind) -> char {
    match kind {
        Kind::NewlyAnswered | Kind::Above | Kind::NowAskedBack => '+',
        Kind::Lost | Kind::Below | Kind::NoLongerAskedBack => '-',
        Kind::Changed | Kind::Handoff | Kind::Choices | Kind::Reworded => '~',
    }
}

/// `order-status 55 % → refund-status 81 %`, and whether that cause is not proven.
fn effect(change: &Change) -> String {
    let effect = match change.kind {
        Kind::Reworded => format!("{}: other words", name(&change.after)),
        Kind::Handoff => {
            let entry = if change.after.ids.is_empty() { String::new() } else { format!("{}: ", name(&change.after)) };
            format!("{entry}{} → {}", person(&change.before), person(&change.after))
        }
        _ => format!("{} → {}", outcome(&change.before), outcome(&change.after)),
    };
    if change.cause.proof == Proof::Likely { format!("{effect}  (probably)") } else { effect }
}

fn name(reply: &Reply) -> String {
    if reply.ids.is_empty() { "the bot's own words".to_owned() } else { reply.ids.join(" and ") }
}

fn outcome(reply: &Reply) -> String {
    let sure = reply.confidence.map_or(String::new(), |c| format!(" {:.0} %", c * 100.0));
    match reply.outcome {
        Outcome::Answered | Outcome::Asks => format!("{}{sure}", name(reply)),
        Outcome::Clarify => format!("asked back: {}", reply.ids.join(" / ")),
        Outcome::Unknown => "not understood".to_owned(),
        Outcome::Person => person(reply),
        Outcome::Talk => "the bot's own words".to_owned(),
    }
}

fn person(reply: &Reply) -> String {
    let Some(handoff) = &reply.handoff else { return "no person".to_owned() };
    let mut parts = vec![handoff.reason.to_owned()];
    parts.extend(handoff.department.clone());
    if handoff.priority != "normal" {
        parts.push(handoff.priority.to_owned());
    }
    parts.extend(handoff.needs.iter().cloned());
    format!("a person ({})", parts.join(", "))
}

/// How often, and where it was asked, as far as that matters.
fn circumstances(change: &Change) -> String {
    let mut out = String::new();
    if let Some(page) = &change.page {
        let _ = write!(out, " on {}", cut(page, 60));
    }
    if change.times > 1 {
        let _ = write!(out, " ({}×)", thousands(change.times));
    }
    out
}

fn also(change: &Change) -> Option<String> {
    if change.also.is_empty() {
        return None;
    }
    let named: Vec<String> = change.also.iter().take(NAMED).map(|a| format!("\"{}\"", cut(&a.text, 60))).collect();
    let rest = change.also.len() + change.also_left_out - named.len();
    let more = if rest > 0 { format!(" and {} more", thousands(rest as u64)) } else { String::new() };
    Some(format!("also {}{more}", named.join(", ")))
}

/// The differences of what is said and of what may be tapped, word by word, where the same entry answers.
fn words(change: &Change, del: &str, del_end: &str, ins: &str, ins_end: &str) -> Vec<String> {
    if !matches!(change.kind, Kind::Reworded | Kind::Handoff) {
        return Vec::new();
    }
    let mut lines = Vec::new();
    let options = |r: &Reply| r.options.join(" / ");
    let quoted = |r: &Reply| r.source.clone().unwrap_or_default();
    let (before, after) = (&change.before, &change.after);
    for (lead, old, new) in [
        ("", before.text.clone(), after.text.clone()),
        ("to tap: ", options(before), options(after)),
        ("from: ", quoted(before), quoted(after)),
    ] {
        if old != new {
            lines.push(format!("{lead}{}", difference(&old, &new, [del, del_end, ins, ins_end])));
        }
    }
    lines
}

fn difference(old: &str, new: &str, [del, del_end, ins, ins_end]: [&str; 4]) -> String {
    let flat = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let (old, new) = (flat(old), flat(new));
    let (old_words, new_words): (Vec<&str>, Vec<&str>) = (old.split(' ').collect(), new.split(' ').collect());
    let diff = TextDiff::from_slices(&old_words, &new_words);
    // Runs of one kind, so that a mark stands around words and not around each.
    let mut runs: Vec<(ChangeTag, Vec<&str>)> = Vec::new();
    for change in diff.iter_all_changes() {
        match runs.last_mut().filter(|(tag, _)| *tag == change.tag()) {
            Some((_, words)) => words.push(change.value()),
            None => runs.push((change.tag(), vec![change.value()])),
        }
    }
    let last = runs.len().saturating_sub(1);
    let shown = |(n, (tag, words)): (usize, &(ChangeTag, Vec<&str>))| match tag {
        ChangeTag::Delete => format!("{del}{}{del_end}", words.join(" ")),
        ChangeTag::Insert => format!("{ins}{}{ins_end}", words.join(" ")),
        ChangeTag::Equal => {
            let (head, tail) = (if n == 0 { 0 } else { AROUND }, if n == last { 0 } else { AROUND });
            if words.len() <= head + tail + 2 {
                return words.join(" ");
            }
            let first = words.get(..head).unwrap_or_default();
            let end = words.get(words.len() - tail..).unwrap_or_default();
            first.iter().chain(&["…"]).chain(end).copied().collect::<Vec<_>>().join(" ")
        }
    };
    let all = runs.iter().enumerate().map(shown).filter(|t| !t.is_empty()).collect::<Vec<_>>().join(" ");
    cut_marked(&all, DIFFERENCE, [del, del_end, ins, ins_end])
}

/// Cut to a number of characters, with the mark closed that was open there.
fn cut_marked(text: &str, most: usize, [del, del_end, ins, ins_end]: [&str; 4]) -> String {
    let Some((end, _)) = text.char_indices().nth(most) else { return text.to_owned() };
    let mut end = end;
    // Not within a mark itself.
    while [del, del_end, ins, ins_end]
        .iter()
        .any(|m| (1..m.len()).any(|n| text.get(..end).is_some_and(|t| m.get(..n).is_some_and(|m| t.ends_with(m)))))
    {
        end = text.get(..end).and_then(|t| t.char_indices().next_back()).map_or(0, |(at, _)| at);
        if end == 0 {
            break;
        }
    }
    let head = text.get(..end).unwrap_or_default();
    let open = |from: &str, to: &str| head.matches(from).count() > head.matches(to).count();
    let close = if open(del, del_end) {
        del_end
    } else if open(ins, ins_end) {
        ins_end
    } else {
        ""
    };
    format!("{head}…{close}")
}

/// On one line, without what a terminal would obey.
fn cut(text: &str, most: usize) -> String {
    let flat = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|w| !w.is_empty());
    let flat = flat.collect::<Vec<_>>().join(" ");
    match flat.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", flat.get(..end).unwrap_or_default()),
        None => flat,
    }
}

fn letters(text: &str) -> usize {
    text.chars().count()
}

fn html(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// What stands between backticks, in HTML.
fn ticks(text: &str) -> String {
    let parts: Vec<String> = text.split('`').map(str::to_owned).collect();
    let mark = |(n, part): (usize, &String)| if n % 2 == 1 { format!("<code>{part}</code>") } else { part.clone() };
    parts.iter().enumerate().map(mark).collect()
}

/// Visitors' words in a table: in backticks nothing of them is markup, a mention or a link.
fn code(text: &str) -> String {
    let text = text.replace('`', "'").replace('|', "\\|");
    if text.is_empty() { String::new() } else { format!("`{text}`") }
}

/// Our words, with some of the visitors' and the content's in them, in a table.
fn cell(text: &str) -> String {
    let mut out = String::new();
    for c in html(text).chars() {
        match c {
            '|' => out += "&#124;",
            '@' => out += "&#64;",
            '`' | '*' | '_' | '[' | ']' | '~' | '#' => {
                let _ = write!(out, "&#{};", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out
}

fn counted(n: u64, what: &str) -> String {
    format!("{} {what}{}", thousands(n), if n == 1 { "" } else { "s" })
}

/// `2,431`
fn thousands(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    out
}
