//! Files of a folder import each other in one direction, and so do the parts of a folder: its
//! sub-folders and the files directly in it.
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
    let owners: BTreeSet<String> = imports.keys().map(|file| owner(file)).collect();
    let found: Vec<String> = owners
        .iter()
        .filter_map(|owner| cycle(&within(&imports, owner)))
        .map(|files| files.join(" → "))
        .collect();
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

#[test]
fn parts_of_a_folder_import_each_other_in_one_direction() {
    let imports = production_imports();
    let folders = folders(&imports);
    assert!(folders.len() > 20, "{} folders", folders.len());
    let found: Vec<String> = folders
        .iter()
        .filter_map(|folder| cycle(&among_parts(&imports, folder)))
        .map(|parts| parts.join(" → "))
        .collect();
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

#[test]
fn a_cycle_is_caught() {
    let check = |files: &[(&str, &str)], expected: Option<&str>| {
        let files = files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
        let found =
            cycle(&within(&imports(&Modules::read(files)), "a")).map(|files| files.join(" → "));
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

#[test]
fn a_cycle_between_parts_is_caught() {
    let check = |files: &[(&str, &str)], expected: Option<&str>| {
        let files = files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
        let imports = imports(&Modules::read(files));
        assert_eq!(cycle(&within(&imports, "a")), None, "no file imports itself");
        let mut found = folders(&imports).into_iter();
        let found = found.find_map(|folder| cycle(&among_parts(&imports, &folder)));
        assert_eq!(found.map(|parts| parts.join(" → ")).as_deref(), expected);
    };
    let (from, to) = ("src/a/ir/op.rs", "src/a/explain/part.rs");
    let faces = [
        ("src/a/mod.rs", "mod explain;\nmod ir;"),
        ("src/a/ir/mod.rs", "mod op;\npub mod tree;\npub use tree::Tree;"),
        ("src/a/explain/mod.rs", "pub mod part;\npub use part::Part;"),
        ("src/a/ir/tree.rs", "pub struct Tree;"),
    ];
    let with = |more: &[(&'static str, &'static str)]| [&faces[..], more].concat();
    let cycle = Some("src/a/explain → src/a/ir → src/a/explain");
    let use_tree = "use super::super::ir::Tree;";
    check(&with(&[(from, ""), (to, use_tree)]), None);
    check(&with(&[(from, "use crate::a::explain::Part;"), (to, use_tree)]), cycle);
    check(
        &with(&[(from, "use super::super::explain::part;\nfn f() { part::f() }"), (to, use_tree)]),
        cycle,
    );
    // Between a folder and a file beside it.
    check(
        &with(&[
            (from, "use crate::a::value::Value;"),
            ("src/a/value.rs", "use super::ir::Tree;"),
            (to, ""),
        ]),
        Some("src/a/ir → src/a/value.rs → src/a/ir"),
    );
    // In a folder of a folder.
    check(
        &[
            ("src/a/b/mod.rs", "mod c;\nmod d;"),
            ("src/a/b/c/one.rs", "use crate::a::b::d::one::One;"),
            ("src/a/b/c/two.rs", "pub struct Two;"),
            ("src/a/b/d/one.rs", "pub struct One;"),
            ("src/a/b/d/two.rs", "use crate::a::b::c::two::Two;"),
        ],
        Some("src/a/b/c → src/a/b/d → src/a/b/c"),
    );
}

/// The imports among the files of a top-level folder.
fn within(imports: &Imports, of: &str) -> Imports {
    let own = |file: &&String| owner(file) == of;
    let each = imports.iter().filter(|(file, _)| own(file));
    each.map(|(file, targets)| (file.clone(), targets.iter().filter(own).cloned().collect()))
        .collect()
}

/// The folders that contain files or further folders.
fn folders(imports: &Imports) -> BTreeSet<String> {
    let above = |file: &String| {
        let ends: Vec<usize> = file.match_indices('/').map(|(at, _)| at).skip(1).collect();
        ends.into_iter().map(|end| file[..end].to_owned()).collect::<Vec<_>>()
    };
    imports.keys().flat_map(above).collect()
}

/// The imports among the parts of a folder: its sub-folders and the files directly in it.
fn among_parts(imports: &Imports, folder: &str) -> Imports {
    let part = |file: &String| {
        let name = file.strip_prefix(folder)?.strip_prefix('/')?.split('/').next()?;
        Some(format!("{folder}/{name}"))
    };
    let mut found = Imports::new();
    for (file, targets) in imports {
        let Some(from) = part(file) else { continue };
        let to = targets.iter().filter_map(part).filter(|to| *to != from);
        found.entry(from.clone()).or_default().extend(to);
    }
    found
}

/// Names that import each other in a circle, the first one again at the end.
fn cycle(imports: &Imports) -> Option<Vec<String>> {
    let mut done = BTreeSet::new();
    imports.keys().find_map(|name| search(imports, name, &mut Vec::new(), &mut done))
}

fn search(
    imports: &Imports,
    name: &str,
    way: &mut Vec<String>,
    done: &mut BTreeSet<String>,
) -> Option<Vec<String>> {
    if let Some(start) = way.iter().position(|earlier| earlier == name) {
        return Some(way[start..].iter().cloned().chain([name.to_owned()]).collect());
    }
    if !done.contains(name) {
        way.push(name.to_owned());
        let mut next = imports.get(name).into_iter().flatten();
        let found = next.find_map(|next| search(imports, next, way, done));
        if found.is_some() {
            return found;
        }
        way.pop();
        done.insert(name.to_owned());
    }
    None
}
