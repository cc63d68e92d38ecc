//! Why a demo failed.

use super::alerts::AlertsError;
use super::web::ListenError;
use crate::kafka::{ClusterError, FeedError, StartError, StopError};
use std::io;
use std::time::Duration;

#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    #[error(transparent)]
    Cluster(#[from] ClusterError),
    #[error("cannot start the service")]
    Start(#[from] StartError),
    #[error(transparent)]
    Listen(#[from] ListenError),
    #[error("cannot start a thread")]
    Thread(#[source] io::Error),
    #[error("the feeder: {0}")]
    Feed(#[from] FeedError),
    #[error("the feeding thread panicked")]
    FeederPanicked,
    #[error(transparent)]
    Alerts(#[from] AlertsError),
    #[error("the service failed: {reasons}")]
    Failed { reasons: String },
    #[error("{missing} records did not arrive, and nothing has moved for {} s", waited.as_secs())]
    Stuck { missing: u64, waited: Duration },
    #[error("cannot stop the service")]
    Stop(#[from] StopError),
    #[error("cannot write")]
    Output(#[from] io::Error),
}
