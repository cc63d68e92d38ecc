//! The arguments for where labels come from.

use super::columns::MappingFile;
use super::open::open_labels;
use super::source::OpenSource;
use super::topic::open_topic;
use crate::config::Resolved;
use crate::kafka::TimeRange;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// A file, or a topic.
#[derive(Debug, clap::Args)]
pub(crate) struct LabelArgs {
    /// Labels (JSON Lines, CSV or Parquet), in any order; each counts from the time at which it became
    /// known
    #[arg(long, value_name = "FILE", conflicts_with = "labels_topic")]
    labels: Option<PathBuf>,
    /// Which columns of the labels are which fields, as --columns does for transactions
    #[arg(long, value_name = "FILE", requires = "labels")]
    label_columns: Option<PathBuf>,
    /// Instead of a file: all labels of a Kafka topic, on the brokers of the configuration
    #[arg(long, value_name = "TOPIC")]
    labels_topic: Option<String>,
}

impl LabelArgs {
    /// Whether there are labels.
    pub fn are_given(&self) -> bool {
        self.labels.is_some() || self.labels_topic.is_some()
    }

    /// Opens the source of labels, if there are any.
    pub fn open(
        &self,
        resolved: &Resolved,
        interrupted: &Arc<AtomicBool>,
    ) -> anyhow::Result<Option<OpenSource>> {
        let mapping =
            self.label_columns.as_deref().map(MappingFile::read_for_labels).transpose()?;
        match (&self.labels, &self.labels_topic) {
            (Some(path), _) => {
                open_labels(path, mapping.as_ref(), &resolved.decoder, interrupted).map(Some)
            }
            (None, Some(topic)) => {
                open_topic(topic, TimeRange::default(), resolved, interrupted).map(Some)
            }
            (None, None) => Ok(None),
        }
    }
}
