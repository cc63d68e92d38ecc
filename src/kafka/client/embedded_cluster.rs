//! Runs a Kafka cluster inside this process: the client library's mock cluster, made for tests.
//!
//! It listens on loopback and speaks the real protocol to real clients. It keeps 5 MiB per
//! partition and drops older records even if they were not read, so the producer must not run far
//! ahead of the consumer.

use crate::kafka::errors::ClientError;
use rdkafka::bindings::{
    rd_kafka_handle_mock_cluster, rd_kafka_mock_group_initial_rebalance_delay_ms,
};
use rdkafka::config::ClientConfig;
use rdkafka::producer::{BaseProducer, Producer};

const BROKERS: i32 = 1;

/// The cluster; it runs until this is dropped.
pub struct EmbeddedCluster {
    /// The client that owns the cluster; nothing is sent with it.
    client: BaseProducer,
}

/// Why the cluster cannot start.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    #[error("cannot start the embedded Kafka cluster")]
    Client(#[from] ClientError),
    #[error("the client library has no embedded cluster")]
    Missing,
}

impl EmbeddedCluster {
    /// Starts the cluster with these topics.
    pub fn start(topics: &[&str], partitions: i32) -> Result<Self, ClusterError> {
        let client: BaseProducer = ClientConfig::new()
            .set("test.mock.num.brokers", BROKERS.to_string())
            .set("client.id", "redcard-demo-cluster")
            .create()
            .map_err(|error| ClientError::of(&error))?;
        let cluster = client.client().mock_cluster().ok_or(ClusterError::Missing)?;
        for topic in topics {
            cluster
                .create_topic(topic, partitions, BROKERS)
                .map_err(|error| ClientError::of(&error))?;
        }
        drop(cluster);
        let cluster = Self { client };
        cluster.do_not_wait_for_members();
        Ok(cluster)
    }

    /// `host:port`
    pub fn brokers(&self) -> Result<String, ClusterError> {
        let cluster = self.client.client().mock_cluster().ok_or(ClusterError::Missing)?;
        Ok(cluster.bootstrap_servers())
    }

    /// By default a new group waits three seconds for further members; here there is only one.
    #[expect(unsafe_code, reason = "no safe binding offers this setting of the embedded cluster")]
    fn do_not_wait_for_members(&self) {
        let client = self.client.client();
        // Safety: the client lives as long as `self` and owns the cluster that its handle returns.
        // The handle is null if there is no cluster.
        unsafe {
            let cluster = rd_kafka_handle_mock_cluster(client.native_ptr());
            if !cluster.is_null() {
                rd_kafka_mock_group_initial_rebalance_delay_ms(cluster, 0);
            }
        }
    }
}
