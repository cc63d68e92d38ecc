//! The consumer of a shard: a member of the group that reads the input.

mod context;
mod group_consumer;
mod group_record;
mod member_client;
mod replacement;
mod statistics;

pub use group_consumer::GroupConsumer;
