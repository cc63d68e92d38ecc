//! A record to publish, borrowed from the shard's buffers or owned while it waits.

use crate::kafka::record::RecordHeader;

/// A topic that a shard reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum InputTopic {
    Transactions,
    Labels,
}

/// What an output is, and which input record it belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Origin {
    pub what: OutputKind,
    pub partition: i32,
    pub offset: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutputKind {
    /// Made from a decision. The text is its name in errors.
    OfDecision(&'static str),
    /// `offset` is the first input offset that the record covers.
    History,
    DeadLetter {
        /// How many of its headers, the last ones, redcard added; the others are copied from the
        /// input.
        own_headers: usize,
        /// The topic of the record.
        source: InputTopic,
    },
}

/// A record to publish.
#[derive(Clone, Copy)]
pub struct Output<'a> {
    pub topic: &'a str,
    /// `None`: the key determines the partition.
    pub to_partition: Option<i32>,
    pub key: Option<&'a [u8]>,
    pub value: &'a [u8],
    pub headers: &'a [RecordHeader<'a>],
    pub origin: Origin,
}

/// A record that waits for queue space or is to be sent again.
pub struct OwnedOutput {
    topic: String,
    to_partition: Option<i32>,
    key: Option<Vec<u8>>,
    value: Vec<u8>,
    headers: Vec<RecordHeader<'static>>,
    origin: Origin,
}

impl OutputKind {
    /// The topic of the record that the output belongs to.
    pub fn source(self) -> InputTopic {
        match self {
            OutputKind::DeadLetter { source, .. } => source,
            OutputKind::OfDecision(_) | OutputKind::History => InputTopic::Transactions,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            OutputKind::OfDecision(name) => name,
            OutputKind::History => "history record",
            OutputKind::DeadLetter { .. } => "dead letter",
        }
    }
}

impl Output<'_> {
    pub fn into_owned(self) -> OwnedOutput {
        OwnedOutput {
            topic: self.topic.to_owned(),
            to_partition: self.to_partition,
            key: self.key.map(<[u8]>::to_vec),
            value: self.value.to_vec(),
            headers: self.headers.iter().cloned().map(RecordHeader::into_owned).collect(),
            origin: self.origin,
        }
    }

    /// The next smaller version of a dead letter that is too large: first without its value, then
    /// without everything copied from the input. `None` if nothing more can be dropped.
    pub fn into_smaller(self) -> Option<OwnedOutput> {
        let OutputKind::DeadLetter { own_headers, .. } = self.origin.what else { return None };
        let copied = self.headers.len().saturating_sub(own_headers);
        if !self.value.is_empty() {
            Some(Output { value: &[], ..self }.into_owned())
        } else if self.key.is_some() || copied > 0 {
            let headers = self.headers.get(copied..).unwrap_or_default();
            Some(Output { key: None, headers, ..self }.into_owned())
        } else {
            None
        }
    }
}

impl OwnedOutput {
    pub fn as_output(&self) -> Output<'_> {
        Output {
            topic: &self.topic,
            to_partition: self.to_partition,
            key: self.key.as_deref(),
            value: &self.value,
            headers: &self.headers,
            origin: self.origin,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(copied: &[&'static str]) -> Vec<RecordHeader<'static>> {
        let copied = copied.iter().map(|key| RecordHeader::text(key, "x"));
        copied.chain([RecordHeader::text("__connect.errors.topic", "transactions")]).collect()
    }

    fn dead_letter<'a>(
        key: Option<&'a [u8]>,
        value: &'a [u8],
        headers: &'a [RecordHeader<'a>],
    ) -> Output<'a> {
        let what = OutputKind::DeadLetter { own_headers: 1, source: InputTopic::Labels };
        Output {
            topic: "transactions.dlq",
            to_partition: None,
            key,
            value,
            headers,
            origin: Origin { what, partition: 1, offset: 2 },
        }
    }

    fn shape(output: Option<OwnedOutput>) -> Option<(Option<Vec<u8>>, Vec<u8>, usize)> {
        output.map(|output| (output.key, output.value, output.headers.len()))
    }

    #[test]
    fn a_dead_letter_that_is_too_large_loses_its_value_then_its_copies_and_no_more() {
        let (traced, bare) = (headers(&["trace"]), headers(&[]));
        let full = dead_letter(Some(b"k"), b"raw", &traced);
        assert_eq!(shape(full.into_smaller()), Some((Some(b"k".to_vec()), vec![], 2)));
        let without_value = dead_letter(Some(b"k"), b"", &traced);
        assert_eq!(shape(without_value.into_smaller()), Some((None, vec![], 1)));
        let only_headers = dead_letter(None, b"", &traced);
        let smaller = only_headers.into_smaller().unwrap();
        assert_eq!(smaller.headers, bare);
        let bare = dead_letter(None, b"", &bare);
        assert_eq!(shape(bare.into_smaller()), None);
    }

    #[test]
    fn an_alert_is_never_cut() {
        let what = OutputKind::OfDecision("alert");
        let origin = Origin { what, partition: 0, offset: 0 };
        let alert = Output {
            topic: "alerts",
            to_partition: None,
            key: Some(b"k"),
            value: b"v",
            headers: &[],
            origin,
        };
        assert_eq!(shape(alert.into_smaller()), None);
    }
}
