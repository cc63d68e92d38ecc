//! Counts the outcome of each line. The counts add up to the lines read.

use crate::cli::transactions::LabelTally;
use crate::decision::Decision;
use crate::decode::{Change, Field, Notes, Reason};
use crate::memory::{Labelled, Recorded, Role};
use crate::printable::Printable;
use crate::rules::{Action, RulesetId};
use indicatif::HumanCount;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Duration;

/// More late lines than this, and more than one in [`LATE_ONE_IN`], suggest that the input is not
/// sorted.
const LATE_MIN: u64 = 2;
const LATE_ONE_IN: u64 = 20;
/// The names of more unlisted fields are not shown.
pub(super) const UNLISTED_NAMES_MAX: usize = 8;

/// Counts of one run.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub lines: u64,
    pub blank: u64,
    duplicates: u64,
    /// Duplicates whose contents differ from the transaction that they repeat.
    conflicting: u64,
    /// Responses to earlier transactions that came without one.
    separate_responses: u64,
    /// Separate responses that differ from their transaction in more than the response.
    conflicting_responses: u64,
    /// Transactions with the type and id of another one.
    reused_ids: u64,
    pub alerts: u64,
    /// Declines that the control share lets through.
    let_through: u64,
    /// Transactions older than an earlier one of their card, or too old for memory.
    late: u64,
    /// Those that were too old to be remembered.
    too_late: u64,
    /// Those that were remembered although they were older than the retention before the newest of
    /// their card.
    outdated: u64,
    /// By action, in the order in which they were first seen.
    decisions: Vec<(Action, u64)>,
    /// By reason, in the order in which they were first seen.
    malformed: Vec<(Reason, u64)>,
    /// Clearings and reversals that the cap evicted while they waited for their original.
    pub evicted_waiting: u64,
    sensitive_fields_dropped: u64,
    unlisted_fields: u64,
    /// The first names of unlisted fields, at most one more than are shown.
    unlisted_names: Vec<String>,
    /// What decoding changed in values, by field.
    changes: BTreeMap<(Change, Field), u64>,
}

impl Tally {
    pub fn duplicate(&mut self, differs: bool) {
        self.duplicates += 1;
        self.conflicting += u64::from(differs);
    }

    /// Counts a decision, with whether the id was reused and whether an outcome differs from its
    /// message.
    pub fn decided(
        &mut self,
        decision: &Decision<'_>,
        (recorded, role): (Recorded, Role),
        (reused_id, conflicts): (bool, bool),
    ) {
        self.reused_ids += u64::from(reused_id);
        self.separate_responses += u64::from(role == Role::Response);
        self.conflicting_responses += u64::from(conflicts);
        count(&mut self.decisions, decision.assessment.action);
        self.alerts += u64::from(decision.alert);
        self.let_through += u64::from(decision.assessment.is_control);
        match recorded {
            Recorded::Kept => {}
            Recorded::KeptLate => self.late += 1,
            Recorded::KeptOutdated => {
                self.late += 1;
                self.outdated += 1;
            }
            Recorded::TooOld => {
                self.late += 1;
                self.too_late += 1;
            }
        }
    }

    pub fn rejected(&mut self, reason: Reason) {
        count(&mut self.malformed, reason);
    }

    /// Counts what decoding changed in a message that it accepted.
    pub fn noted(&mut self, notes: &Notes) {
        self.sensitive_fields_dropped += u64::from(notes.sensitive_fields_dropped);
        self.unlisted_fields += u64::from(notes.unlisted_fields);
        for (field, change, count) in notes.changes() {
            *self.changes.entry((change, field)).or_default() += u64::from(count);
        }
    }

    /// Whether further names of unlisted fields would be shown.
    pub fn wants_names(&self) -> bool {
        self.unlisted_names.len() <= UNLISTED_NAMES_MAX
    }

