//! The lists topic as the command line and the configuration name it.

use crate::cli::environment::Environment;
use crate::cli::list_argument_error::ListArgumentError;
use crate::cli::settings::ConfigArgs;
use crate::cli::{lookup, signals};
use crate::config::{Brokers, Resolved, TopicName};
use crate::decode::DecodeSettings;
use crate::kafka::{Connection, ListTopic};
use crate::transaction::Time;
use anyhow::Context;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// Which topic, on which brokers.
#[derive(Debug, clap::Args)]
pub struct TopicArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// Bootstrap brokers, instead of the configuration's
    #[arg(long, value_name = "HOST:PORT")]
    brokers: Option<Brokers>,
    /// The lists topic, instead of the configuration's
    #[arg(long, value_name = "TOPIC", value_parser = topic_name)]
    topic: Option<TopicName>,
}

/// Who changes a list, and why.
#[derive(Debug, clap::Args)]
pub struct RemarkArgs {
    /// Why; kept with the entry
    #[arg(long, value_name = "TEXT", value_parser = remark)]
    pub reason: String,
    /// Who; kept with the entry
    #[arg(long, value_name = "NAME", value_parser = remark)]
    pub by: String,
}

/// The topic, and how its records are decoded.
pub struct ConnectedTopic {
    pub name: String,
    pub topic: ListTopic,
    pub decode: DecodeSettings,
    /// Set by the first signal.
    pub interrupted: Arc<AtomicBool>,
}

impl TopicArgs {
    pub fn connect(&self, environment: &Environment) -> anyhow::Result<ConnectedTopic> {
        let (connection, name, resolved) = self.resolve(environment)?;
        let interrupted = signals::interrupt_flag().context("cannot listen for signals")?;
        let topic = ListTopic::connect(connection, &name, Arc::clone(&interrupted))?;
        Ok(ConnectedTopic { name, topic, decode: resolved.decoder, interrupted })
    }

    fn resolve(&self, environment: &Environment) -> anyhow::Result<(Connection, String, Resolved)> {
        let mut config = self.config.read(environment)?;
        config.kafka.brokers = self.brokers.clone().unwrap_or(config.kafka.brokers);
        config.topics.lists = self.topic.clone().or(config.topics.lists);
        let resolved = config.resolve()?;
        let name = resolved.topics.lists.as_ref().ok_or(ListArgumentError::NoTopic)?;
        let name = name.as_str().to_owned();
        Ok((lookup::connection(&resolved)?, name, resolved))
    }
}

fn topic_name(text: &str) -> Result<TopicName, &'static str> {
    TopicName::parse(text).ok_or("is not a name of a topic: use letters, digits, `.`, `_` and `-`")
}

/// A reason or a name on the command line, without surrounding white space.
pub fn remark(text: &str) -> Result<String, &'static str> {
    match text.trim() {
        "" => Err("is blank: say why the list is changed, and who changes it"),
        text => Ok(text.to_owned()),
    }
}

/// A time on the command line.
pub fn time(text: &str) -> Result<Time, String> {
    Time::parse(text).map_err(|reason| reason.to_string())
}
