//! Files of a folder import each other in one direction, and a `mod.rs` holds nothing but module
//! declarations and re-exports.
//!
//! A path that leads through a re-export counts as an import of the file that defines the item: a
//! `mod.rs` that only re-exports is therefore part of no cycle.

use super::paths::{Named, cfg_test, named_in, resolve, test_item};
use super::{module, owner, production};
use proc_macro2::{Delimiter, TokenStream, TokenTree};
use std::collections::{BTreeMap, BTreeSet};

/// What begins an item that a `mod.rs` must not define.
const ITEMS: &[&str] =
    &["const", "enum", "fn", "impl", "macro_rules", "static", "struct", "trait", "type", "union"];

/// A path in its parts, from the root of the crate.
type Absolute = Vec<String>;

/// One file of the source.
struct SourceFile {
    name: String,
    paths: Vec<Vec<String>>,
    /// What the file makes available under another path: the name, and the path that it replaces.
    reexports: Vec<(String, Vec<String>)>,
    items: Vec<String>,
}

/// The files by their modules.
struct Modules(BTreeMap<Absolute, SourceFile>);

/// The files that each file imports.
pub type Imports = BTreeMap<String, BTreeSet<String>>;

/// The imports of the production files.
pub fn production_imports() -> Imports {
    Modules::read(production()).imports()
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
fn a_mod_file_only_declares_and_re_exports() {
    let modules = Modules::read(production());
    let faces = modules.0.values().filter(|file| file.name.ends_with("/mod.rs"));
    let found: Vec<String> = faces
        .filter(|file| !file.items.is_empty())
        .map(|file| format!("{} defines {}", file.name, file.items.join(", ")))
        .collect();
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

#[test]
fn a_cycle_is_caught() {
    let check = |files: &[(&str, &str)], expected: Option<&str>| {
        let files = files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
        let found = cycle(&Modules::read(files).imports(), "a").map(|files| files.join(" → "));
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
fn an_item_in_a_mod_file_is_caught() {
    let check = |text: &str, expected: &[&str]| {
        let file = SourceFile::read("src/a/mod.rs".to_owned(), text);
        assert_eq!(file.items, expected, "{text}");
    };
    check("//! Text.\nmod b;\npub mod c;\npub use b::{B, C};\npub(crate) use c::D;", &[]);
    check("#[cfg(test)]\nmod tests { fn f() {} }\n#[cfg(test)]\nfn g() {}", &[]);
    check(
        "mod b;\npub(crate) fn f() {}\nstruct S { a: u8 }\nimpl S { fn g() {} }",
        &["fn", "struct", "impl"],
    );
    check("pub const fn f() {}\nstatic X: u8 = 1;", &["const", "fn", "static"]);
}

impl Modules {
    fn read(files: impl IntoIterator<Item = (String, String)>) -> Self {
        let files = files.into_iter().map(|(name, text)| {
            let file = SourceFile::read(name, &text);
            (module(&file.name), file)
        });
        Self(files.collect())
    }

    fn imports(&self) -> Imports {
        let each = self.0.iter().map(|(module, file)| {
            let mut targets: BTreeSet<String> =
                file.paths.iter().flat_map(|path| self.targets(module, file, path)).collect();
            targets.remove(&file.name);
            (file.name.clone(), targets)
        });
        each.collect()
    }

    /// The files that a path in a file leads to.
    fn targets(&self, module: &[String], file: &SourceFile, path: &[String]) -> Vec<String> {
        if file.reexports.iter().any(|(_, target)| target == path) {
            return Vec::new();
        }
        let absolute = self.absolute(module, file, path);
        absolute.map_or_else(Vec::new, |absolute| self.defining(&absolute, 0))
    }

    /// The path from the root of the crate; `None` if it leads to another crate or to an item of
    /// the file itself.
    fn absolute(&self, module: &[String], file: &SourceFile, path: &[String]) -> Option<Absolute> {
        let (first, rest) = path.split_first()?;
        if first == "crate" {
            return Some(rest.to_vec());
        }
        let child: Absolute = module.iter().chain([first]).cloned().collect();
        let imported = file.paths.iter().find_map(|other| {
            let target = other.strip_prefix(&["crate".to_owned()][..])?;
            (target.last() == Some(first) && self.0.contains_key(target)).then(|| target.to_vec())
        });
        let base = if self.0.contains_key(&child) { Some(child) } else { imported };
        base.map(|base| base.into_iter().chain(rest.iter().cloned()).collect())
    }

    /// The file that defines an item, or all files that a `*` may lead to. A module by itself leads
    /// nowhere: what is used of it is a longer path.
    fn defining(&self, path: &[String], depth: usize) -> Vec<String> {
        assert!(depth < 16, "re-exports in a circle: {path:?}");
        let length = (1..=path.len()).rev().find(|length| self.0.contains_key(&path[..*length]));
        let Some((module, rest)) = length.map(|length| path.split_at(length)) else {
            return Vec::new();
        };
        let Some(item) = rest.first() else { return Vec::new() };
        let file = &self.0[module];
        let through = |reexported: &[String]| {
            let target = self.absolute(module, file, reexported);
            target.map_or_else(Vec::new, |target| self.defining(&target, depth + 1))
        };
        let named = file.reexports.iter().filter(|(name, _)| name == item || item == "*");
        let mut found: Vec<String> = named.flat_map(|(_, target)| through(target)).collect();
        if found.is_empty() || item == "*" {
            found.push(file.name.clone());
        }
        found
    }
}

impl SourceFile {
    fn read(name: String, text: &str) -> Self {
        let Named { paths, .. } = named_in(text, &module(&name));
        let tokens: TokenStream = text.parse().unwrap();
        let (mut reexports, mut items) = (Vec::new(), Vec::new());
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut at = 0;
        while at < tokens.len() {
            at += top_item(&tokens[at..], &module(&name), &mut reexports, &mut items);
        }
        Self { name, paths, reexports, items }
    }
}

/// Takes in what is at the front of a file; returns how many tokens that was.
fn top_item(
    tokens: &[TokenTree],
    module: &[String],
    reexports: &mut Vec<(String, Vec<String>)>,
    items: &mut Vec<String>,
) -> usize {
    if let Some(after) = cfg_test(tokens) {
        return after + test_item(&tokens[after..], &mut Named::default());
    }
    let TokenTree::Ident(first) = &tokens[0] else { return 1 };
    if first == "pub"
        && let Some(start) = after_use(tokens)
    {
        let is_end = |token: &TokenTree| matches!(token, TokenTree::Punct(p) if p.as_char() == ';');
        let end = start + tokens[start..].iter().position(is_end).unwrap();
        let tree: TokenStream = tokens[start..end].iter().cloned().collect();
        leaves(&tree.to_string(), "", module, reexports);
        return end;
    }
    if ITEMS.contains(&first.to_string().as_str()) {
        items.push(first.to_string());
    }
    1
}

/// Where the tree of a `pub use`, `pub(crate) use` begins.
fn after_use(tokens: &[TokenTree]) -> Option<usize> {
    let at = match tokens.get(1)? {
        TokenTree::Group(group) if group.delimiter() == Delimiter::Parenthesis => 2,
        _ => 1,
    };
    matches!(tokens.get(at)?, TokenTree::Ident(ident) if ident == "use").then_some(at + 1)
}

/// The names that a use tree brings in, each with its path.
fn leaves(tree: &str, prefix: &str, module: &[String], found: &mut Vec<(String, Vec<String>)>) {
    if let Some((head, body)) = tree.split_once('{') {
        let body = body.trim_end().strip_suffix('}').unwrap();
        let prefix = format!("{prefix}{head}");
        split(body).into_iter().for_each(|branch| leaves(branch, &prefix, module, found));
        return;
    }
    let (path, alias) = tree.split_once(" as ").map_or((tree, None), |(p, name)| (p, Some(name)));
    let parts: Vec<String> =
        format!("{prefix}{path}").split("::").map(|part| part.trim().to_owned()).collect();
    let name = alias.map_or_else(|| parts.last().unwrap().clone(), |name| name.trim().to_owned());
    found.push((name, resolve(&parts, module)));
}

/// The branches of a use tree's braces, which may hold further braces.
fn split(body: &str) -> Vec<&str> {
    let (mut depth, mut start, mut branches) = (0, 0, Vec::new());
    for (at, character) in body.char_indices() {
        match character {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                branches.push(&body[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    branches.push(&body[start..]);
    branches.into_iter().filter(|branch| !branch.trim().is_empty()).collect()
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
