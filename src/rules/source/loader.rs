//! Loads the sources of a ruleset from a file, a folder or the binary itself.

use super::super::ruleset_files::{ListError, ListFile, ReadError, SourceFile, Sources};
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};
use toml::de::DeTable;

macro_rules! shipped {
    ($($name:literal),+ $(,)?) => {
        &[$(($name, include_str!(concat!("../../../config/rules/", $name)))),+]
    };
}

/// Every file of `config/rules`, sorted by name.
const SHIPPED: &[(&str, &str)] = shipped!(
    "account-takeover.toml",
    "card-status.toml",
    "card-testing.toml",
    "cash-out.toml",
    "contactless.toml",
    "dormant.toml",
    "duplicates.toml",
    "foreign.toml",
    "gift-cards.toml",
    "habit.toml",
    "refunds.toml",
    "ruleset.toml",
    "stripe.toml",
    "travel.toml",
    "velocity.toml",
);

impl Sources {
    /// Reads a rules file, or all rules files of a folder (see [`is_rules_file_name`]), and the
    /// lists and the files of test cases that they name.
    pub fn read(path: &Path) -> Result<Self, ReadError> {
        let (directory, paths) = rule_files(path)?;
        let mut sources = Self::default();
        for path in paths {
            let text = read(&path)?;
            let lists = list_paths(&text).into_iter();
            sources.lists.extend(lists.map(|list| read_named(&directory, list)));
            sources.files.push(SourceFile { name: path.display().to_string(), text });
        }
        let files = sources.files.iter().flat_map(|file| case_paths(&file.text));
        for name in files.collect::<BTreeSet<_>>() {
            if sources.lists.iter().all(|known| known.name != name) {
                sources.lists.push(read_named(&directory, name));
            }
        }
        Ok(sources)
    }

    /// Every file that belongs to the ruleset at `path`: rules files, and the lists and the files of
    /// test cases that they name, including files that cannot be read.
    pub fn paths(path: &Path) -> Result<Vec<PathBuf>, ReadError> {
        let (directory, mut paths) = rule_files(path)?;
        let texts = paths.iter().filter_map(|file| read(file).ok());
        let named = texts.flat_map(|text| [list_paths(&text), case_paths(&text)].concat());
        let mut named = named.map(|name| directory.join(name)).collect();
        paths.append(&mut named);
        Ok(paths)
    }

    /// The ruleset that ships with redcard (`config/rules`), built into the binary.
    pub fn shipped() -> Self {
        let file = |(name, text): &(&str, &str)| SourceFile {
            name: format!("config/rules/{name}"),
            text: (*text).to_owned(),
        };
        Self { files: SHIPPED.iter().map(file).collect(), lists: Vec::new() }
    }

    /// A ruleset without rules, to evaluate an expression on its own.
    pub fn without_rules() -> Self {
        let file = SourceFile { name: "no rules".to_owned(), text: EMPTY_RULESET.to_owned() };
        Self { files: vec![file], lists: Vec::new() }
    }
}

/// A header with the required keys only.
const EMPTY_RULESET: &str =
    "[ruleset]\nname = \"none\"\nversion = \"0\"\nreview = 1000\ndecline = 1000\n";

/// The rules files at a path, and the folder that the paths of lists are relative to.
fn rule_files(path: &Path) -> Result<(PathBuf, Vec<PathBuf>), ReadError> {
    if std::fs::metadata(path).is_ok_and(|metadata| metadata.is_dir()) {
        return Ok((path.to_owned(), toml_files(path)?));
    }
    Ok((path.parent().unwrap_or(Path::new("")).to_owned(), vec![path.to_owned()]))
}

fn read(path: &Path) -> Result<String, ReadError> {
    let text = std::fs::read(path).map_err(|error| explain_dangling_link(path, error));
    let text = text.and_then(|bytes| String::from_utf8(bytes).map_err(not_utf8));
    text.map_err(|source| ReadError { path: path.display().to_string(), source })
}

/// The system reports a dangling link as not found, which is confusing because the link is visible
/// in the folder. This error names the missing target.
fn explain_dangling_link(path: &Path, error: io::Error) -> io::Error {
    match std::fs::read_link(path) {
        Ok(target) if error.kind() == io::ErrorKind::NotFound => {
            let target = target.display();
            let message = format!("it is a symbolic link to {target}, which does not exist");
            io::Error::new(io::ErrorKind::NotFound, message)
        }
        _ => error,
    }
}

/// A file that a ruleset names, relative to its folder.
fn read_named(directory: &Path, name: String) -> ListFile {
    let path = directory.join(&name);
    let text = read_text(&path);
    ListFile { name, path: path.display().to_string(), text }
}

