//! Processes one record: decodes it, scores it, has the outputs sent and counts the result.

use super::output_writer::OutputWriter;
use super::partition::Partition;
use super::ports::{Clock, Fault, Publisher};
use crate::decode::{FeedFormat, Reason, Rejection};
use crate::engine::Outcome;
use crate::kafka::active_lists::ListsFollower;
use crate::kafka::feed_watch::{At, FeedWatch};
use crate::kafka::record::BorrowedRecord;
use crate::kafka::settings::Settings;
use crate::memory::{CardKey, Labelled};
use crate::metrics::{LabelResult, Metrics, Recorder};
use crate::pipeline::{DecodedMessage, Incoming, Pipeline};
use crate::reload::Follower;
use crate::transaction::Time;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Turns records into outputs.
///
/// ```text
/// record ─▶ no value ─▶ tombstone, counted
///     │
///     ▼ decode ─▶ rejected ─▶ dead letter
///     │
///     ▼ decide ─▶ known ─▶ duplicate, counted
///     │
///     ▼
///   decision ─▶ alert, if there is one; decisions topic, if configured
/// ```
pub struct Scorer {
    /// Learns of the next ruleset; `pipeline` and `recorder` use the active one.
    follower: Follower,
    lists_follower: ListsFollower,
    pipeline: Pipeline,
    metrics: Arc<Metrics>,
    recorder: Recorder,
    feed_watch: Arc<FeedWatch>,
    writer: OutputWriter,
    /// The wall clock and when it was read, once per batch; for the age of transactions.
    read_at: (Instant, Time),
    has_warned_of_missing_key: bool,
}

/// What a record contains.
#[expect(clippy::large_enum_variant, reason = "nearly all are messages; a box would allocate")]
pub enum Decoded<'a> {
    /// It has no value.
    Tombstone,
    Rejected {
        bytes: &'a [u8],
        rejection: Rejection,
    },
    Message(DecodedMessage<'a>),
}

impl<'a> Decoded<'a> {
    fn message(&mut self) -> Option<&mut DecodedMessage<'a>> {
        match self {
            Self::Message(message) => Some(message),
            Self::Tombstone | Self::Rejected { .. } => None,
        }
    }

    /// The card of a message.
    pub fn card(&self) -> Option<CardKey> {
        match self {
            Self::Message(message) => Some(message.card()),
            Self::Tombstone | Self::Rejected { .. } => None,
        }
    }
}

impl Scorer {
    pub fn new(settings: &Settings, clock: &impl Clock) -> Self {
        let (ruleset, follower) = settings.ruleset.follow();
        let (lists, lists_follower) = settings.lists.follow();
        let mut writer = OutputWriter::new(settings);
        writer.use_lists(&lists);
        let mut pipeline = Pipeline::new(Arc::clone(&settings.decoder), Arc::clone(&ruleset))
            .with_rendering(writer.rendering());
        pipeline.use_lists(Arc::clone(&lists.lists));
        Self {
            follower,
            lists_follower,
            read_at: (clock.now(), clock.wall()),
            recorder: settings.metrics.recorder(&ruleset),
            pipeline,
            metrics: Arc::clone(&settings.metrics),
            has_warned_of_missing_key: false,
            feed_watch: Arc::clone(&settings.feed_watch),
            writer,
        }
    }

    /// Switches to the newest ruleset and the newest lists. Call only between batches, so that counts by rule belong to
    /// the ruleset that scored it, and an aborted batch is discarded as a whole.
    pub fn keep_up(&mut self, clock: &impl Clock) {
        self.read_at = (clock.now(), clock.wall());
        if let Some(ruleset) = self.follower.newer() {
            self.recorder = self.metrics.recorder(&ruleset);
            self.pipeline.use_ruleset(ruleset);
        }
        if let Some(lists) = self.lists_follower.newer() {
            self.pipeline.use_lists(Arc::clone(&lists.lists));
            self.writer.use_lists(&lists);
        }
    }

    pub fn recorder(&self) -> &Recorder {
        &self.recorder
    }

