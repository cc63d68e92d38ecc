//! What something came to, as a bounded label.

/// What came of an offset commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommitResult {
    Ok,
    Failed,
    /// Taken back as a whole: its records are decided again.
    Aborted,
}

/// What is done about a request to the brokers that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remedy {
    Retried,
    /// The transaction is aborted, and its records taken again.
    Aborted,
    /// The producer is replaced.
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

/// A change of the assignment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RebalanceKind {
    Assigned,
    Revoked,
    /// Taken away without notice: another member may already read the partitions.
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

/// What became of a checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckpointResult {
    Saved,
    Failed,
    Used,
    Ignored,
}

impl CheckpointResult {
    pub(super) const ALL: [Self; 4] = [Self::Saved, Self::Failed, Self::Used, Self::Ignored];

    /// Of one that was to be written.
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

/// How a restored history and the group's committed offset stood to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RestoreResult {
    Agree,
    /// Neither was there.
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
