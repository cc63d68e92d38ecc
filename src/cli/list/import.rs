//! `redcard list import`: adds the entries of a file.

use super::list_topic::{TopicArgs, remark};
use crate::cli::environment::Environment;
use crate::cli::exit::Exit;
use crate::cli::list_argument_error::ListArgumentError;
use crate::cli::list_file::{self, FileText, ListFileError};
use crate::cli::terminal;
use crate::decode::{ListDecoder, ListEntry};
use crate::rules::{FileEntry, entries_of_file};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

const EXAMPLES: &str = "\
Examples:
  redcard list import notices.jsonl
  redcard list show travel_notices --format json --config old.toml | redcard list import - --config new.toml
  redcard list import lists/watched-merchants.txt --list watched_merchants --reason 'quarterly review' --by risk

JSON Lines have the values of the topic's records (docs/reference/lists.md). A `.txt` has the format of list
files: an entry a line, optionally a tab and the time until which it is valid; it needs --list, --reason and
--by. Lines of JSON without `reason` or `by` take them from the options. If a line is wrong, nothing is written.

Exit codes: 0 acknowledged, 1 some lines are wrong, 2 wrong arguments or configuration, 3 the file cannot be
read or Kafka failed, 130 interrupted.";

/// Add the entries of a file to their lists
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct ImportArgs {
    /// JSON Lines, or a list file (`.txt`); plain, gzip or zstd. `-` is standard input (JSON Lines)
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The list of a list file's entries
    #[arg(long, value_name = "NAME")]
    list: Option<String>,
    /// Why; kept with each entry without `reason`
    #[arg(long, value_name = "TEXT", value_parser = remark)]
    reason: Option<String>,
    /// Who; kept with each entry without `by`
    #[arg(long, value_name = "NAME", value_parser = remark)]
    by: Option<String>,
    #[command(flatten)]
    topic: TopicArgs,
}

pub fn run(args: &ImportArgs, environment: &Environment) -> anyhow::Result<ExitCode> {
    let is_list_file = is_list_file(&args.file);
    check(args, is_list_file)?;
    let connected = args.topic.connect(environment)?;
    let decoder = ListDecoder::new(&connected.decode);
    let file = FileText::read(&args.file, &connected.interrupted)?;
    let read = match is_list_file {
        true => list_file(args, &file, &decoder),
        false => file.entries(|line| {
            let entry = decoder.entry(line)?;
            decoder.with_remark(entry, args.reason.as_deref(), args.by.as_deref())
        }),
    };
    let entries = match read {
        Err(error @ ListFileError::Invalid(_)) => {
            terminal::error(error);
            terminal::line("nothing was written");
            return Ok(Exit::BadInput.into());
        }
        read => read?,
    };
    // With two tokens for each card number, an entry may have too many values.
    let mut written = entries.iter().flat_map(ListEntry::under_each_token);
    written.try_for_each(|entry| decoder.entry(entry.to_json().as_bytes()).map(drop))?;
    let mut writer = connected.topic.writer()?;
    let mut written = entries.iter().flat_map(ListEntry::under_each_token);
    written.try_for_each(|entry| writer.set(&entry))?;
    writer.finish()?;
    let (count, topic) = (entries.len(), &connected.name);
    terminal::line(format_args!("added {count} entries to {topic}"));
    let has_two = |entry: &&ListEntry| entry.key.entry.former.is_some();
    let twice = entries.iter().filter(has_two).count();
    if twice > 0 {
        terminal::line(format_args!(
            "{twice} of them were written twice, under the current and the previous token of the card"
        ));
    }
    Ok(Exit::Ok.into())
}

/// Whether the name ends in `.txt`, before the ending of a compressed file.
fn is_list_file(path: &Path) -> bool {
    let ends_in = |path: &Path, endings: &[&str]| {
        path.extension().is_some_and(|extension| endings.iter().any(|ending| extension == *ending))
    };
    match ends_in(path, &["gz", "zst"]) {
        true => ends_in(&path.with_extension(""), &["txt"]),
        false => ends_in(path, &["txt"]),
    }
}

fn check(args: &ImportArgs, is_list_file: bool) -> Result<(), ListArgumentError> {
    let file = args.file.display().to_string();
    let has_remark = args.reason.is_some() && args.by.is_some();
    match (is_list_file, &args.list) {
        (false, Some(_)) => Err(ListArgumentError::ListOfJson),
        (true, None) => Err(ListArgumentError::NoList { file }),
        (true, Some(_)) if !has_remark => Err(ListArgumentError::NoRemark { file }),
        _ => Ok(()),
    }
}

/// The entries of a list file.
fn list_file(
    args: &ImportArgs,
    file: &FileText,
    decoder: &ListDecoder<'_>,
) -> Result<Vec<ListEntry>, ListFileError> {
    let entries = entries_of_file(&file.name, &file.text)
        .map_err(|errors| ListFileError::Invalid(errors.render(false)))?;
    let list = args.list.clone().unwrap_or_default();
    let masked = |text: &Option<String>| text.as_deref().map(|text| decoder.masked(text));
    let entry = |FileEntry { line, text, until }| {
        let key = decoder.key(list.clone(), text).map_err(|fault| (line, fault))?;
        let (reason, by) = (masked(&args.reason), masked(&args.by));
        Ok(ListEntry { key, values: Vec::new(), from: None, until, reason, by })
    };
    list_file::all(&file.name, entries.into_iter().map(entry)).map(longest)
}

/// Of entries with the same key, the one that is valid longest, as for the list files of a ruleset. In
/// the topic, the last one would count.
fn longest(entries: Vec<ListEntry>) -> Vec<ListEntry> {
    let lasts = |entry: &ListEntry| (entry.until.is_none(), entry.until);
    let mut kept: Vec<ListEntry> = Vec::with_capacity(entries.len());
    let mut places: HashMap<String, usize> = HashMap::new();
    for entry in entries {
        let place = *places.entry(entry.key.to_text()).or_insert(kept.len());
        match kept.get_mut(place) {
            None => kept.push(entry),
            Some(known) if lasts(&entry) > lasts(known) => *known = entry,
            Some(_) => {}
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::{ListKey, ListText};
    use crate::transaction::Time;

    #[test]
    fn of_a_list_file_s_duplicates_the_entry_that_is_valid_longest_counts() {
        let entry = |text: &str, until: Option<i64>| {
            let entry = ListText { text: text.to_owned(), former: None };
            let key = ListKey { list: "watched".to_owned(), entry };
            let until = until.map(Time);
            ListEntry { key, values: Vec::new(), from: None, until, reason: None, by: None }
        };
        let read = vec![
            entry("m_1", Some(2)),
            entry("m_2", None),
            entry("m_1", Some(3)),
            entry("m_3", Some(1)),
            entry("m_1", Some(1)),
            entry("m_2", Some(9)),
            entry("m_3", None),
        ];
        let kept = [entry("m_1", Some(3)), entry("m_2", None), entry("m_3", None)];
        assert_eq!(longest(read), kept);
    }

    #[test]
    fn a_list_file_is_known_by_its_name_also_if_it_is_compressed() {
        for (name, expected) in [
            ("a.txt", true),
            ("a.txt.gz", true),
            ("a.txt.zst", true),
            ("a.jsonl", false),
            ("a.jsonl.gz", false),
            ("a.gz", false),
            ("txt", false),
            ("a.txt.bak", false),
        ] {
            assert_eq!(is_list_file(Path::new(name)), expected, "{name}");
        }
    }
}
