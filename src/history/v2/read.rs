//! Reads bytes of version 2 into entries.

use super::super::cursor::Cursor;
use super::super::error::{HistoryError, Problem, ensure};
use super::super::{FormatVersion, Header, Record, Start};
use super::cards::{CardIndex, CardTable};
use super::event;
use super::layout::{
    CLEARING_FLAG, ENTRY_BYTES_MIN, INPUT, LABELS, RESPONSE_KINDS, TOKEN_BYTES_MAX, bits,
};
use crate::memory::{
    AdjustmentEntry, AdjustmentKind, AlertEntry, CardKey, Effect, Entry, Event, EventField,
    Identity, LabelEntry, MessageId, OriginalId, Progress, RuleHashes,
};
use crate::transaction::{DeclineReason, Kind, LabelValue, Money, Response, Time, WireName};

/// `cursor` is just after the version.
pub(in super::super) fn read(mut cursor: Cursor<'_>) -> Result<Record<'_>, HistoryError> {
    let (header, has_topics) = header(&mut cursor)?;
    let mut entries = Vec::with_capacity(header.entries as usize);
    let mut reader =
        EntryReader { cursor, cards: Cards::default(), time: Time(0), is_past_labels: false };
    for _ in 0..header.entries {
        entries.push(reader.entry()?);
    }
    let has_parts = skip_parts(reader.cursor)?;
    Ok(Record { header, entries, has_more: has_topics || has_parts })
}

/// The header, and whether it has offsets of topics that this release does not know.
fn header(cursor: &mut Cursor<'_>) -> Result<(Header, bool), HistoryError> {
    let flags = cursor.flags()?;
    let base_currency = cursor.currency()?;
    let partition = cursor.partition()?;
    let (recorded, reached) = (cursor.u64()?, Time(cursor.i64()?));
    let count_at = cursor.at();
    let entries = cursor.u32()?;
    let TopicOffsets { input, labels, labels_before, has_more } = topics(cursor)?;
    let progress = Progress { recorded, labels: labels_before, reached };
    let (first_offset, next_offset) = input;
    let (first_label, next_label) = labels.unzip();
    let (gap, warm_up_until) = cursor.optional_header(flags)?;
    let covered = |(first, next): (i64, i64)| i128::from(next) - i128::from(first);
    let fits = i128::from(entries) <= covered(input) + labels.map_or(0, covered)
        && (entries as usize).saturating_mul(ENTRY_BYTES_MIN) <= cursor.left();
    ensure(fits, count_at, Problem::Count)?;
    let start =
        Start { partition, base_currency, first_offset, first_label, progress, gap, warm_up_until };
    let header = Header { version: FormatVersion::V2, start, next_offset, next_label, entries };
    Ok((header, has_more))
}

/// The first and next offsets of the topics that a record covers.
struct TopicOffsets {
    input: (i64, i64),
    labels: Option<(i64, i64)>,
    /// How many labels were in the records before; 0 without their offsets.
    labels_before: u64,
    /// Whether there are others, which a later release has added.
    has_more: bool,
}

/// The input is the first topic of every record. The others follow by ascending code.
fn topics(cursor: &mut Cursor<'_>) -> Result<TopicOffsets, HistoryError> {
    let start = cursor.at();
    let count = cursor.byte()?;
    ensure(count > 0, start, Problem::Topics)?;
    let start = cursor.at();
    let code = cursor.byte()?;
    ensure(code == INPUT, start, Problem::Topics)?;
    let input = cursor.offsets()?;
    let mut topics = TopicOffsets { input, labels: None, labels_before: 0, has_more: false };
    let mut before = code;
    for _ in 1..count {
        let start = cursor.at();
        let code = cursor.byte()?;
        ensure(code > before, start, Problem::Topics)?;
        let offsets = cursor.offsets()?;
        match code {
            LABELS => {
                topics.labels = Some(offsets);
                topics.labels_before = cursor.u64()?;
            }
            _ => topics.has_more = true,
        }
        before = code;
    }
    Ok(topics)
}

/// Skips the parts after the entries: each has a tag, in ascending order, and its length. Returns
/// whether there are any.
fn skip_parts(mut cursor: Cursor<'_>) -> Result<bool, HistoryError> {
    let has_parts = cursor.left() > 0;
    let mut before = 0;
    while cursor.left() > 0 {
        let start = cursor.at();
        let tag = cursor.number()?;
        ensure(tag > before, start, Problem::Part)?;
        let length = cursor.number()?;
        cursor.slice(usize::try_from(length).unwrap_or(usize::MAX))?;
        before = tag;
    }
    Ok(has_parts)
}

/// A card as its first entry introduces it.
#[derive(Debug, Clone, Copy)]
struct CardRow<'b> {
    key: CardKey,
    token: Option<&'b str>,
}

