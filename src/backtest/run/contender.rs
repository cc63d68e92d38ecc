//! One ruleset of a backtest in one shard: its memory, and what it decides.
//!
//! Each ruleset has a memory of its own, because alerts are remembered: they start cooldowns, and a
//! cardholder can snooze the rules behind them.

use super::schedule::{Step, StepAction};
use crate::backtest::labels::LabelBook;
use crate::backtest::report::Example;
use crate::backtest::verdict::{RuleVerdict, Verdict};
use crate::memory::{CardKey, Memory};
use crate::pipeline::{DecodedMessage, Pipeline};
use std::sync::Arc;

/// One ruleset in one shard.
#[derive(Debug)]
pub struct Contender {
    pub pipeline: Pipeline,
    pub memory: Memory,
}

/// What a ruleset decided about the messages of a block, by their place in the queue.
#[derive(Debug, Default)]
pub struct VerdictColumn {
    /// `None` for a message that is no case.
    verdicts: Vec<Option<Verdict>>,
    rules: Vec<RuleVerdict>,
    /// Where the rules of each message end in `rules`.
    ends: Vec<usize>,
    /// The messages that have one, in order.
    pub examples: Vec<(usize, Arc<Example>)>,
}

impl Contender {
    /// Does what comes before the message at an index of the block, and returns what is left.
    pub fn advance<'s>(
        &mut self,
        mut steps: &'s [Step],
        to: usize,
        book: &LabelBook,
    ) -> &'s [Step] {
        while let [step, rest @ ..] = steps
            && step.before <= to
        {
            self.act(&step.action, book);
            steps = rest;
        }
        steps
    }

    /// Reads ahead what the next messages need, and prepares them.
    pub fn prepare<'m, 'a: 'm>(&mut self, messages: &'m mut [impl AsMut<DecodedMessage<'a>>]) {
        let cards: Vec<CardKey> =
            messages.iter_mut().map(|message| message.as_mut().card()).collect();
        self.memory.look_ahead(cards.into_iter());
        self.pipeline.prepare(messages.iter_mut().map(AsMut::as_mut));
    }

    fn act(&mut self, action: &StepAction, book: &LabelBook) {
        match action {
            StepAction::Clock(reached) => self.memory.follow_clock(*reached),
            StepAction::Lists(lists) => self.pipeline.use_lists(Arc::clone(lists)),
            StepAction::Label(label, known_at) => {
                if let Some(mut label) = book.decode(*label, *known_at, &self.pipeline) {
                    self.pipeline.label(&mut self.memory, &mut label);
                }
            }
        }
    }
}

impl VerdictColumn {
    pub fn clear(&mut self) {
        self.verdicts.clear();
        self.rules.clear();
        self.ends.clear();
        self.examples.clear();
    }

    /// Adds the next message. `verdict` appends the rules that fired.
    pub fn push(&mut self, verdict: impl FnOnce(&mut Vec<RuleVerdict>) -> Option<Verdict>) {
        let verdict = verdict(&mut self.rules);
        self.verdicts.push(verdict);
        self.ends.push(self.rules.len());
    }

    /// The verdict about the last message, and the rules that fired.
    pub fn last(&self) -> Option<(&Verdict, &[RuleVerdict])> {
        self.get(self.verdicts.len().checked_sub(1)?)
    }

    /// The verdict about a message, and the rules that fired.
    pub fn get(&self, at: usize) -> Option<(&Verdict, &[RuleVerdict])> {
        let verdict = self.verdicts.get(at)?.as_ref()?;
        let start = at.checked_sub(1).and_then(|before| self.ends.get(before)).copied();
        let rules = self.rules.get(start.unwrap_or(0)..*self.ends.get(at)?)?;
        Some((verdict, rules))
    }

    /// The example of a message.
    pub fn example(&self, at: usize) -> Option<&Arc<Example>> {
        let found = self.examples.binary_search_by_key(&at, |(of, _)| *of).ok()?;
        self.examples.get(found).map(|(_, example)| example)
    }
}
