//! The topics that redcard uses.
//!
//! The configuration, the Kafka service and the demo share this type, so a topic is defined only here
//! and in its configuration key.

pub const PARTITIONS_DEFAULT: i32 = 12;
pub const REPLICATION_FACTOR_DEFAULT: i32 = -1;

/// Names of topics, and how missing topics are created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Topics<N = String> {
    pub transactions: N,
    /// The topic of labels; `None`: there are none.
    pub labels: Option<N>,
    pub alerts: N,
    pub dead_letters: N,
    /// `None`: decisions are not published.
    pub decisions: Option<N>,
    /// The topic that memory is restored from; `None`: memory starts empty whenever a partition is
    /// taken over.
    pub history: Option<N>,
    /// The topic with the entries of lists; `None`: lists have only the entries of files.
    pub lists: Option<N>,
    /// The topic of alerts and labels that rules are measured with; `None`: they are not measured.
    pub outcomes: Option<N>,
    /// Whether missing topics are created.
    pub create: bool,
    /// For new topics, as is the factor below; -1 leaves the choice to the broker.
    pub partitions: i32,
    pub replication_factor: i32,
}

impl<N: From<&'static str>> Default for Topics<N> {
    fn default() -> Self {
        Self {
            transactions: "transactions".into(),
            labels: None,
            alerts: "alerts".into(),
            dead_letters: "transactions.dlq".into(),
            decisions: None,
            history: Some("redcard.history".into()),
            lists: None,
            outcomes: None,
            create: false,
            partitions: PARTITIONS_DEFAULT,
            replication_factor: REPLICATION_FACTOR_DEFAULT,
        }
    }
}

impl<N> Topics<N> {
    /// Every topic by its configuration key; `None`: it is not used.
    pub fn by_key(&self) -> [(&'static str, Option<&N>); 8] {
        [
            ("topics.transactions", Some(&self.transactions)),
            ("topics.labels", self.labels.as_ref()),
            ("topics.lists", self.lists.as_ref()),
            ("topics.alerts", Some(&self.alerts)),
            ("topics.dead_letters", Some(&self.dead_letters)),
            ("topics.decisions", self.decisions.as_ref()),
            ("topics.history", self.history.as_ref()),
            ("topics.outcomes", self.outcomes.as_ref()),
        ]
    }

    /// The topics in which the decision about a transaction may be found: that of all decisions, if they
    /// are published, and that of alerts.
    pub fn of_decisions(&self) -> impl Iterator<Item = &N> {
        self.decisions.iter().chain([&self.alerts])
    }

    /// The same topics with another type of name.
    pub fn map<M>(&self, name: impl Fn(&N) -> M) -> Topics<M> {
        Topics {
            transactions: name(&self.transactions),
            labels: self.labels.as_ref().map(&name),
            alerts: name(&self.alerts),
            dead_letters: name(&self.dead_letters),
            decisions: self.decisions.as_ref().map(&name),
            history: self.history.as_ref().map(&name),
            lists: self.lists.as_ref().map(&name),
            outcomes: self.outcomes.as_ref().map(&name),
            create: self.create,
            partitions: self.partitions,
            replication_factor: self.replication_factor,
        }
    }
}

impl Topics {
    /// Every topic that must exist.
    pub fn all(&self) -> Vec<&str> {
        let used = self.by_key().into_iter().filter_map(|(_, name)| name);
        let mut names: Vec<&str> = used.map(|name| &**name).collect();
        names.sort_unstable();
        names
    }
}
