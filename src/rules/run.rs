//! A ruleset over one transaction: which rules fire, which cannot be decided, and what they say.

use super::compile::{Points, RuleProgram};
use super::evaluate::{Context, Scratch};
use super::question::value;
use super::types::Type;
use super::{Evaluation, Fired, Mode, Ruleset};
use crate::memory::Recall;
use crate::transaction::{Time, Transaction};
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// How many remembered charges an alert shows at most.
const CHARGES_MAX: usize = 10;

/// Whether a rule is evaluated for a transaction, or why not.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Standing {
    On,
    Off,
    /// Before its `from`.
    NotYet(Time),
    /// From its `until` on.
    Over(Time),
    /// With its per cent of cards.
    OutsideRollout(f64),
}

/// A share of all hashes, to two places.
fn per_cent(below: u64) -> f64 {
    (below as f64 / u64::MAX as f64 * 10_000.0).round() / 100.0
}

impl RuleProgram {
    fn has_begun(&self, tx: &Transaction<'_>) -> bool {
        self.from.is_none_or(|from| from <= tx.time)
    }

    fn is_over(&self, tx: &Transaction<'_>) -> bool {
        self.until.is_some_and(|until| until <= tx.time)
    }
}

impl Ruleset {
    /// Evaluates every rule that is on for this card; what was in `out` is replaced.
    pub fn evaluate(&self, tx: &Transaction<'_>, past: &Recall<'_>, out: &mut Evaluation) {
        out.clear();
        let mut scratch = std::mem::take(&mut out.scratch);
        let context = self.context(tx, past);
        let plan = &self.program.plan;
        scratch.prepare(self.program.owner, &context);
        let mut open = std::mem::take(&mut out.open);
        open.clear();
        for (at, (rule, planned)) in self.program.rules.iter().zip(&plan.rules).enumerate() {
            if self.is_on(at, rule, tx) && scratch.is_open(planned, &context) {
                scratch.want(planned);
                open.push(at);
            }
        }
        scratch.gather_also(&plan.asked);
        scratch.run(&context);
        for at in &open {
            if let Some(rule) = self.program.rules.get(*at) {
                self.rule(*at, rule, &context, &mut scratch, out);
            }
        }
        self.answers(&context, &mut scratch, &mut out.answers);
        (out.scratch, out.open) = (scratch, open);
    }

    pub(super) fn context<'c>(
        &'c self,
        tx: &'c Transaction<'c>,
        past: &'c Recall<'c>,
    ) -> Context<'c> {
        Context {
            tree: &self.program.tree,
            plan: &self.program.plan,
            lists: &self.program.lists,
            tx,
            past,
        }
    }

    fn is_on(&self, at: usize, rule: &RuleProgram, tx: &Transaction<'_>) -> bool {
        rule.mode != Mode::Off
            && rule.has_begun(tx)
            && !rule.is_over(tx)
            && self.is_rolled_out(at, rule, tx)
    }

    /// A card's place in a rule's rollout never changes, so that growing it only adds cards.
    fn is_rolled_out(&self, at: usize, rule: &RuleProgram, tx: &Transaction<'_>) -> bool {
        let Some(below) = rule.rollout_below else { return true };
        let seed = self.rules.get(at).map_or(0, |info| xxh3_64_with_seed(info.id.as_bytes(), 0));
        xxh3_64_with_seed(tx.card.token.as_bytes(), seed) < below
    }

    /// Whether a rule is evaluated for a transaction, or why not.
    pub(super) fn standing(&self, at: usize, tx: &Transaction<'_>) -> Standing {
        let Some(rule) = self.program.rules.get(at) else { return Standing::Off };
        match (rule.from, rule.until, rule.rollout_below) {
            _ if rule.mode == Mode::Off => Standing::Off,
            (Some(from), ..) if !rule.has_begun(tx) => Standing::NotYet(from),
            (_, Some(until), _) if rule.is_over(tx) => Standing::Over(until),
            (.., Some(below)) if !self.is_rolled_out(at, rule, tx) => {
                Standing::OutsideRollout(per_cent(below))
            }
            _ => Standing::On,
        }
    }

    fn rule(
        &self,
        at: usize,
        rule: &RuleProgram,
        context: &Context<'_>,
        scratch: &mut Scratch,
        out: &mut Evaluation,
    ) {
        let mut undecided = false;
        let planned = self.program.plan.rules.get(at);
        for conjunct in planned.into_iter().flat_map(|rule| &rule.conjuncts) {
            let slot = scratch.value(*conjunct, context);
            if slot.is_false() {
                return;
            }
            undecided |= !slot.is_true();
        }
        let points = if undecided { None } else { self.points(rule, context, scratch) };
        let (fired, not_decided) = match rule.mode {
            Mode::Shadow => (&mut out.shadow, &mut out.shadow_undecided),
            Mode::Live | Mode::Off => (&mut out.fired, &mut out.undecided),
        };
        match points {
            Some(points) => fired.push(self.fired(at, rule, points, context, scratch)),
            None => not_decided.push(at),
        }
    }

    /// Rounded to whole points; `None` where they are absent or only bounded.
    fn points(&self, rule: &RuleProgram, context: &Context<'_>, scratch: &Scratch) -> Option<i32> {
        let id = match rule.points {
            Points::Fixed(points) => return Some(points),
            Points::Expression(id) => id,
        };
        let bits = scratch.value(id, context).known()?;
        let points = match context.tree.ty(id) {
            Type::Double => f64::from_bits(bits),
            Type::Money => bits as i64 as f64 / context.tree.scale,
            _ => bits as i64 as f64,
        };
        Some(points.round().clamp(-1000.0, 1000.0) as i32)
    }

    fn fired(
        &self,
        at: usize,
        rule: &RuleProgram,
        points: i32,
        context: &Context<'_>,
        scratch: &mut Scratch,
    ) -> Fired {
        let charges = scratch.charges_behind(&rule.shown, CHARGES_MAX, context);
        let registers = scratch.registers(context);
        let evidence = rule.evidence.iter();
        Fired {
            rule: at,
            points,
            message: rule.message.show(&registers, self.environment.base_currency),
            evidence: evidence
                .filter_map(|(name, id)| Some((name.clone(), value(*id, self, &registers)?)))
                .collect(),
            charges,
        }
    }
}
