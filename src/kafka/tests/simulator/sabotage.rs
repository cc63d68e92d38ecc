//! Plausible defects of the shard or its adapters, simulated by the model. The simulator has to
//! find each of them.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sabotage {
    None,
    /// Offsets are committed before the outputs are published.
    CommitsOffsetsFirst,
    CommitsWithoutOffsets,
    /// An abort does not undo the batch's changes to memory.
    KeepsMemoryOfAborted,
    ForgetsToSeek,
    LosesRevocations,
    /// The restore stops before the last stable offset.
    RestoresTooLittle,
    RestoresAborted,
    /// The restore treats open transactions on the history as finished.
    RestoresUnsettled,
    /// The committed offset is used while an open transaction may change it.
    ReadsUnstableOffsets,
    LosesHistory,
    MixesHistoryPartitions,
    PublishesAlertsAtOnce,
    CommitsWhatItAborts,
    /// A commit whose answer was lost is treated as one that did not happen.
    TakesUnknownForAborted,
    /// A member of an old generation commits.
    IgnoresFencing,
    /// The memory of an old checkpoint is used with the mark of the newest.
    BelievesStaleCheckpoints,
    /// A checkpoint is used although its history record differs from the one in the history.
    BelievesForeignCheckpoints,
    /// The warm-up starts one record too late.
    WarmsUpTooLittle,
    /// The shard does not learn that input was deleted while it was running.
    HidesLogStart,
    /// Outputs are reported as acknowledged while they are still in flight.
    AcknowledgesEarly,
    /// The next owner of a partition does not get the committed offset.
    ForgetsOffsets,
    /// Labels are read from one record too late.
    SkipsLabels,
}

impl Sabotage {
    pub const EXACTLY_ONCE: [Self; 20] = [
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
        Self::HidesLogStart,
        Self::SkipsLabels,
    ];

    /// Those that are meaningful without transactions.
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
