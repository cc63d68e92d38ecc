//! The document: its head with the policy that forbids every request, and its sections in their order.

use super::markup::Markup;
use super::sections::{
    budgets, comparison, control, counterexamples, definitions, examples, figures, kinds, overview,
    plots, rules, sweep,
};
use crate::backtest::report::BacktestReport;
use std::borrow::Cow;

/// A browser loads nothing and runs nothing: what a merchant's name might bring has no effect even if it
/// were not escaped.
const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

const STYLE: &str = include_str!("style.css");

/// How many digits of a hash tell rulesets apart.
const HASH_SHOWN: usize = 6;

/// A section: its anchor, its title, and what writes it.
type Section = (&'static str, &'static str, fn(&mut Markup, &BacktestReport));

/// Every section that a report may have.
const SECTIONS: &[Section] = &[
    ("kinds", "Kinds of fraud", kinds::write),
    ("plots", "Plots", plots::write),
    ("figures", "All figures", figures::write),
    ("budgets", "Budgets", budgets::write),
    ("rules", "Rules", rules::write),
    ("control", "Control share", control::write),
    ("comparison", "Two rulesets", comparison::write),
    ("sweep", "Sweep", sweep::write),
    ("examples", "Examples", examples::write),
    ("counterexamples", "Counterexamples", counterexamples::write),
    ("definitions", "What the figures mean", definitions::write),
];

/// The report as a document. The same report gives the same bytes.
pub fn html(report: &BacktestReport) -> String {
    let report = &*with_distinct_names(report);
    let mut markup = Markup::document();
    markup.element("html").set("lang", "en").with(|markup| {
        markup.element("head").with(|markup| write_head(markup, report));
        markup.element("body").with(|markup| write_body(markup, report));
    });
    markup.finish()
}

/// Two rulesets may have the same name and version; then their hashes tell them apart.
fn with_distinct_names(report: &BacktestReport) -> Cow<'_, BacktestReport> {
    let is_same = match report.rulesets.as_slice() {
        [first, second, ..] => first.name == second.name && first.version == second.version,
        _ => false,
    };
    if !is_same {
        return Cow::Borrowed(report);
    }
    let mut report = report.clone();
    for ruleset in &mut report.rulesets {
        let hash: String = ruleset.hash.chars().take(HASH_SHOWN).collect();
        ruleset.version = format!("{} ({hash})", ruleset.version);
    }
    Cow::Owned(report)
}

fn write_head(markup: &mut Markup, report: &BacktestReport) {
    markup.element("meta").set("charset", "utf-8").empty();
    let policy = markup.element("meta").set("http-equiv", "Content-Security-Policy");
    policy.set("content", POLICY).empty();
    for (name, content) in [
        ("viewport", "width=device-width, initial-scale=1"),
        ("color-scheme", "light dark"),
        ("referrer", "no-referrer"),
        ("robots", "noindex"),
    ] {
        markup.element("meta").set("name", name).set("content", content).empty();
    }
    markup.line("title", &overview::title(report));
    markup.style(STYLE);
}

fn write_body(markup: &mut Markup, report: &BacktestReport) {
    let sections: Vec<&Section> =
        SECTIONS.iter().filter(|(id, ..)| is_present(id, report)).collect();
    markup.element("header").with(|markup| {
        overview::write_header(markup, report);
        markup.element("nav").set("aria-label", "Sections").with(|markup| {
            markup.element("ul").with(|markup| {
                for (id, title, _) in &sections {
                    markup.element("li").with(|markup| {
                        markup.element("a").set("href", &format!("#{id}")).text(title);
                    });
                }
            });
        });
    });
    markup.element("main").with(|markup| {
        overview::write_notices(markup, report);
        overview::write_key_figures(markup, report);
        for (id, title, write) in sections {
            markup.element("section").set("id", *id).with(|markup| {
                markup.line("h2", title);
                write(markup, report);
            });
        }
    });
    markup.element("footer").with(|markup| overview::write_footer(markup, report));
}

/// Whether a report has what a section shows.
fn is_present(id: &str, report: &BacktestReport) -> bool {
    match id {
        "control" => report.rulesets.iter().any(|ruleset| ruleset.control.is_some()),
        "comparison" => report.comparison.is_some(),
        "sweep" => report.sweep.is_some(),
        _ => true,
    }
}
