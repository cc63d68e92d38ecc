//! A record to publish, borrowed from the shard's buffers or owned while it waits.

use rdkafka::message::{Header, Headers, OwnedHeaders};

/// What an output is, and which input record it belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Origin {
    pub what: OutputKind,
    pub partition: i32,
    pub offset: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OutputKind {
    Alert,
    Decision,
    /// `offset` is the first input offset that the record covers.
    History,
    DeadLetter {
        /// How many of its headers, the last ones, redcard added; the others are copied from the
        /// input.
        own_headers: usize,
    },
}

/// A record to publish.
pub(super) struct Output<'a> {
    pub topic: &'a str,
    /// `None`: the key determines the partition.
    pub to_partition: Option<i32>,
    pub key: Option<&'a [u8]>,
    pub value: &'a [u8],
    pub headers: Option<OwnedHeaders>,
    pub origin: Origin,
}

/// A record that waits for queue space or is to be sent again.
pub(super) struct OwnedOutput {
    topic: String,
    to_partition: Option<i32>,
    key: Option<Vec<u8>>,
    value: Vec<u8>,
    headers: Option<OwnedHeaders>,
    origin: Origin,
}

impl OutputKind {
    pub(super) fn name(self) -> &'static str {
        match self {
            OutputKind::Alert => "alert",
            OutputKind::Decision => "decision",
            OutputKind::History => "history record",
            OutputKind::DeadLetter { .. } => "dead letter",
        }
    }
}

impl Output<'_> {
    pub(super) fn into_owned(self) -> OwnedOutput {
        OwnedOutput {
            topic: self.topic.to_owned(),
            to_partition: self.to_partition,
            key: self.key.map(<[u8]>::to_vec),
            value: self.value.to_vec(),
            headers: self.headers,
            origin: self.origin,
        }
    }

    /// The next smaller version of a dead letter that is too large: first without its value, then
    /// without everything copied from the input. `None` if nothing more can be dropped.
    pub(super) fn into_smaller(self) -> Option<OwnedOutput> {
        let OutputKind::DeadLetter { own_headers } = self.origin.what else { return None };
        let copied = self.headers.as_ref().map_or(0, Headers::count) > own_headers;
        if !self.value.is_empty() {
            Some(Output { value: &[], ..self }.into_owned())
        } else if self.key.is_some() || copied {
            let headers = self.headers.map(|headers| last_of(&headers, own_headers));
            Some(Output { key: None, headers, ..self }.into_owned())
        } else {
            None
        }
    }
}

impl OwnedOutput {
    pub(super) fn as_output(&self) -> Output<'_> {
        Output {
            topic: &self.topic,
            to_partition: self.to_partition,
            key: self.key.as_deref(),
            value: &self.value,
            headers: self.headers.clone(),
            origin: self.origin,
        }
    }
}

fn last_of(headers: &OwnedHeaders, count: usize) -> OwnedHeaders {
    let first = headers.count().saturating_sub(count);
    (first..headers.count())
        .filter_map(|index| headers.try_get(index))
        .fold(OwnedHeaders::new_with_capacity(count), |kept, Header { key, value }| {
            kept.insert(Header { key, value })
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header<'a>(key: &'a str, value: &'a str) -> Header<'a, &'a str> {
        Header { key, value: Some(value) }
    }

    fn dead_letter<'a>(key: Option<&'a [u8]>, value: &'a [u8], copied: &[&str]) -> Output<'a> {
        let headers = copied.iter().fold(OwnedHeaders::new(), |h, key| h.insert(header(key, "x")));
        let what = OutputKind::DeadLetter { own_headers: 1 };
        Output {
            topic: "transactions.dlq",
            to_partition: None,
            key,
            value,
            headers: Some(headers.insert(header("__connect.errors.topic", "transactions"))),
            origin: Origin { what, partition: 1, offset: 2 },
        }
    }

    fn shape(waiting: Option<OwnedOutput>) -> Option<(Option<Vec<u8>>, Vec<u8>, usize)> {
        waiting.map(|w| (w.key, w.value, w.headers.map_or(0, |headers| headers.count())))
    }

    #[test]
    fn a_dead_letter_that_is_too_large_loses_its_value_then_its_copies_and_no_more() {
        let full = dead_letter(Some(b"k"), b"raw", &["trace"]);
        assert_eq!(shape(full.into_smaller()), Some((Some(b"k".to_vec()), vec![], 2)));
        let without_value = dead_letter(Some(b"k"), b"", &["trace"]);
        assert_eq!(shape(without_value.into_smaller()), Some((None, vec![], 1)));
        let only_headers = dead_letter(None, b"", &["trace"]);
        assert_eq!(shape(only_headers.into_smaller()), Some((None, vec![], 1)));
        let bare = dead_letter(None, b"", &[]);
        assert_eq!(shape(bare.into_smaller()), None);
    }

    #[test]
    fn an_alert_is_never_cut() {
        let what = OutputKind::Alert;
        let origin = Origin { what, partition: 0, offset: 0 };
        let alert = Output {
            topic: "alerts",
            to_partition: None,
            key: Some(b"k"),
            value: b"v",
            headers: None,
            origin,
        };
        assert_eq!(shape(alert.into_smaller()), None);
    }
}
