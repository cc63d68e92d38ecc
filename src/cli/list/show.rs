//! `redcard list show`: counts the entries of all lists, or lists those of one.

use super::list_topic::TopicArgs;
use crate::cli::environment::Environment;
use crate::cli::exit::Exit;
use crate::cli::format::Format;
use crate::cli::table::Table;
use crate::cli::{output, terminal};
use crate::decode::{ListChange, ListDecoder, ListEntry};
use crate::printable::Printable;
use crate::transaction::Time;
use anyhow::Context;
use serde_json::json;
use std::collections::BTreeMap;
use std::process::ExitCode;

const EXAMPLES: &str = "\
Examples:
  redcard list show
  redcard list show travel_notices
  redcard list show travel_notices --format json > notices.jsonl   # for `redcard list import`

Exit codes: 0 shown, 2 wrong arguments or configuration, 3 Kafka failed, 130 interrupted.";

/// Show how many entries each list of the topic has; with a name, the entries of that list
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct ShowArgs {
    /// The name of the list
    #[arg(value_name = "NAME")]
    list: Option<String>,
    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
    #[command(flatten)]
    topic: TopicArgs,
}

/// The entries of each list, by their text.
type Entries = BTreeMap<String, BTreeMap<String, ListEntry>>;

pub fn run(args: &ShowArgs, environment: &Environment) -> anyhow::Result<ExitCode> {
    let connected = args.topic.connect(environment)?;
    let decoder = ListDecoder::new(&connected.decode);
    args.list.as_deref().map_or(Ok(()), |list| decoder.check_name(list))?;
    let (mut lists, mut invalid) = (Entries::new(), 0_u64);
    connected.topic.each(&decoder, |place, change, fault| {
        match change {
            Some(ListChange::Set(entry)) => {
                let list = lists.entry(entry.key.list.clone()).or_default();
                list.insert(entry.key.entry.text.clone(), entry);
            }
            Some(ListChange::Remove(key)) => {
                if let Some(list) = lists.get_mut(&key.list) {
                    list.remove(&key.entry.text);
                }
            }
            None => {}
        }
        if let Some(fault) = fault {
            invalid += 1;
            terminal::warning(format_args!("{place}: {fault}"));
        }
    })?;
    lists.retain(|_, entries| !entries.is_empty());
    let written = match (&args.list, args.format) {
        (None, Format::Text) => output::results(&sizes(&lists)),
        (None, Format::Json) => output::json(&sizes_json(&lists)),
        (Some(name), Format::Text) => output::results(&table(lists.get(name))),
        (Some(name), Format::Json) => {
            let entries = lists.get(name).into_iter().flat_map(BTreeMap::values);
            output::json(&entries.map(|entry| entry.to_json() + "\n").collect::<String>())
        }
    };
    written.context("cannot write the entries")?;
    let count = match &args.list {
        Some(name) => lists.get(name).map_or(0, BTreeMap::len),
        None => lists.values().map(BTreeMap::len).sum(),
    };
    let topic = &connected.name;
    match &args.list {
        Some(name) => {
            terminal::line(format_args!("{count} entries of {} in {topic}", Printable(name)));
        }
        None => terminal::line(format_args!("{count} entries of {} lists in {topic}", lists.len())),
    }
    if invalid > 0 {
        terminal::warning(format_args!(
            "{invalid} records are not valid entries; nothing uses them"
        ));
    }
    Ok(Exit::Ok.into())
}

fn sizes(lists: &Entries) -> String {
    if lists.is_empty() {
        return String::new();
    }
    let mut table = Table::new(&["list", "entries"]);
    for (name, entries) in lists {
        table.row(vec![name.clone(), entries.len().to_string()]);
    }
    table.render(terminal::width())
}

fn sizes_json(lists: &Entries) -> String {
    let line = |(name, entries): (&String, &BTreeMap<String, ListEntry>)| {
        format!("{}\n", json!({"list": name, "entries": entries.len()}))
    };
    lists.iter().map(line).collect()
}

fn table(entries: Option<&BTreeMap<String, ListEntry>>) -> String {
    let Some(entries) = entries else { return String::new() };
    let mut table = Table::new(&["entry", "values", "from", "until", "reason", "by"]);
    for (text, entry) in entries {
        let time = |time: Option<Time>| time.map(|time| time.to_string()).unwrap_or_default();
        let values = entry.values.iter().map(|value| value.text.as_str());
        let values = values.collect::<Vec<_>>().join(" ");
        let shown = |text: &str| Printable(text).to_string();
        let remark = |remark: &Option<String>| shown(remark.as_deref().unwrap_or_default());
        table.row(vec![
            shown(text),
            shown(&values),
            time(entry.from),
            time(entry.until),
            remark(&entry.reason),
            remark(&entry.by),
        ]);
    }
    table.render(terminal::width())
}
