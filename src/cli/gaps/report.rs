//! Gaps as people and programs read them.

use std::fmt::Write as _;

use serde_json::json;

use crate::cli::escape;
use crate::cli::render::plural;
use crate::store::workshop::Ignored;
use crate::workshop::gaps::{Cluster, Gaps, Period};

/// Entries that are named of those never used.
const UNUSED: usize = 20;

pub(super) fn text(gaps: &Gaps, period: Period) -> String {
    let mut out = String::new();
    let days = period.until.since(period.since) / 86_400_000;
    let _ = writeln!(
        out,
        "{} question{} in {days} day{}: {} asked in vain, {} of these ignored",
        gaps.questions,
        plural(gaps.questions),
        plural(days as usize),
        gaps.in_vain,
        gaps.ignored
    );
    for cluster in &gaps.clusters {
        one(&mut out, cluster);
    }
    if !gaps.handed.is_empty() {
        let _ = writeln!(
            out,
            "\nanswers that a person often followed within two turns (from {} answers on):",
            gaps.handed_from
        );
        for h in &gaps.handed {
            let _ = writeln!(
                out,
                "  {} of {}  {}  ({}, {}:{})",
                h.handed, h.answered, h.entry.title, h.entry.id, h.entry.file, h.entry.line
            );
        }
    }
    if !gaps.unused.is_empty() {
        let _ = writeln!(out, "\nanswered nothing in this time:");
        for e in gaps.unused.iter().take(UNUSED) {
            let _ = writeln!(out, "  {}  ({}, {}:{})", e.title, e.id, e.file, e.line);
        }
        if gaps.unused.len() > UNUSED {
            let _ = writeln!(out, "  and {} more: see --format json", gaps.unused.len() - UNUSED);
        }
    }
    escape::plain(&out).into_owned()
}

fn one(out: &mut String, cluster: &Cluster) {
    let s = cluster.signals;
    let told = [
        (s.unknown, "not understood"),
        (s.ambiguous, "asked back and none taken"),
        (s.thumbs_down, "thumb down"),
        (s.handed_over, "a person soon after"),
        (s.suggested, "told by agents"),
    ];
    let told: Vec<String> = told.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}")).collect();
    let _ = writeln!(
        out,
        "\n{}  {} visitor{}, {} question{}  {}  {}\n  {}",
        cluster.id,
        cluster.visitors,
        plural(cluster.visitors),
        cluster.size,
        plural(cluster.size),
        curve(&cluster.trend),
        cluster.languages.join(", "),
        told.join(", ")
    );
    for (n, sample) in (1..).zip(&cluster.samples) {
        let times = if sample.times > 1 { format!("  ({} times)", sample.times) } else { String::new() };
        let text = sample.text.split_whitespace().collect::<Vec<_>>().join(" ");
        let _ = writeln!(out, "  {n:>3}  {text}{times}");
    }
    if cluster.texts_total > cluster.samples.len() {
        let _ = writeln!(out, "       and {} more", cluster.texts_total - cluster.samples.len());
    }
    for near in &cluster.nearest {
        let _ = writeln!(out, "  near: {} ({}), {:.0} %: {}", near.title, near.id, near.confidence * 100.0, near.why);
    }
    for told in &cluster.suggestions {
        let about = [told.target.as_deref(), told.text.as_deref(), told.note.as_deref()];
        let about: Vec<String> = about.into_iter().flatten().map(|t| format!("“{t}”")).collect();
        let _ = writeln!(out, "  {}: {} {}", told.by, told.kind, about.join(", "));
    }
}

/// Eight bars, the highest at the top.
fn curve(trend: &[u32]) -> String {
    const BARS: [char; 9] = ['·', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let most = trend.iter().copied().max().unwrap_or(0).max(1);
    trend.iter().filter_map(|n| BARS.get((*n as usize * 8).div_ceil(most as usize))).collect()
}

pub(super) fn json(gaps: &Gaps) -> String {
    pretty(&json!(gaps))
}

pub(super) fn ignored(all: &[Ignored]) -> String {
    let mut out = String::new();
    for one in all {
        let mut lines = one.text.lines();
        let _ = writeln!(out, "{:>4}  {}", one.id, lines.next().unwrap_or_default());
        for line in lines {
            let _ = writeln!(out, "      {line}");
        }
    }
    if all.is_empty() {
        out.push_str("nothing is ignored\n");
    }
    escape::plain(&out).into_owned()
}

pub(super) fn ignored_json(all: &[Ignored]) -> String {
    let all = all.iter().map(|i| json!({ "id": i.id, "text": i.text, "at": i.at.0, "by": i.by }));
    pretty(&json!(all.collect::<Vec<_>>()))
}

fn pretty(value: &serde_json::Value) -> String {
    let text = serde_json::to_string_pretty(value).unwrap_or_default() + "\n";
    escape::json(&text).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_curve_has_a_bar_where_anything_was() {
        assert_eq!(curve(&[0, 1, 4, 8, 100, 50, 99, 0]), "·▁▁▁█▄█·");
        assert_eq!(curve(&[0; 8]), "········");
    }
}
