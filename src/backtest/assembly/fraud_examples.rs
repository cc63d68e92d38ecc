//! The fraud cases that a report shows: the largest that were caught, missed, or caught by one of two
//! rulesets only.

use crate::backtest::examples::EXAMPLES_MAX;
use crate::backtest::report::Example;
use std::sync::Arc;

/// Fraud cases to look at, by decreasing amount.
#[derive(Debug, Clone, Default)]
pub struct FraudExamples {
    pub caught: Vec<FraudExample>,
    pub missed: Vec<FraudExample>,
    /// Caught, and missed by the other ruleset.
    pub alone: Vec<FraudExample>,
}

#[derive(Debug, Clone)]
pub struct FraudExample {
    pub value: i128,
    pub kind: Option<&'static str>,
    pub example: Arc<Example>,
}

impl FraudExamples {
    pub fn add(&mut self, example: &FraudExample, is_alerted: bool, is_alone: bool) {
        let list = if is_alerted { &mut self.caught } else { &mut self.missed };
        list.push(example.clone());
        FraudExample::keep_largest(list);
        if is_alone {
            self.alone.push(example.clone());
            FraudExample::keep_largest(&mut self.alone);
        }
    }

    pub fn append(&mut self, other: Self) {
        for (list, others) in [
            (&mut self.caught, other.caught),
            (&mut self.missed, other.missed),
            (&mut self.alone, other.alone),
        ] {
            list.extend(others);
            FraudExample::keep_largest(list);
        }
    }
}

impl FraudExample {
    fn keep_largest(list: &mut Vec<Self>) {
        list.sort_by_key(|fraud| (std::cmp::Reverse(fraud.value), fraud.example.record));
        list.truncate(EXAMPLES_MAX);
    }

    /// As the report shows it.
    pub fn shown(&self) -> Example {
        let kind = self.kind.map(str::to_owned);
        Example { outcome: "fraud".to_owned(), kind, ..(*self.example).clone() }
    }
}
