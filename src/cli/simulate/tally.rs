//! Summarizes what a simulation generated, in one or two lines.

use crate::generate::{Episode, Generated};
use crate::number::NearestDouble;
use crate::transaction::{DAY_MS, Time};
use std::collections::HashSet;
use std::time::Duration;

/// Counts of what was written.
#[derive(Debug, Default)]
pub(super) struct EpisodeTally {
    messages: u64,
    fraudulent: u64,
    frauds: HashSet<Episode>,
    first: Option<Time>,
    last: Option<Time>,
}

impl EpisodeTally {
    pub fn count(&mut self, generated: &Generated<'_>) {
        self.messages += 1;
        if let Some(label) = generated.label() {
            self.fraudulent += 1;
            self.frauds.insert(label.episode);
        }
        self.first.get_or_insert(generated.time());
        self.last = Some(generated.time());
    }

    pub fn summary(&self, took: Duration) -> String {
        let Self { messages, fraudulent, .. } = self;
        let frauds = self.frauds.len();
        let rate = self.messages.nearest_double() / took.as_secs_f64().max(1e-9);
        let made = format!(
            "{messages} messages in {:.1} s ({rate:.0} a second), {fraudulent} of them in {frauds} frauds",
            took.as_secs_f64(),
        );
        match (self.first, self.last) {
            (Some(first), Some(last)) => {
                let days =
                    (last.millis() - first.millis()).nearest_double() / DAY_MS.nearest_double();
                format!("{made}; {days:.1} days, {first} to {last}")
            }
            _ => made,
        }
    }
}
