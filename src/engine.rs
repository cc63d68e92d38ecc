//! Scores one transaction with a memory and a ruleset. There is no other way to a decision.
//!
//! ```text
//! Transaction ─▶ resolve its token ─▶ open the card ─▶ recognise ─▶ Duplicate
//!                     ┌───────────────────────────────────┘
//!                     ▼ role
//!               recall the past ─▶ evaluate the rules ─▶ decision ─▶ render ─▶ record ─▶ Decided
//! ```
//!
//! The engine knows no clock, stream or format. The same transactions in the same order, with the
//! same memory and ruleset, give the same decisions.

use crate::decision::{Assessment, Decision};
use crate::memory::{
    AlertEntry, CardKey, CardMemory, ChargeLink, Entry, Labelled, Memory, Recognised, Recorded,
    Role, RuleHashes,
};
use crate::rules::{Action, Evaluation, Ruleset, Settled, TopicLists};
use crate::transaction::{Label, Transaction};
use std::sync::Arc;

/// Scores transactions, one at a time, under one ruleset.
#[derive(Debug)]
pub struct Engine {
    ruleset: Arc<Ruleset>,
    /// Kept to reuse its buffers.
    evaluation: Evaluation,
    /// What the transactions of the current batch settle by themselves.
    settled: Settled,
    /// Identifies the batch; 0 before the first.
    batch: u64,
    rendering: Rendering,
    /// The entries of the lists topic.
    lists: Arc<TopicLists>,
    /// The hashes of the rules behind the last alert.
    alerted_rules: Vec<u8>,
}

/// Which decisions say what the rules that fired saw: their messages, evidence and charges. It takes
/// longer than scoring, so it is done only for what is published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Rendering {
    #[default]
    EveryDecision,
    /// Only those with an alert.
    Alerts,
    /// None.
    Never,
    /// Only those that are not approved, also if a cooldown suppresses the alert, and those on which
    /// a shadow rule fired.
    Flagged,
}

/// Where a transaction is in a batch that [`Engine::settle`] was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BatchPlace {
    /// The batch's number. If it is not the engine's current one, the transaction is settled again.
    pub batch: u64,
    /// The index among the batch's transactions.
    pub at: usize,
}

/// What the engine did with a transaction.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "one at a time, on the stack; a box would allocate")]
pub enum Outcome<'e> {
    Decided {
        decision: Decision<'e>,
        /// What was added to memory, for the history.
        entry: Entry<'e>,
        recorded: Recorded,
        role: Role,
        /// Whether a message of the same type and id, at another merchant or time, is remembered.
        reused_id: bool,
        /// The messages that now belong to an alerted charge, so that their labels are labels of it.
        /// Some may have been reported before.
        links: Vec<ChargeLink>,
        /// Whether a separate response differs from the message that it belongs to. What differs is dropped.
        conflicts: bool,
    },
    /// A repeated transaction: no decision, no alert, nothing remembered.
    Duplicate {
        /// Whether its contents differ from the remembered message.
        differs: bool,
    },
}

impl Engine {
    pub fn new(ruleset: Arc<Ruleset>) -> Self {
        Self {
            ruleset,
            evaluation: Evaluation::default(),
            settled: Settled::default(),
            batch: 0,
            rendering: Rendering::default(),
            lists: Arc::default(),
            alerted_rules: Vec::new(),
        }
    }

    /// Renders these decisions, instead of every one.
    pub fn with_rendering(self, rendering: Rendering) -> Self {
        Self { rendering, ..self }
    }

    /// Renders these decisions from now on.
    pub fn use_rendering(&mut self, rendering: Rendering) {
        self.rendering = rendering;
    }

    /// Decides with these entries of the lists topic from now on. What was settled before with others
    /// is not used.
    pub fn use_lists(&mut self, lists: Arc<TopicLists>) {
        self.lists = lists;
        self.batch = 0;
    }

    pub fn ruleset(&self) -> &Arc<Ruleset> {
        &self.ruleset
    }

    pub fn lists(&self) -> &Arc<TopicLists> {
        &self.lists
    }

