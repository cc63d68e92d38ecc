//! Writes a report in the format that was asked for.

use super::arguments::ExplainArgs;
use super::report::Report;
use super::{json, text};
use crate::cli::format::Format;
use crate::cli::{output, terminal};
use anyhow::Context;

pub fn show(args: &ExplainArgs, mut report: Report) -> anyhow::Result<()> {
    for rule in report.disagreements() {
        terminal::warning(format_args!(
            "rule `{rule}`: its parts and its outcome differ, which is a mistake in redcard; please report it"
        ));
    }
    if let Some(id) = &args.rule {
        report.rules.retain(|rule| rule.info.id == *id);
    }
    let written = match args.format {
        Format::Text => output::results(&text::of(&report, args.rule.is_some())),
        Format::Json => output::json(&(serde_json::to_string(&json::ReportJson(&report))? + "\n")),
    };
    written.context("cannot write the explanation")
}
