//! Finds the ids of remembered charges: memory stores only hashes of ids, and the file has the ids.

use super::report::Report;
use super::search::TransactionSearch;
use crate::cli::transactions::{ReadStep, TransactionSource};
use crate::memory::MessageId;
use std::collections::HashSet;

/// Reads the lines before the explained one again, to find the ids of the charges in the report.
pub fn fill(
    report: &mut Report,
    source: &mut dyn TransactionSource,
    search: &TransactionSearch<'_>,
) -> anyhow::Result<()> {
    let mut wanted: HashSet<MessageId> = report.charges().map(|event| event.id()).collect();
    while !wanted.is_empty() && source.number() < report.line {
        match source.advance()? {
            ReadStep::End | ReadStep::Interrupted => break,
            ReadStep::Blank => continue,
            ReadStep::Record => {}
        }
        let Ok(message) = search.decode(source.incoming()) else { continue };
        let tx = message.transaction();
        let id = MessageId::of(tx.kind, &tx.id);
        if tx.card.may_resolve_to(&report.card) && wanted.remove(&id) {
            report.names.insert(id, tx.id.to_string());
        }
    }
    Ok(())
}
