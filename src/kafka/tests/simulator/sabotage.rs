//! Faults that a reviewer would fear in the shard or its adapters, played by the model's own side:
//! the simulator has to find each of them.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sabotage {
    None,
    /// Offsets are committed before the outputs are there.
    CommitsOffsetsFirst,
    CommitsWithoutOffsets,
    /// An abort that leaves in memory what was taken.
    KeepsMemoryOfAborted,
    ForgetsToSeek,
    LosesRevocations,
    /// The restore stops before the settled end.
    RestoresTooLittle,
    RestoresAborted,
    /// Open transactions on the history are taken for settled.
    RestoresUnsettled,
    /// The group's answer is believed while a transaction about it is open.
    ReadsUnstableOffsets,
    LosesHistory,
    MixesHistoryPartitions,
    PublishesAlertsAtOnce,
    CommitsWhatItAborts,
    /// A commit without an answer is taken for one that did not happen.
    TakesUnknownForAborted,
    /// A member of an old generation commits.
    IgnoresFencing,
    /// A memory of before is taken for the one that the newest checkpoint says.
    BelievesStaleCheckpoints,
    /// A checkpoint is used although its history record is not the one that stands there.
    BelievesForeignCheckpoints,
    /// The past is read from a later record on than was asked for.
    WarmsUpTooLittle,
    /// Outputs are said to be there that are only on their way.
    AcknowledgesEarly,
    /// What the group committed is not known to whoever takes a partition over.
    ForgetsOffsets,
}

impl Sabotage {
    pub const EXACTLY_ONCE: [Self; 18] = [
        Self::CommitsOffsetsFirst,
        Self::CommitsWithoutOffsets,
        Self::KeepsMemoryOfAborted,
        Self::ForgetsToSeek,
        Self::LosesRevocations,
        Self::RestoresTooLittle,
        Self::RestoresAborted,
        Self::RestoresUnsettled,
        Self::ReadsUnstableOffsets,
        Self::LosesHistory,
        Self::MixesHistoryPartitions,
        Self::PublishesAlertsAtOnce,
        Self::CommitsWhatItAborts,
        Self::TakesUnknownForAborted,
        Self::IgnoresFencing,
        Self::BelievesStaleCheckpoints,
        Self::BelievesForeignCheckpoints,
        Self::WarmsUpTooLittle,
    ];

    /// Those that mean something without transactions.
    pub const AT_LEAST_ONCE: [Self; 9] = [
        Self::ForgetsToSeek,
        Self::RestoresTooLittle,
        Self::LosesHistory,
        Self::MixesHistoryPartitions,
        Self::BelievesStaleCheckpoints,
        Self::BelievesForeignCheckpoints,
        Self::WarmsUpTooLittle,
        Self::AcknowledgesEarly,
        Self::ForgetsOffsets,
    ];
}
