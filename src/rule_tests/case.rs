//! Defines a case: its transactions, with their repeats, what is expected of them, and its labels.

use super::message;
use super::mismatch::Expect;
use crate::rules;
use serde::Deserialize;
use std::fmt;

/// How often a transaction may be repeated.
const REPEAT_MAX: u32 = 10_000;

/// Where a case is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CasePlace {
    pub file: String,
    /// From 1.
    pub line: usize,
}

impl fmt::Display for CasePlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// Identifies a transaction of a case, counted from 1, and one of its copies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StepNumber {
    pub transaction: usize,
    pub copy: u32,
    pub copies: u32,
}

impl fmt::Display for StepNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.transaction)?;
        if self.copies == 1 { Ok(()) } else { write!(f, " ({} of {})", self.copy, self.copies) }
    }
}

/// A case that is ready to run.
#[derive(Debug)]
pub(super) struct Case {
    pub name: String,
    pub place: CasePlace,
    /// Entries of lists.
    pub lists: Vec<PlacedJson>,
    pub steps: Vec<CaseStep>,
    pub labels: Vec<PlacedJson>,
}

/// A label or an entry of a list.
#[derive(Debug)]
pub(super) struct PlacedJson {
    /// Where it is written, as in `label 2` or `rules/labels.jsonl:7`.
    pub place: String,
    pub json: String,
}

/// The lines of a file of JSON Lines, except blank ones.
pub(super) fn json_lines(path: &str, text: &str) -> Vec<PlacedJson> {
    let lines = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
    let placed = |(number, line): (usize, &str)| PlacedJson {
        place: format!("{path}:{number}"),
        json: line.to_owned(),
    };
    lines.map(placed).collect()
}

/// One message, and what is expected of its decision.
#[derive(Debug)]
pub(super) struct CaseStep {
    pub which: StepNumber,
    /// JSON.
    pub message: String,
    pub expect: Expect,
}

/// A transaction of a case, as written.
#[derive(Debug, Default)]
pub(super) struct WrittenStep {
    pub expect: Expect,
    pub repeat: Repeat,
    /// The fields of the message.
    pub fields: toml::Table,
}

/// `repeat = { count = 20, every = "1d" }`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Repeat {
    count: u32,
    every: String,
}

impl Default for Repeat {
    fn default() -> Self {
        Self { count: 1, every: "0s".to_owned() }
    }
}

/// Adds every copy of a transaction. The same is expected of each.
pub(super) fn repeated(
    step: &WrittenStep,
    transaction: usize,
    steps: &mut Vec<CaseStep>,
) -> Result<(), String> {
    let Repeat { count, ref every } = step.repeat;
    let every_ms = rules::parse_duration_ms(every)
        .ok_or_else(|| format!("`{every}` is not a duration; write it as in \"10m\" or \"1d\""))?;
    if !(1..=REPEAT_MAX).contains(&count) {
        return Err(format!("it can be repeated 1 to {REPEAT_MAX} times, not {count}"));
    }
    for copy in 0..count {
        let number = steps.len() + 1;
        let later_ms = i64::from(copy).saturating_mul(every_ms);
        steps.push(CaseStep {
            which: StepNumber { transaction, copy: copy + 1, copies: count },
            message: message::json(&step.fields, number, later_ms)?,
            expect: step.expect.clone(),
        });
    }
    Ok(())
}
