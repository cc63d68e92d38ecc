//! `redcard list remove`: removes an entry.

use super::list_topic::{RemarkArgs, TopicArgs};
use crate::cli::environment::Environment;
use crate::cli::exit::Exit;
use crate::cli::terminal;
use crate::decode::{ListDecoder, ListKey};
use crate::printable::Printable;
use std::process::ExitCode;

const EXAMPLES: &str = "\
Examples:
  redcard list remove travel_notices c_9f21 --reason 'back home' --by analyst-7

Reason and name are in the headers of the record that removes the entry, for as long as the topic has it.

Exit codes: 0 acknowledged, 2 wrong arguments or configuration, 3 Kafka failed, 130 interrupted.";

/// Remove an entry from a list
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct RemoveArgs {
    /// The name of the list
    #[arg(value_name = "NAME")]
    list: String,
    /// The entry, as `redcard list show` writes it
    #[arg(value_name = "ENTRY")]
    entry: String,
    #[command(flatten)]
    remark: RemarkArgs,
    #[command(flatten)]
    topic: TopicArgs,
}

pub fn run(args: RemoveArgs, environment: &Environment) -> anyhow::Result<ExitCode> {
    let connected = args.topic.connect(environment)?;
    let decoder = ListDecoder::new(&connected.decode);
    let key = decoder.key(args.list, args.entry)?;
    let (reason, by) = (decoder.masked(&args.remark.reason), decoder.masked(&args.remark.by));
    let mut writer = connected.topic.writer()?;
    let keys: Vec<ListKey> = key.under_each_token().collect();
    keys.iter().try_for_each(|key| writer.remove(key, Some(&reason), Some(&by)))?;
    writer.finish()?;
    for key in keys {
        let (key, topic) = (key.to_text(), &connected.name);
        terminal::line(format_args!("removed {} from {topic}", Printable(&key)));
    }
    Ok(Exit::Ok.into())
}
