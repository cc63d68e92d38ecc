//! Explains a transaction of a file; kafka.rs explains one of the service.

use super::arguments::ExplainArgs;
use super::rulesets::{compiled, unknown_rule};
use super::search::{SearchResult, TransactionSearch, Wanted};
use super::show::show;
use super::{kafka, names};
use crate::cli::environment::Environment;
use crate::cli::exit::Exit;
use crate::cli::transactions::{Labels, open_transactions};
use crate::cli::{list_file, missing_lists, signals, terminal};
use crate::decode::Decoder;
use crate::memory::Memory;
use crate::pipeline::Pipeline;
use crate::run_key;
use anyhow::Context;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

pub fn run(args: &ExplainArgs, environment: &Environment) -> anyhow::Result<ExitCode> {
    match (&args.input, &args.card) {
        (Some(path), _) => of_file(args, path, environment),
        (None, Some(card)) => kafka::run(args, card, environment),
        // clap requires one of the two arguments.
        (None, None) => Ok(Exit::Usage.into()),
    }
}

fn of_file(args: &ExplainArgs, path: &Path, environment: &Environment) -> anyhow::Result<ExitCode> {
    let mut resolved = args.reading.read(environment)?.resolve()?;
    run_key::supply(&mut resolved.decoder);
    let (deciding, explaining) = compiled(args, &resolved)?;
    if let Some(unknown) = unknown_rule(args, &deciding) {
        terminal::error(unknown);
        return Ok(Exit::Usage.into());
    }
    let interrupted = signals::interrupt_flag().context("cannot listen for signals")?;
    let mapping = args.reading.mapping()?;
    // Tokenized as the ids in the messages are.
    let id = resolved.decoder.id_of(&args.transaction).into_owned();
    let mut source = open_transactions(path, mapping.as_ref(), &resolved.decoder, &interrupted)?;
    let labels = args.labels.open(&resolved, &interrupted)?;
    let wanted = Wanted { id: &id, line: args.line };
    let lists = list_file::scheduled(args.lists.as_deref(), &resolved.decoder, &interrupted)?;
    missing_lists::warn_of_missing(&deciding, &lists, args.lists.as_deref());
    let decoder = Arc::new(Decoder::new(resolved.decoder));
    let mut pipeline = Pipeline::new(Arc::clone(&decoder), Arc::new(deciding));
    pipeline.schedule_lists(lists);
    let memory = Memory::new(resolved.limits);
    let labels = Labels::read(labels, &pipeline)?;
    let mut search =
        TransactionSearch::new(pipeline, explaining, memory, wanted).with_labels(labels);
    match search.run(&mut *source)? {
        SearchResult::One(mut report) => {
            if std::fs::metadata(path).is_ok_and(|metadata| metadata.is_file()) {
                let settings = decoder.settings();
                let mut again = open_transactions(path, mapping.as_ref(), settings, &interrupted)?;
                names::fill(&mut report, &mut *again, &search)?;
            }
            show(args, *report)?;
            Ok(if search.malformed > 0 { Exit::BadInput } else { Exit::Ok }.into())
        }
        SearchResult::Not(why) => {
            terminal::error(why);
            Ok(Exit::Usage.into())
        }
        SearchResult::Interrupted => Ok(Exit::Interrupted.into()),
    }
}
