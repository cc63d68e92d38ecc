//! Reads transactions up to the one to be explained, with the memory of all earlier ones.

use super::report::{Decided, Report, RuleReport};
use crate::cli::transactions::{Labels, ReadStep, Reporter, TransactionSource};
use crate::decode::Rejection;
use crate::engine::Outcome;
use crate::memory::{CardKey, Memory, PublishedAlert, Recognised, Role};
use crate::pipeline::{DecodedMessage, Incoming, Pipeline};
use crate::printable::Printable;
use crate::rules::{Explanation, Ruleset};
use crate::transaction::{Kind, SECOND_MS, Time, WireName};
use std::fmt::Write;
use std::sync::Arc;

/// The maximum number of transactions with the same id that are listed.
const CANDIDATES_MAX: usize = 10;

/// The transaction to be explained.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'w> {
    pub id: &'w str,
    /// To choose among several with that id.
    pub line: Option<u64>,
}

pub enum SearchResult {
    One(Box<Report>),
    /// Not found, or found several times. Contains the message to print.
    Not(String),
    Interrupted,
}

/// A transaction with the wanted id.
#[derive(Debug)]
struct Candidate {
    place: String,
    kind: Kind,
    card: String,
    merchant: String,
    time: Time,
}

pub struct TransactionSearch<'w> {
    pipeline: Pipeline,
    explaining: Ruleset,
    memory: Memory,
    labels: Labels,
    wanted: Wanted<'w>,
    /// The transactions with the wanted id; duplicates are listed once.
    candidates: Vec<Candidate>,
    /// The number of malformed lines.
    pub malformed: u64,
    reporter: Reporter,
}

impl<'w> TransactionSearch<'w> {
    /// The pipeline and `explaining` have the same rules.
    pub fn new(
        pipeline: Pipeline,
        explaining: Ruleset,
        memory: Memory,
        wanted: Wanted<'w>,
    ) -> Self {
        Self {
            pipeline,
            explaining,
            memory,
            labels: Labels::default(),
            wanted,
            candidates: Vec::new(),
            malformed: 0,
            reporter: Reporter::default(),
        }
    }

    /// Remembers these labels, each when it became known.
    pub fn with_labels(self, labels: Labels) -> Self {
        let malformed = labels.tally().malformed;
        Self { labels, malformed, ..self }
    }

