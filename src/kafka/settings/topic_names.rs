//! Which topics a service uses.

/// Names of topics, and how missing ones are made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Topics {
    pub transactions: String,
    pub alerts: String,
    pub dead_letters: String,
    /// Without it decisions are not published.
    pub decisions: Option<String>,
    /// Without it memory starts empty wherever a partition is taken over.
    pub history: Option<String>,
    /// Whether missing topics are created.
    pub create: bool,
    /// Of topics that are created.
    pub partitions: i32,
    /// Of topics that are created.
    pub replication_factor: i32,
}

impl Topics {
    /// Every topic that must be there, each once.
    pub(in super::super) fn all(&self) -> Vec<&str> {
        let mut names = vec![&*self.transactions, &*self.alerts, &*self.dead_letters];
        names.extend(self.decisions.as_deref());
        names.extend(self.history.as_deref());
        names.sort_unstable();
        names.dedup();
        names
    }
}
