//! Tools that some tests run.

use super::jars;
use std::process::{Command, Stdio};

/// `promtool`: from PATH, or where `scripts/prepare` put it; panics where there is none.
pub fn promtool() -> Command {
    let prepared = jars::work_directory().join("../tools/promtool");
    for program in ["promtool".into(), prepared] {
        let mut version = Command::new(&program);
        version.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
        if version.status().is_ok_and(|status| status.success()) {
            return Command::new(program);
        }
    }
    panic!("this test needs `promtool`: run scripts/test, or install Prometheus")
}
