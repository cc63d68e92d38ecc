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
        "`topics.transactions` and `{key}` are both \"{name}\": what redcard publishes would come back \
         as its input, without end; give them different names"
    )]
    Loop { key: &'static str, name: String },
    #[error(
        "`topics.lists` is \"{name}\", which is another topic of redcard: the lists need a separate, \
         compacted topic"
    )]
    ListsTopic { name: String },
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
