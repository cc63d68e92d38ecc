//! The finished report of a backtest as plain data. This is the JSON that `redcard backtest --json`
//! prints; tables and HTML are made from it alone. docs/reference/backtest.md documents every field.
//!
//! Amounts are decimals in the base currency, times are RFC 3339 in UTC, durations say their unit in
//! their name. A ratio without cases is `None` (null), never 0.

use serde::Serialize;
use serde_json::value::RawValue;

/// A decimal in the base currency.
pub type Amount = f64;

/// Everything that a backtest found.
#[derive(Debug, Clone, Serialize)]
pub struct BacktestReport {
    /// The version of redcard that made it.
    pub redcard: String,
    /// The base currency of every amount, an ISO 4217 code.
    pub currency: String,
    pub input: InputReport,
    pub labels: LabelCounts,
    pub settings: ReportSettings,
    /// All decided transactions, by outcome. The same for every ruleset.
    pub cases: Cases,
    /// The ruleset that was asked about, then the one of `--against`, if any. Never empty.
    pub rulesets: Vec<RulesetReport>,
    /// Only with `--against`.
    pub comparison: Option<Comparison>,
    /// Only with `--sweep`.
    pub sweep: Option<Sweep>,
}

/// What was read.
#[derive(Debug, Clone, Serialize)]
pub struct InputReport {
    /// The name of the input, as given.
    pub name: String,
    /// Lines or records.
    pub records: u64,
    pub blank: u64,
    pub malformed: u64,
    pub duplicates: u64,
    /// Messages that run no rules: reversals, responses, clearings of a remembered original.
    pub without_rules: u64,
    pub cards: u64,
    /// The time of the first and the last case; `None` without cases.
    pub first: Option<String>,
    pub last: Option<String>,
}

/// The labels that were read.
#[derive(Debug, Clone, Serialize)]
pub struct LabelCounts {
    pub read: u64,
    pub malformed: u64,
    pub fraud: u64,
    pub genuine: u64,
    pub suspected: u64,
    /// They withdraw earlier labels.
    pub unknown: u64,
    /// They had no `known_at`, so their delay was drawn.
    pub drawn_delay: u64,
    /// Their transaction is not in the input.
    pub unmatched: u64,
}

/// What the figures depend on, besides the input.
#[derive(Debug, Clone, Serialize)]
pub struct ReportSettings {
    /// The end of what is known.
    pub as_of: String,
    /// How old a case without a label must be to have an outcome.
    pub mature_after_days: f64,
    /// What a mature case without a label counts as: `genuine` or `unknown`.
    pub unlabelled: String,
    /// The distribution of the delay of labels without `known_at`, by increasing share.
    pub label_delay: Vec<DelayQuantile>,
}

/// A point of the distribution of delays; linear between two points.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct DelayQuantile {
    /// From 0 to 1.
    pub share: f64,
    pub days: f64,
}

/// Decided transactions that ran rules, by outcome. The five counts add up to `all`.
#[derive(Debug, Clone, Serialize)]
pub struct Cases {
    pub all: u64,
    pub fraud: u64,
    /// Labelled as genuine.
    pub genuine: u64,
    /// Without a label, and mature.
    pub assumed_genuine: u64,
    /// In no ratio.
    pub not_yet_known: u64,
    /// Declined by the issuer, and without a label: they have no outcome, and are in no ratio.
    pub declined: u64,
    /// Fraud as asked for, whether or not the issuer approved it.
    pub fraud_value: Amount,
    /// The part of `fraud_value` that the issuer approved.
    pub approved_fraud_value: Amount,
    /// Cards with at least one fraud case.
    pub fraud_cards: u64,
}

/// A share or another figure, with its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Estimate {
    pub value: f64,
    /// `None` if there are too few cards to say.
    pub low: Option<f64>,
    pub high: Option<f64>,
}

/// What one ruleset did.
#[derive(Debug, Clone, Serialize)]
pub struct RulesetReport {
    pub name: String,
    pub version: String,
    pub hash: String,
    /// The path that it was read from; `None` for the shipped rules.
    pub path: Option<String>,
    /// The thresholds of the score.
    pub review: i32,
    pub decline: i32,
    /// Cases with an action other than approve.
    pub alerts: Detection,
    /// Cases with the action decline.
    pub declines: Detection,
    /// How many alerts would be published: the cooldown suppresses the others.
    pub published: u64,
    /// One per kind of fraud, by decreasing number of fraud cases; a label without one counts as
    /// `unspecified`.
    pub kinds: Vec<KindReport>,
    /// One per live or shadow rule, in the order of the ruleset.
    pub rules: Vec<RuleReport>,
    /// Pairs of live rules that fire together in alerts, by decreasing number; at most 100.
    pub overlap: Vec<Overlap>,
    /// Live rules that can be left out without changing the action of any case.
    pub idle_rules: Vec<String>,
    pub ranking: Ranking,
    pub budgets: Vec<Budget>,
    /// Scores that at least one case has, ascending.
    pub scores: Vec<ScoreCount>,
    /// One per day (UTC) from the first to the last case, without exception.
    pub days: Vec<Day>,
    /// Only of a ruleset with a control share.
    pub control: Option<ControlReport>,
    pub examples: Examples,
}

