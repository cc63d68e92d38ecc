//! Measures the precision of rules: joins what was alerted with what labels say about it.
//!
//! The topic of outcomes has one record for each alert and for each label, and links messages to their
//! alerted charges (docs/reference/outcomes.md). [`Outcomes`] is the fold over the records of one partition, and
//! [`PrecisionReport`] is what it gives at a time. Nothing here knows Kafka, clocks or metrics.

mod control;
mod fingerprint;
mod labels;
mod links;
mod outcomes;
mod record;
mod report;
mod rule_names;
#[cfg(test)]
mod tests;

pub use control::{ControlEstimate, ControlSums};
pub use outcomes::{
    ENTRIES_MAX, HORIZON_DEFAULT_DAYS, MATURE_AFTER_DEFAULT_DAYS, MeasureSettings, Outcomes,
    RECENT_MS,
};
pub use record::{AlertRecord, FiredRule, LabelRecord, LinkRecord, OutcomeRecord, RecordError};
pub use report::{AlertLabel, ByLabel, PrecisionReport, RuleControl, RuleOutcomes, Tally};
pub use rule_names::{OTHER_RULES, RULES_MAX};
