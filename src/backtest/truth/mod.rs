//! What the labels eventually say about each case. Messages of cards with labels are kept until the end,
//! because a later message or label can change what a label is about; of other cards only counts are
//! kept.
//!
//! ```text
//! messages of a card with labels ─▶ labelled_card.rs ─▶ resolve.rs: the truth about each case
//!                                                          └▶ fraud_tally.rs: what was caught, and when
//! ```

mod fraud_kind;
mod fraud_tally;
mod labelled_card;
mod resolve;

pub use fraud_kind::{KIND_NAMES, kind_index};
pub use fraud_tally::{FraudCase, FraudScope, FraudTally, KindTally};
pub use labelled_card::{CaseRow, LabelledCard, MessageRow, RowVerdict};
pub use resolve::{CaseTruth, ResolvedCard, resolve};
