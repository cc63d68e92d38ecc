//! Files of a folder import each other in one direction, and so do the sub-folders of a folder.
//!
//! A path that leads through a re-export counts as an import of the file that defines the item: a
//! `mod.rs` that only re-exports is therefore part of no cycle.

use super::modules::Modules;
use super::{owner, production};
use std::collections::{BTreeMap, BTreeSet};

/// The files that each file imports.
pub type Imports = BTreeMap<String, BTreeSet<String>>;

/// The imports of the production files.
pub fn production_imports() -> Imports {
    imports(&Modules::read(production()))
}

fn imports(modules: &Modules) -> Imports {
    modules.files().map(|file| (file.name.clone(), modules.imports_of(file))).collect()
}

#[test]
fn files_of_a_folder_import_each_other_in_one_direction() {
    let imports = production_imports();
    let edges: usize = imports.values().map(BTreeSet::len).sum();
    assert!(imports.len() > 300 && edges > 600, "{} files, {edges} imports", imports.len());
    let found: Vec<String> = owners(&imports)
        .into_iter()
        .filter_map(|owner| cycle(&imports, &owner))
        .map(|files| files.join(" → "))
        .collect();
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

#[test]
fn a_cycle_is_caught() {
    let check = |files: &[(&str, &str)], expected: Option<&str>| {
        let files = files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
        let found = cycle(&imports(&Modules::read(files)), "a").map(|files| files.join(" → "));
        assert_eq!(found.as_deref(), expected);
    };
    let face = ("src/a/mod.rs", "mod b;\nmod c;\npub use b::B;\npub(crate) use c::{C, D as E};");
    let c_and_b = Some("src/a/b.rs → src/a/c.rs → src/a/b.rs");
    check(&[face, ("src/a/b.rs", "use super::c::C;"), ("src/a/c.rs", "struct C;")], None);
    check(&[face, ("src/a/b.rs", "use super::c::C;"), ("src/a/c.rs", "use super::b::B;")], c_and_b);
    // Through re-exports, by another name, and without a `use`.
    check(&[face, ("src/a/b.rs", "use super::C;"), ("src/a/c.rs", "use crate::a::B;")], c_and_b);
    check(&[face, ("src/a/b.rs", "use super::E;"), ("src/a/c.rs", "use super::*;")], c_and_b);
    check(
        &[face, ("src/a/b.rs", "fn f(c: super::C) {}"), ("src/a/c.rs", "use super::b::B;")],
        c_and_b,
    );
    // Through a module that is imported by its name.
    check(
        &[
            face,
            ("src/a/b.rs", "use super::c;\nfn f() { c::g() }"),
            ("src/a/c.rs", "use super::b::B;"),
        ],
        c_and_b,
    );
    check(
        &[
            face,
            ("src/a/b.rs", "use super::c as other;\nfn f() { other::g() }"),
            ("src/a/c.rs", "use super::b::B;"),
        ],
        c_and_b,
    );
    // Through a re-export of everything.
    check(
        &[
            ("src/a/mod.rs", "mod b;\nmod c;\npub use b::*;\npub use c::C;"),
            ("src/a/b.rs", "use super::C;"),
            ("src/a/c.rs", "use super::B;"),
        ],
        c_and_b,
    );
    // A file that only tests import is in no cycle.
    check(
        &[
            face,
            ("src/a/b.rs", "#[cfg(test)]\nmod tests { use super::super::c::C; }"),
            ("src/a/c.rs", "use super::b::B;"),
        ],
        None,
    );
    // A `mod.rs` that defines something is like any other file.
    check(
        &[("src/a/mod.rs", "mod b;\nuse b::B;\nstruct A;"), ("src/a/b.rs", "use super::A;")],
        Some("src/a/b.rs → src/a/mod.rs → src/a/b.rs"),
    );
}

fn owners(imports: &Imports) -> BTreeSet<String> {
    imports.keys().map(|file| owner(file)).collect()
}

/// Files of a folder that import each other in a circle, the first one again at the end.
fn cycle(imports: &Imports, of: &str) -> Option<Vec<String>> {
    let mut done = BTreeSet::new();
    let own = imports.keys().filter(|file| owner(file) == of);
    own.into_iter().find_map(|file| search(imports, of, file, &mut Vec::new(), &mut done))
}

fn search(
    imports: &Imports,
    of: &str,
    file: &str,
    way: &mut Vec<String>,
    done: &mut BTreeSet<String>,
) -> Option<Vec<String>> {
    if let Some(start) = way.iter().position(|earlier| earlier == file) {
        return Some(way[start..].iter().cloned().chain([file.to_owned()]).collect());
    }
    if !done.contains(file) {
        way.push(file.to_owned());
        let next = imports.get(file).into_iter().flatten().filter(|next| owner(next) == of);
        let found = next.into_iter().find_map(|next| search(imports, of, next, way, done));
        if found.is_some() {
            return found;
        }
        way.pop();
        done.insert(file.to_owned());
    }
    None
}
