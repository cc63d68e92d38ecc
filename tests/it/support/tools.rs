//! Finds the external tools that some tests run.

use super::jars;
use std::process::{Command, Stdio};

/// Checks Prometheus' rules and configuration.
pub fn promtool() -> Command {
    tool("promtool", "prometheus")
}

/// `prometheus-alertmanager` is Debian's name for Alertmanager.
#[allow(dead_code, reason = "the integration tests' alone")]
pub fn alertmanager() -> Command {
    tool("prometheus-alertmanager", "prometheus-alertmanager")
}

/// `amtool` is part of Alertmanager.
#[allow(dead_code, reason = "the integration tests' alone")]
pub fn amtool() -> Command {
    tool("amtool", "prometheus-alertmanager")
}

/// Opens documents.
#[allow(dead_code, reason = "the integration tests' alone")]
pub fn chromium() -> Command {
    tool("chromium", "chromium")
}

pub fn prometheus() -> Command {
    tool("prometheus", "prometheus")
}

/// The tool from PATH or from where `scripts/prepare` puts it; panics if it is in neither.
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
