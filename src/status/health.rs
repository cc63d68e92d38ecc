//! Defines the result of a health check, and what can be checked.

use std::collections::BTreeMap;

/// Whether a check passed, and if not, the reasons by subject. Notes are for information and do not
/// affect the result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    pub ok: bool,
    pub reasons: BTreeMap<String, String>,
    pub notes: BTreeMap<String, String>,
}

/// A component that reports its health.
pub trait HealthCheck: Send + Sync {
    /// Whether the process works at all. If it does not, only a restart can help.
    fn alive(&self) -> Health;

    /// Whether it is doing its work.
    fn ready(&self) -> Health;

    /// How many partitions are in each state, if the component has partitions.
    fn partition_states(&self) -> Vec<(&'static str, usize)> {
        Vec::new()
    }
}

impl Health {
    pub(crate) fn of(reasons: BTreeMap<String, String>) -> Self {
        Self { ok: reasons.is_empty(), reasons, notes: BTreeMap::new() }
    }
}
