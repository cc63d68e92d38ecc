//! Why `redcard features` cannot make a table from its arguments.

/// Why there is no table.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum FeatureError {
    #[error("--feature is NAME=EXPRESSION, with letters, digits and underscores in the name")]
    Syntax,
    #[error("there are several columns `{name}`: give the feature another name")]
    SameName { name: String },
    #[error(
        "`{name}` is {what}, and a cell has one value: ask for its number with `.size()`, or for another \
         aggregate"
    )]
    NotOneValue { name: String, what: &'static str },
    #[error(
        "cannot tell the format of the output by its name: it ends in .parquet, .csv, .csv.gz or .csv.zst"
    )]
    Format,
    #[error(
        "the input is read twice for its labels, so it cannot be standard input: name a file or a topic"
    )]
    ReadTwice,
}
