//! Compiles the ruleset that is explained, with explanations and without.

use super::arguments::ExplainArgs;
use crate::cli::settings::{self, RulesError};
use crate::config::Resolved;
use crate::rules::{Questions, Ruleset, nearest};

/// The ruleset as `score` compiles it, and compiled with explanations.
pub fn compiled(args: &ExplainArgs, resolved: &Resolved) -> Result<(Ruleset, Ruleset), RulesError> {
    let sources = settings::sources(Some(&args.rules))?;
    // Warnings are left to `rules check`.
    let (deciding, _) = sources.compile(resolved.environment).map_err(settings::refused)?;
    let questions = Questions { explanations: true, ..Questions::default() };
    match sources.compile_with_queries(resolved.environment, questions) {
        Ok((explaining, _)) => Ok((deciding, explaining)),
        Err(errors) => Err(RulesError::Refused(errors.render(true))),
    }
}

pub fn unknown_rule(args: &ExplainArgs, ruleset: &Ruleset) -> Option<String> {
    let id = args.rule.as_deref()?;
    let known = || ruleset.rules().iter().map(|rule| rule.id.as_str());
    if known().any(|rule| rule == id) {
        return None;
    }
    let near = nearest(id, known()).map(|near| format!("; did you mean `{near}`?"));
    let path = args.rules.display();
    Some(format!("{path} has no rule `{id}`{}", near.unwrap_or_default()))
}
