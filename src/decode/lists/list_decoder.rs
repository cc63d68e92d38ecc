//! Reads records of the lists topic with the settings of the source.

use super::entry::{ListChange, ListEntry, ListKey, ListText};
use super::json::{EntryField, EntryFields};
use super::list_fault::{ListFault, ListReason};
use crate::decode::settings::DecodeSettings;
use crate::decode::token::CardTokens;
use crate::transaction::{Time, TimeError};
use zeroize::Zeroize;

/// The list whose entries keep rules from firing: `CARD/RULE` or `CARD/RULE/MERCHANT`.
pub const SNOOZES: &str = "snoozes";

const VALUE_MAX_BYTES: usize = 64 * 1024;
const NAME_MAX_BYTES: usize = 100;
const TEXT_MAX_BYTES: usize = 1_000;
const VALUES_MAX: usize = 1_000;
/// Ends in or after this year, such as 9999-12-31T23:59:59Z, never come.
const YEAR_WITHOUT_END: &str = "2199";

/// Whether a list of the topic may have this name. It has no `/`, at which a record's key is split.
pub fn is_list_name(name: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    (1..=NAME_MAX_BYTES).contains(&name.len()) && name.chars().all(is_plain)
}

/// Reads entries of lists. Card numbers become tokens where they tell things apart, and are masked in
/// what people write about an entry.
#[derive(Debug, Clone, Copy)]
pub struct ListDecoder<'s> {
    settings: &'s DecodeSettings,
    numbers: EntryNumbers,
}

/// What happens to card numbers that say what is listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum EntryNumbers {
    /// They become tokens, or are refused without a key.
    Tokenize,
    /// They are refused. Compaction keeps records by their key as it is written, so a token in its place
    /// would name another record.
    Refuse,
}

impl<'s> ListDecoder<'s> {
    pub fn new(settings: &'s DecodeSettings) -> Self {
        Self { settings, numbers: EntryNumbers::Tokenize }
    }

    /// Reads a record of the topic, or says what is wrong with it.
    pub fn record(
        &self,
        key: Option<&[u8]>,
        value: Option<&[u8]>,
    ) -> Result<ListChange, ListFault> {
        let key = self.record_key(key)?;
        let Some(value) = value else { return Ok(ListChange::Remove(key)) };
        let entry = self.of_topic().entry(value)?;
        match entry.key == key {
            true => Ok(ListChange::Set(entry)),
            false => Err(ListFault::value(ListReason::OtherKey)),
        }
    }

    /// What a record of the topic does, and what is wrong with it. A record that is not valid removes
    /// the entry of its key, if that is valid: compaction removes the earlier record of the key, so a
    /// reader that starts later does not find it either. A key that is not written exactly as redcard
    /// writes it is another key to compaction, so it removes nothing.
    pub fn change(
        &self,
        key: Option<&[u8]>,
        value: Option<&[u8]>,
    ) -> (Option<ListChange>, Option<ListFault>) {
        match self.record(key, value) {
            Ok(change) => (Some(change), None),
            Err(fault) => (self.record_key(key).ok().map(ListChange::Remove), Some(fault)),
        }
    }

    /// Reads a value on its own, such as a line of a file.
    pub fn entry(&self, value: &[u8]) -> Result<ListEntry, ListFault> {
        if value.len() > VALUE_MAX_BYTES {
            return Err(ListFault::value(ListReason::TooLarge));
        }
        let text = std::str::from_utf8(value);
        let text = text.map_err(|_| ListFault::value(ListReason::NotUtf8))?;
        let fields = EntryFields::read(text)?;
        let list: String = required(&fields, EntryField::List)?;
        let entry: String = required(&fields, EntryField::Entry)?;
        let values: Vec<String> = fields.get(EntryField::Values)?.unwrap_or_default();
        if values.len() > VALUES_MAX {
            let field = EntryField::Values.name();
            return Err(ListFault::field(ListReason::TooManyValues, field));
        }
        let values = values.into_iter().map(|value| self.id(value, EntryField::Values));
        let (from, until) = (time(&fields, EntryField::From)?, time(&fields, EntryField::Until)?);
        if from.zip(until).is_some_and(|(from, until)| until <= from) {
            return Err(ListFault::field(ListReason::NeverInForce, EntryField::From.name()));
        }
        Ok(ListEntry {
            key: self.key(list, entry)?,
            values: values.collect::<Result<_, _>>()?,
            from,
            until,
            reason: self.remark(&fields, EntryField::Reason)?,
            by: self.remark(&fields, EntryField::By)?,
        })
    }

    /// Refuses what is not a name of a list, such as a card number.
    pub fn check_name(&self, list: &str) -> Result<(), ListFault> {
        match is_list_name(list) && !self.settings.card_numbers.contains(list.as_bytes()) {
            true => Ok(()),
            false => Err(ListFault::field(ListReason::BadName, EntryField::List.name())),
        }
    }

    /// An entry given by its parts, as on a command line.
    pub fn key(&self, list: String, entry: String) -> Result<ListKey, ListFault> {
        self.check_name(&list)?;
        let field = EntryField::Entry;
        let entry = match list == SNOOZES {
            true => self.snooze(entry)?,
            false => self.id(entry, field)?,
        };
        Ok(ListKey { list, entry })
    }

    /// A value given on a command line.
    pub fn value(&self, value: String) -> Result<ListText, ListFault> {
        self.id(value, EntryField::Values)
    }

