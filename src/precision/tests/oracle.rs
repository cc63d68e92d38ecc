//! Compares the fold with a naive second implementation, which keeps every record in a list and
//! searches all of it, on random records.

use super::support::{alert, day, label, link, settings};
use crate::memory::OriginalId;
use crate::precision::{
    AlertLabel, AlertRecord, LabelRecord, LinkRecord, OutcomeRecord, Outcomes, PrecisionReport,
    RuleControl, Tally,
};
use crate::transaction::{DAY_MS, LabelValue, Time, WireName};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// To run one case alone, set this to `seed..seed + 1`.
const SEEDS: std::ops::Range<u64> = 0..500;
const RECORDS: usize = 120;
const CARDS: [&str; 3] = ["c", "d", "e"];
const RULES: [&str; 4] = ["r", "s", "t", "u"];

/// Every alert, label and link, in the order of the log.
#[derive(Default)]
struct Naive {
    alerts: Vec<AlertRecord<'static>>,
    /// With the token of the card that they are about.
    labels: Vec<(String, LabelRecord<'static>)>,
    /// The last of each message.
    links: Vec<LinkRecord<'static>>,
}

/// A card, and the hash of the id of its transaction.
type Place<'n> = (&'n str, OriginalId);

impl Naive {
    fn take(&mut self, record: &OutcomeRecord<'static>) {
        match record {
            OutcomeRecord::Alert(alert) => {
                self.alerts.retain(|known| known.alert_id != alert.alert_id);
                self.alerts.push(alert.clone());
            }
            OutcomeRecord::Link(link) => {
                self.links.retain(|known| known.card != link.card || known.id != link.id);
                self.links.push(link.clone());
                self.links.retain(|known| known.id != known.charge);
            }
            OutcomeRecord::Label(label) => {
                let former = label.former_card.as_deref().filter(|former| {
                    let id = &label.transaction_id;
                    let alerted =
                        self.alerts.iter().any(|a| a.card == *former && a.transaction_id == *id);
                    let labelled =
                        self.labels.iter().any(|(c, l)| c == former && l.transaction_id == *id);
                    let place = (*former, OriginalId::of(id));
                    alerted || labelled || self.link(place).is_some()
                });
                let card = former.unwrap_or(&label.card).to_owned();
                self.labels.push((card, label.clone()));
            }
        }
    }

