//! Reads the input's partitions from the client library's statistics.
//!
//! The library computes its own lag from offsets that were stored or committed through its
//! consumer. With exactly-once delivery the producer commits the offsets, so the library would
//! measure from the group's offset when this member took the partition over.

use crate::kafka::shard::ports::PartitionStatistics;
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap};

#[derive(Deserialize)]
struct Statistics {
    topics: HashMap<String, Topic>,
}

#[derive(Deserialize)]
struct Topic {
    partitions: HashMap<i32, Partition>,
}

#[derive(Deserialize)]
struct Partition {
    /// The last stable offset: records before it can be read. Negative if unknown.
    ls_offset: i64,
    /// Measured from the group's committed offset when the partition was taken over; -1 if unknown.
    consumer_lag: i64,
}

/// The statistics of the topic, by partition.
pub fn partition_statistics(
    statistics: &[u8],
    topic: &str,
) -> Result<BTreeMap<i32, PartitionStatistics>, serde_json::Error> {
    let mut statistics: Statistics = serde_json::from_slice(statistics)?;
    let partitions = statistics.topics.remove(topic).map(|topic| topic.partitions);
    let known = |value: i64| (value >= 0).then_some(value);
    let seen = |partition: Partition| PartitionStatistics {
        end: known(partition.ls_offset),
        behind_at_first: known(partition.consumer_lag),
    };
    Ok(partitions.into_iter().flatten().map(|(number, p)| (number, seen(p))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Checks the lag of partition 3, given its statistics and the committed offset.
    fn check(partition: &str, done: Option<i64>, expected: Option<i64>) {
        let json = format!(
            r#"{{"name":"x","topics":{{"transactions":{{"topic":"transactions","partitions":{{"3":{{{partition}}}}}}},
                "other":{{"partitions":{{"3":{{"ls_offset":900,"consumer_lag":9}}}}}}}}}}"#
        );
        let seen = partition_statistics(json.as_bytes(), "transactions").unwrap();
        assert_eq!(seen[&3].lag(done), expected, "{partition} {done:?}");
    }

    #[test]
    fn lag_is_measured_from_our_commit_then_the_groups_else_unknown() {
        check(r#""ls_offset":50,"consumer_lag":7"#, Some(45), Some(5));
        check(r#""ls_offset":50,"consumer_lag":7"#, None, Some(7));
        check(r#""ls_offset":50,"consumer_lag":-1"#, Some(50), Some(0));
        check(r#""ls_offset":50,"consumer_lag":-1"#, Some(52), Some(0));
        check(r#""ls_offset":-1001,"consumer_lag":7"#, Some(45), None);
        check(r#""ls_offset":-1001,"consumer_lag":-1"#, None, None);
    }

    #[test]
    fn a_topic_that_the_library_does_not_know_has_no_partitions() {
        assert!(partition_statistics(br#"{"topics":{}}"#, "transactions").unwrap().is_empty());
    }
}
