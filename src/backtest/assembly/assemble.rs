//! Assembles the report.

use super::comparison::comparison;
use super::detection::Baseline;
use super::money::Money;
use super::outcome_counts::OutcomeCounts;
use super::ranking::{BudgetRequest, RankingRequest};
use super::ruleset;
use super::settle::{SettledRun, settle};
use super::sweep::{SweepRequest, sweep};
use crate::backtest::report::{Cases, DelayQuantile, Input, Report, Settings};
use crate::backtest::run::{FinishedRun, Unlabelled};
use crate::backtest::tally::DayTally;
use crate::number::NearestDouble;
use crate::transaction::{DAY_MS, Time};

/// What is asked about a run.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// The version of redcard.
    pub redcard: String,
    pub input: ReportedInput,
    /// Where each reported ruleset was read from; `None` for the shipped one.
    pub paths: Vec<Option<String>>,
    pub budgets: Vec<BudgetRequest>,
    pub sweep: Option<SweepRequest>,
    /// How many replicates bootstrap intervals come from.
    pub replicates: u64,
}

/// What the reader of the input knows about it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReportedInput {
    pub name: String,
    pub records: u64,
    pub blank: u64,
    pub malformed: u64,
}

/// Makes the report of a run; `None` if it had no ruleset.
pub fn assemble(run: FinishedRun, request: &Request) -> Option<Report> {
    let thresholds = request.sweep.as_ref().map(SweepRequest::thresholds).unwrap_or_default();
    let run = settle(run, thresholds);
    let currency = run.settings.rulesets.first()?.environment.base_currency;
    let money = Money::new(currency);
    let baseline = baseline(&run, money)?;
    let paths = request.paths.iter().enumerate();
    let ranking = RankingRequest {
        budgets: &request.budgets,
        replicates: request.replicates,
        threads: run.settings.threads,
    };
    let rulesets = paths.filter_map(|(place, path)| {
        ruleset::report(&run, place, path.as_deref(), &baseline, &ranking)
    });
    let rulesets = rulesets.collect();
    let sweep = request.sweep.as_ref().map(|asked| sweep(&run, asked, &baseline, &request.budgets));
    Some(Report {
        redcard: request.redcard.clone(),
        currency: currency.code().to_owned(),
        input: input(&run, &request.input),
        labels: run.settings.labels.counts(run.unmatched_labels),
        settings: settings(&run),
        cases: cases(&baseline),
        rulesets,
        comparison: comparison(&run, money),
        sweep,
    })
}

fn baseline(run: &SettledRun, money: Money) -> Option<Baseline> {
    let (tally, frauds) = (run.totals.tallies.first()?, run.frauds.first()?);
    let count = |day: &DayTally, class| (day.class(class).cases, day.class(class).value);
    Some(Baseline {
        money,
        cases: OutcomeCounts::sum(tally.days.iter(), run.maturity, count),
        fraud_cards: frauds.alerts.cards,
        approved_fraud_value: frauds.alerts.approved_value,
    })
}

fn input(run: &SettledRun, read: &ReportedInput) -> Input {
    let totals = run.totals.input;
    Input {
        name: read.name.clone(),
        records: read.records,
        blank: read.blank,
        malformed: read.malformed,
        duplicates: totals.duplicates,
        without_rules: totals.without_rules,
        cards: run.cards,
        first: totals.first.map(|time| time.to_string()),
        last: totals.last.map(|time| time.to_string()),
    }
}

fn settings(run: &SettledRun) -> Settings {
    let settings = &run.settings;
    let days = |ms: i64| ms.nearest_double() / DAY_MS.nearest_double();
    let quantile = |&(share, ms): &(f64, i64)| DelayQuantile { share, days: days(ms) };
    Settings {
        as_of: run.as_of.map(|time: Time| time.to_string()).unwrap_or_default(),
        mature_after_days: days(settings.mature_after_ms),
        unlabelled: match settings.unlabelled {
            Unlabelled::Genuine => "genuine",
            Unlabelled::Unknown => "unknown",
        }
        .to_owned(),
        label_delay: settings.labels.delay().quantiles().iter().map(quantile).collect(),
    }
}

fn cases(baseline: &Baseline) -> Cases {
    let cases = baseline.cases;
    Cases {
        all: cases.all(),
        fraud: cases.fraud.0,
        genuine: cases.genuine.0,
        assumed_genuine: cases.assumed.0,
        not_yet_known: cases.not_yet_known.0,
        declined: cases.declined.0,
        fraud_value: baseline.money.amount(cases.fraud.1),
        approved_fraud_value: baseline.money.amount(baseline.approved_fraud_value),
        fraud_cards: baseline.fraud_cards,
    }
}
