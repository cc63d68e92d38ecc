//! The language as a whole: what the shipped rules do, what each sentence of docs/rules.md means.

use super::*;

fn environment() -> Environment {
    Environment {
        retention_ms: 30 * crate::transaction::DAY_MS,
        base_currency: Currency::parse("USD").unwrap(),
    }
}

#[test]
fn the_shipped_rules_compile_without_a_word_of_complaint() {
    let (_, lints) = Sources::shipped().compile(environment()).unwrap_or_else(|e| panic!("{e}"));
    assert!(lints.is_empty(), "{lints}");
}

#[test]
fn the_shipped_rules_pass_their_own_tests() {
    let sources = Sources::shipped();
    let (ruleset, _) = sources.compile(environment()).unwrap_or_else(|e| panic!("{e}"));
    let results = crate::rule_tests::run(&sources, &Arc::new(ruleset), environment()).unwrap();
    let failed: Vec<_> = results.iter().filter(|case| !case.passed()).collect();
    assert!(!results.is_empty() && failed.is_empty(), "{failed:#?}");
}
