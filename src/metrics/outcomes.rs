//! Names results with bounded label values.

use crate::transaction::{LabelValue, WireName};

/// The result of an offset commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommitResult {
    Ok,
    Failed,
    /// Aborted as a whole: its records are scored again.
    Aborted,
}

/// The response to a failed request to the brokers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remedy {
    Retried,
    /// The transaction is aborted, and its records are read again.
    Aborted,
    /// The producer is recreated.
    Replaced,
}

impl Remedy {
    pub(super) const ALL: [Self; 3] = [Self::Retried, Self::Aborted, Self::Replaced];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Retried => "retried",
            Self::Aborted => "aborted",
            Self::Replaced => "replaced",
        }
    }
}

/// The result of reading a record of the topic of labels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LabelResult {
    Remembered(LabelValue),
    /// A repeated label, which changed nothing.
    Repeated,
    /// Not remembered: its transaction is older than the retention.
    TooOld,
    /// A dead letter.
    Rejected,
    Tombstone,
}

impl LabelResult {
    pub(super) const ALL: [Self; 8] = [
        Self::Remembered(LabelValue::Fraud),
        Self::Remembered(LabelValue::Genuine),
        Self::Remembered(LabelValue::Suspected),
        Self::Remembered(LabelValue::Unknown),
        Self::Repeated,
        Self::TooOld,
        Self::Rejected,
        Self::Tombstone,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Remembered(label) => label.name(),
            Self::Repeated => "repeated",
            Self::TooOld => "too_old",
            Self::Rejected => "rejected",
            Self::Tombstone => "tombstone",
        }
    }
}

/// A change of the assignment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RebalanceKind {
    Assigned,
    Revoked,
    /// Revoked without notice: another member may already read the partitions.
    Lost,
}

impl CommitResult {
    pub(super) const ALL: [Self; 3] = [Self::Ok, Self::Failed, Self::Aborted];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Failed => "failed",
            Self::Aborted => "aborted",
        }
    }
}

/// The result of writing or reading a checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckpointResult {
    Saved,
    Failed,
    Used,
    Ignored,
}

impl CheckpointResult {
    pub(super) const ALL: [Self; 4] = [Self::Saved, Self::Failed, Self::Used, Self::Ignored];

    /// The result of writing one.
    pub fn of(saved: bool) -> Self {
        if saved { Self::Saved } else { Self::Failed }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Saved => "saved",
            Self::Failed => "failed",
            Self::Used => "used",
            Self::Ignored => "ignored",
        }
    }
}

/// How a restored history compares with the group's committed offset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RestoreResult {
    Agree,
    /// Neither exists.
    Fresh,
    Ahead,
    Behind,
}

impl RestoreResult {
    pub(super) const ALL: [Self; 4] = [Self::Agree, Self::Fresh, Self::Ahead, Self::Behind];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Agree => "agree",
            Self::Fresh => "fresh",
            Self::Ahead => "ahead",
            Self::Behind => "behind",
        }
    }
}

impl RebalanceKind {
    pub(super) const ALL: [Self; 3] = [Self::Assigned, Self::Revoked, Self::Lost];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Assigned => "assigned",
            Self::Revoked => "revoked",
            Self::Lost => "lost",
        }
    }
}

/// The result of an attempt to replace the active ruleset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReloadResult {
    /// Another ruleset is now active.
    Replaced,
    /// The files contain the ruleset that is already active.
    Unchanged,
    /// The files cannot be used; the old ruleset stays active.
    Refused,
}

impl ReloadResult {
    pub(super) const ALL: [Self; 3] = [Self::Replaced, Self::Unchanged, Self::Refused];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Replaced => "replaced",
            Self::Unchanged => "unchanged",
            Self::Refused => "refused",
        }
    }
}
