//! Runs on the demo's main thread: prints alerts as they arrive, keeps the score, and checks that
//! no alert is lost.

use super::alerts::{Alerts, PublishedAlert};
use super::error::DemoError;
use super::feeder::{FeedTotals, FeederEvent};
use super::options::HISTORY_MS;
use super::scoreboard::{Scoreboard, Truth};
use super::summary::Summary;
use super::wording::{AlertLines, FAINT, grouped};
use crate::clock::monotonic_now;
use crate::metrics::{Metrics, Totals};
use crate::printable::Printable;
use crate::reload::Follower;
use crate::rules::{Ruleset, RulesetId};
use crate::status::Status;
use crate::transaction::DAY_MS;
use std::collections::HashMap;
use std::fmt;
use std::io::Write;
use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::thread::JoinHandle;
use std::time::Duration;

const POLL: Duration = Duration::from_millis(20);
/// How long reading may make no progress before it counts as stuck.
const STILL_MAX: Duration = Duration::from_secs(20);
/// Cards whose last alert is remembered.
const CARDS_MAX: usize = 100_000;

pub(super) struct Watch {
    alerts: Alerts,
    board: Scoreboard,
    events: Receiver<FeederEvent>,
    metrics: Arc<Metrics>,
    status: Arc<Status>,
    /// Reports changed rules.
    rules: Follower,
    /// The rules of each card's last alert.
    last_rules: HashMap<String, Vec<String>>,
    /// The counts at the end of history.
    before: Option<Totals>,
}

impl Watch {
    pub fn new(
        alerts: Alerts,
        board: Scoreboard,
        events: Receiver<FeederEvent>,
        metrics: Arc<Metrics>,
        status: Arc<Status>,
        rules: Follower,
    ) -> Self {
        let (last_rules, before) = (HashMap::new(), None);
        Self { alerts, board, events, metrics, status, rules, last_rules, before }
    }

    /// Shows alerts until the feeder is done.
    pub fn while_running<T>(
        &mut self,
        feeder: &JoinHandle<T>,
        on_tick: &dyn Fn(),
        out: &mut dyn Write,
    ) -> Result<(), DemoError> {
        while !feeder.is_finished() {
            on_tick();
            self.step(out)?;
        }
        Ok(())
    }

    /// Shows alerts until everything that was fed is read.
    pub fn wait_until_read(
        &mut self,
        fed: &FeedTotals,
        out: &mut dyn Write,
    ) -> Result<(), DemoError> {
        let sent = fed.history + fed.live;
        self.until(out, |watch| sent.saturating_sub(watch.metrics.totals().records_read))
    }

    /// Shows alerts until all published alerts have arrived.
    pub fn wait_for_alerts(&mut self, out: &mut dyn Write) -> Result<(), DemoError> {
        let published = self.metrics.totals().alerts;
        self.until(out, |watch| published.saturating_sub(watch.board.alerts.total()))
    }

    pub fn summary<'w>(&'w self, fed: FeedTotals, ruleset: &'w Ruleset) -> Summary<'w> {
        let totals = self.metrics.totals();
        let before = self.before.clone().unwrap_or_else(|| totals.clone());
        Summary { fed, totals, before, board: &self.board, ruleset }
    }

    /// Shows alerts until nothing is missing any more.
    fn until(
        &mut self,
        out: &mut dyn Write,
        missing: impl Fn(&Self) -> u64,
    ) -> Result<(), DemoError> {
        let (mut least, mut moved) = (u64::MAX, monotonic_now());
        loop {
            let left = missing(self);
            if left == 0 {
                return Ok(());
            }
            if left < least {
                (least, moved) = (left, monotonic_now());
            } else if monotonic_now().saturating_duration_since(moved) > STILL_MAX {
                return Err(DemoError::Stuck { missing: left, waited: STILL_MAX });
            }
            self.step(out)?;
        }
    }

    fn step(&mut self, out: &mut dyn Write) -> Result<(), DemoError> {
        let alert = self.alerts.poll(POLL)?;
        // Read after the alert, because the report of a fraud always precedes its alerts.
        while let Ok(event) = self.events.try_recv() {
            self.handle_event(event, out)?;
        }
        if let Some(ruleset) = self.rules.newer() {
            write!(out, "{}", NewRules { ruleset: &ruleset })?;
            out.flush()?;
        }
        if let Some(alert) = alert {
            let truth = self.board.alerted(&alert);
            if truth != Truth::History {
                let repeated = self.is_repeated(&alert);
                write!(out, "{}", AlertLines { alert: &alert, truth, repeated })?;
                out.flush()?;
            }
        }
        self.check_health()
    }

    /// Whether the card's last alert had the same rules.
    fn is_repeated(&mut self, alert: &PublishedAlert) -> bool {
        if self.last_rules.len() > CARDS_MAX {
            self.last_rules.clear();
        }
        let rules: Vec<String> = alert.rules.iter().map(|rule| rule.id.clone()).collect();
        let last = self.last_rules.insert(alert.card.clone(), rules);
        last.as_ref() == self.last_rules.get(&alert.card)
    }

    fn handle_event(&mut self, event: FeederEvent, out: &mut dyn Write) -> Result<(), DemoError> {
        match event {
            FeederEvent::Fraud(label) => self.board.add_fraud(&label),
            FeederEvent::Live(fed) => {
                self.before = Some(self.metrics.totals());
                write!(out, "{}", HistoryFinished { fed })?;
                out.flush()?;
            }
        }
        Ok(())
    }

    fn check_health(&self) -> Result<(), DemoError> {
        let health = self.status.alive();
        if health.ok {
            return Ok(());
        }
        let reasons: Vec<String> =
            health.reasons.iter().map(|(what, why)| format!("{what} {why}")).collect();
        Err(DemoError::Failed { reasons: reasons.join(", ") })
    }
}

/// The line printed when history is over.
struct HistoryFinished {
    fed: FeedTotals,
}

impl fmt::Display for HistoryFinished {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let days = HISTORY_MS / DAY_MS;
        let (messages, took) = (grouped(self.fed.history), self.fed.history_took.as_secs_f64());
        writeln!(
            f,
            "{FAINT}{days} days of history read: {messages} messages in {took:.1} s. Fraud begins \
             now; alerts as they are published:{FAINT:#}\n"
        )
    }
}

/// The line printed when other rules become active.
struct NewRules<'w> {
    ruleset: &'w Ruleset,
}

impl fmt::Display for NewRules<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let RulesetId { name, version, hash } = &self.ruleset.id;
        let rules = match self.ruleset.rules().len() {
            1 => "1 rule".to_owned(),
            rules => format!("{rules} rules"),
        };
        let (name, version) = (Printable(name), Printable(version));
        writeln!(
            f,
            "{FAINT}Rules changed: {name} {version} ({hash}) is now active, with {rules}.{FAINT:#}\n"
        )
    }
}
