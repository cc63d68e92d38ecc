//! Tools that some tests run.

use super::jars;
use std::process::{Command, Stdio};

/// What Prometheus' rules and configuration are checked with.
pub fn promtool() -> Command {
    of_prometheus("promtool")
}

pub fn prometheus() -> Command {
    of_prometheus("prometheus")
}

/// From PATH, or where `scripts/prepare` put it; panics where there is none.
fn of_prometheus(name: &str) -> Command {
    let prepared = jars::work_directory().join("../tools").join(name);
    for program in [name.into(), prepared] {
        let mut version = Command::new(&program);
        version.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
        if version.status().is_ok_and(|status| status.success()) {
            return Command::new(program);
        }
    }
    panic!("this test needs `{name}`: run scripts/test, or install Prometheus (Debian: prometheus)")
}