    /// Decodes a message as the search does.
    pub fn decode<'a>(&self, incoming: Incoming<'a>) -> Result<DecodedMessage<'a>, Rejection> {
        self.pipeline.decode(incoming)
    }

    pub fn run(&mut self, source: &mut dyn TransactionSource) -> anyhow::Result<SearchResult> {
        let mut found: Option<Box<Report>> = None;
        loop {
            match source.advance()? {
                ReadStep::Interrupted => return Ok(self.interrupted()),
                ReadStep::End => break,
                ReadStep::Blank => continue,
                ReadStep::Record => {}
            }
            match self.pipeline.decode(source.incoming()) {
                Ok(mut message) if found.is_none() => {
                    found = self.next(&mut message, source).map(Box::new);
                }
                // Keep looking for others with the same id.
                Ok(mut message) => self.note(&mut message, source),
                Err(rejection) => {
                    self.malformed += 1;
                    self.reporter.report(source, &rejection);
                }
            }
            if found.is_some() && self.wanted.line.is_some() {
                break;
            }
        }
        self.reporter.finish();
        Ok(match found {
            Some(report) if self.candidates.len() < 2 || self.wanted.line.is_some() => {
                SearchResult::One(report)
            }
            _ => SearchResult::Not(self.why_not(source)),
        })
    }

    fn interrupted(&self) -> SearchResult {
        self.reporter.finish();
        SearchResult::Interrupted
    }

    /// Scores the next transaction; explains it if it is the wanted one.
    fn next(
        &mut self,
        message: &mut DecodedMessage<'_>,
        source: &dyn TransactionSource,
    ) -> Option<Report> {
        self.note(message, source);
        let time = message.transaction().time;
        self.labels.give_until(time, &mut self.pipeline, &mut self.memory);
        let is_line = self.wanted.line.is_none_or(|line| line == source.number());
        if message.transaction().id == self.wanted.id && is_line {
            return Some(self.explain(message, source));
        }
        self.pipeline.decide(&mut self.memory, message);
        None
    }

    fn note(&mut self, message: &mut DecodedMessage<'_>, source: &dyn TransactionSource) {
        self.pipeline.resolve_token(&self.memory, message);
        let tx = message.transaction();
        let merchant = tx.merchant.id.as_ref();
        let second = |time: Time| time.millis().div_euclid(SECOND_MS);
        let same = |known: &Candidate| {
            (known.kind, known.card.as_str(), known.merchant.as_str(), second(known.time))
                == (tx.kind, tx.card.token.as_ref(), merchant, second(tx.time))
        };
        if tx.id == self.wanted.id && !self.candidates.iter().any(same) {
            self.candidates.push(Candidate {
                place: source.place(),
                kind: tx.kind,
                card: tx.card.token.to_string(),
                merchant: merchant.to_owned(),
                time: tx.time,
            });
        }
    }

    /// Reads the card's memory as the engine will see it, then lets the engine score the transaction.
    pub(super) fn explain(
        &mut self,
        message: &mut DecodedMessage<'_>,
        source: &dyn TransactionSource,
    ) -> Report {
        self.pipeline.resolve_token(&self.memory, message);
        self.pipeline.advance_lists(message);
        let tx = message.transaction();
        let card = self.memory.open(CardKey::of(&tx.card.token));
        let role = match card.recognise(tx) {
            Recognised::New { .. } => Some(card.role(tx)),
            Recognised::Response { .. } => Some(Role::Response),
            Recognised::Duplicate { .. } => None,
        };
        let cooldown_ms = self.explaining.alert_cooldown_ms;
        let near = card.alert_near(tx.time, 0, cooldown_ms);
        let past = card.recall(tx.time);
        let runs_rules = role.is_some_and(Role::runs_rules);
        let lists = Arc::clone(self.pipeline.lists());
        let explaining = self.explaining.with_lists(&lists);
        let explained = if runs_rules { explaining.explain(tx, &past) } else { Vec::new() };
        let mut report = Report::new(tx, &past, self.explaining.environment, source);
        report.role = role.unwrap_or(report.role);
        report.ruleset = self.explaining.id.clone();
        report.rules = explained.into_iter().filter_map(|one| self.rule(one)).collect();
        report.decided = self.decide(message, near, &mut report.rules);
        report
    }

    fn rule(&self, explanation: Explanation) -> Option<RuleReport> {
        let info = self.explaining.rules().get(explanation.rule)?.clone();
        Some(RuleReport { info, agrees: explanation.agrees(), explanation })
    }

    /// The engine's decision, which the explanations must agree with; `None` for a duplicate.
    fn decide(
        &mut self,
        message: &mut DecodedMessage<'_>,
        near: Option<PublishedAlert>,
        rules: &mut [RuleReport],
    ) -> Option<Decided> {
        match self.pipeline.decide(&mut self.memory, message) {
            Outcome::Duplicate { .. } => None,
            Outcome::Decided { decision, .. } => {
                rules.iter_mut().for_each(|rule| rule.compare(decision.evaluation));
                Some(Decided::of(&decision, near))
            }
        }
    }

    /// Why there is nothing to explain.
    fn why_not(&self, source: &dyn TransactionSource) -> String {
        let (name, id) = (source.name(), Printable(self.wanted.id));
        if self.candidates.is_empty() {
            let lines = source.number();
            return format!("{name} has no transaction `{id}`; {lines} lines were read");
        }
        let mut text = match self.wanted.line {
            Some(line) => {
                format!("line {line} of {name} is not transaction `{id}`; it is here:")
            }
            None => format!("{name} has several transactions `{id}`; choose one with --line:"),
        };
        for candidate in self.candidates.iter().take(CANDIDATES_MAX) {
            let Candidate { place, kind, card, time, .. } = candidate;
            // Writing to a String cannot fail.
            let card = Printable(card);
            let _ = write!(text, "\n  {place}: {} of card {card}, {time}", kind.name());
        }
        let more = self.candidates.len().saturating_sub(CANDIDATES_MAX);
        if more > 0 {
            let _ = write!(text, "\n  and {more} more");
        }
        text
    }
}
