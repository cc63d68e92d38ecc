//! Follows paths through imports and re-exports to what they mean, and to the file that defines it.

use super::module;
use super::paths::{Import, Named, Path, named_in};
use std::collections::{BTreeMap, BTreeSet};

/// One file of the source.
pub struct SourceFile {
    pub name: String,
    pub named: Named,
}

/// The files by their modules.
pub struct Modules(BTreeMap<Path, SourceFile>);

/// What a path means.
#[derive(Default)]
pub struct Meanings {
    /// The path itself, and what it becomes when imports are followed. A path of this crate begins
    /// with `crate`.
    pub paths: BTreeSet<Path>,
    /// The files that define the item, or all files that a `*` may lead to. A module by itself leads
    /// nowhere: what is used of it is a longer path.
    pub files: BTreeSet<String>,
}

impl SourceFile {
    pub fn read(name: &str, text: &str) -> Self {
        Self { name: name.to_owned(), named: named_in(text, &module(name)) }
    }

    /// The imports that other files can use.
    fn top_imports(&self) -> impl Iterator<Item = &Import> {
        let own = module(&self.name);
        self.named.imports.iter().filter(move |import| import.module == own)
    }

    fn reexports(&self, path: &[String]) -> bool {
        self.top_imports().any(|import| import.is_public && import.path == path)
    }
}

impl Modules {
    pub fn read(files: impl IntoIterator<Item = (String, String)>) -> Self {
        let files = files.into_iter().map(|(name, text)| SourceFile::read(&name, &text));
        Self(files.map(|file| (module(&file.name), file)).collect())
    }

    pub fn files(&self) -> impl Iterator<Item = &SourceFile> {
        self.0.values()
    }

    /// The files whose items a file names, apart from what it only re-exports.
    pub fn imports_of(&self, file: &SourceFile) -> BTreeSet<String> {
        let paths = file.named.paths.iter().filter(|path| !file.reexports(path));
        let mut files: BTreeSet<String> =
            paths.flat_map(|path| self.meanings(file, path).files).collect();
        files.remove(&file.name);
        files
    }

    /// What a path in a file means.
    pub fn meanings(&self, file: &SourceFile, path: &[String]) -> Meanings {
        let mut found = Meanings::default();
        self.follow(file, path.to_vec(), &mut found);
        found
    }

    fn follow(&self, file: &SourceFile, path: Path, found: &mut Meanings) {
        if !found.paths.insert(path.clone()) {
            return;
        }
        if path[0] == "crate" {
            self.follow_absolute(&path[1..], found);
            return;
        }
        let child = join(&module(&file.name), &path[..1]);
        if self.0.contains_key(&child) {
            self.follow(file, join(&["crate".to_owned()], &join(&child, &path[1..])), found);
        }
        let imports = file.named.imports.iter().filter(|import| import.name == path[0]);
        for import in imports.filter(|import| import.path[0] != path[0]) {
            self.follow(file, join(&import.path, &path[1..]), found);
        }
    }

    /// Follows a path from the root of the crate.
    fn follow_absolute(&self, path: &[String], found: &mut Meanings) {
        let length = (1..=path.len()).rev().find(|length| self.0.contains_key(&path[..*length]));
        let Some((module, rest)) = length.map(|length| path.split_at(length)) else { return };
        match (rest, module) {
            ([], [parent @ .., item]) => {
                // A function may have the name of a module.
                if let Some(file) = self.0.get(parent) {
                    self.follow_imports(file, item, &[], found);
                }
            }
            ([item, below @ ..], _) => {
                let file = &self.0[module];
                if !self.follow_imports(file, item, below, found) {
                    found.files.insert(file.name.clone());
                    self.follow_globs(file, rest, found);
                }
            }
            ([], []) => {}
        }
    }

    /// Follows the imports of an item, or all if it is `*`. Returns whether the item is a re-export
    /// of another file's.
    fn follow_imports(
        &self,
        file: &SourceFile,
        item: &str,
        below: &[String],
        found: &mut Meanings,
    ) -> bool {
        let known = found.files.len();
        let mut is_reexport = false;
        for import in file.top_imports().filter(|import| import.name == item || item == "*") {
            self.follow(file, join(&import.path, below), found);
            is_reexport |= import.is_public && item != "*" && found.files.len() > known;
        }
        is_reexport
    }

    /// Follows `use module::*`, which may bring in the item.
    fn follow_globs(&self, file: &SourceFile, rest: &[String], found: &mut Meanings) {
        for import in file.top_imports().filter(|import| import.name == "*") {
            let (_, parent) = import.path.split_last().unwrap();
            // The variants of an enum are not items of a file.
            let is_enum = parent.last().is_some_and(|name| name.starts_with(char::is_uppercase));
            if !is_enum {
                self.follow(file, join(parent, rest), found);
            }
        }
    }
}

fn join(path: &[String], rest: &[String]) -> Path {
    path.iter().chain(rest).cloned().collect()
}

#[test]
fn a_path_is_followed_to_what_it_means() {
    let files = [
        ("src/a/mod.rs", "mod b;\nmod c;\nuse std::io;\npub use b::{B, D as E};\npub use c::*;"),
        ("src/a/b.rs", "pub use rdkafka::Message as D;\npub struct B;"),
        ("src/a/c.rs", "use crate::a as outer;\nuse super::io as input;\nuse std::fmt;"),
    ];
    let modules = Modules::read(files.map(|(name, text)| (name.to_owned(), text.to_owned())));
    let from = modules.files().find(|file| file.name == "src/a/c.rs").unwrap();
    let check = |path: &str, meaning: &str, files: &[&str]| {
        let path: Path = path.split("::").map(str::to_owned).collect();
        let found = modules.meanings(from, &path);
        assert!(found.paths.iter().any(|path| path.join("::") == meaning), "{:?}", found.paths);
        assert_eq!(found.files.iter().collect::<Vec<_>>(), files, "{path:?}");
    };
    check("crate::a::B", "crate::a::b::B", &["src/a/b.rs"]);
    check("outer::B::new", "crate::a::b::B::new", &["src/a/b.rs"]);
    check("crate::a::E", "rdkafka::Message", &["src/a/b.rs"]);
    check("crate::a::io::stdin", "std::io::stdin", &["src/a/c.rs", "src/a/mod.rs"]);
    check("input::stdin", "std::io::stdin", &["src/a/c.rs", "src/a/mod.rs"]);
    check("fmt::Write", "std::fmt::Write", &[]);
    check("crate::a::C", "crate::a::c::C", &["src/a/c.rs", "src/a/mod.rs"]);
}
