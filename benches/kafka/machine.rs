//! Reads what processes and the machine have used from Linux's `/proc`.

use anyhow::Context;
use std::fs::read_to_string;

/// The unit of CPU times in `/proc`; Linux has shown user space no other for decades.
const TICKS_PER_SECOND: f64 = 100.0;

/// Seconds of CPU time that a process has used, in user and kernel mode, over all threads.
pub fn cpu_seconds(process: u32) -> anyhow::Result<f64> {
    let path = format!("/proc/{process}/stat");
    let stat = read_to_string(&path).with_context(|| path.clone())?;
    // The process name may contain any character; it ends at the last bracket. `utime` is the 14th
    // field.
    let (_, fields) = stat.rsplit_once(')').context(path.clone())?;
    let ticks = fields.split_whitespace().skip(11).take(2).map(str::parse::<f64>);
    Ok(ticks.sum::<Result<f64, _>>().context(path)? / TICKS_PER_SECOND)
}

/// Whether a process is there and has not ended; a child that has ended remains as a zombie (`Z`).
pub fn is_running(process: u32) -> bool {
    let stat = read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, fields)| !fields.starts_with(['Z', 'X']))
}

/// Resident memory of a process, in MiB.
pub fn resident_mib(process: u32) -> anyhow::Result<f64> {
    let path = format!("/proc/{process}/status");
    let status = read_to_string(&path).with_context(|| path.clone())?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.split_whitespace().next()).context(path)?;
    Ok(kib.parse::<f64>()? / 1024.0)
}

/// Seconds of CPU time of the whole machine: busy, and in total.
pub fn machine_seconds() -> anyhow::Result<(f64, f64)> {
    let stat = read_to_string("/proc/stat").context("/proc/stat")?;
    let line = stat.lines().next().context("/proc/stat is empty")?;
    // user nice system idle iowait irq softirq steal; guest time is part of the first two.
    let fields: Vec<f64> =
        line.split_whitespace().skip(1).take(8).map(str::parse).collect::<Result<_, _>>()?;
    let all: f64 = fields.iter().sum();
    let idle: f64 = fields.iter().skip(3).take(2).sum();
    Ok(((all - idle) / TICKS_PER_SECOND, all / TICKS_PER_SECOND))
}

/// CPU seconds used so far by the contender, the broker and the machine.
#[derive(Debug, Clone, Copy)]
pub struct Usage {
    pub client: f64,
    /// `None` if this benchmark did not start the broker.
    pub broker: Option<f64>,
    own: f64,
    busy: f64,
    all: f64,
}

impl Usage {
    pub fn of(client: u32, broker: Option<u32>) -> anyhow::Result<Self> {
        let (busy, all) = machine_seconds()?;
        Ok(Self {
            client: cpu_seconds(client)?,
            broker: broker.map(cpu_seconds).transpose()?,
            own: cpu_seconds(std::process::id())?,
            busy,
            all,
        })
    }

    /// The share of the machine's CPU time that went to processes outside the benchmark.
    pub fn others_since(&self, before: &Self) -> f64 {
        let part = |usage: &Self| usage.client + usage.broker.unwrap_or(0.0) + usage.own;
        let others = (self.busy - before.busy) - (part(self) - part(before));
        (others / (self.all - before.all).max(f64::MIN_POSITIVE)).clamp(0.0, 1.0)
    }
}
