//! Keeps the ruleset of a running command up to date with its files.

use super::settings;
use crate::config::Rules;
use crate::reload::{Origin, ReloadHandle, ReloadTargets, Reloader};
use crate::rules::{Environment, Ruleset, Sources};
use anyhow::Context;
use std::sync::Arc;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// The ruleset that was read at the start, and its origin.
#[derive(Debug)]
pub struct Loaded {
    pub ruleset: Arc<Ruleset>,
    /// `None` for the shipped rules, which do not change.
    pub origin: Option<(Origin, Sources)>,
}

/// Reads and compiles the configured ruleset, prints its lints, and runs its tests, as a reload
/// does. The tests of the shipped rules are not run: they passed before the release, and are
/// written for one base currency.
pub fn load_tested(
    rules: &Rules,
    environment: Environment,
) -> Result<Loaded, settings::RulesError> {
    let loaded = load(rules, environment)?;
    if let Some((_, sources)) = &loaded.origin {
        settings::run_tests(sources, &loaded.ruleset, environment)?;
    }
    Ok(loaded)
}

/// Reads and compiles the configured ruleset, and prints its lints.
pub fn load(rules: &Rules, environment: Environment) -> Result<Loaded, settings::RulesError> {
    let sources = settings::sources(rules.path.as_deref())?;
    let ruleset = Arc::new(settings::compile(&sources, environment)?);
    let poll_interval = rules.poll_interval.as_duration();
    let origin = |path| (Origin { path, environment, poll_interval }, sources);
    Ok(Loaded { ruleset, origin: rules.path.clone().map(origin) })
}

/// Reloads on a change of a file and on SIGHUP, until dropped. Call it within a tokio runtime.
pub fn start(
    origin: Option<(Origin, Sources)>,
    targets: ReloadTargets,
) -> anyhow::Result<Option<Reloader>> {
    let hangup = signal(SignalKind::hangup()).context("cannot listen for SIGHUP")?;
    let start = |(origin, sources)| Reloader::start(origin, sources, targets);
    let reloader = origin.map(start).transpose().context("cannot watch the rules")?;
    tokio::spawn(reload_on(hangup, reloader.as_ref().map(Reloader::handle)));
    Ok(reloader)
}

async fn reload_on(mut hangup: Signal, handle: Option<ReloadHandle>) {
    while hangup.recv().await.is_some() {
        match &handle {
            Some(handle) => handle.request_reload(),
            None => tracing::info!(
                "SIGHUP: the rules that ship with redcard are active, and there is no file to read again"
            ),
        }
    }
}
