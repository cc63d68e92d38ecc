//! The arguments of `redcard rules list`, and its two output formats.

use super::cards;
use super::cost::{self, Cost, Costs};
use crate::cli::environment::Environment;
use crate::cli::exit::Exit;
use crate::cli::format::Format;
use crate::cli::rules::ruleset::RulesetArgs;
use crate::cli::table::Table;
use crate::cli::{output, settings, terminal};
use crate::rules::{Mode, RuleFacts, RuleInfo, Ruleset, show_duration};
use serde::Serialize;
use std::process::ExitCode;

const EXAMPLES: &str = "\
Examples:
  redcard rules list rules/
  redcard rules list rules/ --sort cost
  redcard rules list rules/ --format json | jq 'select(.cost_ns > 100) | .id'

COST is the time that the rule adds to a decision, in nanoseconds on this machine. The ruleset runs
alternately with the rule on and off, over cards of generated traffic with 64 remembered charges, and
the fastest rounds of both are compared. What a rule shares with others adds nothing to its cost, so
the costs do not add up to that of the whole ruleset. The figure after ± is the spread of the fastest
quarter of the rounds: a smaller cost may be zero. On a busy machine the figures are noisy, so run
it again before you act on them.

Exit codes: 0 listed, 2 the rules are wrong.";

/// Show a ruleset's rules, with what each one uses and costs
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct ListArgs {
    #[command(flatten)]
    ruleset: RulesetArgs,
    /// Order of the rules
    #[arg(long, value_name = "ORDER", default_value = "file")]
    sort: Order,
    /// Do not measure the cost
    #[arg(long, conflicts_with = "sort")]
    no_cost: bool,
    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Order {
    /// As in the files
    File,
    /// The most expensive first
    Cost,
}

/// One rule with everything that is shown about it.
struct Row<'r> {
    info: &'r RuleInfo,
    facts: &'r RuleFacts,
    cost: Option<Cost>,
}

pub fn run(args: &ListArgs, environment: &Environment) -> anyhow::Result<ExitCode> {
    let written = args.ruleset.read(environment)?;
    let compiled = written.sources.compile(written.environment).map_err(settings::refused)?;
    let ruleset = compiled.0;
    let costs = if args.no_cost { None } else { cost::measure(&written, &ruleset)? };
    let mut rows = rows(&ruleset, costs.as_ref());
    if args.sort == Order::Cost {
        let ns = |row: &Row<'_>| row.cost.map_or(f64::NEG_INFINITY, |cost| cost.ns);
        rows.sort_by(|a, b| ns(b).total_cmp(&ns(a)));
    }
    match args.format {
        Format::Text => output::results(&table(&rows).render(terminal::width()))?,
        Format::Json => {
            let lines: Result<Vec<String>, _> = rows.iter().map(line).collect();
            output::json(&lines?.concat())?;
        }
    }
    if costs.is_none() && !args.no_cost {
        terminal::warning(format_args!(
            "nothing was measured: within `memory.retention` no generated card is charged {} times",
            cards::REMEMBERED
        ));
    }
    if let Some(Costs { whole_ns, cards, .. }) = costs {
        terminal::line(format_args!(
            "all rules together: {whole_ns:.0} ns a transaction, over {cards} generated cards that \
             remember {} charges each",
            cards::REMEMBERED
        ));
    }
    Ok(Exit::Ok.into())
}

fn rows<'r>(ruleset: &'r Ruleset, costs: Option<&Costs>) -> Vec<Row<'r>> {
    let rules = ruleset.rules().iter().zip(&ruleset.facts().rules).enumerate();
    let cost = |at: usize| costs.and_then(|costs| costs.rules.get(at).copied().flatten());
    rules.map(|(at, (info, facts))| Row { info, facts, cost: cost(at) }).collect()
}

fn table(rows: &[Row<'_>]) -> Table {
    let mut table =
        Table::new(&["ID", "MODE", "POINTS", "SEVERITY", "COST (ns)", "WINDOWS", "FEATURES"]);
    for Row { info, facts, cost } in rows {
        let windows: Vec<String> = facts.windows_ms.iter().map(|ms| show_duration(*ms)).collect();
        table.row(vec![
            info.id.clone(),
            mode(info.mode).to_owned(),
            points(facts),
            info.severity.name().to_owned(),
            cost.map_or("-".to_owned(), |cost| format!("{:.0} ±{:.0}", cost.ns, cost.noise_ns)),
            windows.join(", "),
            facts.features.join(", "),
        ]);
    }
    table
}

fn mode(mode: Mode) -> &'static str {
    match mode {
        Mode::Live => "live",
        Mode::Shadow => "shadow",
        Mode::Off => "off",
    }
}

/// `350`, or `0 to 400` if an expression computes the points.
fn points(facts: &RuleFacts) -> String {
    let (least, most) = (facts.points.start(), facts.points.end());
    if least == most { least.to_string() } else { format!("{least} to {most}") }
}

#[derive(Serialize)]
struct RuleLine<'r> {
    id: &'r str,
    mode: &'static str,
    points: PointsJson,
    severity: &'static str,
    reason: &'r str,
    windows: Vec<String>,
    features: &'r [String],
    cost_ns: Option<f64>,
    cost_noise_ns: Option<f64>,
}

#[derive(Serialize)]
struct PointsJson {
    least: i32,
    most: i32,
}

fn line(row: &Row<'_>) -> serde_json::Result<String> {
    let Row { info, facts, cost } = row;
    let tenths = |ns: f64| (ns * 10.0).round() / 10.0;
    let line = RuleLine {
        id: &info.id,
        mode: mode(info.mode),
        points: PointsJson { least: *facts.points.start(), most: *facts.points.end() },
        severity: info.severity.name(),
        reason: &info.reason,
        windows: facts.windows_ms.iter().map(|ms| show_duration(*ms)).collect(),
        features: &facts.features,
        cost_ns: cost.map(|cost| tenths(cost.ns)),
        cost_noise_ns: cost.map(|cost| tenths(cost.noise_ns)),
    };
    Ok(serde_json::to_string(&line)? + "\n")
}