    /// A reason or a name given on a command line, with card numbers masked.
    pub fn masked(&self, text: &str) -> String {
        self.settings.card_numbers.mask(text).into_owned()
    }

    /// The entry with these texts where it does not say why and who, which one of both must.
    pub fn with_remark(
        &self,
        entry: ListEntry,
        reason: Option<&str>,
        by: Option<&str>,
    ) -> Result<ListEntry, ListFault> {
        let or = |own: Option<String>, given: Option<&str>, field: EntryField| {
            let text = own.or_else(|| given.map(|text| self.masked(text)));
            text.ok_or_else(|| ListFault::field(ListReason::NoRemark, field.name()))
        };
        let reason = Some(or(entry.reason.clone(), reason, EntryField::Reason)?);
        let by = Some(or(entry.by.clone(), by, EntryField::By)?);
        Ok(ListEntry { reason, by, ..entry })
    }

    fn record_key(&self, key: Option<&[u8]>) -> Result<ListKey, ListFault> {
        let no_key = || ListFault::value(ListReason::NoKey);
        let text = key.and_then(|key| std::str::from_utf8(key).ok()).ok_or_else(no_key)?;
        let (list, entry) = text.split_once('/').ok_or_else(no_key)?;
        let key = self.of_topic().key(list.to_owned(), entry.to_owned())?;
        match key.to_text() == text {
            true => Ok(key),
            false => Err(ListFault::value(ListReason::SpacedKey)),
        }
    }

    fn of_topic(self) -> Self {
        Self { numbers: EntryNumbers::Refuse, ..self }
    }

    /// Each part is searched on its own, so that the digits of two parts never read as one number.
    fn snooze(&self, entry: String) -> Result<ListText, ListFault> {
        let parts: Vec<&str> = entry.splitn(3, '/').collect();
        if parts.len() < 2 || parts.iter().any(|part| part.trim().is_empty()) {
            return Err(ListFault::field(ListReason::NoSnooze, EntryField::Entry.name()));
        }
        let parts = parts.iter().map(|part| self.id((*part).to_owned(), EntryField::Entry));
        let parts = parts.collect::<Result<Vec<_>, _>>()?;
        let joined = |of: fn(&ListText) -> &str| parts.iter().map(of).collect::<Vec<_>>().join("/");
        let has_former = parts.iter().any(|part| part.former.is_some());
        Ok(ListText {
            text: joined(|part| &part.text),
            former: has_former.then(|| joined(|part| part.former.as_deref().unwrap_or(&part.text))),
        })
    }

    /// A text that tells things apart: a card number in it becomes its token.
    fn id(&self, text: String, field: EntryField) -> Result<ListText, ListFault> {
        let fault = |reason| Err(ListFault::field(reason, field.name()));
        if text.trim().is_empty() {
            return fault(ListReason::Blank);
        }
        if text.len() > TEXT_MAX_BYTES {
            return fault(ListReason::TooLong);
        }
        let mut text = text.trim().to_owned();
        let card_numbers = &self.settings.card_numbers;
        if !card_numbers.contains(text.as_bytes()) {
            return Ok(ListText { text, former: None });
        }
        if field == EntryField::Entry && self.numbers == EntryNumbers::Refuse {
            text.zeroize();
            return fault(ListReason::CardNumberInRecord);
        }
        let Some(tokenizer) = &self.settings.tokenizer else {
            text.zeroize();
            return fault(ListReason::CardNumberWithoutKey);
        };
        let tokenized = |of: fn(&CardTokens) -> Option<&String>| {
            let token = |tokens: &CardTokens| of(tokens).cloned().unwrap_or_default();
            let replaced =
                card_numbers.replace(&text, |number, _| token(&tokenizer.card_tokens(number)));
            replaced.map(|(text, _)| text).unwrap_or_default()
        };
        let current = tokenized(|tokens| Some(&tokens.current));
        let has_former = tokenizer.previous_version().is_some();
        let former = has_former.then(|| tokenized(|tokens| tokens.former.as_ref()));
        text.zeroize();
        Ok(ListText { text: current, former })
    }

    fn remark(
        &self,
        fields: &EntryFields<'_>,
        field: EntryField,
    ) -> Result<Option<String>, ListFault> {
        let Some(text) = fields.get::<String>(field)? else { return Ok(None) };
        if text.len() > TEXT_MAX_BYTES {
            return Err(ListFault::field(ListReason::TooLong, field.name()));
        }
        let text = text.trim();
        Ok((!text.is_empty()).then(|| self.masked(text)))
    }
}

fn required(fields: &EntryFields<'_>, field: EntryField) -> Result<String, ListFault> {
    let text = fields.get(field)?;
    text.ok_or_else(|| ListFault::field(ListReason::Missing, field.name()))
}

fn time(fields: &EntryFields<'_>, field: EntryField) -> Result<Option<Time>, ListFault> {
    let Some(text) = fields.get::<String>(field)? else { return Ok(None) };
    match Time::parse(&text) {
        Ok(time) => Ok(Some(time)),
        Err(TimeError::OutOfRange)
            if field == EntryField::Until
                && text
                    .get(..YEAR_WITHOUT_END.len())
                    .is_some_and(|year| year >= YEAR_WITHOUT_END) =>
        {
            Ok(None)
        }
        Err(_) => Err(ListFault::field(ListReason::BadTime, field.name())),
    }
}
