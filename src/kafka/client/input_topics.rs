//! The topics whose offsets a shard commits for its group.

use crate::kafka::settings::Settings;
use crate::kafka::shard::output::InputTopic;
use crate::kafka::shard::ports::{BatchOffsets, Offsets};
use rdkafka::error::KafkaResult;
use rdkafka::{Offset, TopicPartitionList};

/// The names of the topics that a shard reads.
#[derive(Debug, Clone)]
pub struct InputTopics {
    pub transactions: String,
    pub labels: Option<String>,
}

impl InputTopics {
    pub fn of(settings: &Settings) -> Self {
        let topics = &settings.topics;
        Self { transactions: topics.transactions.clone(), labels: topics.labels.clone() }
    }

    pub fn name(&self, source: InputTopic) -> &str {
        match source {
            InputTopic::Transactions => &self.transactions,
            InputTopic::Labels => self.labels.as_deref().unwrap_or_default(),
        }
    }

    /// The offsets of a batch, for the client library.
    pub fn list(&self, offsets: &BatchOffsets) -> KafkaResult<TopicPartitionList> {
        let count = offsets.transactions.len() + offsets.labels.len();
        let mut list = TopicPartitionList::with_capacity(count);
        add(&mut list, &self.transactions, &offsets.transactions)?;
        if let Some(labels) = &self.labels {
            add(&mut list, labels, &offsets.labels)?;
        }
        Ok(list)
    }
}

fn add(list: &mut TopicPartitionList, topic: &str, offsets: &Offsets) -> KafkaResult<()> {
    for (partition, offset) in offsets {
        list.add_partition_offset(topic, *partition, Offset::Offset(*offset))?;
    }
    Ok(())
}
