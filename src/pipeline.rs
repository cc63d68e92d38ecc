//! Decodes a message and scores it: bytes and where they came from → an outcome. Everything that
//! scores goes this way.
//!
//! ```text
//! Incoming ─▶ decode ─▶ Rejection
//!               └─▶ DecodedMessage ─┬─▶ decide ─▶ Outcome
//!                                   └─▶ remember ─▶ Entry (warm-up)
//!
//! Incoming ─▶ decode_label ─▶ DecodedLabel ─▶ label ─▶ Entry, Labelled
//! ```
//!
//! The caller may act between the two steps, for example to count what decoding changed, but it
//! cannot leave one out: only the first makes what the second takes. This module does not know what
//! is done with an outcome.

use crate::decode::{DecodeSettings, Decoder, Notes, Rejection};
use crate::engine::{self, BatchPlace, Engine, Outcome, Rendering};
use crate::memory::{CardKey, Entry, Labelled, Memory};
use crate::rules::{BATCH_MAX, Ruleset, ScheduledLists, TopicLists};
use crate::transaction::{Kind, Label, LabelField, Time, Transaction};
use std::sync::Arc;

/// Decodes with the settings of one source, and scores under one ruleset.
#[derive(Debug)]
pub struct Pipeline {
    decoder: Arc<Decoder>,
    engine: Engine,
    rendering: Rendering,
    /// Entries of lists that are applied when messages reach their times.
    scheduled_lists: ScheduledLists,
    /// The number of the last batch.
    batch: u64,
}

/// How many messages can be prepared at once.
pub const MESSAGES_MAX: usize = BATCH_MAX;

/// A message's bytes, and where they came from.
#[derive(Debug, Clone, Copy)]
pub struct Incoming<'a> {
    bytes: &'a [u8],
    record_time: Option<Time>,
}

impl<'a> Incoming<'a> {
    /// The value of a Kafka record, and the record's timestamp, if it has one.
    pub fn record(bytes: &'a [u8], record_time: Option<Time>) -> Self {
        Self { bytes, record_time }
    }

    /// The bytes of the message.
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// The timestamp of the Kafka record, if there is one.
    pub fn record_time(&self) -> Option<Time> {
        self.record_time
    }

    /// A line of a file, or any other text that came without a time.
    pub fn line(bytes: &'a [u8]) -> Self {
        Self { bytes, record_time: None }
    }
}

/// A message that was accepted, and is not scored yet.
#[derive(Debug)]
pub struct DecodedMessage<'a> {
    transaction: Transaction<'a>,
    notes: Notes,
    /// Its place in the last batch that it was prepared in.
    place: Option<BatchPlace>,
}

impl<'a> DecodedMessage<'a> {
    /// As read. Its card may still switch to its former token, when the message is scored or
    /// remembered.
    pub fn transaction(&self) -> &Transaction<'a> {
        &self.transaction
    }

    /// The key of its card in memory, as read; see [`Memory::look_ahead`].
    pub fn card(&self) -> CardKey {
        CardKey::of(&self.transaction.card.token)
    }

    /// What decoding dropped or replaced.
    pub fn notes(&self) -> &Notes {
        &self.notes
    }
}

/// A label that was accepted, and is not in memory yet.
#[derive(Debug)]
pub struct DecodedLabel<'a> {
    label: Label<'a>,
    notes: Notes<LabelField>,
}

impl<'a> DecodedLabel<'a> {
    /// As read. Its card may still switch to its former token, when the label is remembered.
    pub fn label(&self) -> &Label<'a> {
        &self.label
    }

    /// The key of its card in memory, as read; see [`Memory::look_ahead`].
    pub fn card(&self) -> CardKey {
        CardKey::of(&self.label.card.token)
    }

    /// What decoding dropped or replaced.
    pub fn notes(&self) -> &Notes<LabelField> {
        &self.notes
    }
}

impl Pipeline {
    /// Renders every decision; see [`Pipeline::with_rendering`].
    pub fn new(decoder: Arc<Decoder>, ruleset: Arc<Ruleset>) -> Self {
        Self {
            decoder,
            engine: Engine::new(ruleset),
            rendering: Rendering::default(),
            scheduled_lists: ScheduledLists::default(),
            batch: 0,
        }
    }

    /// Renders these decisions, instead of every one.
    pub fn with_rendering(self, rendering: Rendering) -> Self {
        Self { engine: self.engine.with_rendering(rendering), rendering, ..self }
    }

    /// Renders these decisions from now on.
    pub fn use_rendering(&mut self, rendering: Rendering) {
        self.rendering = rendering;
        self.engine.use_rendering(rendering);
    }

    /// Decides under this ruleset from now on.
    pub fn use_ruleset(&mut self, ruleset: Arc<Ruleset>) {
        let lists = Arc::clone(self.engine.lists());
        self.engine = Engine::new(ruleset).with_rendering(self.rendering);
        self.engine.use_lists(lists);
    }

