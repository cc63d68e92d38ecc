//! The topics that a service uses.

/// Names of topics, and how missing topics are created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Topics {
    pub transactions: String,
    pub alerts: String,
    pub dead_letters: String,
    /// `None`: decisions are not published.
    pub decisions: Option<String>,
    /// `None`: memory starts empty whenever a partition is taken over.
    pub history: Option<String>,
    /// Whether missing topics are created.
    pub create: bool,
    /// For new topics.
    pub partitions: i32,
    /// For new topics.
    pub replication_factor: i32,
}

impl Topics {
    /// Every topic that must exist, each once.
    pub(in crate::kafka) fn all(&self) -> Vec<&str> {
        let mut names = vec![&*self.transactions, &*self.alerts, &*self.dead_letters];
        names.extend(self.decisions.as_deref());
        names.extend(self.history.as_deref());
        names.sort_unstable();
        names.dedup();
        names
    }
}
