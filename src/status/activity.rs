//! What a shard is doing, packed into one number so that it can be stored atomically and read by
//! other threads.

use std::fmt;

/// What a shard is doing, and with which partition, if any.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CurrentActivity {
    pub activity: Activity,
    pub partition: Option<i32>,
}

macro_rules! activities {
    ($($name:ident $text:literal;)+) => {
        /// What a shard can be doing.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Activity { $($name),+ }

        impl Activity {
            pub(crate) const ALL: &[Self] = &[$(Self::$name),+];

            fn text(self) -> &'static str {
                match self { $(Self::$name => $text),+ }
            }
        }
    };
}

activities! {
    Starting "starting";
    Polling "waiting for a record";
    Scoring "scoring a record";
    HandingOver "handing over history records";
    AddingOffsets "committing offsets, or adding them to the transaction";
    Acknowledging "waiting for acknowledgements";
    Committing "committing a transaction";
    Aborting "aborting a transaction";
    RecreatingProducer "recreating the producer";
    ResolvingCommit "resolving the outcome of a commit";
    Seeking "going back to where records are read again";
    Rebalancing "changing its assignment";
    Restoring "restoring a memory";
    Checkpointing "writing checkpoints";
    Leaving "leaving the group";
    Ended "nothing any more";
}

/// The packed value for "no partition".
const NONE: u32 = u32::MAX;

impl CurrentActivity {
    pub(super) fn packed(self) -> u64 {
        let partition = self.partition.and_then(|number| u32::try_from(number).ok());
        (self.activity as u64) << 32 | u64::from(partition.unwrap_or(NONE))
    }

    pub(super) fn unpacked(packed: u64) -> Self {
        let number = usize::try_from(packed >> 32).unwrap_or(usize::MAX);
        let activity = Activity::ALL.get(number).copied().unwrap_or(Activity::Starting);
        Self { activity, partition: i32::try_from(packed & u64::from(NONE)).ok() }
    }
}

impl fmt::Display for CurrentActivity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.activity.text())?;
        match self.partition {
            Some(number) => write!(f, ", partition {number}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_down_is_what_is_read() {
        for activity in Activity::ALL {
            for partition in [None, Some(0), Some(i32::MAX)] {
                let doing = CurrentActivity { activity: *activity, partition };
                assert_eq!(CurrentActivity::unpacked(doing.packed()), doing);
            }
        }
    }
}