    /// Adds names of unlisted fields.
    pub fn named(&mut self, names: Vec<String>) {
        for name in names {
            if self.wants_names() && !self.unlisted_names.contains(&name) {
                self.unlisted_names.push(name);
            }
        }
    }

    pub fn decisions(&self) -> u64 {
        self.decisions.iter().map(|(_, count)| count).sum()
    }

    pub fn malformed(&self) -> u64 {
        self.malformed.iter().map(|(_, count)| count).sum()
    }

    /// Readable text of several lines, without a line end after the last.
    pub fn summary(
        &self,
        ruleset: &RulesetId,
        labels: Option<&LabelTally>,
        took: Duration,
    ) -> String {
        let mut text = format!(
            "ruleset     {} {} ({})\n{:11} {} in {:.1} s",
            Printable(&ruleset.name),
            Printable(&ruleset.version),
            ruleset.hash,
            "lines",
            HumanCount(self.lines),
            took.as_secs_f64()
        );
        let actions =
            Action::ALL.iter().map(|action| (action.name(), count_of(&self.decisions, *action)));
        add_row(&mut text, "decisions", self.decisions(), &parts(actions));
        add_row(&mut text, "alerts", self.alerts, "");
        if self.let_through > 0 {
            add_row(&mut text, "control", self.let_through, "declines that were let through");
        }
        add_row(&mut text, "duplicates", self.duplicates, &conflicts(self.conflicting));
        if self.conflicting_responses > 0 {
            add_row(
                &mut text,
                "responses",
                self.separate_responses,
                &conflicts(self.conflicting_responses),
            );
        }
        if self.reused_ids > 0 {
            add_row(&mut text, "reused ids", self.reused_ids, "");
        }
        if self.late > 0 {
            add_row(&mut text, "late", self.late, &self.late_parts());
        }
        let reasons = self.malformed.iter().map(|(reason, count)| (reason.code(), *count));
        add_row(&mut text, "malformed", self.malformed(), &parts(reasons));
        if self.blank > 0 {
            add_row(&mut text, "blank", self.blank, "");
        }
        labels.into_iter().for_each(|labels| add_labels(&mut text, labels));
        self.add_notes(&mut text, labels);
        text
    }

    fn late_parts(&self) -> String {
        let too_late = ("too late to be kept", self.too_late);
        let outdated = ("kept but older than the retention", self.outdated);
        let outdated = (self.outdated > 0).then_some(outdated);
        parts(std::iter::once(too_late).chain(outdated))
    }

    /// A warning about conflicting duplicates.
    pub fn conflict_warning(&self) -> Option<String> {
        (self.conflicting > 0).then(|| {
            format!(
                "{} of {} duplicates have the type, id, merchant and second of an earlier \
                 transaction but other content; they were not scored: give each transaction its \
                 own id",
                HumanCount(self.conflicting),
                HumanCount(self.duplicates)
            )
        })
    }

    /// A warning about conflicting separate responses.
    pub fn response_warning(&self) -> Option<String> {
        (self.conflicting_responses > 0).then(|| {
            format!(
                "{} of {} separate responses (to an earlier transaction that had none) differ from \
                 their transaction in more than the response; the response was applied and the \
                 rest was dropped: send a response with the content of its transaction, and give \
                 each transaction its own id",
                HumanCount(self.conflicting_responses),
                HumanCount(self.separate_responses)
            )
        })
    }

    /// A warning about input that is not sorted by time.
    pub fn order_warning(&self) -> Option<String> {
        let is_many = self.late > LATE_MIN && self.late * LATE_ONE_IN > self.decisions();
        is_many.then(|| {
            format!(
                "{} of {} lines came late: older than an earlier line of their card, or too old for what memory \
                 keeps at that point; each was scored \
                 without the charges after it, as if it had arrived late; sort the input by time, oldest \
                 first",
                HumanCount(self.late),
                HumanCount(self.decisions())
            )
        })
    }