/// What a ruleset, an action or a rule detected. For a rule, an alert counts if the rule fired on
/// it. `alerts` is the sum of the four outcomes.
#[derive(Debug, Clone, Serialize)]
pub struct Detection {
    pub alerts: u64,
    /// On fraud.
    pub true_alerts: u64,
    /// On genuine cases, labelled or assumed.
    pub false_alerts: u64,
    pub not_yet_known: u64,
    /// On cases that the issuer declined and that have no label.
    pub declined: u64,
    /// The amounts of the true and of the false alerts, as asked for.
    pub true_value: Amount,
    pub false_value: Amount,
    /// True alerts among true and false ones; Wilson's interval.
    pub precision: Option<Estimate>,
    pub precision_by_value: Option<f64>,
    /// True alerts among fraud cases; Wilson's interval.
    pub recall: Option<Estimate>,
    pub recall_by_value: Option<f64>,
    /// Fraud cards with at least one true alert, among fraud cards; Wilson's interval.
    pub recall_by_card: Option<Estimate>,
    /// False alerts for each true one.
    pub false_positive_ratio: Option<f64>,
    /// False alerts among genuine cases.
    pub false_positive_rate: Option<f64>,
    /// Approved fraud of a card after its first true alert; that transaction too, if it is declined.
    pub value_saved: Amount,
    /// `value_saved` among the approved fraud.
    pub value_saved_share: Option<f64>,
    pub delay: Delay,
}

/// How long it takes from the first fraud of a card to its first true alert.
#[derive(Debug, Clone, Serialize)]
pub struct Delay {
    /// Fraud cards with a true alert.
    pub caught_cards: u64,
    /// Fraud cards without one.
    pub missed_cards: u64,
    /// Fraud transactions of the card before the one that is alerted: 0 if the first one is.
    pub transactions: Option<Quantiles>,
    pub minutes: Option<Quantiles>,
    /// How many caught cards had this many fraud transactions before the alerted one, ascending; the
    /// last entry holds all longer delays.
    pub by_transactions: Vec<DelayCount>,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Quantiles {
    pub median: f64,
    pub p90: f64,
}

#[derive(Debug, Clone, Copy, Serialize)]
pub struct DelayCount {
    pub transactions: u64,
    /// Whether longer delays are counted here too.
    pub or_more: bool,
    pub cards: u64,
}

/// One kind of fraud.
#[derive(Debug, Clone, Serialize)]
pub struct KindReport {
    /// As in labels, or `unspecified`.
    pub kind: String,
    pub cases: u64,
    pub value: Amount,
    pub cards: u64,
    pub caught: u64,
    pub caught_value: Amount,
    pub caught_cards: u64,
    /// Wilson's interval.
    pub recall: Option<Estimate>,
    pub recall_by_value: Option<f64>,
    pub recall_by_card: Option<Estimate>,
    pub value_saved: Amount,
    pub delay: Delay,
}

/// One rule.
#[derive(Debug, Clone, Serialize)]
pub struct RuleReport {
    pub id: String,
    /// `live` or `shadow`.
    pub mode: String,
    /// The most that it gave in a case; 0 if it never fired.
    pub points: i32,
    /// The action that it demands, if any.
    pub action: Option<String>,
    pub severity: String,
    /// Cases on which it fired, alerted or not.
    pub fired: FiredCases,
    /// Alerted cases on which it fired. For a shadow rule: that would be alerted if it were live.
    pub alerts: Detection,
    /// What it alone catches: cases whose action would be approve without it. For a shadow rule: that
    /// are approved, and would not be with it.
    pub alone: Alone,
    /// Fraud cases that this rule caught, by kind; kinds that it never caught are left out.
    pub kinds: Vec<RuleKind>,
    /// Cases on which something that it needs was absent or saturated.
    pub undecided: u64,
    /// Whether leaving it out changes no action of any case. `None` for a shadow rule.
    pub idle: Option<bool>,
    /// False alerts of the rule, by decreasing amount.
    pub counterexamples: Vec<CaseExample>,
    /// The cards with the most cases that are not fraud on which it fired, by decreasing number.
    pub cards_hit: Vec<CardHit>,
}

/// Cases on which a rule fired, by outcome.
#[derive(Debug, Clone, Serialize)]
pub struct FiredCases {
    pub all: u64,
    pub fraud: u64,
    pub genuine: u64,
    pub not_yet_known: u64,
    pub declined: u64,
}

#[derive(Debug, Clone, Serialize)]
pub struct Alone {
    pub true_alerts: u64,
    pub false_alerts: u64,
    pub not_yet_known: u64,
    pub declined: u64,
    pub true_value: Amount,
}

#[derive(Debug, Clone, Serialize)]
pub struct RuleKind {
    pub kind: String,
    pub caught: u64,
}

/// Two rules that fire together.
#[derive(Debug, Clone, Serialize)]
pub struct Overlap {
    pub rules: [String; 2],
    /// Alerts with both.
    pub alerts: u64,
    pub true_alerts: u64,
    /// `alerts` among the alerts with either.
    pub jaccard: f64,
}

/// How well the score separates fraud from genuine cases, whatever the thresholds.
#[derive(Debug, Clone, Serialize)]
pub struct Ranking {
    /// The area under the precision–recall curve, as scikit-learn's `average_precision_score`;
    /// bootstrap interval by card.
    pub average_precision: Option<Estimate>,
    /// As scikit-learn's `roc_auc_score`; bootstrap interval by card.
    pub roc_area: Option<Estimate>,
    /// Among the cards with the highest scores of each day.
    pub card_precision: Vec<CardPrecision>,
    /// The share of cases with an outcome whose score is 0. They can't be ranked.
    pub share_of_score_0: Option<f64>,
    /// One point per score that a case with an outcome has, from the highest.
    pub curve: Vec<CurvePoint>,
    /// How many bootstrap replicates the intervals come from.
    pub replicates: u64,
}

#[derive(Debug, Clone, Serialize)]
pub struct CardPrecision {
    /// How many cards are looked at per day.
    pub cards_per_day: u64,
    /// The mean over the days of the share of looked-at cards that had fraud on that day.
    pub precision: Option<Estimate>,
    pub days: u64,
}

/// Precision and recall if every case with this score or more were alerted.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct CurvePoint {
    pub score: i32,
    pub cases: u64,
    pub precision: f64,
    pub recall: f64,
    pub recall_by_value: f64,
    pub false_positive_rate: f64,
}

