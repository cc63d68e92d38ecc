//! Prints the tables, as Markdown.

use crate::options::Trial;
use crate::tally::{Ranked, Story, Tally};
use redcard::generate::{Episode, FraudKind};
use redcard::rules::Ruleset;
use std::collections::HashSet;

const SCORE_BANDS: [i32; 11] = [0, 1, 100, 200, 250, 300, 400, 500, 600, 800, 1_001];
/// How many of each day's charges analysts look at, per thousand charges.
const BUDGETS_PER_THOUSAND: [usize; 4] = [1, 2, 5, 10];

/// Prints everything about one population.
pub fn trial(trial: &Trial, tally: &Tally, ruleset: &Ruleset) {
    let Trial { population, seed, cards, fraud_rate, days } = trial;
    println!(
        "\n## Population `{}`, seed {seed}\n\n{cards} cards, {days} days, fraud rate {fraud_rate}: {} genuine charges and refunds, {} fraudulent in {} frauds\n",
        population.name,
        tally.genuine,
        tally.fraudulent,
        tally.episodes.len(),
    );
    kinds(tally);
    scores(tally);
    budgets(tally);
    rules(tally, ruleset);
}

/// Prints one line per population.
pub fn overview(trials: &[(Trial, Tally)]) {
    println!("\n## Overview\n");
    println!(
        "| population | frauds | caught (review) | stopped (decline) | amount stopped | false alarms per 1,000 | of them declined | precision at review | at decline |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    for (trial, tally) in trials {
        let stories = || tally.episodes.values();
        println!(
            "| `{}` | {} | {} | {} | {} | {:.2} | {:.2} | {} | {} |",
            trial.population.name,
            tally.episodes.len(),
            percent(share(stories(), |story| story.reviewed)),
            percent(share(stories(), |story| story.declined)),
            percent(amount_share(stories())),
            per_thousand(tally.reviewed.false_alarms, tally.genuine),
            per_thousand(tally.declined.false_alarms, tally.genuine),
            percent(tally.reviewed.precision()),
            percent(tally.declined.precision()),
        );
    }
}

fn kinds(tally: &Tally) {
    println!(
        "| kind | frauds | caught | stopped | amount stopped |\n| --- | --- | --- | --- | --- |"
    );
    for &kind in FraudKind::ALL {
        let stories = || tally.episodes.values().filter(move |story| story.kind == kind);
        let count = stories().count();
        if count > 0 {
            println!(
                "| {} | {count} | {} | {} | {} |",
                kind.title(),
                percent(share(stories(), |story| story.reviewed)),
                percent(share(stories(), |story| story.declined)),
                percent(amount_share(stories())),
            );
        }
    }
}

/// Prints the share of fraud in each band of scores.
fn scores(tally: &Tally) {
    println!("\n| score | genuine | fraudulent | fraud among them |\n| --- | --- | --- | --- |");
    let all = || tally.days.values().flatten();
    for band in SCORE_BANDS.windows(2) {
        let within = || all().filter(|ranked| (band[0]..band[1]).contains(&ranked.score));
        let fraudulent = within().filter(|ranked| ranked.fraud.is_some()).count();
        let genuine = within().count() - fraudulent;
        let share = fraudulent as f64 / (genuine + fraudulent).max(1) as f64;
        let (from, to) = (band[0], band[1] - 1);
        let band = if from == to { from.to_string() } else { format!("{from} to {to}") };
        println!("| {band} | {genuine} | {fraudulent} | {} |", percent(share));
    }
}

/// Prints how much fraud is among each day's highest scores.
fn budgets(tally: &Tally) {
    println!(
        "\n| each day's highest scores | precision | frauds among them | fraudulent amount among them |\n| --- | --- | --- | --- |"
    );
    let total: i64 = tally.episodes.values().map(|story| story.amount).sum();
    for budget in BUDGETS_PER_THOUSAND {
        let (mut looked_at, mut hits, mut amount) = (0, 0, 0);
        let mut episodes: HashSet<Episode> = HashSet::new();
        for day in tally.days.values() {
            let top = highest(day, day.len() * budget / 1_000);
            looked_at += top.len();
            for ranked in top {
                hits += usize::from(ranked.fraud.is_some());
                amount += if ranked.fraud.is_some() { ranked.amount } else { 0 };
                episodes.extend(ranked.fraud);
            }
        }
        println!(
            "| {budget} in 1,000 ({looked_at} in all) | {} | {} | {} |",
            percent(hits as f64 / looked_at.max(1) as f64),
            percent(episodes.len() as f64 / tally.episodes.len().max(1) as f64),
            percent(amount as f64 / total.max(1) as f64),
        );
    }
}

/// The `count` highest scores of a day; the earlier of two equal scores comes first. Scores of 0
/// are left out.
fn highest(day: &[Ranked], count: usize) -> Vec<&Ranked> {
    let mut ranked: Vec<&Ranked> = day.iter().filter(|ranked| ranked.score > 0).collect();
    ranked.sort_by_key(|ranked| std::cmp::Reverse(ranked.score));
    ranked.truncate(count);
    ranked
}

fn rules(tally: &Tally, ruleset: &Ruleset) {
    println!(
        "\n| rule | on fraud | in frauds | on genuine | precision | decisive on fraud | decisive false alarms | undecided |\n| --- | --- | --- | --- | --- | --- | --- | --- |"
    );
    for (rule, counts) in ruleset.rules().iter().zip(&tally.rules) {
        let fired = counts.on_fraud + counts.on_genuine;
        println!(
            "| `{}` | {} | {} | {} | {} | {} | {} | {} |",
            rule.id,
            counts.on_fraud,
            counts.episodes.len(),
            counts.on_genuine,
            percent(counts.on_fraud as f64 / fired.max(1) as f64),
            counts.decisive,
            counts.decisive_false,
            percent(counts.undecided as f64 / (tally.genuine + tally.fraudulent).max(1) as f64),
        );
    }
}

fn share<'s>(stories: impl Iterator<Item = &'s Story>, is: fn(&Story) -> bool) -> f64 {
    let (mut all, mut those) = (0_u64, 0_u64);
    for story in stories {
        all += 1;
        those += u64::from(is(story));
    }
    those as f64 / all.max(1) as f64
}

fn amount_share<'s>(stories: impl Iterator<Item = &'s Story>) -> f64 {
    let (mut all, mut stopped) = (0, 0);
    for story in stories {
        all += story.amount;
        stopped += story.stopped;
    }
    stopped as f64 / all.max(1) as f64
}

fn per_thousand(part: u64, of: u64) -> f64 {
    1_000.0 * part as f64 / of.max(1) as f64
}

fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}
