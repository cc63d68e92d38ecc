//! The files that all contenders share: the six rules, and the rates of currencies.

use anyhow::Context;
use std::path::{Path, PathBuf};

/// The ruleset with the six rules, as TOML.
pub const RULES: &str = include_str!("rules/peers.toml");

/// The ids of the six rules.
pub fn rule_ids() -> anyhow::Result<Vec<String>> {
    let ruleset: toml::Table = RULES.parse()?;
    let rules = ruleset["rule"].as_array().context("the ruleset has no rules")?;
    let id = |rule: &toml::Value| rule.get("id")?.as_str().map(str::to_owned);
    rules.iter().map(id).collect::<Option<_>>().context("a rule has no id")
}

pub fn rates_file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/peers/rates.toml")
}

pub fn rates() -> anyhow::Result<toml::Table> {
    Ok(std::fs::read_to_string(rates_file())?.parse()?)
}
