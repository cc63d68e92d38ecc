//! Formats a report as readable text: lines that read as sentences, with parts indented below the
//! whole.

use super::past_lists::{ListsBasis, ListsReport};
use super::report::{AlertStatus, Decided, Remembered, Report, RuleReport};
use crate::cli::answer::amount_of;
use crate::memory::{Event, Role};
use crate::printable::Printable;
use crate::rules::{Answer, Mode, Part, RuleOutcome, RuleStatus, Snooze, Value, show_duration};
use crate::transaction::WireName;
use std::fmt::Write;

/// How many entries of lists that may have been different are shown.
const UNCERTAIN_SHOWN_MAX: usize = 10;

/// The whole report. For a rule that did not fire, only the parts that kept it from firing are
/// shown, unless `all` is set.
pub fn of(report: &Report, all: bool) -> String {
    let mut page = Page { report, text: String::new() };
    page.transaction();
    page.decision();
    for rule in &report.rules {
        page.rule(rule, all);
    }
    page.text
}

struct Page<'r> {
    report: &'r Report,
    text: String,
}

impl Page<'_> {
    fn line(&mut self, depth: usize, line: impl std::fmt::Display) {
        let line = line.to_string();
        let line = Printable(&line);
        // Writing to a String cannot fail.
        let _ = writeln!(self.text, "{:width$}{line}", "", width = 2 * depth);
    }

    fn transaction(&mut self) {
        let report = self.report;
        self.line(0, format_args!("transaction {} ({})", report.id, report.place));
        for (path, value) in &report.fields {
            self.line(1, format_args!("{path} is {value}"));
        }
        self.line(0, remembered(&report.remembered));
        let id = &report.ruleset;
        self.line(0, format_args!("ruleset {} {} ({})", id.name, id.version, id.hash));
        if let Some(lists) = &report.lists {
            self.lists(lists);
        }
    }

    fn lists(&mut self, lists: &ListsReport) {
        let topic = &lists.topic;
        match &lists.basis {
            ListsBasis::Version(version) if version.is_empty() => {
                let why = "it was empty when the decision was made";
                self.line(0, format_args!("no lists of {topic}: {why}"));
            }
            ListsBasis::Version(version) => {
                self.line(
                    0,
                    format_args!("lists of {topic} as of version {version}, which the decision names"),
                );
            }
            ListsBasis::Time(time) => self.line(
                0,
                format_args!(
                    "lists of {topic} as of {time}, by the timestamps of its records: the decision, which \
                     names their version, is not there"
                ),
            ),
            ListsBasis::WithoutTopic => {
                let why = "the decision names no version of them";
                self.line(0, format_args!("no lists of {topic}: {why}"));
            }
        }
        if !lists.uncertain.is_empty() {
            let shown = lists.uncertain.iter().take(UNCERTAIN_SHOWN_MAX);
            let shown = shown.map(String::as_str).collect::<Vec<_>>().join(", ");
            let more = lists.uncertain.len().saturating_sub(UNCERTAIN_SHOWN_MAX);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            self.line(
                1,
                format_args!(
                    "may have been different, because they were changed later or about then: \
                     {shown}{more}"
                ),
            );
        }
        if lists.missing > 0 {
            let missing = lists.missing;
            self.line(
                1,
                format_args!(
                    "{missing} earlier records are no longer there: entries that were removed later may \
                     be missing"
                ),
            );
        }
    }

    fn decision(&mut self) {
        match &self.report.decided {
            None => {
                let why = "a duplicate: a transaction with this identity is already remembered, \
                     so nothing is scored";
                self.line(0, why);
            }
            Some(decided) => {
                let severity = decided.severity.map(|severity| severity.name());
                let severity = severity.map(|name| format!(", severity {name}"));
                let (action, score) = (decided.action.name(), decided.score);
                let severity = severity.unwrap_or_default();
                self.line(0, format_args!("decision: {action}, score {score}{severity}"));
                self.line(0, format_args!("alert: {}", alert(decided, self.report)));
            }
        }
        match self.report.role {
            Role::Settles => self.line(0, "a clearing of a remembered charge runs no rules"),
            Role::Reverses => self.line(0, "a reversal runs no rules"),
            Role::Response => self.line(0, "the response to a remembered message runs no rules"),
            Role::Unlisted => self.line(
                0,
                "a clearing whose original may have been cut by `memory.events_per_card`: no list has it",
            ),
            Role::Charge | Role::Refund => {}
        }
    }

    fn rule(&mut self, rule: &RuleReport, all: bool) {
        let (info, explanation) = (&rule.info, &rule.explanation);
        self.line(0, "");
        self.line(0, format_args!("rule {}: {}", info.id, outcome(rule)));
        if !info.description.is_empty() {
            self.line(1, &info.description);
        }
        if let RuleOutcome::Fired(fired) = &explanation.outcome {
            self.line(1, format_args!("severity {}, reason {}", info.severity.name(), info.reason));
            self.line(1, format_args!("says \"{}\"", fired.message));
            let demanded = info.action.map(|action| format!("demands `{}`", action.name()));
            demanded.into_iter().for_each(|demanded| self.line(1, demanded));
        }
        let only_blame = !all && explanation.outcome == RuleOutcome::NotFired;
        self.part(1, "when ", &explanation.when, only_blame);
        if let Some(points) = &explanation.points
            && !only_blame
        {
            self.part(1, "points ", points, false);
        }
        if let RuleOutcome::Fired(_) = &explanation.outcome {
            explanation.message.iter().for_each(|part| self.part(1, "message ", part, false));
        }
    }

    /// A part and its own parts; with `only_blame`, only those that are false.
    fn part(&mut self, depth: usize, before: &str, part: &Part, only_blame: bool) {
        let text = &part.text;
        match &part.answer {
            Some(answer) => {
                let why = because(part);
                self.line(depth, format_args!("{before}{text} is {answer}{why}"));
            }
            None => self.line(depth, format_args!("{before}{text}")),
        }
        if only_blame && part.answer == Some(Answer::Is(Value::Bool(true))) {
            return;
        }
        for below in &part.parts {
            let before = if below.is_definition { "= " } else { "" };
            self.part(depth + 1, before, below, only_blame);
        }
        for event in &part.charges {
            let line = self.charge(event);
            self.line(depth + 1, format_args!("- {line}"));
        }
        if part.more_charges > 0 {
            self.line(depth + 1, format_args!("- and {} more", part.more_charges));
        }
    }

    /// `2026-01-05T10:00:00.000Z: USD 1.00 in US, category 8099, chip, declined (cvv_mismatch), id a`
    fn charge(&self, event: &Event) -> String {
        let currency = self.report.currency;
        let amount = amount_of(event, currency).unwrap_or_else(|| "amount unknown".to_owned());
        let mut line = format!("{}: {amount}", event.time());
        let declined = match event.reason() {
            Some(reason) if event.declined() => Some(format!("declined ({})", reason.name())),
            _ => event.declined().then(|| "declined".to_owned()),
        };
        if let Some(country) = event.country() {
            let _ = write!(line, " in {country}");
        }
        let more = [
            event.mcc().map(|mcc| format!("category {mcc:04}")),
            event.channel().map(|channel| channel.name().to_owned()),
            declined,
            event.reversed().then(|| "reversed".to_owned()),
            (event.fraud() == Some(true)).then(|| "fraud".to_owned()),
            (event.genuine() == Some(true)).then(|| "genuine".to_owned()),
            self.report.names.get(&event.id()).map(|id| format!("id {id}")),
        ];
        for part in more.into_iter().flatten() {
            let _ = write!(line, ", {part}");
        }
        line
    }
}

