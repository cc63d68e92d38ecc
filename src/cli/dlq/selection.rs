//! Determines which dead letters a subcommand reads.

use crate::cli::lookup;
use crate::config::{Errors, Resolved};
use crate::decode::Reason;
use crate::kafka::{DeadLetterSettings, OTHER_REASON};

/// The brokers and topics from the configuration.
pub fn settings(resolved: &Resolved) -> Result<DeadLetterSettings, Errors> {
    Ok(DeadLetterSettings {
        connection: lookup::connection(resolved)?,
        transactions: resolved.topics.transactions.as_str().to_owned(),
        labels: resolved.topics.labels.as_ref().map(|labels| labels.as_str().to_owned()),
        dead_letters: resolved.topics.dead_letters.as_str().to_owned(),
    })
}

/// A reason code from `--reason`.
pub fn reason(text: &str) -> Result<&'static str, String> {
    let mut all = Reason::ALL.iter().map(|reason| reason.code()).chain([OTHER_REASON]);
    let unknown = "is not a reason code; `redcard dlq list` shows those that occur, \
         docs/reference/transaction.md all";
    all.find(|known| *known == text).ok_or_else(|| unknown.to_owned())
}
