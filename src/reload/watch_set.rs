//! Finds the folder entries that determine what is read at a path, following symbolic links.
//!
//! A change to any of them may change the ruleset: a file is written or renamed over, a link gets
//! another target (Kubernetes swaps `..data` next to the files of a ConfigMap), a folder is removed
//! and recreated.

use crate::rules::is_rules_file_name;
use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};
use std::{fs, io};

/// How many links the kernel follows.
const LINKS_MAX: usize = 40;

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct WatchSet {
    /// Files, links and entries that do not exist yet, each in a folder that exists.
    entries: BTreeSet<PathBuf>,
    /// Rules folders: any rules file in them matters, including a new one.
    folders: BTreeSet<PathBuf>,
}

impl WatchSet {
    /// Collects the entries for a rules file or folder and for the files that are read for it.
    pub fn of<P: AsRef<Path>>(
        rules: &Path,
        files: impl IntoIterator<Item = P>,
    ) -> io::Result<Self> {
        let mut places = Self::default();
        let resolved = places.add(&std::path::absolute(rules)?, LINKS_MAX);
        if fs::metadata(&resolved).is_ok_and(|metadata| metadata.is_dir()) {
            places.folders.insert(resolved);
        }
        for file in files {
            places.add(&std::path::absolute(file)?, LINKS_MAX);
        }
        Ok(places)
    }

    /// Whether a change at this path may change what is read.
    pub fn concern(&self, changed: &Path) -> bool {
        let within = changed.parent().is_some_and(|folder| self.folders.contains(folder));
        let is_rules_file = || changed.file_name().is_some_and(is_rules_file_name);
        within && is_rules_file()
            || self.entries.contains(changed)
            || self.folders.contains(changed)
    }

    /// The folders to watch for changes.
    pub fn to_watch(&self) -> BTreeSet<&Path> {
        let around = self.entries.iter().filter_map(|entry| entry.parent());
        around.chain(self.folders.iter().map(PathBuf::as_path)).collect()
    }

    /// Adds each link on the way, and the entry at the end. Returns the path of that entry.
    fn add(&mut self, path: &Path, links_left: usize) -> PathBuf {
        let mut at = PathBuf::new();
        let mut parts = path.components();
        while let Some(part) = parts.next() {
            match part {
                Component::ParentDir => _ = at.pop(),
                Component::CurDir => {}
                other => at.push(other),
            }
            let kind = fs::symlink_metadata(&at).map(|metadata| metadata.file_type());
            if kind.is_err() {
                break;
            }
            if kind.is_ok_and(|kind| kind.is_symlink())
                && links_left > 0
                && let Ok(target) = fs::read_link(&at)
            {
                let folder = at.parent().map_or_else(PathBuf::new, Path::to_owned);
                self.entries.insert(at);
                return self.add(&folder.join(target).join(parts.as_path()), links_left - 1);
            }
        }
        self.entries.insert(at.clone());
        at
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    /// All names are relative to a temporary folder, which `make` fills. `entries` and `watched`
    /// are the expected results.
    fn check(
        make: impl Fn(&Path),
        rules: &str,
        files: &[&str],
        entries: &[&str],
        watched: &[&str],
    ) {
        let folder = tempfile::tempdir().unwrap();
        let root = fs::canonicalize(folder.path()).unwrap();
        make(&root);
        let files = files.iter().map(|file| root.join(file));
        let places = WatchSet::of(&root.join(rules), files).unwrap();
        let below = |path: &Path| path.strip_prefix(&root).ok().map(|p| p.display().to_string());
        let found: Vec<String> = places.entries.iter().filter_map(|p| below(p)).collect();
        assert_eq!(found, entries);
        let found: Vec<String> = places.to_watch().into_iter().filter_map(below).collect();
        assert_eq!(found, watched);
        for entry in entries {
            assert!(places.concern(&root.join(entry)), "{entry}");
        }
        assert!(!places.concern(&root.join("stranger")));
    }

    fn write(root: &Path, name: &str) {
        fs::create_dir_all(root.join(name).parent().unwrap()).unwrap();
        fs::write(root.join(name), name).unwrap();
    }

    #[test]
    fn a_single_file_is_looked_for_in_its_folder() {
        check(|root| write(root, "r/a.toml"), "r/a.toml", &["r/a.toml"], &["r/a.toml"], &["r"]);
    }

    #[test]
    fn a_folder_is_watched_with_the_one_around_it() {
        let make = |root: &Path| {
            write(root, "r/a.toml");
            write(root, "r/lists/l.txt");
        };
        let files = ["r/a.toml", "r/lists/l.txt"];
        check(make, "r", &files, &["r", "r/a.toml", "r/lists/l.txt"], &["", "r", "r/lists"]);
    }

    #[test]
    fn the_links_of_a_config_map_are_followed() {
        let make = |root: &Path| {
            write(root, "r/..1/a.toml");
            symlink("..1", root.join("r/..data")).unwrap();
            symlink("..data/a.toml", root.join("r/a.toml")).unwrap();
        };
        let entries = ["r", "r/..1/a.toml", "r/..data", "r/a.toml"];
        check(make, "r", &["r/a.toml"], &entries, &["", "r", "r/..1"]);
    }

    #[test]
    fn a_link_to_a_release_is_seen_to_be_pointed_elsewhere() {
        let make = |root: &Path| {
            write(root, "releases/42/a.toml");
            symlink("releases/42", root.join("current")).unwrap();
        };
        let entries = ["current", "releases/42", "releases/42/a.toml"];
        let watched = ["", "releases", "releases/42"];
        check(make, "current", &["current/a.toml"], &entries, &watched);
    }

    #[test]
    fn what_is_not_there_is_waited_for_in_the_nearest_folder_that_is() {
        let make = |root: &Path| write(root, "r/a.toml");
        let files = ["r/a.toml", "r/lists/l.txt"];
        check(make, "r/a.toml", &files, &["r/a.toml", "r/lists"], &["r"]);
        check(|_| {}, "r/a.toml", &[], &["r"], &[""]);
    }

    #[test]
    fn what_is_not_a_rules_file_does_not_concern_a_rules_folder() {
        let folder = tempfile::tempdir().unwrap();
        let root = fs::canonicalize(folder.path()).unwrap();
        write(&root, "r/a.toml");
        write(&root, "r/l.txt");
        let places = WatchSet::of(
            &root.join("r"),
            ["a.toml", "l.txt"].map(|name| root.join("r").join(name)),
        );
        let places = places.unwrap();
        for (name, expected) in [
            ("a.toml", true),
            ("new.toml", true),
            ("l.txt", true),
            (".a.toml.swp", false),
            (".#a.toml", false),
            (".new.toml", false),
            ("a.toml~", false),
            ("4913", false),
            ("..data_tmp", false),
            ("other.txt", false),
        ] {
            assert_eq!(places.concern(&root.join("r").join(name)), expected, "{name}");
        }
    }

    #[test]
    fn a_cycle_of_links_ends() {
        let cycle = |root: &Path| {
            symlink("b", root.join("a")).unwrap();
            symlink("a", root.join("b")).unwrap();
        };
        check(cycle, "a", &[], &["a", "b"], &[""]);
    }
}
