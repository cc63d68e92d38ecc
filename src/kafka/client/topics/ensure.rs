//! Checks before the service starts that all topics exist, and creates missing ones if it may.

use super::admin::{self, ADMIN, Admin};
use super::{history_topic, lists_topic, outcomes_topic};
use crate::clock::monotonic_now;
use crate::kafka::client::log::ClientLog;
use crate::kafka::errors::{ClientError, StartError};
use crate::kafka::settings::Settings;
use rdkafka::admin::{NewTopic, TopicReplication};
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::RDKafkaErrorCode;
use rdkafka::metadata::Metadata;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

const METADATA_TIMEOUT: Duration = Duration::from_secs(5);
const RETRY_PAUSE: Duration = Duration::from_millis(500);
/// How long a new topic may take to get its leaders.
const LEADER_TIMEOUT: Duration = Duration::from_secs(30);

/// How many errors are passed to the log after each attempt.
const ERRORS_LOGGED_MAX: usize = 100;

type MetadataClient = BaseConsumer<ClientLog>;

/// Waits for the brokers without a time limit, then checks that every topic exists. Creates missing
/// topics if the settings allow it.
pub fn ensure(settings: &Settings, cancelled: &AtomicBool) -> Result<(), StartError> {
    let probe = probe(settings)?;
    let metadata = wait_for_metadata(&probe, settings, cancelled)?;
    let mut missing = missing(&metadata, settings)?;
    if !missing.is_empty() && !settings.topics.create {
        return Err(missing_topics(settings, &missing, &metadata));
    }
    let client = admin::connect(&settings.connection())?;
    // These have as many partitions as the input, which may have to be created first.
    if let Some(lists) = settings.topics.lists.as_deref() {
        let is_missing = missing.iter().any(|topic| topic == lists);
        missing.retain(|topic| topic != lists);
        if is_missing {
            lists_topic::create(&client, settings, lists)?;
            wait_for_leaders(&probe, settings, cancelled, &[lists.to_owned()])?;
        } else {
            lists_topic::verify(&client, lists)?;
        }
    }
    let is_late = |topic: &String| is_like_input(settings, topic);
    let (late, first): (Vec<String>, Vec<String>) = missing.into_iter().partition(is_late);
    if !first.is_empty() {
        create(&client, settings, &first)?;
        wait_for_leaders(&probe, settings, cancelled, &first)?;
    }
    let metadata = wait_for_metadata(&probe, settings, cancelled)?;
    let input = partitions(&metadata, &settings.topics.transactions);
    for topic in &late {
        create_as_input(&client, settings, topic, input, &configs(settings, topic))?;
    }
    if !late.is_empty() {
        wait_for_leaders(&probe, settings, cancelled, &late)?;
    }
    let topics = &settings.topics;
    let existing = |topic: &&str| !late.iter().any(|late| late == topic);
    if let Some(labels) = topics.labels.as_deref().filter(existing) {
        verify_labels(settings, labels, partitions(&metadata, labels), input)?;
    }
    if let Some(outcomes) = topics.outcomes.as_deref().filter(existing) {
        let counts = (input, partitions(&metadata, outcomes));
        outcomes_topic::verify(&client, settings, outcomes, counts)?;
    }
    let Some(history) = topics.history.as_deref().filter(existing) else { return Ok(()) };
    history_topic::verify(&client, settings, history, (input, partitions(&metadata, history)))
}

/// Whether a topic has as many partitions as the input.
fn is_like_input(settings: &Settings, topic: &str) -> bool {
    let topics = &settings.topics;
    let alike = [&topics.history, &topics.labels, &topics.outcomes];
    alike.iter().any(|name| name.as_deref() == Some(topic))
}

/// The settings of a topic that differ from the brokers' defaults.
fn configs(settings: &Settings, topic: &str) -> Vec<(&'static str, String)> {
    if settings.topics.history.as_deref() == Some(topic) {
        history_topic::configs(settings)
    } else if settings.topics.lists.as_deref() == Some(topic) {
        lists_topic::configs()
    } else if settings.topics.outcomes.as_deref() == Some(topic) {
        outcomes_topic::configs(settings)
    } else {
        Vec::new()
    }
}

