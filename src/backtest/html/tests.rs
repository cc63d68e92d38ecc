//! Checks the document as text: what is in it, and that text from data is only text.

#[path = "../../../tests/fixtures/backtest/report.rs"]
mod fixture;

use super::html;
use crate::backtest::report;
use fixture::{HOSTILE, Maker, empty};
use regex::Regex;

/// Elements that the page is written with.
const ELEMENTS: &str = "html head meta title style body header h1 h2 h3 p nav ul li a main section dl dt dd div \
    figure figcaption svg g line rect path circle text table caption thead tbody tr th td small span details \
    summary pre footer";
/// Attributes that could load something or run code.
const FORBIDDEN_ATTRIBUTES: &str =
    r"(?i)\s(?:src|srcset|data|action|formaction|poster|background|on\w+|style|xlink:href)=";

/// The start tags of a document, without the style sheet.
fn tags(document: &str) -> Vec<&str> {
    let tag = Regex::new(r"<[^/!][^>]*>").unwrap();
    tag.find_iter(document).map(|found| found.as_str()).collect()
}

fn check_inert(document: &str) {
    let forbidden = Regex::new(FORBIDDEN_ATTRIBUTES).unwrap();
    let elements: Vec<&str> = ELEMENTS.split_whitespace().collect();
    let values = Regex::new("\"[^\"]*\"").unwrap();
    let links = Regex::new("href=\"([^\"]*)\"").unwrap();
    for tag in tags(document) {
        let name = tag[1..].split([' ', '>', '/']).next().unwrap();
        assert!(elements.contains(&name), "{tag}");
        // Within the quotes of a value, such a text is harmless.
        let without_values = values.replace_all(tag, "\"\"");
        assert!(!forbidden.is_match(&without_values), "{tag}");
        for link in links.captures_iter(tag) {
            assert!(link[1].starts_with('#'), "{tag}");
        }
    }
    let style = document.split_once("<style>").unwrap().1.split_once("</style>").unwrap().0;
    assert!(
        !style.contains("url(") && !style.contains("@import"),
        "the style sheet loads something"
    );
}

/// Every element that is opened is closed, in the right order.
fn check_nesting(document: &str) {
    let tag = Regex::new(r"<(/?)([a-z0-9]+)[^>]*?(/?)>").unwrap();
    let mut open: Vec<&str> = Vec::new();
    for found in tag.captures_iter(document) {
        let name = found.get(2).unwrap().as_str();
        match (&found[1], &found[3]) {
            ("/", _) => assert_eq!(open.pop(), Some(name)),
            (_, "/") => {}
            _ => open.push(name),
        }
    }
    assert!(open.is_empty(), "{open:?}");
}

#[test]
fn a_report_becomes_a_document_without_anything_that_loads_or_runs() {
    for report in [Maker::plain().one_ruleset(), Maker::plain().everything(), empty()] {
        let document = html(&report);
        assert!(document.starts_with("<!doctype html>\n<html lang=\"en\">"));
        assert!(
            document.contains(
                "content=\"default-src &#39;none&#39;; style-src &#39;unsafe-inline&#39;;"
            )
        );
        check_inert(&document);
        check_nesting(&document);
        for wrong in ["NaN", "inf\"", "undefined"] {
            assert!(!document.contains(wrong), "{wrong}");
        }
    }
}

#[test]
fn hostile_text_is_only_text() {
    let document = html(&Maker::hostile().everything());
    check_inert(&document);
    check_nesting(&document);
    assert!(!document.contains("<script") && !document.contains("<img"));
    assert!(!document.contains('\u{202e}') && !document.contains('\0'));
    assert_eq!(document.matches("</title><").count(), 0, "the title ends early");
    // It is shown, as a text.
    let shown = "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&lt;img src=x onerror=&#39;alert(2)&#39;&gt;";
    let times = document.matches(shown).count();
    assert!(times > 100, "{times}");
    // The name of a merchant, as shown.
    assert!(document.contains(&format!(
        "Strøget Mode&lt;/title&gt;&lt;/style&gt;{shown}&amp;lt;\\u{{202e}}\\u{{0}}"
    )));
    assert!(HOSTILE.contains('<'));
}

