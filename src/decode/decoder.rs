//! Reads messages with the settings of one source.

use super::draft::Draft;
use super::json;
use super::label_draft::LabelDraft;
use super::notes::Notes;
use super::reason::{Contract, Fault, Reason, Rejection};
use super::settings::DecodeSettings;
use crate::transaction::{Label, LabelField, Time, Transaction};

/// Reads messages with the settings of one source.
#[derive(Debug)]
pub struct Decoder {
    settings: DecodeSettings,
}

impl Decoder {
    pub fn new(settings: DecodeSettings) -> Self {
        Self { settings }
    }

    pub fn settings(&self) -> &DecodeSettings {
        &self.settings
    }

    /// Reads one message. `record_time` is the Kafka record's timestamp, if there is one.
    ///
    /// The caller handles tombstones (records with a null value). An empty value is rejected.
    pub fn decode<'a>(
        &self,
        bytes: &'a [u8],
        record_time: Option<Time>,
    ) -> Result<(Transaction<'a>, Notes), Rejection> {
        self.read(bytes, record_time)
            .map_err(|fault| fault.into_rejection(bytes, &Contract::TRANSACTION))
    }

    /// Reads one label. The caller handles tombstones.
    pub fn decode_label<'a>(
        &self,
        bytes: &'a [u8],
    ) -> Result<(Label<'a>, Notes<LabelField>), Rejection> {
        self.read_label(bytes, None).map_err(|fault| fault.into_rejection(bytes, &Contract::LABEL))
    }

    /// Like [`Decoder::decode_label`], except that a label may lack `known_at`. It then becomes known
    /// at this time.
    pub fn decode_label_known_at<'a>(
        &self,
        bytes: &'a [u8],
        known_at: Time,
    ) -> Result<(Label<'a>, Notes<LabelField>), Rejection> {
        self.read_label(bytes, Some(known_at))
            .map_err(|fault| fault.into_rejection(bytes, &Contract::LABEL))
    }

    fn read<'a>(
        &self,
        bytes: &'a [u8],
        record_time: Option<Time>,
    ) -> Result<(Transaction<'a>, Notes), Fault> {
        let text = checked_text(bytes, self.settings.max_message_bytes)?;
        let mut draft = Draft::new(&self.settings);
        json::read(text, &mut draft)?;
        draft.finish(record_time)
    }

    fn read_label<'a>(
        &self,
        bytes: &'a [u8],
        known_at: Option<Time>,
    ) -> Result<(Label<'a>, Notes<LabelField>), Fault> {
        let text = checked_text(bytes, self.settings.max_message_bytes)?;
        let mut draft = LabelDraft::new(&self.settings);
        json::read(text, &mut draft)?;
        draft.finish(known_at)
    }
}

/// The message as text, after the checks that need no parsing.
fn checked_text(bytes: &[u8], max_bytes: usize) -> Result<&str, Fault> {
    if bytes.len() > max_bytes {
        return Err(Fault::message(Reason::TooLarge));
    }
    if bytes.is_empty() {
        return Err(Fault::message(Reason::Empty));
    }
    if bytes.starts_with(b"\xef\xbb\xbf") {
        return Err(Fault::message(Reason::ByteOrderMark));
    }
    std::str::from_utf8(bytes).map_err(|error| Fault::at(Reason::NotUtf8, error.valid_up_to()))
}
