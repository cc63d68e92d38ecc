//! The files of a folder form no circle of imports: `mod.rs` declares and re-exports, and the other
//! files import their siblings by file.

use super::paths::{Named, named_in};
use super::{module, source};
use std::collections::{BTreeMap, BTreeSet};

/// Folders without circles.
const FOLDERS: &[&str] = &["src/decode/", "src/transaction/"];

/// The files of a folder, and which of them each one names.
type Imports = BTreeMap<String, BTreeSet<String>>;

fn imports_within(folder: &str, source: &BTreeMap<String, Named>) -> Imports {
    let files = source.iter().filter(|(file, _)| file.starts_with(folder));
    let modules: BTreeMap<Vec<String>, &String> =
        files.clone().map(|(file, _)| (module(file), file)).collect();
    let owner = |path: &[String]| {
        (1..=path.len()).rev().find_map(|length| modules.get(&path[..length]).copied())
    };
    let named = |file: &String, path: &Vec<String>| match path.as_slice() {
        // `pub(super)` names a module around this one, and nothing in it.
        [root, rest @ ..] if root == "crate" && module(file).starts_with(rest) => None,
        [root, rest @ ..] if root == "crate" => owner(rest).cloned(),
        // A child of this module, or something outside.
        rest => owner(&[&module(file), rest].concat()).cloned(),
    };
    let of_file = |(file, all): (&String, &Named)| {
        let others = all.paths.iter().filter_map(|path| named(file, path));
        (file.clone(), others.filter(|other| other != file).collect())
    };
    files.map(of_file).collect()
}

/// The files of circles, and those that lead to one.
fn in_circles(mut imports: Imports) -> Vec<String> {
    loop {
        let left: BTreeSet<String> = imports.keys().cloned().collect();
        imports.retain(|_, others| !others.is_disjoint(&left));
        if imports.len() == left.len() {
            return left.into_iter().collect();
        }
    }
}

#[test]
fn the_files_of_a_folder_form_no_circle() {
    let source = source();
    for folder in FOLDERS {
        let imports = imports_within(folder, &source);
        assert!(imports.values().map(BTreeSet::len).sum::<usize>() > 10, "{folder}: {imports:?}");
        assert_eq!(in_circles(imports), Vec::<String>::new(), "{folder}");
    }
}

#[test]
fn a_circle_is_caught() {
    let check = |files: &[(&str, &str)], expected: &[&str]| {
        let named =
            |(file, code): &(&str, &str)| ((*file).to_owned(), named_in(code, &module(file)));
        let source = files.iter().map(named).collect();
        assert_eq!(in_circles(imports_within("src/x/", &source)), expected, "{files:?}");
    };
    let face = ("src/x/mod.rs", "mod a; mod b; pub use a::A; pub use b::B;");
    check(&[face, ("src/x/a.rs", "use super::b::B;"), ("src/x/b.rs", "struct B;")], &[]);
    check(
        &[("src/x/a.rs", "use super::b::B;"), ("src/x/b.rs", "use crate::x::a::A;")],
        &["src/x/a.rs", "src/x/b.rs"],
    );
    check(
        &[face, ("src/x/a.rs", "use super::B;"), ("src/x/b.rs", "struct B;")],
        &["src/x/a.rs", "src/x/mod.rs"],
    );
}
