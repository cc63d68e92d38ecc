//! The consumer lag, out of the client library's statistics.

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
    /// From what we said was done; -1 where either end is not known.
    consumer_lag_stored: i64,
    /// From what the group committed, as far as this client knows; -1 where it does not.
    consumer_lag: i64,
}

/// Records behind, by partition of the topic. A partition of which nothing was done since it was
/// assigned counts from what the group committed; one without either has no entry.
pub(super) fn lags(
    statistics: &[u8],
    topic: &str,
) -> Result<BTreeMap<i32, i64>, serde_json::Error> {
    let mut statistics: Statistics = serde_json::from_slice(statistics)?;
    let partitions = statistics.topics.remove(topic).map(|topic| topic.partitions);
    let known = |(number, partition): (i32, Partition)| {
        let candidates = [partition.consumer_lag_stored, partition.consumer_lag];
        candidates.into_iter().find(|lag| *lag >= 0).map(|lag| (number, lag))
    };
    Ok(partitions.into_iter().flatten().filter_map(known).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(partitions: &str, expected: &[(i32, i64)]) {
        let json = format!(
            r#"{{"name":"x","topics":{{"transactions":{{"topic":"transactions","partitions":{{{partitions}}}}},
                "other":{{"partitions":{{"0":{{"consumer_lag":9,"consumer_lag_stored":9}}}}}}}}}}"#
        );
        let lags = lags(json.as_bytes(), "transactions").unwrap();
        assert_eq!(lags.into_iter().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn the_lag_counts_from_what_is_done_else_from_what_was_committed_else_is_not_known() {
        check("", &[]);
        check(r#""3":{"consumer_lag":7,"consumer_lag_stored":5}"#, &[(3, 5)]);
        check(r#""3":{"consumer_lag":7,"consumer_lag_stored":-1}"#, &[(3, 7)]);
        check(r#""3":{"consumer_lag":-1,"consumer_lag_stored":-1}"#, &[]);
        check(r#""-1":{"consumer_lag":-1,"consumer_lag_stored":-1}"#, &[]);
    }
}
