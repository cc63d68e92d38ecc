//! Checks whether clients can be created from their properties. Some errors are found by the client
//! library only at creation. This check finds them before a service starts and attributes them to
//! the properties that cause them.
//!
//! The clients are created without broker addresses, so they connect to nothing.

use super::reserved::SECURITY_PROTOCOL;
use super::text::{is_word_of, reason, redacted};
use crate::config;
use crate::kafka::client::log::ClientLog;
use crate::kafka::settings::PropertyError;
use rdkafka::ClientConfig;
use rdkafka::admin::AdminClient;
use rdkafka::consumer::BaseConsumer;
use rdkafka::error::KafkaResult;
use rdkafka::producer::BaseProducer;
use std::collections::BTreeMap;

/// A client to be created.
pub struct Plan {
    name: &'static str,
    role: Role,
    config: ClientConfig,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    Consumer,
    Producer,
    Admin,
}

impl Plan {
    pub fn new(name: &'static str, role: Role, mut config: ClientConfig) -> Self {
        config.remove("bootstrap.servers");
        Self { name, role, config }
    }

    /// Why the client cannot be created, if it cannot.
    fn refusal(&self) -> Option<String> {
        self.create(&self.config).err().map(|error| reason(&error))
    }

    fn create(&self, config: &ClientConfig) -> KafkaResult<()> {
        let log = ClientLog::new(self.name);
        match self.role {
            Role::Consumer => config.create_with_context(log).map(drop::<BaseConsumer<_>>),
            Role::Producer => config.create_with_context(log).map(drop::<BaseProducer<_>>),
            Role::Admin => config.create_with_context(log).map(drop::<AdminClient<_>>),
        }
    }

    /// How a property is involved in a refusal, if it is.
    fn involvement(&self, refusal: &str, property: &str, value: &str) -> Option<Involvement> {
        if is_word_of(refusal, property) {
            return Some(Involvement::Named);
        }
        if value.len() >= QUOTED_MIN_BYTES && is_word_of(refusal, value) {
            return Some(Involvement::Quoted);
        }
        let mut without = self.config.clone();
        without.remove(property);
        match self.create(&without) {
            Ok(()) => Some(Involvement::Necessary),
            Err(error) => (reason(&error) != refusal).then_some(Involvement::Contributing),
        }
    }
}

/// How a property is involved in a refusal, most relevant first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Involvement {
    /// The reason names the property.
    Named,
    /// The reason quotes the property's value.
    Quoted,
    /// Without the property the client can be created.
    Necessary,
    /// Without the property the client is refused for another reason.
    Contributing,
}

/// Why clients cannot be created, each reason once. `properties` are the user's.
pub fn refusals(plans: &[Plan], properties: &BTreeMap<String, String>) -> Vec<PropertyError> {
    let mut refused: Vec<(String, Vec<&Plan>)> = Vec::new();
    for plan in plans {
        let Some(reason) = plan.refusal() else { continue };
        match refused.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, plans)) => plans.push(plan),
            None => refused.push((reason, vec![plan])),
        }
    }
    let error = |(reason, plans): (String, Vec<&Plan>)| PropertyError::Client {
        clients: plans.iter().map(|plan| plan.name).collect(),
        properties: involved(plans.first().copied(), properties, &reason),
        reason: redacted(&reason, secrets(properties)),
    };
    refused.into_iter().map(error).collect()
}

/// The user's properties that are involved in a refusal, most relevant first.
fn involved(
    plan: Option<&Plan>,
    properties: &BTreeMap<String, String>,
    refusal: &str,
) -> Vec<String> {
    let part = |(property, value): (&'_ String, &'_ String)| {
        let part = plan?.involvement(refusal, property, value)?;
        // Last: it only enables what the other properties configure.
        Some((property == SECURITY_PROTOCOL, part, property.clone()))
    };
    let mut parts: Vec<_> = properties.iter().filter_map(part).collect();
    parts.sort();
    let is_named = parts.iter().any(|(_, part, _)| *part <= Involvement::Quoted);
    let telling =
        parts.into_iter().filter(|(_, part, _)| !is_named || *part < Involvement::Contributing);
    telling.map(|(.., property)| property).collect()
}

/// Shorter values (numbers, `no`) can occur in a reason by chance.
const QUOTED_MIN_BYTES: usize = 4;

fn secrets(properties: &BTreeMap<String, String>) -> impl Iterator<Item = &str> {
    let secret = properties.iter().filter(|(property, _)| config::is_secret_property(property));
    secret.map(|(_, value)| value.as_str())
}
