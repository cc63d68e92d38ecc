//! Tools that some tests run.

use super::jars;
use std::process::{Command, Stdio};

/// What Prometheus' rules and configuration are checked with.
pub fn promtool() -> Command {
    tool("promtool", "prometheus")
}

/// `prometheus-alertmanager`, as Debian calls it.
#[allow(dead_code, reason = "the integration tests' alone")]
pub fn alertmanager() -> Command {
    tool("prometheus-alertmanager", "prometheus-alertmanager")
}

/// `amtool`, which comes with Alertmanager.
#[allow(dead_code, reason = "the integration tests' alone")]
pub fn amtool() -> Command {
    tool("amtool", "prometheus-alertmanager")
}

pub fn prometheus() -> Command {
    tool("prometheus", "prometheus")
}

/// From PATH, or where `scripts/prepare` put it; panics where there is none.
fn tool(name: &str, package: &str) -> Command {
    let prepared = jars::work_directory().join("../tools").join(name);
    for program in [name.into(), prepared] {
        let mut version = Command::new(&program);
        version.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
        if version.status().is_ok_and(|status| status.success()) {
            return Command::new(program);
        }
    }
    panic!("this test needs `{name}`: run scripts/test, or install Debian's package {package}")
}
