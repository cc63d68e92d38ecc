//! Writes a simulation's messages to a file or a topic.

use super::lines::Lines;
use crate::demo::pace::wait_until;
use crate::generate::Generated;
use crate::kafka::Feed;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// How long the last messages may take to be acknowledged.
const FINISH_TIMEOUT: Duration = Duration::from_secs(60);

pub(super) enum Sink {
    Lines(Lines),
    Topic { feed: Box<Feed>, key: Vec<u8> },
}

impl Sink {
    pub fn lines(path: Option<&Path>) -> anyhow::Result<Self> {
        Lines::create(path).map(Self::Lines)
    }

    pub fn topic(
        brokers: &str,
        topic: &str,
        properties: &BTreeMap<String, String>,
    ) -> anyhow::Result<Self> {
        let feed = Box::new(Feed::connect(brokers, topic, properties)?);
        Ok(Self::Topic { feed, key: Vec::new() })
    }

    /// Writes one message; returns false if `stop` was set while it waited.
    ///
    /// In Kafka, a record has the time of sending, as with any producer, so that the topic's
    /// retention treats it as new. No message is sent before its own time, because a consumer may
    /// refuse a transaction from the future.
    pub fn write(
        &mut self,
        generated: &Generated<'_>,
        message: &mut Vec<u8>,
        stop: &AtomicBool,
    ) -> anyhow::Result<bool> {
        match self {
            Self::Lines(lines) => {
                message.push(b'\n');
                lines.write(message)?;
                Ok(true)
            }
            Self::Topic { feed, key } => {
                wait_until(generated.time(), stop);
                if stop.load(Ordering::Relaxed) {
                    return Ok(false);
                }
                key.clear();
                generated.write_key(key);
                Ok(feed.send(key, message, None, stop)?)
            }
        }
    }

    /// Makes the messages so far visible to readers.
    pub fn flush(&mut self) -> anyhow::Result<()> {
        match self {
            Self::Lines(lines) => lines.flush(),
            Self::Topic { .. } => Ok(()),
        }
    }

    /// Returns when everything is written or acknowledged.
    pub fn finish(self) -> anyhow::Result<()> {
        match self {
            Self::Lines(lines) => lines.finish(),
            Self::Topic { feed, .. } => Ok(feed.finish(FINISH_TIMEOUT).map(drop)?),
        }
    }
}
