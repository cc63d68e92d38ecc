//! The figures of a backtest, computed in the plainest way: one memory decides everything, the truth is
//! looked up message by message, and every figure is a loop over all cases.

use super::random_history::{History, Sent, Told};
use crate::engine::Outcome;
use crate::fixtures;
use crate::memory::{Limits, Memory};
use crate::pipeline::{Incoming, Pipeline};
use crate::rules::{Action, Ruleset};
use crate::transaction::{DAY_MS, MINUTE_MS, Time};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A case as the naive implementation sees it.
#[derive(Debug, Clone)]
pub struct NaiveCase {
    pub card: usize,
    pub time: Time,
    /// In cents.
    pub value: i64,
    pub approved: Option<bool>,
    pub score: i32,
    pub action: Action,
    /// Rules and their points; whether they are live.
    pub fired: Vec<(usize, i32, bool)>,
    pub decision: String,
    /// `fraud`, `genuine`, `assumed_genuine`, `not_yet_known` or `declined`.
    pub outcome: &'static str,
    pub kind: &'static str,
}

/// Everything decided by one memory, as `redcard score` does it.
pub fn cases(
    history: &History,
    ruleset: &Arc<Ruleset>,
    limits: Limits,
    (as_of, mature_after_ms): (Time, i64),
) -> Vec<NaiveCase> {
    let mut pipeline = Pipeline::new(Arc::new(fixtures::decoder()), Arc::clone(ruleset));
    let mut memory = Memory::new(limits);
    let mut labels: Vec<&Told> = history.labels.iter().collect();
    labels.sort_by_key(|label| label.known_at);
    let mut labels = labels.into_iter().peekable();
    let mut cases = Vec::new();
    for sent in &history.messages {
        while let Some(told) = labels.next_if(|told| told.known_at <= sent.time) {
            let bytes = told.json.to_string();
            let mut label = pipeline.decode_label(Incoming::line(bytes.as_bytes())).unwrap();
            pipeline.label(&mut memory, &mut label);
        }
        let bytes = sent.json.to_string();
        let mut message = pipeline.decode(Incoming::line(bytes.as_bytes())).unwrap();
        let Outcome::Decided { decision, role, .. } = pipeline.decide(&mut memory, &mut message)
        else {
            continue;
        };
        if !role.runs_rules() {
            continue;
        }
        let tx = decision.transaction;
        let (outcome, kind) = truth(history, sent, as_of, mature_after_ms);
        let live = decision.evaluation.fired.iter().map(|f| (f.rule, f.points, true));
        let shadow = decision.evaluation.shadow.iter().map(|f| (f.rule, f.points, false));
        let mut json = Vec::new();
        decision.write_json(&mut json);
        cases.push(NaiveCase {
            card: sent.card,
            time: tx.time,
            value: tx.base_amount.unwrap(),
            approved: tx.response.approved,
            score: decision.assessment.score,
            action: decision.assessment.action,
            fired: live.chain(shadow).collect(),
            decision: String::from_utf8(json).unwrap(),
            outcome,
            kind,
        });
    }
    cases
}

fn truth(
    history: &History,
    sent: &Sent,
    as_of: Time,
    mature_after_ms: i64,
) -> (&'static str, &'static str) {
    let charge = charge_of(history, &sent.id, sent.card);
    let about = |told: &&Told| {
        let is_about = match &charge {
            Some(_) => charge_of(history, &told.of, told.card) == charge,
            // A refund has no charge, but a label may name it.
            None => told.of == sent.id,
        };
        is_about && told.card == sent.card && told.known_at <= as_of
    };
    // The last of the newest: a later line counts among equal times.
    let newest = history.labels.iter().filter(about).max_by_key(|told| told.known_at);
    match newest {
        Some(Told { label: "fraud", kind, .. }) => ("fraud", kind.unwrap_or("unspecified")),
        Some(Told { label: "genuine", .. }) => ("genuine", ""),
        _ if sent.json["response"]["approved"] == json!(false) => ("declined", ""),
        _ => {
            let day_end = (sent.time.millis().div_euclid(DAY_MS) + 1) * DAY_MS;
            let is_mature = day_end + mature_after_ms <= as_of.millis();
            (if is_mature { "assumed_genuine" } else { "not_yet_known" }, "")
        }
    }
}

/// The authorization or clearing at the end of the references of a message; `None` for what a label
/// can't be about.
fn charge_of(history: &History, id: &str, card: usize) -> Option<String> {
    let find = |id: &str| history.messages.iter().find(|m| m.id == id && m.card == card);
    let mut sent =
        find(id).filter(|sent| sent.kind == "authorization" || sent.kind == "clearing")?;
    while let Some(original) = &sent.original {
        sent = find(original)?;
    }
    Some(sent.id.clone())
}