    /// Decodes the records of a poll, and prepares them to be scored. Nothing is counted before a
    /// record is processed.
    pub fn decode<'a>(&mut self, records: &[BorrowedRecord<'a>]) -> Vec<Decoded<'a>> {
        let decode = |record: &BorrowedRecord<'a>| match record.value {
            None => Decoded::Tombstone,
            Some(bytes) => match self.pipeline.decode(Incoming::record(bytes, record.timestamp)) {
                Ok(message) => Decoded::Message(message),
                Err(rejection) => Decoded::Rejected { bytes, rejection },
            },
        };
        let mut decoded = records.iter().map(decode).collect::<Vec<_>>();
        self.pipeline.prepare(decoded.iter_mut().filter_map(Decoded::message));
        decoded
    }

    /// Processes one record. It counts as exactly one of decision, dead letter, duplicate,
    /// tombstone, or transaction that is only remembered during the warm-up.
    pub fn process(
        &mut self,
        (record, polled): (&BorrowedRecord<'_>, Instant),
        decoded: &mut Decoded<'_>,
        partition: &mut Partition,
        sink: &mut impl Publisher,
        clock: &impl Clock,
    ) -> Result<(), Fault> {
        self.recorder.read();
        if record.key.is_none_or(<[u8]>::is_empty) {
            self.recorder.keyless();
            self.feed_watch.keyless(place_of(record));
        }
        let warming_up = partition.is_warming_up(record.offset);
        let message = match decoded {
            Decoded::Message(message) => message,
            Decoded::Tombstone => {
                self.recorder.tombstone();
                return Ok(());
            }
            Decoded::Rejected { bytes, rejection } => {
                self.recorder.dead_letter(rejection.reason);
                if warming_up {
                    return Ok(());
                }
                self.warn_of_missing_key(record, rejection);
                let rejection = self.with_hint(rejection, record, bytes);
                let card_numbers = &self.pipeline.settings().card_numbers;
                return self.writer.dead_letter((record, *bytes), &rejection, card_numbers, sink);
            }
        };
        self.recorder.notes(message.notes());
        let tx = message.transaction();
        if let Some(doubt) = self.pipeline.settings().times.doubt(tx.time) {
            self.feed_watch.doubtful_time(doubt, place_of(record));
        }
        if self.feed_watch.has_moved(&tx.card.token, place_of(record)) {
            self.metrics.card_changed_partition();
        }
        partition.close_gap(tx.time);
        if warming_up {
            return self.remember(message, partition);
        }
        let age = self.age(tx.time, polled);
        match self.pipeline.decide(&mut partition.memory, message) {
            Outcome::Duplicate { differs } => {
                self.recorder.duplicate(differs);
                if differs {
                    self.feed_watch.conflicting_duplicate(place_of(record));
                }
                Ok(())
            }
            Outcome::Decided { decision, recorded, entry, reused_id, links, conflicts, .. } => {
                partition.remember(&entry);
                if reused_id {
                    self.recorder.reused_id();
                }
                if conflicts {
                    self.recorder.conflict();
                    self.feed_watch.conflicting_outcome(place_of(record));
                }
                self.recorder.decided(&decision, recorded, age);
                if decision.alert {
                    self.recorder.alert(&decision);
                }
                self.writer.decided(record, (&decision, &links), sink, clock)
            }
        }
    }

    /// Processes a record of the topic of labels. It counts as exactly one [`LabelResult`].
    pub fn process_label(
        &mut self,
        record: &BorrowedRecord<'_>,
        partition: &mut Partition,
        sink: &mut impl Publisher,
    ) -> Result<(), Fault> {
        let Some(bytes) = record.value else {
            self.recorder.label(LabelResult::Tombstone);
            return Ok(());
        };
        let incoming = Incoming::record(bytes, record.timestamp);
        let mut label = match self.pipeline.decode_label(incoming) {
            Ok(label) => label,
            Err(rejection) => {
                self.recorder.label(LabelResult::Rejected);
                self.warn_of_missing_key(record, &rejection);
                let card_numbers = &self.pipeline.settings().card_numbers;
                return self.writer.dead_letter((record, bytes), &rejection, card_numbers, sink);
            }
        };
        self.recorder.label_notes(label.notes());
        let value = label.label().label;
        let former_card = label.label().card.former_token.clone();
        let (entry, labelled) = self.pipeline.label(&mut partition.memory, &mut label);
        if let Some(entry) = &entry {
            partition.remember(entry);
        }
        if labelled != Labelled::Repeated {
            self.writer.labelled(record, label.label(), former_card.as_deref(), sink)?;
        }
        self.recorder.label_binding(labelled);
        self.recorder.label(match labelled {
            Labelled::Bound | Labelled::Waits | Labelled::UnknownCard => {
                LabelResult::Remembered(value)
            }
            Labelled::TooOld => LabelResult::TooOld,
            Labelled::Repeated => LabelResult::Repeated,
        });
        Ok(())
    }

    /// Adds the actual format of the record to the message, if it is known.
    fn with_hint(
        &self,
        rejection: &Rejection,
        record: &BorrowedRecord<'_>,
        bytes: &[u8],
    ) -> Rejection {
        let rejection = rejection.clone();
        let Some(format) = FeedFormat::of_record(bytes, rejection.reason) else { return rejection };
        let hint = self.feed_watch.hint(format, place_of(record));
        Rejection { message: format!("{}; {hint}", rejection.message), ..rejection }
    }

    /// Warns once, about the first id that looks like a card number: in a feed with numeric ids,
    /// one message in 25 would be rejected.
    fn warn_of_missing_key(&mut self, record: &BorrowedRecord<'_>, rejection: &Rejection) {
        if rejection.reason != Reason::CardNumberWithoutKey || self.has_warned_of_missing_key {
            return;
        }
        self.has_warned_of_missing_key = true;
        let (topic, partition, offset) = (record.topic, record.partition, record.offset);
        tracing::warn!(
            topic,
            partition,
            offset,
            "dead letter: {rejection}; later ones are only counted"
        );
    }

    /// The age of a transaction when its record was polled; zero if its time is in the future.
    fn age(&self, time: Time, polled: Instant) -> Duration {
        let (at, wall) = self.read_at;
        let then_ms = wall.millis().saturating_sub(time.millis()).max(0).unsigned_abs();
        Duration::from_millis(then_ms) + polled.saturating_duration_since(at)
    }

    fn remember(
        &mut self,
        message: &mut DecodedMessage<'_>,
        partition: &mut Partition,
    ) -> Result<(), Fault> {
        match self.pipeline.remember(&mut partition.memory, message) {
            Some(entry) => {
                partition.remember(&entry);
                self.recorder.warmed_up();
            }
            None => self.recorder.duplicate(false),
        }
        Ok(())
    }
}

fn place_of<'a>(record: &BorrowedRecord<'a>) -> At<'a> {
    At { topic: record.topic, partition: record.partition, offset: record.offset }
}
