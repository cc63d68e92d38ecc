//! Defines why a configuration cannot be resolved.

use super::duration::ConfigDuration;
use super::error::Errors;
use crate::decode::KeyFileError;
use crate::transaction::RateError;
use std::path::PathBuf;

#[derive(Debug, thiserror::Error)]
pub enum ResolveError {
    #[error("cannot read the key file {} (`card_numbers.key_file`): {source}", path.display())]
    KeyFileUnreadable { path: PathBuf, source: std::io::Error },
    #[error("the key file {} (`card_numbers.key_file`): {source}", path.display())]
    KeyFile { path: PathBuf, source: KeyFileError },
    #[error("cannot read {} (`{key}`): {source}", path.display())]
    SecretUnreadable { key: &'static str, path: PathBuf, source: std::io::Error },
    #[error("{} (`{key}`) is empty", path.display())]
    EmptySecret { key: &'static str, path: PathBuf },
    #[error(
        "`{property}` is in `kafka.properties` and in `kafka.property_files`: remove one of them"
    )]
    PropertyTwice { property: String },
    #[error("`http.certificate_file` and `http.key_file` go together: set both or none")]
    HalfOfTls,
    #[error(
        "`money.rates` has no rate for the base currency {base}: add `{base} = 1.0` if the other rates \
         are the values of one unit in {base}, or else the value of one {base} in their unit"
    )]
    NoBaseRate { base: &'static str },
    #[error("`money.rates`: {0}")]
    Rates(#[from] RateError),
    /// With the places of the values.
    #[error("{0}")]
    Located(#[from] Errors),
    #[error(
        "`topics.labels` is set and `topics.history` is empty: labels are kept in the history; name \
         one, or leave the labels out"
    )]
    NoHistoryOfLabels,
    #[error(
        "`topics.labels` is set and `history.write_version` is 1, a format without labels: write \
         version 2, or leave the labels out until every instance reads it"
    )]
    LabelsInVersion1,
    #[error(
        "`topics.outcomes` is set and `topics.labels` is empty: rules are measured with labels; name \
         their topic, or leave the outcomes out"
    )]
    NoLabelsOfOutcomes,
    #[error(
        "`labels.mature_after` is {mature_after} and `labels.horizon` {horizon}: no transaction would \
         ever count; let the horizon be longer"
    )]
    NeverMature { mature_after: ConfigDuration, horizon: ConfigDuration },
    #[error(
        "`memory.checkpoint_dir` is set and `topics.history` is empty: a checkpoint is a shortcut \
         through the history and useless without one"
    )]
    NoHistory,
    #[error(
        "`memory.warm_up` is set and `topics.history` is empty: what a warm-up reads is kept in the \
         history; name one, or leave the warm-up out"
    )]
    NoHistoryToWarmUp,
}

/// Two uses of one topic.
#[derive(Debug, thiserror::Error)]
#[error(
    "`{earlier}` and `{key}` are both \"{name}\": what is written for the one would be read as the \
     other; give them different names"
)]
pub struct SameTopic {
    pub earlier: &'static str,
    pub key: &'static str,
    pub name: String,
}