/// The cards introduced so far.
#[derive(Debug, Default)]
struct Cards<'b> {
    cards: Vec<CardRow<'b>>,
    table: CardTable,
}

struct EntryReader<'b> {
    cursor: Cursor<'b>,
    cards: Cards<'b>,
    /// The time of the previous entry.
    time: Time,
    /// Whether an entry that is not a label was read.
    is_past_labels: bool,
}

impl<'b> EntryReader<'b> {
    fn entry(&mut self) -> Result<Entry<'b>, HistoryError> {
        let start = self.cursor.at();
        let bits = self.cursor.number()?;
        let role = bits & bits::ROLE;
        ensure(bits & !bits::allowed(role) == 0, start, Problem::Bits)?;
        let CardRow { key: card, token } = self.card()?;
        let id = self.cursor.id()?;
        let time = self.cursor.time_after(self.time)?;
        let fields = Fields { cursor: &mut self.cursor, bits };
        let effect = match role {
            bits::CHARGE => fields.charge(id, time)?,
            bits::REFUND => fields.refund(id, time)?,
            bits::CAPTURES => fields.adjusts(AdjustmentKind::Capture, id, time)?,
            bits::TAKES_BACK => fields.adjusts(AdjustmentKind::Reversal, id, time)?,
            bits::RESPONSE => fields.separate_response(id, time)?,
            _ => fields.label(id, time)?,
        };
        let is_label = matches!(effect, Effect::Label(_));
        ensure(!is_label || !self.is_past_labels, start, Problem::LabelOrder)?;
        self.is_past_labels = !is_label;
        let has_alert = bits & bits::ALERT != 0;
        let alert = has_alert.then(|| alert(&mut self.cursor)).transpose()?;
        self.time = time;
        Ok(Entry { card, token, effect, alert })
    }

    fn card(&mut self) -> Result<CardRow<'b>, HistoryError> {
        let start = self.cursor.at();
        let index = usize::try_from(self.cursor.number()?).unwrap_or(usize::MAX);
        if let Some(card) = self.cards.cards.get(index) {
            return Ok(*card);
        }
        ensure(index == self.cards.cards.len(), start, Problem::CardIndex)?;
        let card = self.new_card()?;
        let place = self.cards.table.place(card.key, card.token.is_some());
        ensure(matches!(place, CardIndex::New(_)), start, Problem::CardTwice)?;
        self.cards.cards.push(card);
        Ok(card)
    }

    fn new_card(&mut self) -> Result<CardRow<'b>, HistoryError> {
        let offset = self.cursor.at();
        let length = usize::try_from(self.cursor.number()?).unwrap_or(usize::MAX);
        if length == 0 {
            let key = CardKey(u128::from_le_bytes(self.cursor.take()?));
            return Ok(CardRow { key, token: None });
        }
        ensure(length <= TOKEN_BYTES_MAX, offset, Problem::Token)?;
        let token = std::str::from_utf8(self.cursor.slice(length)?)
            .map_err(|_| HistoryError::Invalid { offset, problem: Problem::Token })?;
        Ok(CardRow { key: CardKey::of(token), token: Some(token) })
    }
}

/// Reads the fields after an entry's time, as its bits say.
struct Fields<'c, 'b> {
    cursor: &'c mut Cursor<'b>,
    bits: u64,
}

impl Fields<'_, '_> {
    fn has(&self, bit: u64) -> bool {
        self.bits & bit != 0
    }

    fn charge(mut self, id: MessageId, time: Time) -> Result<Effect, HistoryError> {
        let event = self.event(id, time, true)?;
        let (original, charged) = self.reference()?;
        Ok(Effect::Charge { event, original, charged })
    }

    fn refund(mut self, id: MessageId, time: Time) -> Result<Effect, HistoryError> {
        Ok(Effect::Refund { event: self.event(id, time, false)? })
    }

