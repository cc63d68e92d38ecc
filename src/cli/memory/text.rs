//! Formats what memory holds about a card as readable text.

use super::report::CardReport;
use crate::cli::answer::amount_of;
use crate::cli::table::Table;
use crate::cli::terminal;
use crate::memory::Event;
use crate::printable::Printable;
use crate::rules::Severity;
use crate::transaction::{Currency, WireName};
use std::fmt::Write;

pub fn of(shown: &CardReport<'_>) -> String {
    let mut text = head(shown);
    let (charges, refunds) = (shown.past.charges, shown.past.refunds);
    let mut events: Vec<(&Event, &str)> = charges.iter().map(|event| (event, "charge")).collect();
    events.extend(refunds.iter().map(|event| (event, "refund")));
    events.sort_by_key(|(event, _)| std::cmp::Reverse(event.time()));
    if !events.is_empty() {
        let columns =
            ["time", "", "amount", "country", "category", "channel", "present", "outcome"];
        let mut table = Table::new(&columns);
        for (event, what) in events {
            table.row(cells(event, what, shown.currency));
        }
        text.push('\n');
        text.push_str(&table.render(terminal::width()));
    }
    text
}

fn head(shown: &CardReport<'_>) -> String {
    let CardReport { card, partition, history, input, history_end, past, .. } = shown;
    let mut text = format!("card {}, partition {partition}\n", Printable(card));
    // Writing to a String cannot fail, here and below.
    let next = shown.next_offset.unwrap_or_default();
    let _ = writeln!(text, "  {history} up to offset {history_end}: {input} up to offset {next}");
    let (charges, refunds) = (past.charges.len(), past.refunds.len());
    let (s, t) = (plural(charges), plural(refunds));
    let _ = writeln!(text, "  {charges} charge{s} and {refunds} refund{t}, as of {}", past.now);
    if let Some(cut) = past.cut {
        let _ = writeln!(text, "  those up to {cut} are no longer known");
    }
    for (country, time) in past.cut_countries {
        let _ = writeln!(text, "  before, also charged in {country}, last at {time}");
    }
    if let Some(alert) = shown.last_alert {
        let severity = Severity::ALL.get(usize::from(alert.severity));
        let severity = severity.map_or("", |severity| severity.name());
        let _ = writeln!(text, "  last alert: {severity}, on the transaction of {}", alert.time);
    }
    text
}

fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}

fn cells(event: &Event, what: &str, currency: Currency) -> Vec<String> {
    let outcome = match (event.declined(), event.reason()) {
        (false, _) if event.reversed() => "approved, reversed".to_owned(),
        (false, _) => "approved".to_owned(),
        (true, Some(reason)) => format!("declined ({})", reason.name()),
        (true, None) => "declined".to_owned(),
    };
    let outcome = match event.fraud() {
        Some(true) => outcome + ", fraud",
        Some(false) => outcome + ", genuine",
        None => outcome,
    };
    vec![
        event.time().to_string(),
        what.to_owned(),
        amount_of(event, currency).unwrap_or_else(|| "unknown".to_owned()),
        event.country().map(|country| country.to_string()).unwrap_or_default(),
        event.mcc().map(|mcc| format!("{mcc:04}")).unwrap_or_default(),
        event.channel().map(|channel| channel.name().to_owned()).unwrap_or_default(),
        event.card_present().map(yes_or_no).unwrap_or_default().to_owned(),
        outcome,
    ]
}

fn yes_or_no(is: bool) -> &'static str {
    if is { "yes" } else { "no" }
}
