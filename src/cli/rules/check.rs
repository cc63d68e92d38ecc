//! `redcard rules check`: reports the errors of a ruleset, and what is probably a mistake.

use super::json;
use super::ruleset::RulesetArgs;
use crate::cli::environment::Environment;
use crate::cli::exit::Exit;
use crate::cli::format::Format;
use crate::cli::{output, terminal};
use crate::clock::wall_now;
use crate::printable::Printable;
use crate::rule_tests;
use crate::rules::{Diagnostics, Ruleset};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

const EXAMPLES: &str = "\
Examples:
  redcard rules check rules/
  redcard rules check rules.toml --config redcard.toml
  redcard rules check rules/ --deny warnings --format json

A ruleset is checked against the configuration's base currency and retention. docs/rules/reference.md
lists the warnings, docs/reference/command-line.md the fields of the JSON.

Exit codes: 0 no errors, 2 errors (or warnings, where they are denied).";

/// Show all errors and warnings of a ruleset
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct CheckArgs {
    #[command(flatten)]
    ruleset: RulesetArgs,
    /// Fail on warnings too
    #[arg(long, value_name = "WHAT")]
    deny: Option<Denied>,
    /// Output format of errors and warnings
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Denied {
    Warnings,
}

pub fn run(args: &CheckArgs, environment: &Environment) -> anyhow::Result<ExitCode> {
    let written = json::or_unreadable(args.ruleset.read(environment), args.format)?;
    let compiled = written.sources.compile_as_of(written.environment, wall_now());
    let (ruleset, mut found) = match compiled {
        Ok((ruleset, lints)) => (Some(Arc::new(ruleset)), lints),
        Err(errors) => (None, errors),
    };
    if let Some(ruleset) = ruleset.as_deref().filter(|_| written.is_without_lists_topic) {
        ruleset.warn_without_topic(&mut found);
    }
    found.join(rule_tests::check(&written.sources, ruleset.as_ref(), written.environment));
    let ruleset = ruleset.filter(|_| found.errors().next().is_none());
    let summary = summary(args.ruleset.path(), ruleset.as_deref(), &found);
    match args.format {
        Format::Text => output::results(&format!("{}{summary}\n", found.render(true)))?,
        Format::Json => {
            output::json(&json::lines(&found)?)?;
            terminal::line(summary);
        }
    }
    let denied = args.deny.is_some() && found.warnings().next().is_some();
    Ok(if ruleset.is_none() || denied { Exit::Usage } else { Exit::Ok }.into())
}

/// `rules/: redcard-shipped 1.0.0, 19 rules: 1 warning`
fn summary(path: &Path, ruleset: Option<&Ruleset>, found: &Diagnostics) -> String {
    let what = ruleset.map_or(String::new(), |ruleset| {
        let (id, rules) = (&ruleset.id, counted(ruleset.rules().len(), "rule"));
        format!(" {} {}, {rules}:", id.name, id.version)
    });
    let (errors, warnings) = (found.errors().count(), found.warnings().count());
    let found = match (errors, warnings) {
        (0, 0) => "no errors, no warnings".to_owned(),
        (0, _) => counted(warnings, "warning"),
        (_, 0) => counted(errors, "error"),
        _ => format!("{}, {}", counted(errors, "error"), counted(warnings, "warning")),
    };
    Printable(&format!("{}:{what} {found}", path.display())).to_string()
}

fn counted(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}
