//! Checks the files that are shipped with the program against the program and each other. No
//! container runs here.

mod alerts;
mod commands;
mod compose;
mod dashboards;
mod image;
mod kubernetes;
mod peers;
mod programs;
mod promql;

use std::path::{Path, PathBuf};

/// Path of a repository file, given relative to the root.
fn file(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn read(path: &str) -> String {
    std::fs::read_to_string(file(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn read_yaml(path: &str) -> serde_json::Value {
    serde_yaml_ng::from_str(&read(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}