/// Creates a topic with as many partitions as the input.
fn create_as_input(
    client: &Admin,
    settings: &Settings,
    topic: &str,
    partitions: usize,
    configs: &[(&'static str, String)],
) -> Result<(), StartError> {
    let partitions = i32::try_from(partitions).unwrap_or(i32::MAX);
    let replication = TopicReplication::Fixed(settings.topics.replication_factor);
    let topic = NewTopic::new(topic, partitions, replication);
    let topic = configs.iter().fold(topic, |topic, (name, value)| topic.set(name, value));
    admin::create(client, &[topic])
}

fn verify_labels(
    settings: &Settings,
    topic: &str,
    own: usize,
    input: usize,
) -> Result<(), StartError> {
    if own == input {
        return Ok(());
    }
    let (topic, transactions) = (topic.to_owned(), settings.topics.transactions.clone());
    Err(StartError::LabelPartitions { topic, own, transactions, input })
}

/// The number of partitions of a topic, according to the cluster.
fn partitions(metadata: &Metadata, topic: &str) -> usize {
    let found = metadata.topics().iter().find(|found| found.name() == topic);
    found.map_or(0, |topic| topic.partitions().len())
}

/// A client that reads metadata without joining a group. Unlike an admin client, it reports why the
/// brokers do not answer (a rejected password, an unknown certificate).
fn probe(settings: &Settings) -> Result<MetadataClient, StartError> {
    settings
        .admin_config()
        .create_with_context(ClientLog::new(ADMIN))
        .map_err(|error| StartError::client(ADMIN, &error))
}

fn wait_for_metadata(
    probe: &MetadataClient,
    settings: &Settings,
    cancelled: &AtomicBool,
) -> Result<Metadata, StartError> {
    loop {
        if cancelled.load(Ordering::Relaxed) {
            return Err(StartError::Cancelled { brokers: settings.brokers.clone() });
        }
        // All topics in one request: a request for one topic by name may create it.
        match probe.fetch_metadata(None, METADATA_TIMEOUT) {
            Ok(metadata) => return Ok(metadata),
            Err(error) => {
                let brokers = settings.brokers.as_str();
                tracing::warn!(brokers, %error, "the brokers do not answer; trying again");
                log_errors(probe);
                std::thread::sleep(RETRY_PAUSE);
            }
        }
    }
}

/// Polling passes queued errors to the client's log.
fn log_errors(probe: &MetadataClient) {
    for _ in 0..ERRORS_LOGGED_MAX {
        if probe.poll(Duration::ZERO).is_none() {
            return;
        }
    }
}

/// The error code of each topic, if it has one, according to the cluster.
fn states(metadata: &Metadata) -> BTreeMap<&str, Option<RDKafkaErrorCode>> {
    let code = |topic: &rdkafka::metadata::MetadataTopic| topic.error().map(Into::into);
    metadata.topics().iter().map(|topic| (topic.name(), code(topic))).collect()
}

/// The topics that do not exist.
fn missing(metadata: &Metadata, settings: &Settings) -> Result<Vec<String>, StartError> {
    let states = states(metadata);
    let mut missing = Vec::new();
    for topic in settings.topics.all() {
        match states.get(topic) {
            Some(None | Some(RDKafkaErrorCode::LeaderNotAvailable)) => {}
            None | Some(Some(RDKafkaErrorCode::UnknownTopicOrPartition)) => {
                missing.push(topic.to_owned());
            }
            Some(Some(code)) => {
                let (topic, reason) = (topic.to_owned(), ClientError::of(code));
                return Err(StartError::Topic { topic, reason });
            }
        }
    }
    Ok(missing)
}

fn missing_topics(settings: &Settings, missing: &[String], metadata: &Metadata) -> StartError {
    let (brokers, topics) = (&settings.brokers, &settings.topics);
    // The command rejects -1; without the option the broker uses its default.
    let option = |name, number| match number {
        ..=0 => String::new(),
        _ => format!(" --{name} {number}"),
    };
    let replicas = option("replication-factor", topics.replication_factor);
    let input = i32::try_from(partitions(metadata, &topics.transactions)).unwrap_or(0);
    let command = |topic: &String| {
        let partitions = match () {
            () if Some(topic) == topics.lists.as_ref() => lists_topic::PARTITIONS,
            () if is_like_input(settings, topic) && input > 0 => input,
            () => topics.partitions,
        };
        let partitions = option("partitions", partitions);
        let configs: String = configs(settings, topic)
            .iter()
            .map(|(name, value)| format!(" --config {name}={value}"))
            .collect();
        format!(
            "kafka-topics.sh --bootstrap-server {brokers} --create --topic {topic}\
             {partitions}{replicas}{configs}"
        )
    };
    StartError::MissingTopics {
        names: missing.to_vec(),
        commands: missing.iter().map(command).collect(),
    }
}

fn create(client: &Admin, settings: &Settings, missing: &[String]) -> Result<(), StartError> {
    let topics = &settings.topics;
    let new_topic = |topic| {
        let replication = TopicReplication::Fixed(topics.replication_factor);
        NewTopic::new(topic, topics.partitions, replication)
    };
    let new_topics: Vec<NewTopic<'_>> = missing.iter().map(|topic| new_topic(topic)).collect();
    admin::create(client, &new_topics)
}

fn wait_for_leaders(
    probe: &MetadataClient,
    settings: &Settings,
    cancelled: &AtomicBool,
    created: &[String],
) -> Result<(), StartError> {
    let deadline = monotonic_now() + LEADER_TIMEOUT;
    loop {
        let metadata = wait_for_metadata(probe, settings, cancelled)?;
        let without = without_leader(&metadata, created);
        if without.is_empty() {
            return Ok(());
        }
        if monotonic_now() >= deadline {
            return Err(StartError::NoLeader { topics: without, waited: LEADER_TIMEOUT });
        }
        std::thread::sleep(RETRY_PAUSE);
    }
}

fn without_leader(metadata: &Metadata, topics: &[String]) -> Vec<String> {
    let is_led = |topic: &String| {
        metadata.topics().iter().any(|t| {
            t.name() == topic
                && !t.partitions().is_empty()
                && t.partitions().iter().all(|partition| partition.leader() >= 0)
        })
    };
    topics.iter().filter(|topic| !is_led(topic)).cloned().collect()
}
