//! Sets up a test's own topics on the shared broker, a group, and a load for them.

use super::load::Load;
use super::setup;
use crate::support::redcard::{Setup, Topics};
use crate::support::{broker, client, unique, wait_until};

pub const PARTITIONS: i32 = 4;

const SEED: u64 = 7;

pub struct LoadFixture {
    pub brokers: &'static str,
    pub topics: Topics,
    pub group: String,
    pub load: Load,
}

impl LoadFixture {
    pub fn new(stem: &str) -> Self {
        let (brokers, group) = (broker::shared(), unique(stem));
        let topics = Topics::created(brokers, stem, PARTITIONS);
        Self { brokers, topics, group, load: Load::new(SEED, PARTITIONS) }
    }

    pub fn setup(&self) -> Setup {
        setup(self.brokers, &self.topics, &self.group)
    }

    /// Writes `charges` more transactions and waits until they are committed.
    pub fn decide_more(&mut self, charges: usize) {
        let records = self.load.take(charges);
        client::produce(self.brokers, &self.topics.transactions, &records);
        wait_until("everything is committed", || {
            client::is_caught_up(self.brokers, &self.topics.transactions, &self.group).then_some(())
        });
    }
}
