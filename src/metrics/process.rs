//! Reports the resources that the process uses, read from `/proc` on each scrape.
//!
//! The client library's own collector would add seven dependencies. Without `/proc` there are no
//! such series.

use super::families::{self as f, Family};
use crate::number::NearestDouble;
use prometheus::core::Collector;
use prometheus::proto::MetricFamily;
use prometheus::{Counter, Gauge, Opts};
use std::fs;

/// The kernel reports CPU time to user space in hundredths of a second, whatever its own tick rate.
const TICKS_PER_SECOND: f64 = 100.0;
/// Indexes of the fields in `/proc/self/stat`, counted from after the command's name.
const USER_TIME: usize = 11;
const SYSTEM_TIME: usize = 12;
const START_TIME: usize = 19;
const KIBIBYTE: f64 = 1024.0;

/// The values read from `/proc`.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Usage {
    cpu_seconds: f64,
    resident_bytes: f64,
    open_files: f64,
    started: f64,
}

/// The metric families of the process, built again on each call.
pub(super) fn collect() -> Vec<MetricFamily> {
    read().map(families).unwrap_or_default()
}

fn families(usage: Usage) -> Vec<MetricFamily> {
    let cpu = Counter::with_opts(opts(&f::PROCESS_CPU));
    let cpu = cpu.into_iter().inspect(|counter| counter.inc_by(usage.cpu_seconds));
    let gauges = [
        (&f::PROCESS_RESIDENT, usage.resident_bytes),
        (&f::PROCESS_OPEN_FILES, usage.open_files),
        (&f::PROCESS_START, usage.started),
    ];
    let gauges = gauges.into_iter().filter_map(|(family, value)| {
        let gauge = Gauge::with_opts(opts(family)).ok()?;
        gauge.set(value);
        Some(gauge.collect())
    });
    cpu.flat_map(|counter| counter.collect()).chain(gauges.flatten()).collect()
}

fn opts(family: &Family) -> Opts {
    Opts::new(family.name, family.help)
}

fn read() -> Option<Usage> {
    let text = |path: &str| fs::read_to_string(path).ok();
    let open_files = fs::read_dir("/proc/self/fd").ok()?.count();
    usage(&text("/proc/self/stat")?, &text("/proc/self/status")?, &text("/proc/stat")?, open_files)
}

fn usage(stat: &str, status: &str, machine: &str, open_files: usize) -> Option<Usage> {
    // The command's name is in parentheses and may contain anything.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let seconds = |place: usize| {
        let ticks: f64 = fields.get(place)?.parse().ok()?;
        Some(ticks / TICKS_PER_SECOND)
    };
    Some(Usage {
        cpu_seconds: seconds(USER_TIME)? + seconds(SYSTEM_TIME)?,
        resident_bytes: first_number(status, "VmRSS:")? * KIBIBYTE,
        open_files: open_files.nearest_double(),
        started: first_number(machine, "btime ")? + seconds(START_TIME)?,
    })
}

fn first_number(text: &str, key: &str) -> Option<f64> {
    let line = text.lines().find_map(|line| line.strip_prefix(key))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_with_a_parenthesis_in_its_name_is_read_past() {
        let stat = "7 (a) b) S 1 7 7 0 -1 4194560 9 0 0 0 250 50 0 0 20 0 3 0 1200 9 9 9";
        let found = usage(stat, "VmSize: 9 kB\nVmRSS:\t  8 kB\n", "cpu 1\nbtime 1000\n", 5);
        let expected =
            Usage { cpu_seconds: 3.0, resident_bytes: 8192.0, open_files: 5.0, started: 1012.0 };
        assert_eq!(found, Some(expected));
        assert_eq!(usage("7 (a) S 1", "VmRSS: 8 kB", "btime 1000", 5), None);
    }
}
