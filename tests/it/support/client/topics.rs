//! Creates, changes and deletes topics.

use super::super::wait_until;
use super::{REQUEST_LIMIT, config, partitions as partitions_of};
use rdkafka::admin::{AdminClient, AdminOptions, NewPartitions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::error::RDKafkaErrorCode;
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

pub fn create_topic(brokers: &str, topic: &str, partitions: i32) {
    create_topic_with(brokers, topic, (partitions, 1), &[]);
}

/// Creates a topic with the given numbers of partitions and replicas, and its own settings.
pub fn create_topic_with(
    brokers: &str,
    topic: &str,
    (partitions, replicas): (i32, usize),
    configs: &[(&str, &str)],
) {
    let admin: AdminClient<DefaultClientContext> = config(brokers).create().unwrap();
    let replicas = TopicReplication::Fixed(replicas.try_into().unwrap());
    let new = NewTopic::new(topic, partitions, replicas);
    let new = configs.iter().fold(new, |new, (name, value)| new.set(name, value));
    let options = AdminOptions::new().operation_timeout(Some(REQUEST_LIMIT));
    let mut may_exist = false;
    wait_until("the topic is created", || {
        let results = block_on(admin.create_topics([&new], &options)).unwrap();
        results.into_iter().find_map(Result::err).map_or(Some(()), |(topic, code)| match code {
            RDKafkaErrorCode::TopicAlreadyExists if may_exist => Some(()),
            // A slow machine delayed the heartbeats of a broker.
            RDKafkaErrorCode::InvalidReplicationFactor
            | RDKafkaErrorCode::NotController
            | RDKafkaErrorCode::RequestTimedOut => {
                may_exist = true;
                None
            }
            _ => panic!("topic {topic} was not created: {code}"),
        })
    });
    // A broker learns about the topic a little later than the controller.
    let expected = usize::try_from(partitions).unwrap();
    for broker in brokers.split(',') {
        wait_until("the topic is there", || {
            (partitions_of(broker, topic) == expected).then_some(())
        });
    }
}

/// Increases the number of partitions of a topic to `partitions`.
pub fn add_partitions(brokers: &str, topic: &str, partitions: i32) {
    let admin: AdminClient<DefaultClientContext> = config(brokers).create().unwrap();
    let options = AdminOptions::new().operation_timeout(Some(REQUEST_LIMIT));
    let count = usize::try_from(partitions).unwrap();
    let added = block_on(admin.create_partitions(&[NewPartitions::new(topic, count)], &options));
    added.unwrap().remove(0).unwrap();
    wait_until("the partitions are there", || {
        (partitions_of(brokers, topic) == count).then_some(())
    });
}

pub fn delete_topic(brokers: &str, topic: &str) {
    let admin: AdminClient<DefaultClientContext> = config(brokers).create().unwrap();
    let options = AdminOptions::new().operation_timeout(Some(REQUEST_LIMIT));
    block_on(admin.delete_topics(&[topic], &options)).unwrap().remove(0).unwrap();
    wait_until("the topic is gone", || (partitions_of(brokers, topic) == 0).then_some(()));
}

/// Deletes the records of a partition before an offset, as retention would.
pub fn delete_before(brokers: &str, topic: &str, partition: i32, offset: i64) {
    let admin: AdminClient<DefaultClientContext> = config(brokers).create().unwrap();
    let mut list = TopicPartitionList::new();
    list.add_partition_offset(topic, partition, Offset::Offset(offset)).unwrap();
    let options = AdminOptions::new().operation_timeout(Some(REQUEST_LIMIT));
    let deleted = block_on(admin.delete_records(&list, &options)).unwrap();
    deleted.elements().iter().for_each(|element| element.error().unwrap());
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}
