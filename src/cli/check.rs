//! `redcard check`: checks whether a configuration and its rules would start, and prints the
//! effective settings.

use super::environment::Environment;
use super::exit::Exit;
use super::settings::{self, ConfigArgs};
use super::{http, logging, notify, output, terminal};
use crate::config::Config;
use crate::printable::{Printable, PrintableLines};
use crate::rules::{Diagnostics, Mode, Ruleset};
use std::process::ExitCode;
use std::sync::Arc;

const EXAMPLES: &str = "\
Examples:
  redcard check --example > redcard.toml
  redcard check --config redcard.toml
  REDCARD__KAFKA__BROKERS=kafka:9092 redcard check

Exit codes: 0 all is well, 2 something is wrong with the configuration or the rules.";

/// Check configuration and rules, start nothing, and print the effective settings
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct CheckArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// Print an example configuration file, with every key and its default, and exit
    #[arg(long, conflicts_with_all = ["config", "rules"])]
    example: bool,
    /// Rules file or folder, instead of the configuration's or the shipped ones
    #[arg(long, value_name = "PATH")]
    rules: Option<std::path::PathBuf>,
}

pub fn run(args: CheckArgs, environment: &Environment) -> anyhow::Result<ExitCode> {
    if args.example {
        output::results(&Config::example())?;
        return Ok(Exit::Ok.into());
    }
    let mut config = args.config.read(environment)?;
    config.rules.path = args.rules.or(config.rules.path);
    logging::check(environment)?;
    let resolved = config.resolve()?;
    http::access(&resolved.http_access)?;
    let sources = settings::sources(resolved.rules.path.as_deref())?;
    let ruleset = Arc::new(settings::compile(&sources, resolved.environment)?);
    let tests = settings::run_tests(&sources, &ruleset, resolved.environment)?;
    let shown = format!("{}\n{}", heading(&ruleset), config.to_toml());
    if resolved.topics.lists.is_none() {
        let mut lints = Diagnostics::over(&sources.files);
        ruleset.warn_without_topic(&mut lints);
        terminal::styled(&lints.render(true));
    }
    settings::checked_kafka(resolved, ruleset)?;
    let notifications = notifications(&config)?;
    warn_of_addresses(&config);
    output::results(&PrintableLines(&shown).to_string())?;
    terminal::line(format_args!(
        "configuration and rules{notifications} are in order; {tests} rule tests passed"
    ));
    Ok(Exit::Ok.into())
}

/// Warns about addresses on which this machine cannot listen. It need not be the machine that the
/// service runs on, so this is not an error.
fn warn_of_addresses(config: &Config) {
    let notify = config.notify.has_target().then_some(("notify.listen", config.notify.listen));
    for (key, listen) in [("http.listen", config.http.listen)].into_iter().chain(notify) {
        if let Some(error) = http::cannot_listen(listen) {
            terminal::warning(format_args!(
                "cannot listen on {listen} (`{key}`): {error}; a start on this machine would fail, so check \
                 the address if the service runs here"
            ));
        }
    }
}

/// The notification settings as text; empty if there is no target.
fn notifications(config: &Config) -> anyhow::Result<String> {
    if !config.notify.has_target() {
        return Ok(String::new());
    }
    Ok(format!(", and notifications (to {}),", notify::check(config)?.join(", ")))
}

/// A description of the ruleset, as TOML comments.
fn heading(ruleset: &Ruleset) -> String {
    let in_mode = |mode| ruleset.rules().iter().filter(|rule| rule.mode == mode).count();
    let id = &ruleset.id;
    format!(
        "# ruleset {} {} ({}): {} rules live, {} shadow, {} off\n",
        Printable(&id.name),
        Printable(&id.version),
        id.hash,
        in_mode(Mode::Live),
        in_mode(Mode::Shadow),
        in_mode(Mode::Off)
    )
}
