//! Reports medians over the rounds, and ratios between contenders of the same round.

use super::contender::Contender;
use super::latency::Latency;
use super::restore::Restored;
use super::throughput::Throughput;
use std::fmt;

/// The results of one round.
#[derive(Default)]
pub struct Round {
    pub throughput: Vec<(Contender, Throughput)>,
    pub latency: Vec<(Contender, Latency)>,
    pub restore: Option<Restored>,
}

#[derive(Default)]
pub struct Report(Vec<Round>);

impl Report {
    pub fn add(&mut self, round: Round) {
        self.0.push(round);
    }

    fn throughput(&self, of: Contender, value: impl Fn(&Throughput) -> f64) -> Vec<f64> {
        self.0.iter().filter_map(|round| Some(value(find(&round.throughput, of)?))).collect()
    }

    fn latency(&self, of: Contender, value: impl Fn(&Latency) -> f64) -> Vec<f64> {
        self.0.iter().filter_map(|round| Some(value(find(&round.latency, of)?))).collect()
    }

    fn throughput_row(&self, f: &mut fmt::Formatter<'_>, of: Contender) -> fmt::Result {
        let value = |value: fn(&Throughput) -> f64| median(self.throughput(of, value));
        let ratio = |value: fn(&Throughput) -> f64| {
            ratio(&self.throughput(of, value), &self.throughput(of.baseline(), value))
        };
        writeln!(
            f,
            "| {of} | {:.0} | {:.2} | {:.2} | {:.2} | {:.2} | {:.0} | {:.0} % |",
            value(|t| t.messages_per_second),
            ratio(|t| t.messages_per_second),
            value(|t| t.client_cpu),
            ratio(|t| t.client_cpu),
            value(|t| t.broker_cpu.unwrap_or(f64::NAN)),
            value(|t| t.resident_mib),
            value(|t| t.others) * 100.0,
        )
    }

    fn latency_row(&self, f: &mut fmt::Formatter<'_>, of: Contender) -> fmt::Result {
        let value = |value: fn(&Latency) -> f64| median(self.latency(of, value));
        let floor = self.latency(Contender::NOTHING_EXACTLY_ONCE, |l| l.p999);
        writeln!(
            f,
            "| {of} | {:.1} | {:.1} | {:.1} | {:.2} | {:.0} | {:.0} |",
            value(|l| l.p50),
            value(|l| l.p99),
            value(|l| l.p999),
            ratio(&self.latency(of, |l| l.p999), &floor),
            value(|l| l.alerts as f64),
            value(|l| l.feed_late),
        )
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "Medians of {} rounds; × is against the loop that decodes.\n", self.0.len())?;
        writeln!(
            f,
            "| what | messages/s | × | client CPU s/million | × | broker CPU s/million | resident MiB | others' CPU |"
        )?;
        writeln!(f, "| --- | --- | --- | --- | --- | --- | --- | --- |")?;
        Contender::ALL.iter().try_for_each(|of| self.throughput_row(f, *of))?;
        writeln!(f, "\nProduce to readable alert, ms; × is against the no-op loop.\n")?;
        writeln!(f, "| what | p50 | p99 | p99.9 | × | alerts | feed late at most |")?;
        writeln!(f, "| --- | --- | --- | --- | --- | --- | --- |")?;
        let live = [Contender::NOTHING_EXACTLY_ONCE, Contender::REDCARD_EXACTLY_ONCE];
        live.iter().try_for_each(|of| self.latency_row(f, *of))?;
        let restores = || self.0.iter().filter_map(|round| round.restore);
        write!(
            f,
            "\nRestore: {:.2} million events a second, {:.2} million a CPU second",
            median(restores().map(|r| r.events_per_second).collect()) / 1e6,
            median(restores().map(|r| r.events_per_cpu_second).collect()) / 1e6,
        )
    }
}

impl fmt::Display for Round {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (contender, throughput) in &self.throughput {
            writeln!(f, "  {contender}: {throughput}")?;
        }
        for (contender, latency) in &self.latency {
            writeln!(f, "  {contender}: {latency}")?;
        }
        match self.restore {
            Some(restore) => write!(f, "  redcard, restore: {restore}"),
            None => Ok(()),
        }
    }
}

fn find<T>(measured: &[(Contender, T)], of: Contender) -> Option<&T> {
    measured.iter().find(|(contender, _)| *contender == of).map(|(_, value)| value)
}

fn ratio(ours: &[f64], baseline: &[f64]) -> f64 {
    median(ours.iter().zip(baseline).map(|(ours, baseline)| ours / baseline).collect())
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
