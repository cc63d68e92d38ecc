//! The arguments for where transactions come from: a file, or a topic.

use super::columns::MappingFile;
use super::open::open_transactions;
use super::source::OpenSource;
use super::topic::open_topic;
use crate::config::Resolved;
use crate::kafka::TimeRange;
use crate::transaction::Time;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// A file, or a topic.
#[derive(Debug, clap::Args)]
pub(crate) struct InputArgs {
    /// Transactions (JSON Lines, CSV or Parquet), one per line or row; lines may be compressed (gzip,
    /// zstd); `-` is standard input
    #[arg(value_name = "FILE", required_unless_present = "topic", conflicts_with = "topic")]
    input: Option<PathBuf>,
    /// Instead of a file: a Kafka topic, on the brokers of the configuration
    #[arg(long, value_name = "TOPIC")]
    topic: Option<String>,
    /// Only records with this timestamp or a later one (RFC 3339); by default, all that the topic has
    #[arg(long, value_name = "TIME", requires = "topic", conflicts_with = "input", value_parser = Time::parse)]
    from: Option<Time>,
    /// Only records with an earlier timestamp (RFC 3339); by default, all up to the present
    #[arg(long, value_name = "TIME", requires = "topic", conflicts_with = "input", value_parser = Time::parse)]
    to: Option<Time>,
}

impl InputArgs {
    /// Whether opening it again gives the same records.
    pub fn is_repeatable(&self) -> bool {
        let is_file = |path: &PathBuf| std::fs::metadata(path).is_ok_and(|there| there.is_file());
        self.input.as_ref().is_none_or(is_file)
    }

    /// Opens the source. Reading it ends soon after `interrupted` is set.
    pub fn open(
        &self,
        mapping: Option<&MappingFile>,
        resolved: &Resolved,
        interrupted: &Arc<AtomicBool>,
    ) -> anyhow::Result<OpenSource> {
        match (&self.input, &self.topic) {
            (Some(path), _) => open_transactions(path, mapping, &resolved.decoder, interrupted),
            (None, Some(topic)) => {
                let range = TimeRange { from: self.from, to: self.to };
                open_topic(topic, range, resolved, interrupted)
            }
            // clap requires one of them.
            (None, None) => Err(anyhow::anyhow!("there is no input")),
        }
    }
}