#[test]
fn every_section_is_there_if_the_report_has_it() {
    let anchors = |document: &str| {
        let section = Regex::new("<section id=\"([a-z]+)\">").unwrap();
        section.captures_iter(document).map(|found| found[1].to_owned()).collect::<Vec<_>>()
    };
    let always = [
        "kinds",
        "plots",
        "figures",
        "budgets",
        "rules",
        "examples",
        "counterexamples",
        "definitions",
    ];
    let one = html(&Maker::plain().one_ruleset());
    let without = |left_out: &[&str], document: &str| {
        let mut anchors = anchors(document);
        anchors.retain(|anchor| !left_out.contains(&anchor.as_str()));
        anchors
    };
    assert!(anchors(&one).contains(&"control".to_owned()));
    assert_eq!(without(&["control"], &one), always);
    assert_eq!(without(&["control"], &html(&empty())), always);
    let everything = html(&Maker::plain().everything());
    assert_eq!(anchors(&everything).len(), always.len() + 3);
    assert_eq!(without(&["control", "comparison", "sweep"], &everything), always);
    for title in [
        "Recall by kind of fraud",
        "Precision and recall",
        "Alerts by threshold",
        "Alerts over time",
        "Scores",
        "Detection delay",
        "Value saved over time",
        "Alerts by rule",
        "What a rule alone catches",
    ] {
        assert_eq!(one.matches(&format!("<h3>{title}</h3>")).count(), 1, "{title}");
        assert!(everything.contains(&format!("<h3>{title}</h3>")), "{title}");
    }
    for link in anchors(&everything) {
        assert!(everything.contains(&format!("href=\"#{link}\"")), "{link}");
    }
}

#[test]
fn rulesets_with_the_same_name_are_told_apart_by_their_hashes() {
    let mut report = Maker::plain().everything();
    report.rulesets[1].version = report.rulesets[0].version.clone();
    report.rulesets[1].hash = "00ff00ff00".to_owned();
    let document = html(&report);
    assert!(
        document.contains("<h1>Backtest of issuer 2.1.0 (b3c19f) and issuer 2.1.0 (00ff00)</h1>")
    );
    assert!(document.contains("<h3>Fraud that only issuer 2.1.0 (00ff00) alerts on</h3>"));
    assert!(!document.contains("issuer 2.1.0:"));
}

#[test]
fn the_same_report_gives_the_same_document() {
    assert_eq!(html(&Maker::plain().everything()), html(&Maker::plain().everything()));
}

#[test]
fn what_limits_the_figures_is_said_first() {
    let document = html(&Maker::plain().one_ruleset());
    for notice in [
        "795,012 cases (66.2 %) have no label and are older than 30 days.",
        "The outcome of 380,200 cases (31.7 %) is not yet known.",
        "The issuer declined 21,582 cases (1.8 %) that have no label.",
        "Left out: 3 malformed messages, 7 labels of transactions that are not in the input.",
    ] {
        let document = document.replace('\u{a0}', " ");
        let at = document.find(notice).unwrap_or_else(|| panic!("{notice}"));
        assert!(at < document.find("key-figures\">").unwrap());
    }
}

#[test]
fn every_drawing_has_a_title_and_every_value_a_place_in_it() {
    let document = html(&Maker::plain().everything());
    let drawings: Vec<&str> = document.split("<svg class=\"chart\"").skip(1).collect();
    assert!(drawings.len() >= 15, "{}", drawings.len());
    let number = Regex::new("(?:x|y|x1|x2|y1|y2|cx|cy)=\"(-?[0-9.]+)\"").unwrap();
    for drawing in drawings {
        let drawing = drawing.split("</svg>").next().unwrap();
        assert!(
            drawing.contains("role=\"img\">\n") || drawing.contains("role=\"img\"><title>"),
            "{drawing:.200}"
        );
        assert!(drawing.contains("<title>"));
        for found in number.captures_iter(drawing) {
            let value: f64 = found[1].parse().unwrap();
            assert!((-20.0..=1_000.0).contains(&value), "{} in {drawing:.200}", &found[0]);
        }
    }
}
