//! Reports medians over the rounds, and ratios to the loop of the same round.

use super::contender::Contender;
use super::throughput::Throughput;
use std::fmt;

/// The results of one round.
#[derive(Default)]
pub struct Round(Vec<(Contender, Throughput)>);

impl Round {
    pub fn add(&mut self, contender: Contender, measured: Throughput) {
        self.0.push((contender, measured));
    }

    fn find(&self, of: Contender) -> Option<&Throughput> {
        self.0.iter().find(|(contender, _)| *contender == of).map(|(_, measured)| measured)
    }
}

/// The results of all rounds.
pub struct Report {
    contenders: Vec<Contender>,
    rounds: Vec<Round>,
}

impl Report {
    pub fn of(contenders: &[Contender]) -> Self {
        Self { contenders: contenders.to_vec(), rounds: Vec::new() }
    }

    pub fn add(&mut self, round: Round) {
        self.rounds.push(round);
    }

    fn values(&self, of: Contender, value: fn(&Throughput) -> f64) -> Vec<f64> {
        self.rounds.iter().filter_map(|round| round.find(of).map(value)).collect()
    }

    fn row(&self, f: &mut fmt::Formatter<'_>, of: Contender) -> fmt::Result {
        let value = |value| median(self.values(of, value));
        let ratio = |value| {
            let (own, base) = (self.values(of, value), self.values(Contender::Decoding, value));
            median(own.iter().zip(&base).map(|(own, base)| own / base).collect())
        };
        writeln!(
            f,
            "| {of} | {:.2} | {:.2} | {:.0} | {:.2} | {:.2} | {:.0} | {:.0} % |",
            // Seconds per million messages are microseconds per message.
            value(|t| t.client_cpu),
            ratio(|t| t.client_cpu),
            value(|t| t.messages_per_second),
            ratio(|t| t.messages_per_second),
            value(|t| t.broker_cpu.unwrap_or(f64::NAN)),
            value(|t| t.resident_mib),
            value(|t| t.others) * 100.0,
        )
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rounds = self.rounds.len();
        writeln!(f, "Medians of {rounds} rounds; × is against the loop that decodes.\n")?;
        writeln!(
            f,
            "| exactly once | client CPU µs/transaction | × | messages/s | × | broker CPU µs/transaction | resident MiB | others' CPU |"
        )?;
        writeln!(f, "| --- | --- | --- | --- | --- | --- | --- | --- |")?;
        self.contenders.iter().try_for_each(|of| self.row(f, *of))
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