fn read_text(path: &Path) -> Result<String, ListError> {
    let text = read(path).map_err(|error| ListError(error.source.to_string()))?;
    // Some editors write a byte order mark at the start of a file.
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

fn not_utf8(error: std::string::FromUtf8Error) -> io::Error {
    let valid = error.utf8_error().valid_up_to();
    let before = String::from_utf8_lossy(error.as_bytes().get(..valid).unwrap_or_default());
    let line = before.matches('\n').count() + 1;
    let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
    let message = format!("it is not UTF-8 from line {line}, column {column} on");
    io::Error::new(io::ErrorKind::InvalidData, message)
}

/// Whether a file with this name in a rules folder is a rules file: `*.toml`, unless the name
/// begins with `.` or ends in `~`. Editors use such names for swap, lock and backup files, file
/// systems for metadata, and Kubernetes for the versions of a ConfigMap.
pub fn is_rules_file_name(name: &OsStr) -> bool {
    let is_set_aside =
        name.as_encoded_bytes().starts_with(b".") || name.as_encoded_bytes().ends_with(b"~");
    !is_set_aside && Path::new(name).extension().is_some_and(|extension| extension == "toml")
}

/// The rules files of a folder, sorted by name. Symbolic links are followed. A dangling link is
/// included, so that reading it fails: a rule must not silently go missing.
fn toml_files(directory: &Path) -> Result<Vec<PathBuf>, ReadError> {
    let fail = |source| ReadError { path: directory.display().to_string(), source };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(directory).map_err(fail)? {
        let entry = entry.map_err(fail)?;
        let path = entry.path();
        let may_be_file = || std::fs::metadata(&path).map_or(true, |metadata| metadata.is_file());
        if is_rules_file_name(&entry.file_name()) && may_be_file() {
            files.push(path);
        }
    }
    if files.is_empty() {
        return Err(fail(io::Error::new(io::ErrorKind::NotFound, NO_RULES_FILE)));
    }
    files.sort();
    Ok(files)
}

const NO_RULES_FILE: &str = "this folder has no rules file (`*.toml`; names that begin with `.` or \
                             end in `~`, and folders, are skipped)";

/// The files that a `[lists]` table names.
fn list_paths(text: &str) -> Vec<String> {
    let Ok(document) = toml_edit::Document::parse(text) else { return Vec::new() };
    let lists = document.get("lists").and_then(|item| item.as_table_like());
    let lists = lists.into_iter().flat_map(|table| table.iter());
    lists.filter_map(|(_, item)| item.as_str().map(str::to_owned)).collect()
}

/// The files that `[[test]]` tables name as their labels and lists.
fn case_paths(text: &str) -> Vec<String> {
    let Ok(document) = DeTable::parse(text) else { return Vec::new() };
    let tests = document.get_ref().get("test").and_then(|item| item.get_ref().as_array());
    let tables = tests.into_iter().flat_map(|tests| tests.iter());
    let tables = tables.filter_map(|test| test.get_ref().as_table());
    let items = tables.flat_map(|table| ["labels", "lists"].map(|key| table.get(key)));
    let names = items.flatten().filter_map(|item| item.get_ref().as_str());
    names.map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_the_shipped_ruleset_is_in_the_binary() {
        let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/rules");
        let files = toml_files(&directory).unwrap();
        let names = files.iter().map(|path| path.file_name().unwrap().to_str().unwrap());
        assert_eq!(
            names.collect::<Vec<_>>(),
            SHIPPED.iter().map(|(name, _)| *name).collect::<Vec<_>>()
        );
    }

    #[test]
    fn what_editors_and_systems_leave_behind_is_not_a_rules_file() {
        for (name, expected) in [
            ("a.toml", true),
            ("#a.toml", true),
            ("a b.toml", true),
            (".a.toml", false),
            (".#a.toml", false),
            ("._a.toml", false),
            (".toml", false),
            ("..data", false),
            ("a.toml~", false),
            ("~a.toml", true),
            ("#a.toml#", false),
            ("a.toml.swp", false),
            ("a.toml.bak", false),
            ("a.TOML", false),
            ("toml", false),
        ] {
            assert_eq!(is_rules_file_name(OsStr::new(name)), expected, "{name}");
        }
    }

    #[test]
    fn the_files_that_test_cases_name_belong_to_the_ruleset_once() {
        let folder = tempfile::tempdir().unwrap();
        let rules = "[lists]\nl = 'l.txt'\n\
                     [[test]]\nlabels = 'gone.jsonl'\nlists = 'l.txt'\n\
                     [[test]]\nlabels = [{}]\nlists = 'b.jsonl'\n\
                     [[test]]\nlists = 'b.jsonl'\n";
        for (name, text) in [("a.toml", rules), ("l.txt", "m_1\n"), ("b.jsonl", "\u{feff}{}\n")] {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        let sources = Sources::read(folder.path()).unwrap();
        let named = sources.lists.iter().map(|file| (&*file.name, file.text.as_deref().ok()));
        let expected = [("l.txt", Some("m_1\n")), ("b.jsonl", Some("{}\n")), ("gone.jsonl", None)];
        assert_eq!(named.collect::<Vec<_>>(), expected);
        let watched = Sources::paths(folder.path()).unwrap();
        for name in ["a.toml", "l.txt", "b.jsonl", "gone.jsonl"] {
            assert!(watched.contains(&folder.path().join(name)), "{name}");
        }
    }
}
