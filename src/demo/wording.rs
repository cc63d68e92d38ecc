//! Formats alerts as lines, and numbers for reading.

use super::alerts::PublishedAlert;
use super::scoreboard::Truth;
use crate::printable::Printable;
use crate::transaction::Currency;
use anstyle::{AnsiColor, Style};
use std::fmt;

pub(super) const TITLE: Style = Style::new().bold();
pub(super) const FAINT: Style = Style::new().dimmed();
const DECLINE: Style = AnsiColor::Red.on_default().bold();
const REVIEW: Style = AnsiColor::Yellow.on_default().bold();
const RULE: Style = AnsiColor::Cyan.on_default();

/// An alert as a headline, with a line for each rule that fired.
pub(super) struct AlertLines<'a> {
    pub alert: &'a PublishedAlert,
    pub truth: Truth,
    /// The rules are those of the card's last alert and are not printed again.
    pub repeated: bool,
}

impl fmt::Display for AlertLines<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let PublishedAlert { card, score, action, merchant, .. } = self.alert;
        let style = if action == "decline" { DECLINE } else { REVIEW };
        let severity = self.alert.severity.as_deref().unwrap_or("none");
        write!(f, "{FAINT}{}{FAINT:#}  ", moment(&self.alert.time))?;
        write!(
            f,
            "{style}{:<7} {score:>4}{style:#}  {severity:<8}  {}",
            action.to_uppercase(),
            Printable(card)
        )?;
        if let Some(last4) = &self.alert.last4 {
            write!(f, " …{last4}")?;
        }
        write!(
            f,
            "  {} at {}",
            money(self.alert),
            Printable(merchant.name.as_deref().unwrap_or(&merchant.id))
        )?;
        if let Some(country) = &merchant.country {
            write!(f, " ({country})")?;
        }
        writeln!(f, "  {FAINT}{}{FAINT:#}", truth(self.truth))?;
        if self.repeated {
            return Ok(());
        }
        self.alert.rules.iter().try_for_each(|rule| {
            writeln!(f, "    {RULE}{}{RULE:#}: {}", Printable(&rule.id), Printable(&rule.message))
        })
    }
}

fn truth(truth: Truth) -> String {
    match truth {
        Truth::Fraud(kind) => format!("[fraud: {}]", kind.title()),
        Truth::Genuine => "[genuine: a false alarm]".into(),
        Truth::History => "[history]".into(),
    }
}

/// Day and time of an RFC 3339 time, to the second.
fn moment(time: &str) -> String {
    match time.get(5..19) {
        Some(moment) => moment.replace('T', " "),
        None => time.to_owned(),
    }
}

/// `USD 2,600.00`
fn money(alert: &PublishedAlert) -> String {
    let exponent = Currency::parse(&alert.currency).map_or(0, Currency::exponent);
    let unit = 10_i64.pow(exponent.into());
    let major = grouped(u64::try_from(alert.amount / unit).unwrap_or(0));
    match usize::from(exponent) {
        0 => format!("{} {major}", alert.currency),
        places => format!("{} {major}.{:0places$}", alert.currency, alert.amount % unit),
    }
}

/// `1,234,567`
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `12.3 µs`, `4.56 ms`, `1.20 s`
pub(super) fn seconds(value: f64) -> String {
    match value {
        _ if value < 1e-3 => format!("{:.1} µs", value * 1e6),
        _ if value < 1.0 => format!("{:.2} ms", value * 1e3),
        _ => format!("{value:.2} s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::alerts::{AlertMerchant, Fired};
    use crate::generate::FraudKind;

    #[test]
    fn an_alert_reads_as_a_headline_and_its_reasons() {
        let alert = PublishedAlert {
            transaction_id: "1".into(),
            card: "c_9f21".into(),
            time: "2026-01-05T10:15:30.123Z".into(),
            score: 640,
            action: "decline".into(),
            severity: Some("high".into()),
            amount: 260_000,
            currency: "USD".into(),
            last4: Some("4242".into()),
            merchant: AlertMerchant {
                id: "m_5531".into(),
                name: Some("Strøget Mode".into()),
                country: Some("DK".into()),
            },
            rules: vec![Fired { id: "foreign-web-shop".into(), message: "never there".into() }],
        };
        let truth = Truth::Fraud(FraudKind::ForeignWebShop);
        let plain = |repeated| {
            let lines = AlertLines { alert: &alert, truth, repeated }.to_string();
            anstream::adapter::strip_str(&lines).to_string()
        };
        let headline = "01-05 10:15:30  DECLINE  640  high      c_9f21 …4242  \
                        USD 2,600.00 at Strøget Mode (DK)  [fraud: foreign web shop]\n";
        assert_eq!(plain(true), headline);
        assert_eq!(plain(false), format!("{headline}    foreign-web-shop: never there\n"));
    }

    #[test]
    fn numbers_are_grouped_by_thousands() {
        for (number, text) in [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(grouped(number), text);
        }
    }

    #[test]
    fn durations_have_the_unit_that_fits() {
        for (value, text) in [(12.34e-6, "12.3 µs"), (4.567e-3, "4.57 ms"), (1.5, "1.50 s")] {
            assert_eq!(seconds(value), text);
        }
    }
}