/// What the report should have, for one ruleset.
pub fn expected(cases: &[NaiveCase], ruleset: &Ruleset) -> Value {
    let alerted = |case: &NaiveCase| case.action != Action::Approve;
    let declined = |case: &NaiveCase| case.action == Action::Decline;
    let rules: Vec<Value> = (0..ruleset.rules().len())
        .map(|rule| {
            let fired = |case: &NaiveCase| case.fired.iter().any(|(of, ..)| *of == rule);
            let is_live = |case: &NaiveCase| case.fired.iter().any(|f| f.0 == rule && f.2);
            let changed = |case: &NaiveCase| match is_live(case) {
                true => action(case, ruleset, |fired| fired.2 && fired.0 != rule),
                false => action(case, ruleset, |fired| fired.2 || fired.0 == rule),
            };
            let alerts = |case: &NaiveCase| match is_live(case) {
                true => alerted(case),
                false => fired(case) && (alerted(case) || changed(case) != Action::Approve),
            };
            let alone = |case: &NaiveCase| match is_live(case) {
                true => alerted(case) && changed(case) == Action::Approve,
                false => alerts(case) && !alerted(case),
            };
            let idle = !cases.iter().any(|case| is_live(case) && changed(case) != case.action);
            let is_shadow = ruleset.rules()[rule].mode == crate::rules::Mode::Shadow;
            json!({
                "fired": cases.iter().filter(|case| fired(case)).count(),
                "alerts": detection(cases, alerts),
                "alone": [count(cases, "fraud", alone), count(cases, "genuine", alone)],
                "idle": if is_shadow { Value::Null } else { idle.into() },
            })
        })
        .collect();
    let kinds: BTreeMap<&str, Value> = cases
        .iter()
        .filter(|case| case.outcome == "fraud")
        .map(|case| {
            let of_kind: Vec<NaiveCase> = cases
                .iter()
                .filter(|other| other.outcome == "fraud" && other.kind == case.kind)
                .cloned()
                .collect();
            let caught = of_kind.iter().filter(|case| alerted(case)).count();
            (case.kind, json!([of_kind.len(), caught, saved(&of_kind, &alerted)]))
        })
        .collect();
    let mut scores: BTreeMap<i32, [usize; 2]> = BTreeMap::new();
    for case in cases {
        match case.outcome {
            "fraud" => scores.entry(case.score).or_default()[0] += 1,
            "genuine" | "assumed_genuine" => scores.entry(case.score).or_default()[1] += 1,
            _ => {}
        }
    }
    json!({
        "alerts": detection(cases, alerted),
        "declines": detection(cases, declined),
        "rules": rules,
        "kinds": kinds,
        "scores": scores.iter().map(|(score, of)| json!([score, of[0], of[1]])).collect::<Vec<_>>(),
    })
}

/// The action if only these of the rules counted.
fn action(
    case: &NaiveCase,
    ruleset: &Ruleset,
    counts: impl Fn(&(usize, i32, bool)) -> bool,
) -> Action {
    let fired: Vec<_> = case.fired.iter().filter(|fired| counts(fired)).collect();
    let score = fired.iter().map(|fired| fired.1).sum::<i32>().clamp(0, 1_000);
    let by_score = match score {
        score if score >= ruleset.decline => Action::Decline,
        score if score >= ruleset.review => Action::Review,
        _ => Action::Approve,
    };
    fired.iter().filter_map(|fired| ruleset.rules()[fired.0].action).fold(by_score, Action::max)
}

fn count(cases: &[NaiveCase], outcome: &str, is_hit: impl Fn(&NaiveCase) -> bool) -> usize {
    let of = |case: &&NaiveCase| match outcome {
        "genuine" => matches!(case.outcome, "genuine" | "assumed_genuine"),
        outcome => case.outcome == outcome,
    };
    cases.iter().filter(of).filter(|case| is_hit(case)).count()
}

/// Alerts by outcome, cents of true and false alerts, caught cards, cents saved, and the delays of
/// caught cards.
fn detection(cases: &[NaiveCase], is_hit: impl Fn(&NaiveCase) -> bool + Copy) -> Value {
    let value = |is_fraud: bool| -> i64 {
        let hits = cases.iter().filter(|case| is_hit(case));
        let of = hits.filter(|case| match case.outcome {
            "fraud" => is_fraud,
            "genuine" | "assumed_genuine" => !is_fraud,
            _ => false,
        });
        of.map(|case| case.value).sum()
    };
    let outcomes = ["fraud", "genuine", "not_yet_known", "declined"];
    let counts = outcomes.map(|outcome| count(cases, outcome, is_hit));
    let (mut caught, mut before, mut minutes) = (0, BTreeMap::new(), Vec::new());
    for card in frauds_by_card(cases).values() {
        if let Some(at) = card.iter().position(|case| is_hit(case)) {
            caught += 1;
            *before.entry(at.min(10).to_string()).or_insert(0) += 1;
            let waited = card[at].time.millis() - card[0].time.millis();
            minutes.push(waited.max(0) / MINUTE_MS);
        }
    }
    minutes.sort_unstable();
    let median = minutes.get((minutes.len().max(1) - 1) / 2);
    json!({
        "counts": counts, "values": [value(true), value(false)], "caught_cards": caught,
        "saved": saved(cases, &is_hit), "before": before, "median_minutes": median,
    })
}

/// Cents of approved fraud after the first hit of each card, and of the hit if it is declined.
fn saved(cases: &[NaiveCase], is_hit: &impl Fn(&NaiveCase) -> bool) -> i64 {
    let mut sum = 0;
    for card in frauds_by_card(cases).values() {
        let Some(first) = card.iter().position(|case| is_hit(case)) else { continue };
        for (at, case) in card.iter().enumerate() {
            let is_saved = at > first || at == first && case.action == Action::Decline;
            sum += if is_saved && case.approved != Some(false) { case.value } else { 0 };
        }
    }
    sum
}

fn frauds_by_card(cases: &[NaiveCase]) -> BTreeMap<usize, Vec<&NaiveCase>> {
    let mut cards: BTreeMap<usize, Vec<&NaiveCase>> = BTreeMap::new();
    for case in cases.iter().filter(|case| case.outcome == "fraud") {
        cards.entry(case.card).or_default().push(case);
    }
    cards
}

/// The cards with a case.
pub fn card_count(cases: &[NaiveCase]) -> usize {
    cases.iter().map(|case| case.card).collect::<BTreeSet<_>>().len()
}
