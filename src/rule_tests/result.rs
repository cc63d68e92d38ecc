//! How a case and its transactions ended.

use super::case::{CasePlace, StepNumber};
use super::outcome::StepOutcome;

/// The result of a case.
#[derive(Debug, Clone, PartialEq)]
pub struct CaseResult {
    pub name: String,
    pub place: CasePlace,
    /// The differences from what was expected, one sentence each; empty if the case passed.
    pub differences: Vec<String>,
    /// Its transactions, in order.
    pub steps: Vec<StepResult>,
}

/// The result of one transaction of a case.
#[derive(Debug, Clone, PartialEq)]
pub struct StepResult {
    pub which: StepNumber,
    pub outcome: StepOutcome,
    /// Whether anything differed from what was expected.
    pub differs: bool,
}

impl CaseResult {
    pub fn passed(&self) -> bool {
        self.differences.is_empty()
    }
}
