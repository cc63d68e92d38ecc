//! `redcard list add`: adds an entry, or replaces it.

use super::list_topic::{RemarkArgs, TopicArgs, time};
use crate::cli::environment::Environment;
use crate::cli::exit::Exit;
use crate::cli::list_argument_error::ListArgumentError;
use crate::cli::terminal;
use crate::clock::wall_now;
use crate::decode::{ListDecoder, ListEntry};
use crate::printable::Printable;
use crate::transaction::Time;
use std::process::ExitCode;

const EXAMPLES: &str = "\
Examples:
  redcard list add travel_notices c_9f21 --values DK,SE --until 2026-02-15T00:00:00Z --reason 'customer called' --by analyst-7
  redcard list add blocked m_5531 --reason 'case 4411' --by analyst-7 --brokers kafka:9092 --topic lists

The entry is active on every instance within a second. An entry that is there already is replaced.

Exit codes: 0 acknowledged, 2 wrong arguments or configuration, 3 Kafka failed, 130 interrupted.";

/// Add an entry to a list, or replace it
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct AddArgs {
    /// The name of the list, as in `list("NAME")`
    #[arg(value_name = "NAME")]
    list: String,
    /// What is listed; in `snoozes`, CARD/RULE or CARD/RULE/MERCHANT
    #[arg(value_name = "ENTRY")]
    entry: String,
    /// The values of the entry, as in `list("NAME", entry)`, comma separated
    #[arg(long, value_name = "VALUE,…", value_delimiter = ',')]
    values: Vec<String>,
    /// It is active from this time on (RFC 3339); without it, also for earlier transactions
    #[arg(long, value_name = "TIME", value_parser = time)]
    from: Option<Time>,
    /// It is active before this time (RFC 3339); without it, until it is removed
    #[arg(long, value_name = "TIME", value_parser = time)]
    until: Option<Time>,
    #[command(flatten)]
    remark: RemarkArgs,
    #[command(flatten)]
    topic: TopicArgs,
}

pub fn run(args: AddArgs, environment: &Environment) -> anyhow::Result<ExitCode> {
    if args.from.zip(args.until).is_some_and(|(from, until)| until <= from) {
        return Err(ListArgumentError::NeverInForce.into());
    }
    let connected = args.topic.connect(environment)?;
    let decoder = ListDecoder::new(&connected.decode);
    let values = args.values.into_iter().map(|value| decoder.value(value));
    let entry = ListEntry {
        key: decoder.key(args.list, args.entry)?,
        values: values.collect::<Result<_, _>>()?,
        from: args.from,
        until: args.until,
        reason: Some(decoder.masked(&args.remark.reason)),
        by: Some(decoder.masked(&args.remark.by)),
    };
    let written: Vec<ListEntry> = entry.under_each_token().collect();
    // As an instance will read it, so that nothing is written that would be rejected.
    written.iter().try_for_each(|entry| decoder.entry(entry.to_json().as_bytes()).map(drop))?;
    let mut writer = connected.topic.writer()?;
    written.iter().try_for_each(|entry| writer.set(entry))?;
    writer.finish()?;
    if let Some(until) = args.until.filter(|until| *until <= wall_now()) {
        terminal::warning(format_args!(
            "{until} has passed: the entry is active only for transactions made before then"
        ));
    }
    for entry in written {
        let (key, topic) = (entry.key.to_text(), &connected.name);
        terminal::line(format_args!("added {} to {topic}", Printable(&key)));
    }
    Ok(Exit::Ok.into())
}
