//! What can be wrong with `--sweep`.

/// Why a number cannot be varied.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SweepError {
    #[error(
        "--sweep: `{text}` is not of the form NUMBER=VALUES, as in `ruleset.review=100..600/50`"
    )]
    NoValues { text: String },
    #[error(
        "--sweep: `{values}` is neither a list such as `100,200,300` nor a range such as `100..600/50` \
         (from, to, step)"
    )]
    Values { values: String },
    #[error("--sweep: {count} values are too many; at most {max} are compared in one run")]
    TooMany { count: u64, max: u64 },
    #[error(
        "--sweep: `{target}` is not a number of a ruleset; there are `ruleset.review`, \
         `rules.ID.points`, `rules.ID.when:NUMBER` and `features.NAME:NUMBER`"
    )]
    Target { target: String },
    #[error(
        "--sweep: `{key}` changes no alert, because a review is an alert too; vary `ruleset.review`"
    )]
    NoAlert { key: String },
    #[error("--sweep: a threshold is a whole number from 0 to 1000; `{value}` is not")]
    Threshold { value: String },
    #[error("--sweep: the ruleset has no {what} `{name}`{}", near.as_ref().map(|near| format!("; did you mean `{near}`?")).unwrap_or_default())]
    Missing { what: &'static str, name: String, near: Option<String> },
    #[error("--sweep: {place} has no number")]
    NoNumber { place: String },
    #[error(
        "--sweep: {place} has several numbers ({numbers}); say which one, as in `{place}:{first}`"
    )]
    Which { place: String, numbers: String, first: String },
    #[error("--sweep: {place} has no number {number}; there are {numbers}")]
    OtherNumber { place: String, number: String, numbers: String },
    #[error(
        "--sweep: {place} has the number {number} {count} times; say which one, as in `{place}:{number}#2`"
    )]
    Repeated { place: String, number: String, count: usize },
    #[error("--sweep: with {place} = {value} the ruleset is not valid:\n{errors}")]
    Invalid { place: String, value: String, errors: String },
}
