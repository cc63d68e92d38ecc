//! Measures how fast redcard restores its memory from its history.

use super::contender::Running;
use super::machine::cpu_seconds;
use anyhow::{Context, ensure};
use std::fmt;

#[derive(Debug, Clone, Copy)]
pub struct Restored {
    pub events: f64,
    /// From the first request for the first partition to the end of the slowest partition.
    pub events_per_second: f64,
    /// Includes the CPU time to start the process, compile the rules and join the group.
    pub events_per_cpu_second: f64,
}

/// Restarts redcard after it has processed the backlog.
pub fn measure(running: &mut Running<'_>) -> anyhow::Result<Restored> {
    let redcard = running.restarted().context("a loop remembers nothing")?;
    let cpu = cpu_seconds(redcard.id())?;
    let log = redcard.output();
    let (mut events, mut slowest_ms) = (0.0, 0.0_f64);
    for line in log.lines().filter_map(|line| serde_json::from_str(line).ok()) {
        let line: serde_json::Value = line;
        let fields = line.get("fields").unwrap_or(&line);
        if fields["message"] == "memory restored" {
            events += fields["transactions"].as_f64().context("no count in the log")?;
            let took_ms = &fields["took_ms"];
            let text = took_ms.as_str().and_then(|text| text.parse().ok());
            slowest_ms = slowest_ms.max(took_ms.as_f64().or(text).context("no time in the log")?);
        }
    }
    ensure!(events > 0.0, "nothing was restored:\n{log}");
    Ok(Restored {
        events,
        events_per_second: events / (slowest_ms.max(1.0) / 1e3),
        events_per_cpu_second: events / cpu.max(0.01),
    })
}

impl fmt::Display for Restored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { events, events_per_second, events_per_cpu_second } = self;
        write!(
            f,
            "{events:.0} events at {:.2} million a second, {:.2} million a CPU second",
            events_per_second / 1e6,
            events_per_cpu_second / 1e6
        )
    }
}
