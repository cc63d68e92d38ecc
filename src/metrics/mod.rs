//! Counts what redcard does, for Prometheus.
//!
//! There is one shared [`Metrics`] per process. Each shard counts its records in its own
//! [`Recorder`], which needs no atomic operation per record and is added to the shared metrics with
//! every batch. Names and labels are defined in families.rs. This module knows nothing of
//! Kafka or HTTP.

mod alerts;
mod control_families;
mod exported_ruleset;
mod exposition;
mod families;
mod labels;
mod list_reports;
mod lists;
mod notify;
mod outcomes;
mod precision;
mod precision_families;
mod process;
mod recorder;
mod register;
mod rulesets;
mod service;
#[cfg(test)]
mod tests;
mod totals;

pub use exposition::{CONTENT_TYPE, Exposition};
pub use families::{
    AGE_BUCKETS_S, DURATION_BUCKETS_S, FAMILIES, Family, FamilyKind, SCORE_BUCKETS,
};
pub use lists::ListRecord;
pub use notify::{NOTIFY_FAMILIES, NotifyLabels, NotifyMetrics};
pub use outcomes::{
    CheckpointResult, CommitResult, LabelResult, RebalanceKind, ReloadResult, Remedy, RestoreResult,
};
pub use recorder::Recorder;
pub use service::Metrics;
pub use totals::{Buckets, Totals};
