//! The integration tests are one binary, so that they share one Kafka broker.
//!
//! Each test uses its own topics and consumer group, named by [`support::unique`], so that all
//! tests may run at the same time.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test counts small numbers, and ends where it fails; helpers of tests do as well"
)]

mod support;

mod architecture;
mod backtest_report;
mod cli;
mod cli_demo;
mod cli_simulate;
mod exercise;
mod hostile;
mod http_access;
mod kafka_card_numbers;
mod kafka_checkpoints;
mod kafka_control;
mod kafka_dashboards;
mod kafka_dead_letters;
mod kafka_exactly_once;
mod kafka_feed;
mod kafka_group;
mod kafka_harness;
mod kafka_input;
mod kafka_key_change;
mod kafka_labels;
mod kafka_lists;
mod kafka_lookup;
mod kafka_measuring;
mod kafka_metrics;
mod kafka_own_topic;
mod kafka_range;
mod kafka_reload;
mod kafka_secure;
mod kafka_simulate;
mod kafka_start;
mod kafka_stories;
mod notify;
mod packaging;
mod printable;
mod supply_chain;
