//! Defines why a configuration cannot be resolved.

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
    #[error(
        "`{read}` and `{key}` are both \"{name}\": what is written to the one would be read as the \
         other; give them different names"
    )]
    Loop { read: &'static str, key: &'static str, name: String },
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
