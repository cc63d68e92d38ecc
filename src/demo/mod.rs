//! The demo, and what it takes to feed Kafka with generated traffic.

pub mod feed;
pub mod pace;