    /// Starts a batch of at most [`BATCH_MAX`](crate::rules::BATCH_MAX) transactions: finds the
    /// rules that each settles by itself. This makes scoring them cheaper, and changes no decision.
    pub fn settle(&mut self, batch: u64, transactions: &[&Transaction<'_>]) {
        self.batch = batch;
        self.ruleset.with_lists(&self.lists).settle(transactions, &mut self.settled);
    }

    /// Scores one transaction using the charges before its time, then remembers it.
    pub fn decide<'e>(
        &'e mut self,
        memory: &mut Memory,
        tx: &'e mut Transaction<'_>,
        place: Option<BatchPlace>,
    ) -> Outcome<'e> {
        resolve_token(memory, tx);
        let card = memory.open(CardKey::of(&tx.card.token));
        let (role, reused_id, conflicts) = match role_of(&card, tx) {
            Ok(role) => role,
            Err(differs) => return Outcome::Duplicate { differs },
        };
        let assessment = self.evaluate(tx, &card, role, place);
        let severity = assessment.severity_rank();
        let cooldown_ms = self.ruleset.alert_cooldown_ms;
        let in_cooldown = || card.alert_near(tx.time, severity, cooldown_ms).is_some();
        let alert = assessment.wants_alert() && !in_cooldown();
        let is_rendered = match self.rendering {
            Rendering::EveryDecision => true,
            Rendering::Alerts => alert,
            Rendering::Never => false,
            Rendering::Flagged => assessment.wants_alert() || !self.evaluation.shadow.is_empty(),
        };
        if is_rendered {
            self.render(tx, &card);
        }
        let base_currency = self.ruleset.environment.base_currency;
        let rules = (&*self.ruleset, &self.evaluation);
        let published = alert.then(|| {
            let rules = RuleHashes::of(snoozable(rules.0, rules.1), &mut self.alerted_rules);
            AlertEntry { severity, rules }
        });
        let (entry, recorded, links) = card.record(tx, role, base_currency, published);
        let decision = Decision::new(tx, rules, assessment, alert);
        Outcome::Decided { decision, entry, recorded, role, reused_id, links, conflicts }
    }

    /// Remembers a transaction without scoring it. `None` for a duplicate.
    pub fn remember<'t>(
        &mut self,
        memory: &mut Memory,
        tx: &'t mut Transaction<'_>,
    ) -> Option<Entry<'t>> {
        resolve_token(memory, tx);
        let card = memory.open(CardKey::of(&tx.card.token));
        let (role, ..) = role_of(&card, tx).ok()?;
        Some(card.record(tx, role, self.ruleset.environment.base_currency, None).0)
    }

    fn evaluate(
        &mut self,
        tx: &Transaction<'_>,
        card: &CardMemory<'_>,
        role: Role,
        place: Option<BatchPlace>,
    ) -> Assessment {
        if !role.runs_rules() {
            self.evaluation.clear();
            return Assessment::WITHOUT_RULES;
        }
        let past = card.recall(tx.time);
        let rules = self.ruleset.with_lists(&self.lists);
        match place.filter(|place| place.batch == self.batch) {
            Some(BatchPlace { at, .. }) => {
                let settled = (&self.settled, at);
                rules.evaluate_settled((tx, &past), settled, &mut self.evaluation);
            }
            None => rules.evaluate_unrendered(tx, &past, &mut self.evaluation),
        }
        Assessment::of(&self.ruleset, &self.evaluation, tx)
    }

    /// Fills in what the rules that fired say, from the memory that they were evaluated against.
    fn render(&mut self, tx: &Transaction<'_>, card: &CardMemory<'_>) {
        if self.evaluation.has_fired() {
            let rules = self.ruleset.with_lists(&self.lists);
            rules.render(tx, &card.recall(tx.time), &mut self.evaluation);
        }
    }
}

/// Chooses the token of a card that has tokens under two keys: the former token while the card is
/// remembered by it. The choice depends on memory alone, so a restore, or a second decision after
/// an aborted batch, chooses the same token.
pub fn resolve_token(memory: &Memory, tx: &mut Transaction<'_>) {
    tx.card.resolve_token(|former| memory.knows(CardKey::of(former)));
}

/// Remembers a label. `None` without an entry if it changes nothing. No rule runs, and the ruleset
/// does not matter.
pub fn label<'l>(memory: &mut Memory, label: &'l mut Label<'_>) -> (Option<Entry<'l>>, Labelled) {
    label.card.resolve_token(|former| memory.knows(CardKey::of(former)));
    memory.open(CardKey::of(&label.card.token)).label(label)
}

/// The live rules that fired and that a cardholder can snooze: not those that demand a decline.
fn snoozable<'r>(ruleset: &'r Ruleset, evaluation: &Evaluation) -> impl Iterator<Item = &'r str> {
    let rules = evaluation.fired.iter().filter_map(|fired| ruleset.rules().get(fired.rule));
    let snoozable = rules.filter(|rule| rule.action != Some(Action::Decline));
    snoozable.map(|rule| rule.id.as_str())
}

/// What a message does to memory, and whether it reuses an id. For a duplicate, whether it differs.
fn role_of(card: &CardMemory<'_>, tx: &Transaction<'_>) -> Result<(Role, bool, bool), bool> {
    match card.recognise(tx) {
        Recognised::New { reused_id } => Ok((card.role(tx), reused_id, false)),
        Recognised::Response { differs } => Ok((Role::Response, false, differs)),
        Recognised::Duplicate { differs } => Err(differs),
    }
}

#[cfg(test)]
mod key_change_tests;
#[cfg(test)]
mod rendering_tests;