    fn link(&self, (card, id): Place<'_>) -> Option<&LinkRecord<'static>> {
        self.links.iter().find(|link| link.card == card && link.id == id)
    }

    fn charge<'n>(&self, (card, id): Place<'n>) -> Place<'n> {
        (card, self.link((card, id)).map_or(id, |link| link.charge))
    }

    /// The label of a charge: the newest that is known, or of equally new ones the last. With the time
    /// of the charge, if it has any.
    fn label(&self, charge: Place<'_>, now: Time) -> Option<LabelRecord<'static>> {
        let place = |(card, label): &'_ (String, LabelRecord<'_>)| {
            self.charge((card, OriginalId::of(&label.transaction_id))) == charge
        };
        let known = self.labels.iter().filter(|labelled| place(labelled));
        let known = known.filter(|(_, label)| label.known_at <= now);
        let (card, label) = known.max_by_key(|(_, label)| label.known_at)?;
        let link = self.link((card, OriginalId::of(&label.transaction_id)));
        let time = label.time.map(|time| link.map_or(time, |link| link.charge_time));
        Some(LabelRecord { time, ..label.clone() })
    }

    /// The declines that were let through and on which this rule fired, or all of them.
    fn control(
        &self,
        now: Time,
        counts: &impl Fn(Time) -> bool,
        rule: Option<&str>,
    ) -> RuleControl {
        let mut control = RuleControl::default();
        let has = |alert: &&AlertRecord<'_>| {
            rule.is_none_or(|rule| alert.rules.iter().any(|fired| fired.id == rule))
        };
        let let_through = self.alerts.iter().filter(|alert| alert.propensity.is_some());
        let declines: Vec<_> = let_through.filter(has).filter(|a| counts(a.time)).collect();
        let label_of = |alert: &AlertRecord<'_>| {
            let place = (&*alert.card, OriginalId::of(&alert.transaction_id));
            self.label(self.charge(place), now).map(|label| label.label)
        };
        for decline in &declines {
            let label = match label_of(decline) {
                Some(LabelValue::Fraud) => AlertLabel::Fraud,
                Some(LabelValue::Genuine) => AlertLabel::Genuine,
                _ => AlertLabel::None,
            };
            let amount = decline.amount.filter(|_| decline.currency == "USD");
            control.outcomes.add(label, Tally { count: 1, amount: amount.unwrap_or(0) });
        }
        // A week of the calendar, by its Monday: 1970-01-05 was one.
        let monday = |time: Time| (time.millis() / DAY_MS - 4).div_euclid(7);
        let mut clusters: Vec<_> = declines.iter().map(|a| (&*a.card, monday(a.time))).collect();
        clusters.sort_unstable();
        clusters.dedup();
        for (card, week) in clusters {
            let within = declines.iter().filter(|a| a.card == card && monday(a.time) == week);
            let fraud = within.clone().filter(|a| label_of(a) == Some(LabelValue::Fraud));
            control.sums.add_cluster(within.count() as u64, fraud.count() as u64);
        }
        control
    }

    fn report(&self, now: Time) -> PrecisionReport {
        let age = |time: Time| now.millis() - time.millis();
        let counts =
            |time: Time| (settings().mature_after_ms..=settings().horizon_ms).contains(&age(time));
        let mut report = PrecisionReport {
            alerts_held: self.alerts.len(),
            links_held: self.links.len(),
            ..PrecisionReport::default()
        };
        let charge_of = |alert: &AlertRecord<'_>| {
            (alert.card.to_string(), OriginalId::of(&alert.transaction_id))
        };
        for alert in &self.alerts {
            let (card, id) = charge_of(alert);
            let meaning = match self.label(self.charge((&card, id)), now).map(|l| l.label) {
                Some(LabelValue::Fraud) => AlertLabel::Fraud,
                Some(LabelValue::Genuine) => AlertLabel::Genuine,
                _ => AlertLabel::None,
            };
            let amount = alert.amount.filter(|_| alert.currency == "USD");
            let tally = Tally { count: 1, amount: amount.unwrap_or(0) };
            if alert.propensity.is_some() {
                continue;
            }
            for rule in &alert.rules {
                let by_label = report.rules.entry(rule.id.to_string()).or_default();
                if counts(alert.time) {
                    by_label.all.add(meaning, tally);
                }
                let days = age(alert.time) as f64 / DAY_MS as f64;
                if (30.0..44.0).contains(&days) {
                    by_label.recent.add(meaning, tally);
                }
            }
            if counts(alert.time) {
                report.alerted.add(meaning, tally);
            }
        }
        let id_of = |label: &LabelRecord<'_>| OriginalId::of(&label.transaction_id);
        let mut labelled: Vec<Place<'_>> =
            self.labels.iter().map(|(card, label)| (card.as_str(), id_of(label))).collect();
        let in_order = |(card, id): &Place<'_>| (card.to_string(), id.0);
        labelled.sort_by_key(in_order);
        labelled.dedup();
        report.labels_held = labelled.len();
        let mut charges: Vec<Place<'_>> =
            labelled.into_iter().map(|place| self.charge(place)).collect();
        charges.sort_by_key(in_order);
        charges.dedup();
        let all: Vec<&str> = self.alerts.iter().flat_map(|a| &a.rules).map(|r| &*r.id).collect();
        for rule in all {
            let control = self.control(now, &counts, Some(rule));
            if control != RuleControl::default() {
                report.controls.insert(rule.to_owned(), control);
            }
        }
        report.control = self.control(now, &counts, None);
        for charge in charges {
            let Some(label) = self.label(charge, now) else { continue };
            let is_alerted = self.alerts.iter().any(|alert| {
                let (card, id) = charge_of(alert);
                self.charge((&card, id)) == charge
            });
            let is_missed = label.label == LabelValue::Fraud && !is_alerted;
            if is_missed && label.time.is_some_and(counts) {
                let amount = label.amount.filter(|_| label.currency.as_deref() == Some("USD"));
                report.missed.add(Tally { count: 1, amount: amount.unwrap_or(0) });
            }
        }
        report
    }
}

