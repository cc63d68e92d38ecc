//! Tracks whether the service is alive and ready: written by the shards, read by HTTP.

mod activity;
mod health;
mod partition;
mod service;

pub(crate) use activity::{Activity, CurrentActivity};
pub use health::{Health, HealthCheck};
pub use partition::{MemoryState, PartitionState};
pub use service::Status;
pub(crate) use service::Stuck;
