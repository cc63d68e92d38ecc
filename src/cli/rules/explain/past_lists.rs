//! Finds the entries of the lists topic that a decision of the service was made with.

use crate::cli::lookup;
use crate::config::Resolved;
use crate::decode::{DecodeSettings, ListDecoder, SNOOZES};
use crate::kafka::{
    Connection, DecidedTransaction, Found, ListTopic, ListsMoment, PastLists, PublishedDecision,
    find_published,
};
use crate::rules::{Ruleset, TopicLists};
use crate::transaction::Time;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// What the entries of the topic were taken from, and where they may have been different.
#[derive(Debug)]
pub struct ListsReport {
    pub topic: String,
    pub basis: ListsBasis,
    /// Entries of the ruleset's lists, and snoozes, that may have been different.
    pub uncertain: Vec<String>,
    /// How many records before the decision the topic no longer has.
    pub missing: i64,
}

#[derive(Debug, PartialEq, Eq)]
pub enum ListsBasis {
    /// The published decision names this version.
    Version(String),
    /// No decision was found. This is when the history recorded it.
    Time(Time),
    /// The decision was made without the topic.
    WithoutTopic,
}

/// The lists topic, and where decisions may name a version of it.
pub struct ListsSource {
    connection: Connection,
    topic: String,
    published: Vec<String>,
    names: BTreeSet<String>,
    interrupted: Arc<AtomicBool>,
}

impl ListsSource {
    /// `None` if the configuration has no lists topic.
    pub fn of(
        resolved: &Resolved,
        ruleset: &Ruleset,
        interrupted: &Arc<AtomicBool>,
    ) -> anyhow::Result<Option<Self>> {
        let topics = &resolved.topics;
        let Some(topic) = &topics.lists else { return Ok(None) };
        let names = ruleset.lists().into_keys().chain([SNOOZES]);
        Ok(Some(Self {
            connection: lookup::connection(resolved)?,
            topic: topic.as_str().to_owned(),
            published: topics.of_decisions().map(|topic| topic.as_str().to_owned()).collect(),
            names: names.map(str::to_owned).collect(),
            interrupted: Arc::clone(interrupted),
        }))
    }

    /// The lists that the decision about a transaction was made with.
    pub fn read(
        self,
        settings: &DecodeSettings,
        (card, id): (&str, &str),
        found: &Found,
    ) -> anyhow::Result<(TopicLists, ListsReport)> {
        let about = DecidedTransaction { card, id, time: found.time };
        let basis = match self.published(about)? {
            None => ListsBasis::Time(found.written),
            Some(PublishedDecision { lists: None }) => ListsBasis::WithoutTopic,
            Some(PublishedDecision { lists: Some(version) }) => ListsBasis::Version(version),
        };
        let moment = match &basis {
            ListsBasis::WithoutTopic => {
                return Ok((TopicLists::default(), self.report(basis, None)));
            }
            ListsBasis::Time(time) => Some(ListsMoment::Written(*time)),
            ListsBasis::Version(version) => ListsMoment::of_version(version),
        };
        let moment = moment.unwrap_or(ListsMoment::Written(found.written));
        let topic = ListTopic::connect(
            self.connection.clone(),
            &self.topic,
            Arc::clone(&self.interrupted),
        )?;
        let mut past = topic.as_of(&ListDecoder::new(settings), &moment)?;
        let lists = std::mem::take(&mut past.lists);
        Ok((lists, self.report(basis, Some(past))))
    }

    fn published(
        &self,
        about: DecidedTransaction<'_>,
    ) -> anyhow::Result<Option<PublishedDecision>> {
        for topic in &self.published {
            let found = find_published(&self.connection, topic, about, &self.interrupted)?;
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    fn report(self, basis: ListsBasis, past: Option<PastLists>) -> ListsReport {
        let PastLists { uncertain, missing, .. } = past.unwrap_or_default();
        let is_used = |list: &str| self.names.contains(list);
        let uncertain = uncertain.into_iter().filter(|(_, key)| is_used(&key.list));
        let uncertain = uncertain.map(|(text, _)| text).collect();
        ListsReport { topic: self.topic, basis, uncertain, missing }
    }
}