    fn add_notes(&self, text: &mut String, labels: Option<&LabelTally>) {
        let of_labels = |count: fn(&LabelTally) -> u64| labels.map_or(0, count);
        let evicted = "clearings, reversals and labels were evicted because of \
                       memory.events_per_card while they waited for their original, and change no \
                       charge";
        add_note(text, self.evicted_waiting, evicted, "");
        let names = self.unlisted_names.iter().take(UNLISTED_NAMES_MAX);
        let names: Vec<String> = names.map(|name| Printable(name).to_string()).collect();
        let more = if self.wants_names() { "" } else { ", …" };
        let unlisted = "fields that redcard does not know were ignored";
        let unlisted = match names.as_slice() {
            [] => unlisted.to_owned(),
            names => format!("{unlisted}: {}{more}", names.join(", ")),
        };
        let count = self.unlisted_fields + of_labels(|labels| labels.unlisted_fields);
        add_note(text, count, &unlisted, "");
        let sensitive = "fields with authentication data were dropped unread";
        let count = of_labels(|labels| labels.sensitive_fields_dropped);
        add_note(text, self.sensitive_fields_dropped + count, sensitive, "");
        for change in Change::ALL {
            let of_change = self.changes.iter().filter(|((other, _), _)| *other == change);
            let fields = of_change.map(|((_, field), count)| (field.path(), *count));
            let count = fields.clone().map(|(_, count)| count).sum();
            add_note(text, count, what_was_done(change), &parts(fields));
            let of_labels = labels.iter().flat_map(|labels| &labels.changes);
            let of_change = of_labels.filter(|((other, _), _)| *other == change);
            let fields = of_change.map(|((_, field), count)| (field.path(), *count));
            let count = fields.clone().map(|(_, count)| count).sum();
            let what = format!("of labels: {}", what_was_done(change));
            add_note(text, count, &what, &parts(fields));
        }
    }
}

/// Adds the outcomes of labels.
fn add_labels(text: &mut String, labels: &LabelTally) {
    let labelled = labels.labelled.iter().map(|(labelled, count)| (said(*labelled), *count));
    let malformed = (labels.malformed > 0).then_some(("malformed", labels.malformed));
    add_row(text, "labels", labels.given() + labels.malformed, &parts(labelled.chain(malformed)));
}

fn said(labelled: Labelled) -> &'static str {
    match labelled {
        Labelled::Bound => "of remembered charges",
        Labelled::Waits => "waiting for their transaction",
        Labelled::UnknownCard => "of cards that are not remembered",
        Labelled::TooOld => "too old",
        Labelled::Repeated => "repeated",
    }
}

/// What was done to values, as the end of a sentence that begins with their number.
fn what_was_done(change: Change) -> &'static str {
    match change {
        Change::Unknown => {
            "unknown names or codes were treated as missing, decline reasons as `other`"
        }
        Change::Dropped => "invalid values of optional fields were treated as missing",
        Change::Truncated => "texts were too long and were cut",
        Change::Repaired => "texts had unpaired surrogates, which were replaced",
        Change::CardNumber => "card numbers in other fields were replaced",
    }
}

fn add_note(text: &mut String, count: u64, what: &str, fields: &str) {
    let count = HumanCount(count);
    // Writing to a String cannot fail.
    let _ = match (count.0, fields) {
        (0, _) => Ok(()),
        (_, "") => write!(text, "\n{count} {what}"),
        _ => write!(text, "\n{count} {what} ({fields})"),
    };
}

/// How many conflict, if any.
fn conflicts(count: u64) -> String {
    if count == 0 { String::new() } else { format!("conflicting {}", HumanCount(count)) }
}

fn count<K: PartialEq>(counts: &mut Vec<(K, u64)>, key: K) {
    match counts.iter_mut().find(|(known, _)| *known == key) {
        Some((_, count)) => *count += 1,
        None => counts.push((key, 1)),
    }
}

