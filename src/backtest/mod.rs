//! Decides labelled history again, and measures what rules detect in it.
//!
//! ```text
//! messages ─▶ run/: decoded and decided in parallel, by card
//! labels ─▶ labels/ ─┘   │ cards without labels ─▶ tally/: counts
//!                        └ cards with labels ─▶ truth/: kept until the end, then counted too
//!                                                 │
//!     examples/: cases to look at ─▶ assembly/ ◀──┘   figures/: pure functions of the counts
//!                                       │
//!                                       ▼
//!                                   report.rs ─▶ JSON, tables, html/
//! ```
//!
//! Decisions are those of `redcard score`, made by the same pipeline. This module knows no files, no
//! clock, no arguments and no Kafka: it gets messages and labels as bytes, and gives a report.

pub mod assembly;
mod card_map;
mod examples;
pub mod figures;
pub mod html;
pub mod labels;
pub mod report;
pub mod run;
mod tally;
#[cfg(test)]
mod tests;
mod truth;
mod verdict;
