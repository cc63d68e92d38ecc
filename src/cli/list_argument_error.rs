//! Why the arguments of `redcard list` are refused.

/// Arguments that do not fit together or are not valid.
#[derive(Debug, thiserror::Error)]
pub enum ListArgumentError {
    #[error("`topics.lists` is not set: set it, or name the topic with --topic")]
    NoTopic,
    #[error("--from is not before --until: the entry would never be active")]
    NeverInForce,
    #[error("{file} is a list file, whose entries have no list: name it with --list")]
    NoList { file: String },
    #[error("--list is only for list files (`.txt`): lines of JSON name their lists")]
    ListOfJson,
    #[error("{file} is a list file, whose entries say neither why nor who: add --reason and --by")]
    NoRemark { file: String },
}