fn count_of<K: PartialEq>(counts: &[(K, u64)], key: K) -> u64 {
    counts.iter().find(|(known, _)| *known == key).map_or(0, |(_, count)| *count)
}

fn parts<'n>(counts: impl Iterator<Item = (&'n str, u64)>) -> String {
    let parts: Vec<_> =
        counts.map(|(name, count)| format!("{name} {}", HumanCount(count))).collect();
    parts.join(", ")
}

fn add_row(text: &mut String, name: &str, count: u64, parts: &str) {
    let count = HumanCount(count);
    // Writing to a String cannot fail.
    let _ = match parts {
        "" => write!(text, "\n{name:11} {count}"),
        parts => write!(text, "\n{name:11} {count} ({parts})"),
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::{DecodeSettings, Decoder};
    use crate::transaction::{BaseCurrency, Currency};

    #[test]
    fn the_summary_names_every_count() {
        let mut tally = Tally { lines: 1_234, blank: 1, duplicates: 2, ..Tally::default() };
        tally.decisions = vec![(Action::Decline, 3), (Action::Approve, 1_226)];
        tally.rejected(Reason::NotJson);
        tally.rejected(Reason::NotJson);
        tally.alerts = 3;
        (tally.late, tally.too_late, tally.outdated) = (1_000, 7, 2);
        let message = br#"{"id": "1", "type": "authorization", "time": "2026-01-05T10:00:00Z",
            "card": {"token": "c", "brand": "4242424242424242"}, "amount": 1, "currency": "USD",
            "merchant": {"id": "m", "city": "to 4242424242424242", "county": "x", "latitude": 200},
            "response": {"reason": "mood"}, "channel": "mood", "pin": "1234"}"#;
        let dollar = Currency::parse("USD").unwrap();
        let settings = DecodeSettings::new(BaseCurrency::with_shipped_rates(dollar));
        let (_, notes) = Decoder::new(settings).decode(message, None).unwrap();
        tally.noted(&notes);
        tally.noted(&notes);
        tally.named(vec!["merchant.county".into(), "p\u{202e}n".into()]);
        tally.named(vec!["merchant.county".into()]);
        let id = RulesetId { name: "r".into(), version: "1".into(), hash: "ab".into() };
        let parts = tally.decisions() + tally.duplicates + tally.malformed() + tally.blank;
        assert_eq!(parts, tally.lines);
        assert_eq!(
            tally.summary(&id, None, Duration::from_millis(1_500)),
            "ruleset     r 1 (ab)\n\
             lines       1,234 in 1.5 s\n\
             decisions   1,229 (approve 1,226, review 0, decline 3)\n\
             alerts      3\n\
             duplicates  2\n\
             late        1,000 (too late to be kept 7, kept but older than the retention 2)\n\
             malformed   2 (not_json 2)\n\
             blank       1\n\
             4 fields that redcard does not know were ignored: merchant.county, p\\u{202e}n\n\
             2 fields with authentication data were dropped unread\n\
             4 unknown names or codes were treated as missing, decline reasons as `other` \
             (channel 2, response.reason 2)\n\
             2 invalid values of optional fields were treated as missing (merchant.latitude 2)\n\
             4 card numbers in other fields were replaced (card.brand 2, merchant.city 2)"
        );
    }

    #[test]
    fn names_of_unlisted_fields_are_bounded() {
        let mut tally = Tally { unlisted_fields: 100, ..Tally::default() };
        for name in 0..100 {
            tally.named(vec![format!("n{name}")]);
        }
        assert!(!tally.wants_names());
        let id = RulesetId { name: "r".into(), version: "1".into(), hash: "ab".into() };
        let summary = tally.summary(&id, None, Duration::ZERO);
        assert!(summary.ends_with(" ignored: n0, n1, n2, n3, n4, n5, n6, n7, …"), "{summary}");
    }
}