    fn adjusts(
        mut self,
        change: AdjustmentKind,
        id: MessageId,
        time: Time,
    ) -> Result<Effect, HistoryError> {
        // 0 if a version 1 history did not contain the merchant.
        let merchant = self.cursor.u64()?;
        let amount = event::take_amount(self.cursor, self.bits)?;
        let (original, charged) = self.reference()?;
        Ok(Effect::Adjustment(AdjustmentEntry {
            change,
            id,
            merchant,
            time,
            amount,
            original,
            charged,
        }))
    }

    fn separate_response(self, id: MessageId, time: Time) -> Result<Effect, HistoryError> {
        let merchant = self.cursor.nonzero().map(u64::from_le_bytes)?;
        let kind = kind(self.cursor)?;
        let response = response(self.cursor)?;
        Ok(Effect::Response { of: Identity::new(id, merchant, time), time, kind, response })
    }

    fn label(self, id: MessageId, known_at: Time) -> Result<Effect, HistoryError> {
        // 0 if the label does not have the merchant.
        let merchant = self.cursor.u64()?;
        let of = self.cursor.u64().map(OriginalId)?;
        let offset = self.cursor.at();
        let value = LabelValue::NAMES.get(usize::from(self.cursor.byte()?));
        let (value, _) = *value.ok_or(HistoryError::Invalid { offset, problem: Problem::Label })?;
        let time = self.has(bits::TIME).then(|| self.cursor.time_after(known_at)).transpose()?;
        let is_from_cardholder = self.has(bits::CARDHOLDER);
        let content = id.0;
        Ok(Effect::Label(LabelEntry {
            of,
            value,
            known_at,
            merchant,
            time,
            is_from_cardholder,
            content,
        }))
    }

    fn event(
        &mut self,
        id: MessageId,
        time: Time,
        may_be_clearing: bool,
    ) -> Result<Event, HistoryError> {
        let offset = self.cursor.at();
        let parts = event::take(self.cursor, self.bits, id, time)?;
        let are_flags = may_be_clearing || parts.flags & CLEARING_FLAG == 0;
        ensure(are_flags, offset, Problem::Event(EventField::Flags))?;
        Event::from_parts(parts)
            .map_err(|field| HistoryError::Invalid { offset, problem: Problem::Event(field) })
    }

    /// What the message refers to, and its amount as charged.
    fn reference(&mut self) -> Result<(Option<OriginalId>, Option<Money>), HistoryError> {
        let original = self.has(bits::ORIGINAL).then(|| self.cursor.u64().map(OriginalId));
        let original = original.transpose()?;
        let charged = self.has(bits::CHARGED).then(|| money(self.cursor)).transpose()?;
        Ok((original, charged))
    }
}

/// The severity, and the rules.
fn alert<'b>(cursor: &mut Cursor<'b>) -> Result<AlertEntry<'b>, HistoryError> {
    let severity = cursor.byte()?;
    let offset = cursor.at();
    let rules = usize::try_from(cursor.number()?).unwrap_or(usize::MAX);
    ensure(rules <= RuleHashes::MAX, offset, Problem::Rules)?;
    let rules = RuleHashes::from_bytes(cursor.slice(RuleHashes::bytes_of(rules))?);
    Ok(AlertEntry { severity, rules })
}

fn money(cursor: &mut Cursor<'_>) -> Result<Money, HistoryError> {
    let currency = cursor.currency()?;
    Ok(Money { minor: cursor.amount()?, currency })
}

fn kind(cursor: &mut Cursor<'_>) -> Result<Kind, HistoryError> {
    let offset = cursor.at();
    let kind = RESPONSE_KINDS.get(usize::from(cursor.byte()?)).copied();
    kind.ok_or(HistoryError::Invalid { offset, problem: Problem::Kind })
}

fn response(cursor: &mut Cursor<'_>) -> Result<Response, HistoryError> {
    let offset = cursor.at();
    let unknown = HistoryError::Invalid { offset, problem: Problem::Response };
    let approved = match cursor.byte()? {
        0 => None,
        1 => Some(false),
        2 => Some(true),
        _ => return Err(unknown),
    };
    let reason = match cursor.byte()? {
        0 => None,
        number => {
            let known = DeclineReason::NAMES.get(usize::from(number) - 1);
            Some(known.ok_or(unknown)?.0)
        }
    };
    ensure(approved.is_some() || reason.is_some(), offset, Problem::Response)?;
    Ok(Response { approved, reason })
}
