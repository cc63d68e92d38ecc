//! Cases and cards as a report shows them.

use crate::backtest::examples::Shortlist;
use crate::backtest::report::{CardHit, CaseExample};
use crate::backtest::tally::{CaseClass, HitCount, Maturity};
use std::sync::Arc;

/// The largest cases of a list that count as genuine, with their outcomes.
pub fn examples(list: &Shortlist, maturity: Maturity) -> Vec<CaseExample> {
    let shown = |(class, example): (CaseClass, &Arc<CaseExample>)| {
        let outcome = match class {
            CaseClass::Genuine => "genuine",
            _ => "assumed_genuine",
        };
        CaseExample { outcome: outcome.to_owned(), ..(**example).clone() }
    };
    list.genuine(maturity).map(shown).collect()
}

pub fn card_hits(hits: &[(HitCount, u64)]) -> Vec<CardHit> {
    let hit = |(hit, genuine): &(HitCount, u64)| CardHit {
        card: hit.token.to_string(),
        hits: hit.hits,
        genuine: *genuine,
    };
    hits.iter().map(hit).collect()
}
