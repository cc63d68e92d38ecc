//! Evaluates a ruleset on one transaction: which rules fire, which are undecided, and what the
//! fired ones report.

use super::evaluate::{BatchContext, Context, Scratch, Settled, ones};
use super::evaluation::{Evaluation, Fired};
use super::lists::{Snooze, TopicLists};
use super::program::{Points, Program, RuleProgram};
use super::query::value;
use super::rule_info::Mode;
use super::ruleset::Ruleset;
use super::types::Type;
use crate::memory::Recall;
use crate::number::NearestDouble;
use crate::transaction::{Time, Transaction};
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// The most remembered charges that an alert shows.
const CHARGES_MAX: usize = 10;

/// Whether a rule is evaluated for a transaction, or why not.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum RuleStatus {
    /// It is evaluated, live or as a shadow rule.
    On,
    /// Its mode is [`Mode::Off`].
    Off,
    /// Before its `from`.
    NotYet(Time),
    /// At or after its `until`.
    Over(Time),
    /// The card is outside the rollout, which has this percentage of cards.
    OutsideRollout(f64),
}

/// The percentage of hashes below a bound, rounded to two decimal places.
fn per_cent(below: u64) -> f64 {
    (below.nearest_double() / u64::MAX.nearest_double() * 10_000.0).round() / 100.0
}

impl RuleProgram {
    fn has_begun(&self, tx: &Transaction<'_>) -> bool {
        self.from.is_none_or(|from| from <= tx.time)
    }

    /// The transactions among `on` whose times are within its `from` and `until`.
    #[inline]
    fn in_force(&self, on: u64, transactions: &[&Transaction<'_>]) -> u64 {
        if self.from.is_none() && self.until.is_none() {
            return on;
        }
        let is_in_force = |tx: &Transaction<'_>| self.has_begun(tx) && !self.is_over(tx);
        let mut in_force = 0;
        for at in ones(on) {
            let holds = transactions.get(at).is_some_and(|tx| is_in_force(tx));
            in_force |= u64::from(holds) << at;
        }
        in_force
    }

    fn is_over(&self, tx: &Transaction<'_>) -> bool {
        self.until.is_some_and(|until| until <= tx.time)
    }
}

/// A ruleset, and the entries of the lists topic that it is evaluated with.
#[derive(Debug, Clone, Copy)]
pub struct RulesetWithLists<'r> {
    pub(super) ruleset: &'r Ruleset,
    pub(super) lists: &'r TopicLists,
}

impl RulesetWithLists<'_> {
    /// Evaluates every rule that is on for this transaction, renders those that fired, and replaces
    /// the content of `out`.
    pub fn evaluate(&self, tx: &Transaction<'_>, past: &Recall<'_>, out: &mut Evaluation) {
        self.evaluate_unrendered(tx, past, out);
        self.render(tx, past, out);
    }

    /// Fills in what the rules that fired say: message, evidence and charges. To be called with the
    /// transaction and the past that were evaluated, before `out` is used again.
    pub fn render(&self, tx: &Transaction<'_>, past: &Recall<'_>, out: &mut Evaluation) {
        let context = self.context(tx, past);
        let Evaluation { fired, shadow, scratch, .. } = out;
        for fired in fired.iter_mut().chain(shadow) {
            if let Some(rule) = self.ruleset.program.rules.get(fired.rule) {
                self.ruleset.render_fired(fired, rule, &context, scratch);
            }
        }
    }

    /// As [`Self::evaluate`], without rendering.
    pub fn evaluate_unrendered(
        &self,
        tx: &Transaction<'_>,
        past: &Recall<'_>,
        out: &mut Evaluation,
    ) {
        let mut settled = std::mem::take(&mut out.settled);
        self.settle(&[tx], &mut settled);
        self.evaluate_settled((tx, past), (&settled, 0), out);
        out.settled = settled;
    }

    /// Finds the rules that each transaction of a batch leaves open, whatever its card's past: at
    /// most [`BATCH_MAX`](super::BATCH_MAX) transactions. Replaces the content of `out`.
    pub fn settle(&self, transactions: &[&Transaction<'_>], out: &mut Settled) {
        let Program { tree, plan, lists, .. } = &self.ruleset.program;
        let topic_lists = self.lists;
        let batch = BatchContext { tree, plan, lists, topic_lists, transactions };
        out.begin(&batch);
        for (at, (rule, planned)) in self.ruleset.program.rules.iter().zip(&plan.rules).enumerate()
        {
            let on = if rule.mode == Mode::Off { 0 } else { batch.all() };
            let open = out.not_false(&planned.conditions, rule.in_force(on, transactions), &batch);
            out.leave_open(at, open);
        }
    }

    /// As [`Self::evaluate_unrendered`], for a transaction of a batch that this ruleset has settled.
    pub fn evaluate_settled(
        &self,
        (tx, past): (&Transaction<'_>, &Recall<'_>),
        (settled, at): (&Settled, usize),
        out: &mut Evaluation,
    ) {
        out.clear();
        let mut scratch = std::mem::take(&mut out.scratch);
        let context = self.context(tx, past);
        let Program { plan, rules, .. } = &self.ruleset.program;
        scratch.prepare(self.ruleset.program.owner, &context);
        // Questions read values charge by charge, so their aggregates must be known before.
        for aggregate in &plan.asked {
            scratch.gathered(*aggregate, &context);
        }
        let registers = scratch.known_registers(&context);
        for at in settled.open_rules(at) {
            let (Some(rule), Some(planned)) = (rules.get(at), plan.rules.get(at)) else { break };
            // One false conjunct settles the condition, whatever the others are.
            if is_rolled_out(rule, tx) && registers.run(&planned.code) {
                self.ruleset.rule(at, rule, &context, &scratch, out);
            }
        }
        self.ruleset.answers(&context, &mut scratch, &mut out.answers);
        out.scratch = scratch;
    }

    pub(super) fn context<'c>(
        &'c self,
        tx: &'c Transaction<'c>,
        past: &'c Recall<'c>,
    ) -> Context<'c> {
        let Program { tree, plan, lists, .. } = &self.ruleset.program;
        Context { tree, plan, lists, topic_lists: self.lists, tx, past }
    }
}