/// What the cases with the highest scores contain. Of cases with equal scores at the cut, the
/// expected figures of drawing at random.
#[derive(Debug, Clone, Serialize)]
pub struct Budget {
    /// The share of cases with an outcome that is looked at, from 0 to 1; `None` for a number a day.
    pub share: Option<f64>,
    /// How many cases are looked at on each day; `None` for a share.
    pub per_day: Option<u64>,
    /// How many cases are looked at in all.
    pub cases: u64,
    /// The lowest score that is looked at. For a number a day: the lowest of all days.
    pub score: Option<i32>,
    /// Cases with the score at the cut, and how many of them are looked at. For a number a day: the
    /// sum over the days.
    pub tied: u64,
    pub tied_taken: u64,
    /// The expected number and amount of fraud among the cases looked at.
    pub fraud: f64,
    pub fraud_value: Amount,
    /// Bootstrap interval by card.
    pub precision: Option<Estimate>,
    pub recall: Option<Estimate>,
    pub recall_by_value: Option<f64>,
}

/// How many cases have a score.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct ScoreCount {
    pub score: i32,
    pub fraud: u64,
    pub genuine: u64,
    pub not_yet_known: u64,
    pub declined: u64,
}

/// The cases of one day (UTC).
#[derive(Debug, Clone, Serialize)]
pub struct Day {
    /// `2026-01-31`.
    pub day: String,
    pub cases: u64,
    /// Cases with fraud, and what the issuer approved of it.
    pub fraud: u64,
    pub approved_fraud_value: Amount,
    pub alerts: u64,
    pub true_alerts: u64,
    pub false_alerts: u64,
    pub not_yet_known: u64,
    pub declined: u64,
    pub published: u64,
    /// The part of `value_saved` that was spent on this day.
    pub value_saved: Amount,
}

/// A case that the figures are made of.
#[derive(Debug, Clone, Serialize)]
pub struct CaseExample {
    /// The line or record of the input, from 1.
    pub record: u64,
    pub transaction_id: String,
    pub card: String,
    pub time: String,
    /// As asked for, in the base currency; `None` without a rate.
    pub amount: Option<Amount>,
    pub merchant_id: String,
    pub merchant: Option<String>,
    pub country: Option<String>,
    /// `fraud`, `genuine`, `assumed_genuine`, `not_yet_known` or `declined`.
    pub outcome: String,
    /// The kind of fraud, if the label says so.
    pub kind: Option<String>,
    pub score: i32,
    /// `approve`, `review` or `decline`.
    pub action: String,
    /// The live rules that fired.
    pub rules: Vec<String>,
    /// The decision as `redcard score` writes it (docs/reference/decision-and-alert.md).
    pub decision: Box<RawValue>,
}

