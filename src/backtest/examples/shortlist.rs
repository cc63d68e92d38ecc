//! Keeps the cases with the largest amounts, while it is not known yet which of them will count.
//!
//! A case without a label counts as genuine only if its day turns out to be mature. Which days are
//! mature is known in the end, but it is always all days before one. So a case can be dropped once
//! enough cases of the same day or earlier have larger amounts. In a file in time order, few cases are
//! among the largest so far, and the list stays short.

use super::super::report::Example;
use super::super::tally::{CaseClass, Maturity};
use std::sync::Arc;

/// How many examples a report shows in each list.
pub const EXAMPLES_MAX: usize = 5;

/// The largest cases, for any day from which on cases do not count.
#[derive(Debug, Clone, Default)]
pub struct Shortlist {
    /// Largest amount first; of equal ones, the earlier record.
    entries: Vec<Entry>,
}

#[derive(Debug, Clone)]
struct Entry {
    value: i128,
    day: i32,
    class: CaseClass,
    example: Arc<Example>,
}

impl Shortlist {
    /// Whether a case would be kept.
    pub fn has_room(&self, value: i128, day: i32) -> bool {
        let larger = self.entries.iter().take_while(|entry| entry.value >= value);
        larger.filter(|entry| entry.day <= day).count() < EXAMPLES_MAX
    }

    /// Adds a case.
    pub fn add(&mut self, value: i128, day: i32, class: CaseClass, example: &Arc<Example>) {
        let rank = |value: i128, example: &Example| (std::cmp::Reverse(value), example.record);
        let own = rank(value, example);
        let at = self.entries.partition_point(|entry| rank(entry.value, &entry.example) < own);
        self.entries.insert(at, Entry { value, day, class, example: Arc::clone(example) });
        // Whatever is now behind enough larger cases of its day or earlier.
        let mut kept: Vec<Entry> = Vec::with_capacity(self.entries.len());
        for entry in std::mem::take(&mut self.entries) {
            if kept.iter().filter(|larger| larger.day <= entry.day).count() < EXAMPLES_MAX {
                kept.push(entry);
            }
        }
        self.entries = kept;
    }

    /// The largest cases that count as genuine.
    pub fn genuine(&self, maturity: Maturity) -> impl Iterator<Item = (CaseClass, &Arc<Example>)> {
        let known = self.entries.iter().filter(move |entry| {
            entry.class != CaseClass::Fraud && maturity.is_known(entry.class, entry.day)
        });
        known.take(EXAMPLES_MAX).map(|entry| (entry.class, &entry.example))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::value::RawValue;

    fn example(record: u64) -> Arc<Example> {
        Arc::new(Example {
            record,
            transaction_id: String::new(),
            card: String::new(),
            time: String::new(),
            amount: None,
            merchant_id: String::new(),
            merchant: None,
            country: None,
            outcome: String::new(),
            kind: None,
            score: 0,
            action: String::new(),
            rules: Vec::new(),
            decision: RawValue::from_string("{}".into()).unwrap(),
        })
    }

    #[test]
    fn the_largest_cases_are_right_for_every_maturity() {
        let (mut list, mut all) = (Shortlist::default(), Vec::new());
        let mut random = 7_u64;
        for record in 0..3_000 {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let (value, late) = (i128::from(random >> 54), (random >> 20) % 4);
            let day = i32::try_from(record / 100).unwrap() - i32::try_from(late).unwrap();
            let example = example(record);
            all.push((std::cmp::Reverse(value), record, day));
            if list.has_room(value, day) {
                list.add(value, day, CaseClass::Unlabelled, &example);
            }
        }
        all.sort();
        for until_day in -5..32 {
            let expected = all.iter().filter(|(_, _, day)| *day < until_day).map(|case| case.1);
            let found = list.genuine(Maturity { until_day }).map(|(_, example)| example.record);
            let expected: Vec<u64> = expected.take(EXAMPLES_MAX).collect();
            assert_eq!(found.collect::<Vec<_>>(), expected, "{until_day}");
        }
        assert!(list.entries.len() < 300, "{}", list.entries.len());
    }
}