fn random_record(random: &mut ChaCha8Rng, around: i64) -> OutcomeRecord<'static> {
    let mut pick = |max: usize| random.random_range(0..max);
    let (number, card) = (pick(12), pick(CARDS.len()));
    let (id, card) = (format!("t{number}"), CARDS[card]);
    // The time of each transaction follows from its id.
    let time = day(150 + 10 * i64::try_from(number).unwrap());
    // The clock of a producer may be ahead.
    let known_at = Time(day(around + 10).millis() - DAY_MS * i64::try_from(pick(60)).unwrap());
    let currency = if pick(8) == 0 { "EUR" } else { "USD" };
    let amount = (pick(6) > 0).then_some(i64::try_from(pick(1_000)).unwrap());
    if pick(6) == 0 {
        // Links lead to the first transactions; rarely, one turns out to be a separate charge.
        let charge = pick(number.min(2) + 1);
        let charge_time = day(150 + 10 * i64::try_from(charge).unwrap());
        let to_itself = pick(4) == 0 || number < 3;
        let target = if to_itself { (&*id, time) } else { (&*format!("t{charge}"), charge_time) };
        return LinkRecord { card: card.into(), ..link((&id, time), target) }.into();
    }
    if pick(2) == 0 {
        let rules: Vec<&str> = RULES.into_iter().filter(|_| pick(2) == 0).collect();
        let mut alert = alert(&id, time, 0, &rules);
        alert.alert_id = format!("{card} {id} {}", pick(3)).into();
        (alert.card, alert.amount, alert.currency) = (card.into(), amount, currency.into());
        alert.propensity = (pick(3) == 0).then_some(0.01);
        return alert.into();
    }
    let (value, _) = LabelValue::NAMES[pick(LabelValue::NAMES.len())];
    let mut label = label(&id, value, known_at);
    label.card = card.into();
    label.former_card = (pick(4) == 0).then(|| CARDS[pick(CARDS.len())].into());
    label.time = (pick(3) > 0).then_some(time);
    label.amount = amount;
    label.currency = Some(currency.into());
    label.into()
}

fn compare(mut random: ChaCha8Rng) {
    let (mut fold, mut naive) = (Outcomes::new(settings()), Naive::default());
    let mut around = 200;
    for _ in 0..RECORDS {
        let record = random_record(&mut random, around);
        fold.take(&record);
        naive.take(&record);
        around += random.random_range(0..3);
        let now = day(around);
        if random.random_bool(0.1) {
            assert_eq!(fold.report(now), naive.report(now));
        }
    }
    // What is forgotten does not count.
    let now = day(around + 90);
    let before = fold.report(now);
    fold.forget(now);
    let after = fold.report(now);
    assert_eq!((after.alerted, after.missed), (before.alerted, before.missed));
    assert_eq!((after.control, &after.controls), (before.control, &before.controls));
    let rules =
        |report: &PrecisionReport, rule: &str| report.rules.get(rule).copied().unwrap_or_default();
    RULES.iter().for_each(|rule| assert_eq!(rules(&after, rule), rules(&before, rule)));
}

#[test]
fn the_fold_counts_what_a_search_through_all_records_counts() {
    for seed in SEEDS {
        let random = ChaCha8Rng::seed_from_u64(seed);
        if let Err(cause) = catch_unwind(AssertUnwindSafe(|| compare(random))) {
            eprintln!("seed {seed} fails; to reproduce it: SEEDS = {seed}..{}", seed + 1);
            resume_unwind(cause);
        }
    }
}