impl Ruleset {
    /// The ruleset with the entries of the lists topic that it is evaluated with.
    pub fn with_lists<'r>(&'r self, lists: &'r TopicLists) -> RulesetWithLists<'r> {
        RulesetWithLists { ruleset: self, lists }
    }

    /// Evaluates every rule as [`RulesetWithLists::evaluate`] does, without entries of the lists topic.
    pub fn evaluate(&self, tx: &Transaction<'_>, past: &Recall<'_>, out: &mut Evaluation) {
        self.with_lists(&TopicLists::default()).evaluate(tx, past, out);
    }

    /// Whether a rule is evaluated for a transaction, or why not.
    pub(super) fn rule_status(&self, at: usize, tx: &Transaction<'_>) -> RuleStatus {
        let Some(rule) = self.program.rules.get(at) else { return RuleStatus::Off };
        match (rule.from, rule.until, rule.rollout) {
            _ if rule.mode == Mode::Off => RuleStatus::Off,
            (Some(from), ..) if !rule.has_begun(tx) => RuleStatus::NotYet(from),
            (_, Some(until), _) if rule.is_over(tx) => RuleStatus::Over(until),
            (.., Some(rollout)) if !is_rolled_out(rule, tx) => {
                RuleStatus::OutsideRollout(per_cent(rollout.below))
            }
            _ => RuleStatus::On,
        }
    }

    fn rule(
        &self,
        at: usize,
        rule: &RuleProgram,
        context: &Context<'_>,
        scratch: &Scratch,
        out: &mut Evaluation,
    ) {
        let planned = self.program.plan.rules.get(at);
        let mut conjuncts = planned.into_iter().flat_map(|rule| &rule.conjuncts);
        let decided = conjuncts.all(|conjunct| scratch.value(*conjunct, context).is_true());
        let points = if decided { self.points(rule, context, scratch) } else { None };
        let (fired, not_decided) = match rule.mode {
            Mode::Shadow => (&mut out.shadow, &mut out.shadow_undecided),
            Mode::Live | Mode::Off => (&mut out.fired, &mut out.undecided),
        };
        match points {
            Some(_) if self.snooze(at, context).is_some() => out.snoozed.push(at),
            Some(points) => fired.push(Fired::unrendered(at, points)),
            None => not_decided.push(at),
        }
    }

    /// The snooze of a rule for the transaction's card, if one is active.
    pub(super) fn snooze(&self, rule: usize, context: &Context<'_>) -> Option<Snooze> {
        context.topic_lists.snooze(context.tx, &self.rules.get(rule)?.id)
    }

    /// The points, rounded to a whole number; `None` if they are absent or only a bound is known.
    fn points(&self, rule: &RuleProgram, context: &Context<'_>, scratch: &Scratch) -> Option<i32> {
        let id = match rule.points {
            Points::Fixed(points) => return Some(points),
            Points::Expression(id) => id,
        };
        let bits = scratch.value(id, context).known()?;
        let points = match context.tree.ty(id) {
            Type::Double => f64::from_bits(bits),
            Type::Money => bits.cast_signed().nearest_double() / context.tree.scale,
            _ => bits.cast_signed().nearest_double(),
        };
        #[expect(clippy::cast_possible_truncation, reason = "at most 1,000 after `clamp`")]
        Some(points.round().clamp(-1000.0, 1000.0) as i32)
    }

    fn render_fired(
        &self,
        fired: &mut Fired,
        rule: &RuleProgram,
        context: &Context<'_>,
        scratch: &mut Scratch,
    ) {
        let behind = scratch.contributing_charges(&rule.shown, CHARGES_MAX, context);
        let (charges, _) = behind.shown(CHARGES_MAX);
        let registers = scratch.registers(context);
        let evidence = rule.evidence.iter();
        let evidence =
            evidence.filter_map(|(name, id)| Some((name.clone(), value(*id, self, &registers)?)));
        fired.message = rule.message.show(&registers, self.environment.base_currency);
        fired.evidence = evidence.collect();
        fired.charges = charges;
    }
}

impl Fired {
    fn unrendered(rule: usize, points: i32) -> Self {
        Self { rule, points, message: String::new(), evidence: Vec::new(), charges: Vec::new() }
    }
}

/// A card's hash for a rule never changes, so raising a rollout only adds cards.
#[inline]
fn is_rolled_out(rule: &RuleProgram, tx: &Transaction<'_>) -> bool {
    let Some(rollout) = rule.rollout else { return true };
    xxh3_64_with_seed(tx.card.token.as_bytes(), rollout.seed) < rollout.below
}
