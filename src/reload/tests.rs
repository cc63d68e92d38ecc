//! Rulesets to tell apart.

use crate::kafka::test_ruleset_of;
use crate::rules::Ruleset;
use std::sync::Arc;

/// Of one rule, with that version.
pub fn ruleset(version: &str) -> Arc<Ruleset> {
    Arc::new(test_ruleset_of(&text(version, "amount >= 100.00")))
}

pub fn text(version: &str, condition: &str) -> String {
    format!(
        "[ruleset]\nname = \"t\"\nversion = \"{version}\"\nreview = 300\ndecline = 600\n\n\
         [[rule]]\nid = \"r\"\nwhen = '''{condition}'''\npoints = 400\nseverity = \"low\"\n\
         reason = \"R\"\nmessage = \"m\"\n"
    )
}
