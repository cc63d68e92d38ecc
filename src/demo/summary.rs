//! Formats the report at the end of the demo.

use super::feeder::FeedTotals;
use super::scoreboard::{FraudCounts, Scoreboard};
use super::wording::{FAINT, TITLE, grouped, seconds};
use crate::metrics::Totals;
use crate::number::{NearestDouble, u64_toward_zero};
use crate::rules::{Action, Ruleset};
use std::fmt;
use std::time::Duration;

const PERCENTILES: [(&str, f64); 3] = [("p50", 0.5), ("p99", 0.99), ("p99.9", 0.999)];

pub(super) struct Summary<'d> {
    pub fed: FeedTotals,
    pub totals: Totals,
    /// The counts at the end of history.
    pub before: Totals,
    pub board: &'d Scoreboard,
    pub ruleset: &'d Ruleset,
}

impl fmt::Display for Summary<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f)?;
        self.transactions(f)?;
        self.latency(f)?;
        self.frauds(f)?;
        self.alerts(f)?;
        self.rules(f)
    }
}

impl Summary<'_> {
    fn transactions(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (fed, totals) = (&self.fed, &self.totals);
        let sent = fed.history + fed.live;
        writeln!(
            f,
            "{TITLE}Transactions{TITLE:#}  {} sent, {} read",
            grouped(sent),
            grouped(totals.records_read)
        )?;
        writeln!(f, "  history     {}", span(fed.history, fed.history_took))?;
        writeln!(f, "  live        {}", span(fed.live, fed.live_took))?;
        write!(f, "  scored      ")?;
        for (action, count) in Action::ALL.iter().zip(&totals.decisions) {
            write!(f, "{} {}, ", action.name(), grouped(*count))?;
        }
        let Totals { dead_letters, duplicates, tombstones, .. } = totals;
        writeln!(f, "dead letters {dead_letters}, duplicates {duplicates}, tombstones {tombstones}")
    }

    fn latency(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let live = self.totals.decision_duration.since(&self.before.decision_duration);
        write!(f, "{TITLE}Decision latency{TITLE:#}  ")?;
        for (name, q) in PERCENTILES {
            let value = live.quantile(q).map_or_else(|| "none".into(), seconds);
            write!(f, "{name} {value}  ")?;
        }
        writeln!(f, "{FAINT}live, from reading a record to handing on its outputs{FAINT:#}")
    }

    fn frauds(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kinds = self.board.caught();
        writeln!(f, "{TITLE}Frauds{TITLE:#}                    total  caught  missed")?;
        for (kind, count) in &kinds {
            fraud(f, kind.title(), *count)?;
        }
        let all = kinds.values().fold(FraudCounts::default(), |all, kind| FraudCounts {
            occurred: all.occurred + kind.occurred,
            caught: all.caught + kind.caught,
        });
        fraud(f, "all", all)
    }

    fn alerts(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let alerts = self.board.alerts;
        let genuine = self.fed.live.saturating_sub(self.fed.fraudulent);
        writeln!(
            f,
            "{TITLE}Alerts{TITLE:#}  {} published, {} read back",
            grouped(self.totals.alerts),
            grouped(alerts.total())
        )?;
        writeln!(f, "  on fraud          {:>6}", grouped(alerts.fraud))?;
        write!(f, "  false alarms      {:>6}", grouped(alerts.genuine))?;
        if genuine > 0 {
            let share = 100.0 * alerts.genuine.nearest_double() / genuine.nearest_double();
            write!(
                f,
                "  {FAINT}{share:.2} % of {} genuine live messages{FAINT:#}",
                grouped(genuine)
            )?;
        }
        writeln!(f)?;
        writeln!(
            f,
            "  in history, unseen{:>6}  {FAINT}while cards were getting known{FAINT:#}",
            grouped(alerts.history)
        )
    }

    fn rules(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{TITLE}Live alerts by rule{TITLE:#}  {FAINT}an alert may have several{FAINT:#}"
        )?;
        let ids = self.ruleset.rules().iter().map(|rule| rule.id.as_str());
        let width = ids.clone().map(str::len).max().unwrap_or(0);
        for id in ids {
            let count = self.board.rules.get(id).copied().unwrap_or(0);
            writeln!(f, "  {id:<width$}  {:>6}", grouped(count))?;
        }
        Ok(())
    }
}

fn fraud(f: &mut fmt::Formatter<'_>, name: &str, count: FraudCounts) -> fmt::Result {
    let FraudCounts { occurred, caught } = count;
    writeln!(f, "  {name:<24} {occurred:>5}  {caught:>6}  {:>6}", occurred - caught)
}

fn span(count: u64, took: Duration) -> String {
    let rate = count.nearest_double() / took.as_secs_f64().max(1e-9);
    let rate = u64_toward_zero(rate.round());
    format!("{} in {:.1} s, {} a second", grouped(count), took.as_secs_f64(), grouped(rate))
}
