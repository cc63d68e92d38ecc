//! Tests what pages outside docs/rules state about rulesets. The integration tests run every block of
//! the pages in docs/rules.

use super::support::environment;
use crate::rules::Sources;

#[test]
fn the_shipped_ruleset_compiles_under_the_retention_that_the_documents_show() {
    let document = include_str!("../../../docs/operating/configuration.md");
    let (_, rest) = document.split_once("REDCARD__MEMORY__RETENTION=").unwrap();
    let retention_ms = crate::rules::parse_duration_ms(rest.lines().next().unwrap()).unwrap();
    let shown = crate::rules::Environment { retention_ms, ..environment() };
    Sources::shipped().compile(shown).unwrap_or_else(|errors| panic!("{errors}"));
}
