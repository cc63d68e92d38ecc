//! The producer of a shard.

mod deliveries;
mod offset_adder;
mod shard_producer;

pub use shard_producer::ShardProducer;
