//! Decides what is published about a record, and writes it: topics, keys, values and headers
//! (docs/reference/decision-and-alert.md, docs/reference/outcomes.md).

use super::output::{InputTopic, Origin, Output, OutputKind};
use super::ports::{Clock, Fault, Publisher};
use crate::decision::{Decision, Position};
use crate::decode::{CardNumbers, Rejection};
use crate::engine::Rendering;
use crate::kafka::active_lists::ListsVersion;
use crate::kafka::record::{BorrowedRecord, RecordHeader};
use crate::kafka::settings::{DeadLetterPayload, Settings};
use crate::memory::ChargeLink;
use crate::precision::{AlertRecord, LabelRecord, LinkRecord};
use crate::topics::Topics;
use crate::transaction::{Currency, Label, Time};
use std::sync::Arc;

const ALERT: OutputKind = OutputKind::OfDecision("alert");
const ALERT_OUTCOME: OutputKind = OutputKind::OfDecision("outcome");
const LINK_OUTCOME: OutputKind = OutputKind::OfDecision("outcome");
const LABEL_OUTCOME: OutputKind = OutputKind::OfLabel("outcome");
const DECISION: OutputKind = OutputKind::OfDecision("decision");

const ALERT_TYPE: &str = "redcard.alert.v1";
const JSON: &str = "application/json";
const CONNECTOR: &str = "redcard";
const STAGE: &str = "decode";

/// Which version of the lists a decision was made with.
const LISTS_HEADER: &str = "redcard-lists";

const ALERT_HEADERS: usize = 7;
/// How many headers redcard adds to a dead letter, after those of the input.
const DEAD_LETTER_HEADERS: usize = 7;

/// Encodes outputs and sends them.
pub struct OutputWriter {
    topics: Topics,
    alert_source: String,
    payload: DeadLetterPayload,
    /// The version of the lists that the batch is decided with; `None` without a lists topic.
    lists: Option<Arc<str>>,
    base_currency: Currency,
    /// Reused for its capacity.
    buffer: Vec<u8>,
}

impl OutputWriter {
    pub fn new(settings: &Settings) -> Self {
        Self {
            topics: settings.topics.clone(),
            alert_source: alert_source(&settings.group_id),
            payload: settings.payload,
            lists: None,
            base_currency: settings.base_currency,
            buffer: Vec::new(),
        }
    }

    /// Names this version of the lists in what is published from now on.
    pub fn use_lists(&mut self, lists: &ListsVersion) {
        self.lists = self.topics.lists.as_ref().map(|_| Arc::clone(&lists.version));
    }

    /// Which decisions are published with what their rules say.
    pub fn rendering(&self) -> Rendering {
        let publishes_all = self.topics.decisions.is_some();
        if publishes_all { Rendering::EveryDecision } else { Rendering::Alerts }
    }