    /// Decides with these entries of the lists topic from now on; without any until the first call.
    pub fn use_lists(&mut self, lists: Arc<TopicLists>) {
        self.engine.use_lists(lists);
    }

    /// Decides with these entries of lists, each from when a message reaches its time; instead of
    /// [`Pipeline::use_lists`], where entries come from a file.
    pub fn schedule_lists(&mut self, lists: ScheduledLists) {
        self.scheduled_lists = lists;
    }

    /// Applies the scheduled entries up to a message's time, as scoring it will.
    pub fn advance_lists(&mut self, message: &DecodedMessage<'_>) {
        if let Some(lists) = self.scheduled_lists.advance(message.transaction.time) {
            self.engine.use_lists(lists);
        }
    }

    /// The entries of the lists topic that the next message is scored with.
    pub fn lists(&self) -> &Arc<TopicLists> {
        self.engine.lists()
    }

    /// The ruleset that the next message is scored under.
    pub fn ruleset(&self) -> &Arc<Ruleset> {
        self.engine.ruleset()
    }

    /// How messages are read.
    pub fn settings(&self) -> &DecodeSettings {
        self.decoder.settings()
    }

    /// Reads a message. The caller handles records without a value.
    pub fn decode<'a>(&self, incoming: Incoming<'a>) -> Result<DecodedMessage<'a>, Rejection> {
        let (transaction, notes) = self.decoder.decode(incoming.bytes, incoming.record_time)?;
        Ok(DecodedMessage { transaction, notes, place: None })
    }

    /// Prepares a batch of at most [`MESSAGES_MAX`] messages: finds the rules that each settles by
    /// itself, for all of them at once. This makes scoring them cheaper and changes no decision: a
    /// message that is not prepared, or was prepared in an earlier batch or for another ruleset, is
    /// prepared when it is scored. Messages on which rules rarely run are left out.
    pub fn prepare<'m, 'a: 'm>(
        &mut self,
        messages: impl Iterator<Item = &'m mut DecodedMessage<'a>>,
    ) {
        self.batch += 1;
        let batch = self.batch;
        let scored = messages.filter(|message| usually_runs_rules(&message.transaction));
        let placed = scored.take(MESSAGES_MAX).enumerate().map(|(at, message)| {
            message.place = Some(BatchPlace { batch, at });
            &message.transaction
        });
        self.engine.settle(batch, &placed.collect::<Vec<_>>());
    }

    /// Scores a message using the charges before its time, then remembers it.
    pub fn decide<'e>(
        &'e mut self,
        memory: &mut Memory,
        message: &'e mut DecodedMessage<'_>,
    ) -> Outcome<'e> {
        self.advance_lists(message);
        self.engine.decide(memory, &mut message.transaction, message.place)
    }

    /// Remembers a message without scoring it. `None` for a duplicate.
    pub fn remember<'t>(
        &mut self,
        memory: &mut Memory,
        message: &'t mut DecodedMessage<'_>,
    ) -> Option<Entry<'t>> {
        self.engine.remember(memory, &mut message.transaction)
    }

    /// Reads a label. The caller handles records without a value. The record's timestamp does not
    /// matter: a label may become known later than it was sent.
    pub fn decode_label<'a>(&self, incoming: Incoming<'a>) -> Result<DecodedLabel<'a>, Rejection> {
        let (label, notes) = self.decoder.decode_label(incoming.bytes)?;
        Ok(DecodedLabel { label, notes })
    }

    /// Like [`Pipeline::decode_label`], except that a label may lack `known_at`. It then becomes known
    /// at this time.
    pub fn decode_label_known_at<'a>(
        &self,
        incoming: Incoming<'a>,
        known_at: Time,
    ) -> Result<DecodedLabel<'a>, Rejection> {
        let (label, notes) = self.decoder.decode_label_known_at(incoming.bytes, known_at)?;
        Ok(DecodedLabel { label, notes })
    }

    /// Remembers a label: from now on, messages of its `known_at` or later see it. Returns the entry
    /// for the history, or `None` if the label changes nothing ([`Labelled::is_kept`]).
    pub fn label<'l>(
        &mut self,
        memory: &mut Memory,
        label: &'l mut DecodedLabel<'_>,
    ) -> (Option<Entry<'l>>, Labelled) {
        engine::label(memory, &mut label.label)
    }

    /// Chooses the token that the message's card is remembered by, as scoring will; for looking at
    /// its memory before.
    pub fn resolve_token(&self, memory: &Memory, message: &mut DecodedMessage<'_>) {
        engine::resolve_token(memory, &mut message.transaction);
    }
}

/// Rules never run on a reversal, and on a clearing only if its original is not remembered.
fn usually_runs_rules(tx: &Transaction<'_>) -> bool {
    match tx.kind {
        Kind::Authorization | Kind::Refund => true,
        Kind::Clearing => tx.original_id.is_none(),
        Kind::Reversal => false,
    }
}

#[cfg(test)]
mod allocation_tests;
#[cfg(test)]
mod batch_tests;
#[cfg(test)]
mod label_tests;
#[cfg(test)]
mod snooze_tests;
