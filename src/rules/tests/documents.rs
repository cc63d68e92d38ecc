//! docs/rules.md is true: its ruleset compiles, its tests pass, its expressions mean something.

use super::support::{compile, environment, ruleset_text};
use crate::rules::{SourceFile, Sources};
use std::sync::Arc;

const DOCUMENT: &str = include_str!("../../../docs/rules.md");

/// The fenced blocks of that language.
fn blocks(language: &str) -> Vec<String> {
    let fence = format!("```{language}\n");
    let parts = DOCUMENT.split(fence.as_str()).skip(1);
    parts.map(|part| part.split("```").next().unwrap_or("").to_owned()).collect()
}

#[test]
fn the_documents_ruleset_compiles_and_passes_its_tests() {
    let file = |name: &str, text: String| SourceFile { name: name.to_owned(), text };
    let sources = Sources {
        files: blocks("toml").into_iter().map(|text| file("docs/rules.md", text)).collect(),
        lists: vec![file(
            "lists/watched-merchants.txt",
            "casino\nclub\t2026-02-01T00:00:00Z\n".into(),
        )],
    };
    let (ruleset, _) = sources.compile(environment()).unwrap_or_else(|errors| panic!("{errors}"));
    let results = crate::rule_tests::run(&sources, &Arc::new(ruleset), environment()).unwrap();
    let failed: Vec<_> = results.iter().filter(|case| !case.passed()).collect();
    assert!(!results.is_empty() && failed.is_empty(), "{failed:#?}");
}

#[test]
fn every_expression_of_the_document_compiles() {
    let lines: Vec<String> = blocks("cel").join("").lines().map(str::to_owned).collect();
    assert!(lines.len() > 20);
    for line in lines {
        let text = ruleset_text(&format!("[features]\nf = '''{line}'''\n"));
        compile(&text).unwrap_or_else(|errors| panic!("{errors}"));
    }
}

#[test]
fn the_shipped_ruleset_compiles_under_the_retention_that_the_documents_show() {
    let document = include_str!("../../../docs/configuration.md");
    let (_, rest) = document.split_once("REDCARD__MEMORY__RETENTION=").unwrap();
    let retention_ms = crate::rules::parse_duration_ms(rest.lines().next().unwrap()).unwrap();
    let shown = crate::rules::Environment { retention_ms, ..environment() };
    Sources::shipped().compile(shown).unwrap_or_else(|errors| panic!("{errors}"));
}
