//! `redcard rules test`: runs the `[[test]]` cases of a ruleset, and shows the outcomes that
//! differ.

use super::json;
use super::ruleset::{RulesetArgs, RulesetSources};
use crate::cli::environment::Environment;
use crate::cli::exit::Exit;
use crate::cli::format::Format;
use crate::cli::settings::{self, RulesError};
use crate::cli::{output, terminal};
use crate::printable::Printable;
use crate::rule_tests::{self, CaseResult, StepNumber, StepOutcome, StepResult};
use crate::rules::{Diagnostics, Questions, Ruleset};
use anstyle::{AnsiColor, Style};
use serde::Serialize;
use std::fmt::Write;
use std::process::ExitCode;
use std::sync::Arc;

const PASSED: Style = AnsiColor::Green.on_default();
const FAILED: Style = AnsiColor::Red.on_default().bold();

/// The maximum number of lines for one transaction of a failed case.
const LINES_MAX: usize = 8;
const DIFFERENCES_MAX: usize = 20;

const EXAMPLES: &str = "\
Examples:
  redcard rules test rules/
  redcard rules test rules/ --filter 'near miss'
  redcard rules test rules/ --format json

docs/rules/reference.md says how to write cases. For a case that fails, each transaction is shown with
its outcome and, where it differs, the features that its rules use.

Exit codes: 0 all passed, 2 some failed, or the rules or a test are wrong.";

/// Run the tests that a ruleset carries
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct TestArgs {
    #[command(flatten)]
    ruleset: RulesetArgs,
    /// Only tests with this in their name
    #[arg(long, value_name = "TEXT")]
    filter: Option<String>,
    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
}

pub fn run(args: &TestArgs, environment: &Environment) -> anyhow::Result<ExitCode> {
    let written = json::or_unreadable(args.ruleset.read(environment), args.format)?;
    let results = compiled(&written)
        .and_then(|ruleset| rule_tests::run(&written.sources, &ruleset, written.environment));
    let mut results = match (results, args.format) {
        (Ok(results), _) => results,
        (Err(wrong), Format::Text) => return Err(settings::refused(wrong).into()),
        (Err(wrong), Format::Json) => {
            output::json(&json::lines(&wrong)?)?;
            terminal::line("the rules or a test are wrong: no test was run");
            return Ok(Exit::Usage.into());
        }
    };
    let all = results.len();
    if let Some(text) = &args.filter {
        results.retain(|case| case.name.contains(text.as_str()));
        if results.is_empty() {
            let text = text.clone();
            return Err(RulesError::NoSuchTest { text, all }.into());
        }
    }
    let failed = results.iter().filter(|case| !case.passed()).count();
    let summary = summary(results.len(), failed, all - results.len());
    match args.format {
        Format::Text => output::results(&(report(&results) + &summary + "\n"))?,
        Format::Json => {
            let lines: Result<Vec<String>, _> = results.iter().map(line).collect();
            output::json(&lines?.concat())?;
            terminal::line(summary);
        }
    }
    Ok(if failed > 0 { Exit::Usage } else { Exit::Ok }.into())
}

/// The ruleset, compiled to report the values of its features. Warnings are left to `rules check`.
fn compiled(written: &RulesetSources) -> Result<Arc<Ruleset>, Diagnostics> {
    let questions = Questions { features: true, ..Questions::default() };
    let compiled = written.sources.compile_with_queries(written.environment, questions);
    compiled.map(|(ruleset, _)| Arc::new(ruleset)).map_err(|mut wrong| {
        wrong.join(rule_tests::check(&written.sources, None, written.environment));
        wrong
    })
}

fn summary(run: usize, failed: usize, left_out: usize) -> String {
    let tests = if run == 1 { "test" } else { "tests" };
    let outcome = match failed {
        0 if run == 0 => "no tests".to_owned(),
        0 => format!("{run} {tests} passed"),
        failed => format!("{failed} of {run} {tests} failed"),
    };
    if left_out > 0 { format!("{outcome}, {left_out} left out") } else { outcome }
}

fn report(results: &[CaseResult]) -> String {
    let mut out = String::new();
    for case in results {
        let (style, word) = if case.passed() { (PASSED, "ok    ") } else { (FAILED, "FAILED") };
        let line = format!("{}: {}", case.place, case.name);
        // Writing to a string does not fail.
        let _ = writeln!(out, "{style}{word}{style:#} {}", Printable(&line));
        if !case.passed() {
            for difference in case.differences.iter().take(DIFFERENCES_MAX) {
                let _ = writeln!(out, "       {}", Printable(difference));
            }
            let more = case.differences.len().saturating_sub(DIFFERENCES_MAX);
            if more > 0 {
                let _ = writeln!(out, "       and {more} more");
            }
            out.push_str("       outcome:\n");
            write_outcomes(&case.steps, &mut out);
        }
    }
    out
}

/// Prints the outcome of each transaction. Copies with the same outcome share a line. If there are
/// too many lines, the first ones and the last are shown.
fn write_outcomes(steps: &[StepResult], out: &mut String) {
    let alike = |a: &StepResult, b: &StepResult| {
        a.differs == b.differs && a.outcome.to_string() == b.outcome.to_string()
    };
    for copies in steps.chunk_by(|a, b| a.which.transaction == b.which.transaction) {
        let groups: Vec<&[StepResult]> = copies.chunk_by(alike).collect();
        let hidden = groups.len().saturating_sub(LINES_MAX);
        for (at, group) in groups.iter().enumerate() {
            if hidden > 0 && at == LINES_MAX - 1 {
                let _ = writeln!(out, "         … {hidden} further outcomes of its copies");
            }
            if at < LINES_MAX - 1 || at >= LINES_MAX - 1 + hidden {
                write_group(group, out);
            }
        }
    }
}

fn write_group(group: &[StepResult], out: &mut String) {
    let (Some(first), Some(last)) = (group.first(), group.last()) else { return };
    let mark = if first.differs { '>' } else { ' ' };
    let line = format!("{}: {}", copy_range(first.which, last.which), first.outcome);
    let _ = writeln!(out, "     {mark} {}", Printable(&line));
    if let (true, StepOutcome::Decided(decided)) = (first.differs, &first.outcome) {
        for (name, answer) in &decided.values {
            let line = format!("{name} = {answer}");
            let _ = writeln!(out, "           {}", Printable(&line));
        }
    }
}

/// `2`, or `2 (3 to 20 of 20)`.
fn copy_range(first: StepNumber, last: StepNumber) -> String {
    let StepNumber { transaction, copy, copies } = first;
    match last.copy {
        same if same == copy => first.to_string(),
        last => format!("{transaction} ({copy} to {last} of {copies})"),
    }
}

#[derive(Serialize)]
struct ResultLine<'r> {
    name: &'r str,
    file: &'r str,
    line: usize,
    passed: bool,
    differences: &'r [String],
}

fn line(case: &CaseResult) -> serde_json::Result<String> {
    let line = ResultLine {
        name: &case.name,
        file: &case.place.file,
        line: case.place.line,
        passed: case.passed(),
        differences: &case.differences,
    };
    Ok(serde_json::to_string(&line)? + "\n")
}
