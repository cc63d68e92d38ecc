//! Reports malformed records: the first few of each kind with their places, and a count of the
//! others. If the input is not transactions at all, it says once what the input is.

use super::source::TransactionSource;
use crate::cli::terminal;
use crate::decode::Rejection;
use indicatif::HumanCount;

/// The maximum number of reports of one kind that are shown; the others are counted.
const SHOWN_MAX: u64 = 5;
/// The maximum number of kinds; further ones are counted with the last.
const KINDS_MAX: usize = 100;

/// What was reported about one input.
#[derive(Debug, Default)]
pub(crate) struct Reporter {
    kinds: Vec<ReportedReason>,
    has_hinted: bool,
    has_doubted: bool,
    name: String,
}

/// Records that are rejected for the same reason.
#[derive(Debug)]
struct ReportedReason {
    /// Reason and message without digits, because positions differ from record to record.
    key: String,
    /// The message of the first one.
    first: String,
    count: u64,
}

impl Reporter {
    /// Reports that the current record is not a transaction.
    pub fn report(&mut self, source: &dyn TransactionSource, rejection: &Rejection) {
        if !self.has_hinted
            && let Some(hint) = source.hint(rejection.reason)
        {
            self.has_hinted = true;
            terminal::error(format_args!("{}: {hint}", source.name()));
        }
        let (place, reason) = (source.place(), rejection.reason.code());
        let message = match source.shows_positions() {
            true => rejection.message.clone(),
            false => without_position(&rejection.message),
        };
        if self.name.is_empty() {
            self.name = source.name();
        }
        if self.count(format!("{reason}: {message}")) {
            terminal::line(format_args!("{place}: {reason}: {message}"));
        }
    }

    /// Reports what is probably wrong with values that were accepted, once.
    pub fn doubt(&mut self, source: &dyn TransactionSource, doubt: &str) {
        if !self.has_doubted {
            self.has_doubted = true;
            terminal::warning(format_args!("{}: {doubt}", source.place()));
        }
    }

    /// Prints how many were not shown.
    pub fn finish(&self) {
        for ReportedReason { first, count, .. } in &self.kinds {
            let more = count.saturating_sub(SHOWN_MAX);
            if more > 0 {
                let more = HumanCount(more);
                terminal::line(format_args!("{}: … and {more} more like it: {first}", self.name));
            }
        }
    }

    /// Counts the record, and returns whether to show it.
    fn count(&mut self, text: String) -> bool {
        let key = without_digits(&text);
        let is_full = self.kinds.len() >= KINDS_MAX;
        let kind = match self.kinds.iter_mut().position(|kind| kind.key == key) {
            Some(known) => self.kinds.get_mut(known),
            None if is_full => self.kinds.last_mut(),
            None => {
                self.kinds.push(ReportedReason { key, first: text, count: 0 });
                self.kinds.last_mut()
            }
        };
        kind.is_none_or(|kind| {
            kind.count += 1;
            kind.count <= SHOWN_MAX
        })
    }
}

/// A message without ` at line 1, column 17 (byte 16)`.
fn without_position(message: &str) -> String {
    let place = message.split_once(" at line ").and_then(|(before, place)| {
        let (_, after) = place.split_once(" (byte ")?.1.split_once(')')?;
        Some([before, after].concat())
    });
    place.unwrap_or_else(|| message.to_owned())
}

/// Messages that differ only in a position are of the same kind.
fn without_digits(message: &str) -> String {
    let mut text = String::with_capacity(message.len());
    for c in message.chars() {
        match c.is_ascii_digit() {
            true if text.ends_with('#') => {}
            true => text.push('#'),
            false => text.push(c),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_each_kind_the_first_few_are_shown() {
        let mut reporter = Reporter::default();
        let shown: Vec<bool> = (0..8).map(|_| reporter.count("a".into())).collect();
        assert_eq!(shown, [[true; 5].as_slice(), &[false; 3]].concat());
        assert!(reporter.count("b".into()));
    }

    #[test]
    fn the_kinds_are_bounded_and_none_is_lost() {
        let mut reporter = Reporter::default();
        (0..10 * KINDS_MAX).for_each(|kind| {
            reporter.count("x".repeat(kind));
        });
        assert_eq!(reporter.kinds.len(), KINDS_MAX);
        assert_eq!(
            reporter.kinds.iter().map(|kind| kind.count).sum::<u64>(),
            10 * KINDS_MAX as u64
        );
    }

    #[test]
    fn a_position_can_be_left_out() {
        let without = "`amount` has the wrong JSON type: it should be a number; send it";
        let with = "`amount` has the wrong JSON type: it should be a number at line 1, column 17 (byte \
                    16); send it";
        assert_eq!(without_position(with), without);
        assert_eq!(without_position(without), without);
    }

    #[test]
    fn positions_do_not_make_another_kind() {
        assert_eq!(without_digits("byte 17 of 20"), "byte # of #");
    }
}