fn remembered(past: &Remembered) -> String {
    let Remembered { charges, refunds, oldest, cut } = past;
    let since = oldest.map(|oldest| format!(", since {oldest},")).unwrap_or_default();
    let cut = cut.map(|cut| format!("; those up to {cut} are no longer known"));
    let (s, t) = (plural(*charges), plural(*refunds));
    format!(
        "memory has {charges} charge{s} of this card{since} and {refunds} refund{t}{}",
        cut.unwrap_or_default()
    )
}

fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}

fn alert(decided: &Decided, report: &Report) -> String {
    match decided.alert {
        AlertStatus::Published => "published".to_owned(),
        AlertStatus::LetThrough => {
            "none, the control share lets this decline through to learn its outcome".to_owned()
        }
        AlertStatus::NotWanted => "none, the action is approve".to_owned(),
        AlertStatus::HeldBack { by, at, cooldown_ms } => {
            let apart = show_duration(report.time.millis().abs_diff(at.millis()).cast_signed());
            format!(
                "suppressed: one of severity {} was published for {at}, {apart} apart; within {} only a more severe one follows",
                by.name(),
                show_duration(cooldown_ms)
            )
        }
    }
}

fn outcome(rule: &RuleReport) -> String {
    let shadow = if rule.info.mode == Mode::Shadow { " in shadow" } else { "" };
    match &rule.explanation.outcome {
        RuleOutcome::Fired(fired) => format!("fired{shadow}, {} points", fired.points),
        RuleOutcome::NotFired => format!("did not fire{shadow}"),
        RuleOutcome::Undecided => format!("undecided{shadow}"),
        RuleOutcome::Snoozed(Snooze { until: None }) => format!("snoozed{shadow} for this card"),
        RuleOutcome::Snoozed(Snooze { until: Some(until) }) => {
            format!("snoozed{shadow} for this card until {until}")
        }
        RuleOutcome::NotRun(standing) => match standing {
            RuleStatus::On => "not run".to_owned(),
            RuleStatus::Off => "off".to_owned(),
            RuleStatus::NotYet(from) => format!("not active before {from}"),
            RuleStatus::Over(until) => format!("no longer active since {until}"),
            RuleStatus::OutsideRollout(per_cent) => {
                format!("outside its rollout, {per_cent} % of cards")
            }
        },
    }
}

/// Why a part is unknown, in parentheses; empty if a part below it already says why.
fn because(part: &Part) -> String {
    let said_below = part.parts.iter().any(|below| !below.why.is_empty());
    if part.why.is_empty() || said_below {
        return String::new();
    }
    let reasons: Vec<String> = part.why.iter().map(ToString::to_string).collect();
    format!(" ({})", reasons.join("; "))
}
