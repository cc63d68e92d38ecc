//! Runs all lints.

use super::super::super::diagnostics::Diagnostics;
use super::input::Input;
use super::{absent, conditions, ruleset, tables, windows};

/// Runs all lints. Those about the ruleset as a whole need one without errors: a rule that cannot be
/// read may use what seems unused.
pub fn lint(input: &Input<'_>, out: &mut Diagnostics) {
    tables::lint(input, out);
    conditions::lint(input, out);
    absent::lint(input, out);
    windows::lint(input, out);
    if !out.has_errors() {
        ruleset::lint(input, out);
    }
}
