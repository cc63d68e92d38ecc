//! `redcard list remove`: removes an entry.

use super::list_topic::{ConnectedTopic, RemarkArgs, TopicArgs};
use crate::cli::environment::Environment;
use crate::cli::exit::Exit;
use crate::cli::terminal;
use crate::decode::{ListChange, ListDecoder, ListEntry, ListKey};
use crate::printable::Printable;
use crate::rules::are_alike;
use std::collections::BTreeMap;
use std::process::ExitCode;

const EXAMPLES: &str = "\
Examples:
  redcard list remove travel_notices c_9f21 --reason 'back home' --by analyst-7

Reason and name are in the headers of the record that removes the entry, for as long as the topic has it.

The entry is found in every form that rules find it in: `DNK` removes `DK`.

Exit codes: 0 acknowledged, 1 there is no such entry, 2 wrong arguments or configuration, 3 Kafka failed, 130 interrupted.";

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
    let topic = &connected.name;
    let keys = named(&key, &entries(&connected, &decoder, &key.list)?);
    if let Some(why) = unclear(&key, &keys) {
        terminal::error(format_args!("{why} in {topic}; nothing was written"));
        return Ok(Exit::BadInput.into());
    }
    let mut writer = connected.topic.writer()?;
    keys.iter().try_for_each(|key| writer.remove(key, Some(&reason), Some(&by)))?;
    writer.finish()?;
    for key in keys {
        terminal::line(format_args!("removed {} from {topic}", Printable(&key.to_text())));
    }
    Ok(Exit::Ok.into())
}

/// The entries of a list.
fn entries(
    connected: &ConnectedTopic,
    decoder: &ListDecoder<'_>,
    list: &str,
) -> anyhow::Result<BTreeMap<String, ListKey>> {
    let mut entries = BTreeMap::new();
    connected.topic.each(decoder, |_, change, _| match change {
        Some(ListChange::Set(ListEntry { key, .. })) if key.list == list => {
            entries.insert(key.to_text(), key);
        }
        Some(ListChange::Remove(key)) => drop(entries.remove(&key.to_text())),
        Some(ListChange::Set(_)) | None => {}
    })?;
    Ok(entries)
}

/// The entries that a key names: those under each of its tokens, otherwise those in another form of
/// its value, such as `DNK` for `DK`.
fn named(key: &ListKey, entries: &BTreeMap<String, ListKey>) -> Vec<ListKey> {
    let exact: Vec<ListKey> =
        key.under_each_token().filter(|key| entries.contains_key(&key.to_text())).collect();
    if !exact.is_empty() {
        return exact;
    }
    let alike = entries.values().filter(|known| are_alike(&known.entry, &key.entry));
    alike.cloned().collect()
}

/// Why it is not clear what to remove, if it is not.
fn unclear(key: &ListKey, keys: &[ListKey]) -> Option<String> {
    let text = key.to_text();
    let shown = Printable(&text);
    let is_exact = keys.iter().all(|found| key.under_each_token().any(|one| one == *found));
    match keys {
        [] => Some(format!("there is no entry {shown}")),
        [_] => None,
        _ if is_exact => None,
        several => {
            let names: Vec<String> =
                several.iter().map(|key| Printable(&key.to_text()).to_string()).collect();
            Some(format!("{shown} may be any of {}: name one of them", names.join(", ")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::ListText;

    fn key(text: &str, former: Option<&str>) -> ListKey {
        let entry = ListText { text: text.to_owned(), former: former.map(str::to_owned) };
        ListKey { list: "l".to_owned(), entry }
    }

    #[test]
    fn an_entry_is_found_in_every_form_and_an_unclear_one_is_not_removed() {
        let check = |wanted: &ListKey, there: &[&str], expected: &[&str], why: Option<&str>| {
            let keys = there.iter().map(|text| key(text, None));
            let entries = keys.map(|key| (key.to_text(), key)).collect();
            let found = named(wanted, &entries);
            let why_not = unclear(wanted, &found);
            assert_eq!(why_not.as_deref(), why, "{wanted:?}");
            let texts: Vec<&str> = found.iter().map(|key| &*key.entry.text).collect();
            assert_eq!(texts, expected, "{wanted:?}");
        };
        let m_1 = key("m_1", None);
        check(&m_1, &["m_1", "m_2"], &["m_1"], None);
        check(&m_1, &["m_2"], &[], Some("there is no entry l/m_1"));
        check(&key("DNK", None), &["DK", "SE"], &["DK"], None);
        check(&key("DK", None), &["DK", "DNK"], &["DK"], None);
        check(&key("742", None), &["0742"], &["0742"], None);
        let several = Some("l/208 may be any of l/DK, l/DKK: name one of them");
        check(&key("208", None), &["DK", "DKK"], &["DK", "DKK"], several);
        let card = key("v2_a", Some("v1_a"));
        check(&card, &["v1_a", "v2_a"], &["v2_a", "v1_a"], None);
        check(&card, &["v1_a"], &["v1_a"], None);
        check(&card, &["v1_b"], &[], Some("there is no entry l/v2_a"));
    }
}
