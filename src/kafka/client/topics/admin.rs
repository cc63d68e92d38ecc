//! The administrative requests: creates topics, and reads the settings of one.

use crate::kafka::client::log::ClientLog;
use crate::kafka::errors::{ClientError, StartError};
use crate::kafka::settings::Connection;
use rdkafka::admin::{AdminClient, AdminOptions, ConfigResource, NewTopic, ResourceSpecifier};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use std::time::Duration;

const CREATE_TIMEOUT: Duration = Duration::from_secs(30);
/// The client's name in the log.
pub const ADMIN: &str = "admin client";

pub type Admin = AdminClient<ClientLog>;

pub fn connect(connection: &Connection) -> Result<Admin, StartError> {
    connection
        .admin_config()
        .create_with_context(ClientLog::new(ADMIN))
        .map_err(|error| StartError::client(ADMIN, &error))
}

pub fn create(admin: &Admin, new_topics: &[NewTopic<'_>]) -> Result<(), StartError> {
    let options = AdminOptions::new().operation_timeout(Some(CREATE_TIMEOUT));
    let results = block_on(admin.create_topics(new_topics, &options))?
        .map_err(|error| StartError::CreateTopics { source: ClientError::of(&error) })?;
    for result in results {
        match result {
            Ok(topic) => tracing::info!(topic, "created topic"),
            // Another instance started at the same time.
            Err((topic, RDKafkaErrorCode::TopicAlreadyExists)) => {
                tracing::info!(topic, "another client created the topic meanwhile");
            }
            Err((topic, code)) => {
                return Err(StartError::CreateTopic { topic, reason: ClientError::of(&code) });
            }
        }
    }
    Ok(())
}

/// The settings of an existing topic.
pub struct TopicSettings(ConfigResource);

impl TopicSettings {
    /// The value of a setting, if the brokers return it.
    pub fn text(&self, name: &str) -> Option<String> {
        self.0.get(name)?.value.clone()
    }

    /// The same as a whole number.
    pub fn number(&self, name: &str) -> Option<i64> {
        self.text(name)?.parse().ok()
    }
}

/// The topic's settings. `None`, with a warning in the log, if the brokers do not return them.
pub fn describe(admin: &Admin, topic: &str) -> Result<Option<TopicSettings>, StartError> {
    let options = AdminOptions::new().request_timeout(Some(CREATE_TIMEOUT));
    let asked = [ResourceSpecifier::Topic(topic)];
    let answer = block_on(admin.describe_configs(asked.iter(), &options))?;
    let described = answer
        .map_err(|error| error.to_string())
        .and_then(|mut all| all.pop().ok_or_else(|| "no answer".to_owned()))
        .and_then(|resource| resource.map_err(|code| code.to_string()));
    Ok(match described {
        Ok(config) => Some(TopicSettings(config)),
        Err(error) => {
            tracing::warn!(topic, error, "the topic's settings cannot be checked");
            None
        }
    })
}

/// A thread of the admin client completes its futures, so any executor works.
fn block_on<T>(
    future: impl Future<Output = Result<T, KafkaError>>,
) -> Result<Result<T, KafkaError>, StartError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .map_err(|source| StartError::Thread { source })?;
    Ok(runtime.block_on(future))
}