/// The precision of declines, estimated from those that the control share lets through. Only in a
/// history of a service with this control share do the other declines have no outcome; elsewhere,
/// `declines` has all of them.
#[derive(Debug, Clone, Serialize)]
pub struct ControlReport {
    /// The probability with which a decline is let through.
    pub share: f64,
    pub max_amount: Amount,
    /// Declines that may be let through.
    pub eligible: u64,
    pub let_through: u64,
    /// Those that were let through and have an outcome.
    pub known: u64,
    /// Those of them that are fraud.
    pub fraud: u64,
    /// The share of fraud among the declines that may be let through. `None` with fewer than two
    /// pairs of card and calendar week.
    pub precision: Option<Estimate>,
    /// How many declines it takes until the interval reaches 5 percentage points to either side.
    pub declines_needed: Option<f64>,
    /// The same for each rule that fired on them, in the order of the ruleset.
    pub rules: Vec<ControlRule>,
}

#[derive(Debug, Clone, Serialize)]
pub struct ControlRule {
    pub id: String,
    pub known: u64,
    pub fraud: u64,
    pub precision: Option<Estimate>,
    pub declines_needed: Option<f64>,
}

/// Cases to look at, by decreasing amount.
#[derive(Debug, Clone, Serialize)]
pub struct Examples {
    pub true_alerts: Vec<CaseExample>,
    pub false_alerts: Vec<CaseExample>,
    pub missed_fraud: Vec<CaseExample>,
    /// The cards with the most false alerts, by decreasing number.
    pub cards_hit: Vec<CardHit>,
}

/// A card with cases that were hit and are not fraud.
#[derive(Debug, Clone, Serialize)]
pub struct CardHit {
    pub card: String,
    /// Its cases that are not fraud and were alerted; for a rule, on which it fired.
    pub hits: u64,
    /// All of its cases that are not fraud.
    pub genuine: u64,
}

/// What two rulesets do with the same cases. The first is the one that was asked about.
#[derive(Debug, Clone, Serialize)]
pub struct Comparison {
    pub both: Side,
    pub only_first: Side,
    pub only_second: Side,
    /// Neither alerts.
    pub neither: Side,
    /// Cases with different actions, from most to least.
    pub changes: Vec<ActionChange>,
}

/// The cases that one, both or neither of the rulesets alerted on.
#[derive(Debug, Clone, Serialize)]
pub struct Side {
    pub fraud: u64,
    pub fraud_value: Amount,
    /// Cards with such fraud cases.
    pub fraud_cards: u64,
    pub genuine: u64,
    pub genuine_value: Amount,
    pub not_yet_known: u64,
    pub declined: u64,
    /// By decreasing amount; empty in `both` and `neither`. Each has the decision of the ruleset that
    /// alerted.
    pub fraud_examples: Vec<CaseExample>,
    pub genuine_examples: Vec<CaseExample>,
}

#[derive(Debug, Clone, Serialize)]
pub struct ActionChange {
    /// The action under the first ruleset, and under the second.
    pub first: String,
    pub second: String,
    pub cases: u64,
    pub fraud: u64,
    pub genuine: u64,
}

/// A curve over the values of one number.
#[derive(Debug, Clone, Serialize)]
pub struct Sweep {
    /// What is varied, as given: `ruleset.review`, or a number of a rule.
    pub target: String,
    /// By increasing value.
    pub points: Vec<SweepPoint>,
    /// The value in the ruleset itself.
    pub current: f64,
    /// The best point for each budget that one of them fits.
    pub best: Vec<SweepBest>,
}

#[derive(Debug, Clone, Serialize)]
pub struct SweepPoint {
    pub value: f64,
    /// Alerted cases.
    pub alerts: u64,
    pub alerts_per_day: f64,
    pub true_alerts: u64,
    pub false_alerts: u64,
    pub not_yet_known: u64,
    pub declined: u64,
    pub precision: Option<Estimate>,
    pub recall: Option<Estimate>,
    pub recall_by_value: Option<f64>,
    pub recall_by_card: Option<f64>,
    pub false_positive_rate: Option<f64>,
    pub value_saved: Amount,
}

/// The point with the highest recall by value, of those whose alerts fit the budget.
#[derive(Debug, Clone, Serialize)]
pub struct SweepBest {
    pub share: Option<f64>,
    pub per_day: Option<u64>,
    /// The number of alerts that the budget allows.
    pub alerts_max: u64,
    /// The index in `points`; `None` if no point fits.
    pub point: Option<usize>,
}