    /// Publishes everything that is made from a decision. `links` are the messages that belong to an
    /// alerted charge since then.
    pub fn decided(
        &mut self,
        record: &BorrowedRecord<'_>,
        (decision, links): (&Decision<'_>, &[ChargeLink]),
        sink: &mut impl Publisher,
        clock: &impl Clock,
    ) -> Result<(), Fault> {
        if decision.alert {
            self.alert(record, decision, clock.wall(), sink)?;
        }
        if decision.alert || decision.assessment.is_control {
            self.alert_outcome(record, decision, sink)?;
        }
        self.link_outcomes(record, &decision.transaction.card.token, links, sink)?;
        self.decision(record, decision, sink)
    }

    fn alert(
        &mut self,
        record: &BorrowedRecord<'_>,
        decision: &Decision<'_>,
        wall: Time,
        sink: &mut impl Publisher,
    ) -> Result<(), Fault> {
        let (topic, partition, offset) = (record.topic, record.partition, record.offset);
        self.buffer.clear();
        let source = Position { topic, partition, offset };
        decision.write_alert(Some(wall), Some(source), &mut self.buffer);
        sink.send(Output {
            topic: &self.topics.alerts,
            to_partition: None,
            key: Some(decision.transaction.card.token.as_bytes()),
            value: &self.buffer,
            headers: &alert_headers(decision, &self.alert_source, self.lists.as_deref()),
            origin: Origin { what: ALERT, partition, offset },
        })
    }

    /// Publishes what rules are measured with: the alert, or the decline that was let
    /// through.
    fn alert_outcome(
        &mut self,
        record: &BorrowedRecord<'_>,
        decision: &Decision<'_>,
        sink: &mut impl Publisher,
    ) -> Result<(), Fault> {
        if self.topics.outcomes.is_none() {
            return Ok(());
        }
        let outcome = AlertRecord::of(decision);
        self.buffer.clear();
        outcome.write_json(&mut self.buffer);
        self.outcome(record, &outcome.key(), ALERT_OUTCOME, sink)
    }

    /// Publishes by which other ids labels can name an alerted charge.
    fn link_outcomes(
        &mut self,
        record: &BorrowedRecord<'_>,
        card: &str,
        links: &[ChargeLink],
        sink: &mut impl Publisher,
    ) -> Result<(), Fault> {
        if self.topics.outcomes.is_none() {
            return Ok(());
        }
        for link in links {
            let outcome = LinkRecord::of(link, card);
            self.buffer.clear();
            outcome.write_json(&mut self.buffer);
            self.outcome(record, &outcome.key(), LINK_OUTCOME, sink)?;
        }
        Ok(())
    }

    /// Publishes what rules are measured with: a label that is not a repeated one. `former_card` is
    /// the card's token under the previous key, as decoded.
    pub fn labelled(
        &mut self,
        record: &BorrowedRecord<'_>,
        label: &Label<'_>,
        former_card: Option<&str>,
        sink: &mut impl Publisher,
    ) -> Result<(), Fault> {
        if self.topics.outcomes.is_none() {
            return Ok(());
        }
        let outcome = LabelRecord::of(label, former_card, self.base_currency);
        self.buffer.clear();
        outcome.write_json(&mut self.buffer);
        self.outcome(record, &outcome.key(), LABEL_OUTCOME, sink)
    }

    /// Sends the buffer to the topic of outcomes, to the partition of the record.
    fn outcome(
        &self,
        record: &BorrowedRecord<'_>,
        key: &str,
        what: OutputKind,
        sink: &mut impl Publisher,
    ) -> Result<(), Fault> {
        let Some(topic) = &self.topics.outcomes else { return Ok(()) };
        let (partition, offset) = (record.partition, record.offset);
        sink.send(Output {
            topic,
            to_partition: Some(partition),
            key: Some(key.as_bytes()),
            value: &self.buffer,
            headers: &[],
            origin: Origin { what, partition, offset },
        })
    }

    fn decision(
        &mut self,
        record: &BorrowedRecord<'_>,
        decision: &Decision<'_>,
        sink: &mut impl Publisher,
    ) -> Result<(), Fault> {
        let Some(topic) = &self.topics.decisions else { return Ok(()) };
        let (partition, offset) = (record.partition, record.offset);
        self.buffer.clear();
        decision.write_json(&mut self.buffer);
        sink.send(Output {
            topic,
            to_partition: None,
            key: Some(decision.transaction.card.token.as_bytes()),
            value: &self.buffer,
            headers: lists_header(self.lists.as_deref()).as_slice(),
            origin: Origin { what: DECISION, partition, offset },
        })
    }

    pub fn dead_letter(
        &self,
        (record, bytes): (&BorrowedRecord<'_>, &[u8]),
        rejection: &Rejection,
        card_numbers: &CardNumbers,
        sink: &mut impl Publisher,
    ) -> Result<(), Fault> {
        let is_label = self.topics.labels.as_deref() == Some(record.topic);
        let source = if is_label { InputTopic::Labels } else { InputTopic::Transactions };
        let what = OutputKind::DeadLetter { own_headers: DEAD_LETTER_HEADERS, source };
        let (partition, offset) = (record.partition, record.offset);
        sink.send(Output {
            topic: &self.topics.dead_letters,
            to_partition: None,
            key: dead_letter_key(record, card_numbers),
            value: match self.payload {
                DeadLetterPayload::None => &[],
                DeadLetterPayload::Raw => bytes,
            },
            headers: &dead_letter_headers(record, rejection, card_numbers),
            origin: Origin { what, partition, offset },
        })
    }
}

/// `/redcard/<group>`, a URI reference: reserved characters are percent-encoded.
fn alert_source(group_id: &str) -> String {
    group_id.bytes().fold("/redcard/".to_owned(), |mut source, byte| {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                source.push(char::from(byte));
            }
            other => source.push_str(&format!("%{other:02X}")),
        }
        source
    })
}

/// CloudEvents 1.0, Kafka protocol binding, binary mode.
fn alert_headers<'a>(
    decision: &'a Decision<'_>,
    source: &'a str,
    lists: Option<&'a str>,
) -> Vec<RecordHeader<'a>> {
    let tx = decision.transaction;
    let own: [RecordHeader<'a>; ALERT_HEADERS] = [
        RecordHeader::text("ce_specversion", "1.0"),
        RecordHeader::text("ce_id", decision.alert_id()),
        RecordHeader::text("ce_source", source),
        RecordHeader::text("ce_type", ALERT_TYPE),
        RecordHeader::text("ce_time", tx.time.to_string()),
        RecordHeader::text("ce_subject", &*tx.card.token),
        RecordHeader::text("content-type", JSON),
    ];
    own.into_iter().chain(lists_header(lists)).collect()
}

fn lists_header(version: Option<&str>) -> Option<RecordHeader<'_>> {
    version.map(|version| RecordHeader::text(LISTS_HEADER, version))
}

/// The input's headers that contain no card number, then Kafka Connect's error headers.
fn dead_letter_headers<'a>(
    input: &BorrowedRecord<'a>,
    rejection: &'a Rejection,
    card_numbers: &CardNumbers,
) -> Vec<RecordHeader<'a>> {
    let own: [RecordHeader<'a>; DEAD_LETTER_HEADERS] = [
        RecordHeader::text("__connect.errors.topic", input.topic),
        RecordHeader::text("__connect.errors.partition", input.partition.to_string()),
        RecordHeader::text("__connect.errors.offset", input.offset.to_string()),
        RecordHeader::text("__connect.errors.connector.name", CONNECTOR),
        RecordHeader::text("__connect.errors.stage", STAGE),
        RecordHeader::text("__connect.errors.exception.class.name", rejection.reason.code()),
        RecordHeader::text("__connect.errors.exception.message", &*rejection.message),
    ];
    let copied = input.headers().filter(|header| !has_card_number(header, card_numbers));
    copied.chain(own).collect()
}

/// The input's key, unless it contains a card number.
fn dead_letter_key<'a>(input: &BorrowedRecord<'a>, card_numbers: &CardNumbers) -> Option<&'a [u8]> {
    input.key.filter(|key| !card_numbers.contains(key))
}

fn has_card_number(header: &RecordHeader<'_>, card_numbers: &CardNumbers) -> bool {
    card_numbers.contains(header.key.as_bytes())
        || header.value.as_deref().is_some_and(|value| card_numbers.contains(value))
}
