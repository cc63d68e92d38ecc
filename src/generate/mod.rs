//! Generates card traffic: a population with habits, and fraud among it, as one stream in order of
//! time.
//!
//! The same settings give the same bytes on the same platform. What a person does depends only on
//! the seed and on their index: a larger population or a longer stream changes nothing for the
//! people already in it. Time is simulated and starts where the settings say. This folder knows no
//! clock, Kafka or files, and nothing of how redcard scores what it reads.
//!
//! ```text
//!            ┌───────────────── schedule: what happens next ─────────────────┐
//!            ▼                                                               │
//! rhythm ─▶ spending ─▶ purchase ─▶ draft ─▶ message (JSON), label            │
//!               │                    │                                       │
//!               ├─▶ fraud ───────────┤ (a story's charges)                    │
//!               └────────────────────┴─▶ post_authorization (clearing, …) ───┘
//! ```

mod benign_bursts;
mod draft;
mod fraud;
mod fraud_kind;
mod generator;
mod holder;
mod label;
mod message;
mod population;
mod post_authorization;
mod purchase;
mod rhythm;
mod rng;
mod schedule;
mod settings;
mod spending;
mod test_number;
#[cfg(test)]
mod tests;
mod world;

pub use draft::{CardRef, MessageRef};
pub use fraud_kind::FraudKind;
pub use generator::Generator;
pub use label::{Episode, Label};
pub use message::Generated;
pub use population::Population;
pub use settings::{CARDS_MAX, GeneratorSettings};
