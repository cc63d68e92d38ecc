//! The ports of a shard, on the model of the brokers.

mod history;
mod input;
mod labels;
mod publisher;

pub use history::ModelHistory;
pub use input::ModelInput;
pub use labels::ModelLabels;
pub use publisher::{LABEL_OFFSETS, ModelPublisher};

use super::checkpoints::ModelCheckpoints;
use super::cluster::{CallResult, ModelCluster};
use crate::kafka::errors::ShardError;
use crate::kafka::shard::ports::{Clock, Fault, Ports, Reason};
use crate::transaction::Time;
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Instant;

pub const TRANSACTIONS: &str = "transactions";
pub const HISTORY: &str = "history";
pub const LABELS: &str = "labels";
/// The time on every wall clock, so that equal decisions have equal bytes.
pub const WALL: Time = Time(1_780_000_000_000);

pub type Shared = Rc<RefCell<ModelCluster>>;

pub struct Model;

impl Ports for Model {
    type Input = ModelInput;
    type Publisher = ModelPublisher;
    type HistoryLog = ModelHistory;
    type LabelLog = ModelLabels;
    type Checkpoints = ModelCheckpoints;
    type Clock = ModelClock;
}

pub struct ModelClock {
    pub cluster: Shared,
    pub origin: Instant,
}

impl Clock for ModelClock {
    fn now(&self) -> Instant {
        self.origin + self.cluster.borrow().now
    }

    fn wall(&self) -> Time {
        WALL
    }
}

pub(super) fn retriable() -> Fault {
    Fault::Retriable(Reason("the response was lost".into()))
}

pub(super) fn abortable(why: &str) -> Fault {
    Fault::Abortable(Reason(why.into()))
}

pub(super) fn broken(why: &str) -> Fault {
    Fault::Broken(Reason(why.into()))
}

/// The process crashes here.
pub(super) fn crash() -> Fault {
    Fault::Fatal(ShardError::Panicked)
}

/// The failure of a call that had no effect.
pub(super) fn before(result: CallResult) -> Result<(), Fault> {
    match result {
        CallResult::Good
        | CallResult::RetriableAfter
        | CallResult::BrokenAfter
        | CallResult::CrashAfter => Ok(()),
        CallResult::RetriableBefore => Err(retriable()),
        CallResult::Abortable => Err(abortable("a simulated fault")),
        CallResult::BrokenBefore => Err(broken("a simulated fault")),
        CallResult::CrashBefore => Err(crash()),
    }
}

/// The failure of a call that had its effect.
pub(super) fn after(result: CallResult) -> Result<(), Fault> {
    match result {
        CallResult::RetriableAfter => Err(retriable()),
        CallResult::BrokenAfter => Err(broken("a simulated fault, after the call had its effect")),
        CallResult::CrashAfter => Err(crash()),
        _ => Ok(()),
    }
}

/// The failure of a call outside a transaction, which is retriable or a crash.
pub(super) fn plain(result: CallResult) -> Result<(), Fault> {
    match result {
        CallResult::Good => Ok(()),
        CallResult::CrashBefore | CallResult::CrashAfter => Err(crash()),
        _ => Err(retriable()),
    }
}
