//! The labels of a backtest: what they say, and when each becomes known.

mod delay;
mod label_book;

pub use delay::{LabelDelay, LabelDelayError};
pub use label_book::{BookedLabel, KnownAt, LabelBook};
