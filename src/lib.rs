//! redcard: card-fraud detection on a Kafka transaction stream.
//!
//! The scoring core (`transaction`, `decode`, `memory`, `history`, `rules`, `decision`, `engine`,
//! `pipeline`) is a plain library: no Kafka, async, threads, locks, clock, logging or globals.
//! `kafka`, `http`, `demo`, `notify` and `cli` are built around it. ARCHITECTURE.md is the map;
//! `tests/it/architecture.rs` enforces the direction of the imports.

#![cfg_attr(
    test,
    allow(
        clippy::cast_possible_truncation,
        clippy::cast_possible_wrap,
        clippy::cast_precision_loss,
        clippy::cast_sign_loss,
        reason = "tests count small numbers; clippy.toml exempts them from the other lints"
    )
)]

pub mod backoff;
pub mod backtest;
pub mod checkpoint;
pub mod cli;
pub mod clock;
pub mod config;
#[deny(missing_docs)]
pub mod decision;
pub mod decode;
pub mod demo;
pub mod engine;
pub mod generate;
pub mod hex;
pub mod history;
pub mod http;
pub mod kafka;
#[deny(missing_docs)]
pub mod memory;
pub mod metrics;
pub mod notify;
pub mod number;
#[deny(missing_docs)]
pub mod pipeline;
pub mod precision;
pub mod printable;
pub mod reload;
pub mod rule_tests;
#[deny(missing_docs)]
pub mod rules;
pub mod run_key;
pub mod status;
pub mod topics;
#[deny(missing_docs)]
pub mod transaction;

#[cfg(test)]
#[path = "../tests/fixtures/mod.rs"]
mod fixtures;
