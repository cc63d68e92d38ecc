//! Finds every path (`a::b::c`) in a source file, including in use trees and macro bodies, and
//! resolves `self` and `super`. It works on tokens, so comments and strings are not code. Code
//! under `#[cfg(test)]` is left out.

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// The segments of a path; a glob ends in `*`, a macro name in `!`.
pub type Path = Vec<String>;

/// The names that one file uses.
#[derive(Debug, Default, PartialEq)]
pub struct Named {
    pub paths: Vec<Path>,
    pub imports: Vec<Import>,
    /// Modules that the file declares or contains.
    pub modules: Vec<String>,
    /// Macros that the file defines.
    pub macros: Vec<String>,
    /// Test modules in separate files: `#[cfg(test)] mod name;`.
    pub test_modules: Vec<String>,
    /// Test modules with a `#[path = "file.rs"]`.
    pub test_files: Vec<String>,
}

/// What one leaf of a `use` or an `extern crate` brings in.
#[derive(Debug, PartialEq)]
pub struct Import {
    pub path: Path,
    /// The name in the file; `*` for a glob.
    pub name: String,
    /// Whether it is a re-export, as `pub(crate) use` is.
    pub is_public: bool,
    /// The module that it is in.
    pub module: Path,
}

impl Import {
    pub fn is_renamed(&self) -> bool {
        self.name != "_" && self.path.last() != Some(&self.name)
    }
}

/// Reads a file whose module is `module`, such as `["memory", "event"]`.
pub fn named_in(source: &str, module: &[String]) -> Named {
    let tokens: TokenStream = source.parse().unwrap_or_else(|error| panic!("{module:?}: {error}"));
    let mut named = Named::default();
    walk(&tokens.into_iter().collect::<Vec<_>>(), module, &mut named);
    named
}

fn walk(tokens: &[TokenTree], module: &[String], named: &mut Named) {
    let mut at = 0;
    while at < tokens.len() {
        at += item(&tokens[at..], module, named);
    }
}

/// Processes the item at the front; returns how many tokens it has.
fn item(tokens: &[TokenTree], module: &[String], named: &mut Named) -> usize {
    if let Some(after) = cfg_test(tokens) {
        return after + test_item(&tokens[after..], named);
    }
    if let Some(length) = import(tokens, module, named) {
        return length;
    }
    definition(tokens, named);
    if let Some((name, body)) = inline_module(tokens) {
        let inner: Vec<String> = module.iter().cloned().chain([name]).collect();
        walk(&body, &inner, named);
        return 3;
    }
    match &tokens[0] {
        TokenTree::Ident(_) => path(tokens, module, named),
        TokenTree::Group(group) => {
            walk(&group.stream().into_iter().collect::<Vec<_>>(), module, named);
            1
        }
        _ => 1,
    }
}

/// The length of a `#[cfg(test)]` at the front.
pub fn cfg_test(tokens: &[TokenTree]) -> Option<usize> {
    let [TokenTree::Punct(hash), TokenTree::Group(attribute), ..] = tokens else { return None };
    let text = attribute.stream().to_string().replace(' ', "");
    (hash.as_char() == '#' && text == "cfg(test)").then_some(2)
}

/// Skips an item up to the end of its body or its semicolon; returns how many tokens it has.
pub fn test_item(tokens: &[TokenTree], named: &mut Named) -> usize {
    if let Some((file, after)) = path_attribute(tokens) {
        named.test_files.push(file);
        return after + test_item(&tokens[after..], &mut Named::default());
    }
    if let [TokenTree::Ident(keyword), TokenTree::Ident(name), TokenTree::Punct(end), ..] = tokens
        && keyword == "mod"
        && end.as_char() == ';'
    {
        named.test_modules.push(name.to_string());
    }
    let end = tokens.iter().position(|token| match token {
        TokenTree::Punct(punct) => punct.as_char() == ';',
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
        _ => false,
    });
    end.map_or(tokens.len(), |end| end + 1)
}

/// The file named by a `#[path = "file.rs"]` at the front, and the attribute's length.
fn path_attribute(tokens: &[TokenTree]) -> Option<(String, usize)> {
    let [TokenTree::Punct(_), TokenTree::Group(attribute), ..] = tokens else { return None };
    let text = attribute.stream().to_string().replace(' ', "");
    let file = text.strip_prefix("path=\"")?.strip_suffix('"')?;
    Some((file.to_owned(), 2))
}

/// Reads a `use` or `extern crate` at the front; returns how many tokens it has.
fn import(tokens: &[TokenTree], module: &[String], named: &mut Named) -> Option<usize> {
    let visibility = match tokens {
        [TokenTree::Ident(word), TokenTree::Group(_), ..] if word == "pub" => 2,
        [TokenTree::Ident(word), ..] if word == "pub" => 1,
        _ => 0,
    };
    let start = match &tokens[visibility..] {
        [TokenTree::Ident(word), ..] if word == "use" => visibility + 1,
        [TokenTree::Ident(first), TokenTree::Ident(second), ..]
            if first == "extern" && second == "crate" =>
        {
            visibility + 2
        }
        _ => return None,
    };
    let is_public = visibility > 0;
    // `use $crate::a::B;` in a macro.
    let start = start + usize::from(is_crate_of_macro(&tokens[start..]));
    let rest = &tokens[start..];
    // `impl Trait + use<'a>` imports nothing.
    let is_tree = matches!(rest.first(), Some(TokenTree::Ident(_) | TokenTree::Group(_)));
    if !is_tree && !colons(rest) {
        return None;
    }
    let is_end = |token: &TokenTree| matches!(token, TokenTree::Punct(p) if p.as_char() == ';');
    let end = rest.iter().position(is_end).unwrap_or(rest.len());
    leaves(&rest[..end], &[], &Place { module, is_public }, named);
    Some(start + end)
}

fn is_crate_of_macro(tokens: &[TokenTree]) -> bool {
    matches!(tokens, [TokenTree::Punct(dollar), TokenTree::Ident(root), ..]
        if dollar.as_char() == '$' && root == "crate")
}

/// Where a use tree is.
struct Place<'m> {
    module: &'m [String],
    is_public: bool,
}

/// Reads a use tree that continues after `prefix`.
fn leaves(mut tokens: &[TokenTree], prefix: &[String], place: &Place<'_>, named: &mut Named) {
    let (mut parts, mut alias) = (prefix.to_vec(), None);
    loop {
        tokens = match tokens {
            [TokenTree::Ident(word), TokenTree::Ident(name), ..] if word == "as" => {
                alias = Some(name.to_string());
                break;
            }
            [TokenTree::Ident(part), rest @ ..] => {
                parts.push(part.to_string());
                rest
            }
            [TokenTree::Punct(star), ..] if star.as_char() == '*' => {
                parts.push("*".to_owned());
                break;
            }
            [TokenTree::Group(group), ..] => {
                let comma =
                    |token: &TokenTree| matches!(token, TokenTree::Punct(p) if p.as_char() == ',');
                let branches: Vec<TokenTree> = group.stream().into_iter().collect();
                let branches = branches.split(comma).filter(|branch| !branch.is_empty());
                branches.for_each(|branch| leaves(branch, &parts, place, named));
                return;
            }
            tokens if colons(tokens) => &tokens[2..],
            _ => break,
        };
    }
    if parts.len() > 1 && parts.last().is_some_and(|part| part == "self") {
        parts.pop(); // `use std::time::{self}` names `std::time`.
    }
    let Some(last) = parts.last() else { return };
    let name = alias.unwrap_or_else(|| last.clone());
    let path = resolve(&parts, place.module);
    named.paths.push(path.clone());
    let (is_public, module) = (place.is_public, place.module.to_vec());
    named.imports.push(Import { path, name, is_public, module });
}

/// Notes the module or macro whose definition begins at the front.
fn definition(tokens: &[TokenTree], named: &mut Named) {
    match tokens {
        [TokenTree::Ident(keyword), TokenTree::Ident(name), ..] if keyword == "mod" => {
            named.modules.push(name.to_string());
        }
        [TokenTree::Ident(keyword), TokenTree::Punct(_), TokenTree::Ident(name), ..]
            if keyword == "macro_rules" =>
        {
            named.macros.push(name.to_string());
        }
        _ => {}
    }
}

fn inline_module(tokens: &[TokenTree]) -> Option<(String, Vec<TokenTree>)> {
    let [TokenTree::Ident(keyword), TokenTree::Ident(name), TokenTree::Group(body), ..] = tokens
    else {
        return None;
    };
    (keyword == "mod" && body.delimiter() == Delimiter::Brace)
        .then(|| (name.to_string(), body.stream().into_iter().collect()))
}

/// Reads a path. A single name counts only as the name of a macro.
fn path(tokens: &[TokenTree], module: &[String], named: &mut Named) -> usize {
    let (mut parts, mut at) = (Vec::new(), 0);
    while let Some(TokenTree::Ident(part)) = tokens.get(at) {
        parts.push(part.to_string());
        at += 1;
        if !colons(&tokens[at..]) {
            break;
        }
        at += 2;
    }
    if is_macro(&tokens[at..]) {
        parts.last_mut().unwrap().push('!');
    }
    let resolved = resolve(&parts, module);
    if resolved.len() > 1 || resolved.iter().any(|part| part.ends_with('!')) {
        named.paths.push(resolved);
    }
    at
}

fn colons(tokens: &[TokenTree]) -> bool {
    matches!(tokens, [TokenTree::Punct(a), TokenTree::Punct(b), ..]
        if a.as_char() == ':' && b.as_char() == ':')
}

/// Whether this is the rest of `name!(…)`, as opposed to `name != …`.
fn is_macro(tokens: &[TokenTree]) -> bool {
    matches!(tokens, [TokenTree::Punct(bang), TokenTree::Group(_), ..] if bang.as_char() == '!')
}

/// Resolves `self` and `super` at the front into a path from `crate`.
pub fn resolve(parts: &[String], module: &[String]) -> Path {
    let own = usize::from(parts.first().is_some_and(|part| part == "self") && parts.len() > 1);
    let supers = parts[own..].iter().take_while(|part| *part == "super").count();
    if supers + own == 0 {
        return parts.to_vec();
    }
    let base = &module[..module.len().saturating_sub(supers)];
    let crate_root = std::iter::once("crate".to_owned());
    crate_root.chain(base.iter().cloned()).chain(parts[supers + own..].iter().cloned()).collect()
}

#[test]
fn paths_are_found_everywhere_in_a_file() {
    let check = |source: &str, expected: &[&str]| {
        let module = ["memory".to_owned(), "event".to_owned()];
        let mut found: Vec<String> =
            named_in(source, &module).paths.iter().map(|path| path.join("::")).collect();
        found.sort();
        assert_eq!(found, expected, "{source}");
    };
    check("use crate::rules::Rule;", &["crate::rules::Rule"]);
    check("use crate::{a::{B, c::*}, d};", &["crate::a::B", "crate::a::c::*", "crate::d"]);
    check("fn f() { let x: crate::a::B = crate::c::d(1); }", &["crate::a::B", "crate::c::d"]);
    check("fn f() { g!(crate::a::b); }", &["crate::a::b", "g!"]);
    check("use super::x::Y;", &["crate::memory::x::Y"]);
    check("use super::super::rules::Y;", &["crate::rules::Y"]);
    check("mod inner { use super::super::x; }", &["crate::memory::x"]);
    check("use self::x::Y;", &["crate::memory::event::x::Y"]);
    check("#[cfg(test)] mod tests { use crate::rules::X; } use crate::a::B;", &["crate::a::B"]);
    check("#[cfg(test)]\nuse crate::rules::X;", &[]);
    check("/// crate::a::b\nfn f() { \"crate::a::b\"; }", &[]);
    check("fn f() { if a != (b) { std::fs::read(c) } }", &["std::fs::read"]);
    check("use std::{fs, time::Instant as Clock};", &["std::fs", "std::time::Instant"]);
    check("use self::super::x::Y;", &["crate::memory::x::Y"]);
    check("use rdkafka as client_library;", &["rdkafka"]);
    check("extern crate rdkafka;", &["rdkafka"]);
    check("use {rdkafka, ::tokio::sync};", &["rdkafka", "tokio::sync"]);
    check("fn f() -> impl Sized + use<'_> { crate::a::b(c) }", &["crate::a::b"]);
}

#[test]
fn imports_are_found_with_their_names() {
    let check = |source: &str, expected: &[&str]| {
        let module = ["kafka".to_owned(), "shard".to_owned()];
        let named = named_in(source, &module);
        let shown = |import: &Import| {
            let visibility = if import.is_public { "pub " } else { "" };
            format!("{visibility}{} = {}", import.name, import.path.join("::"))
        };
        assert_eq!(named.imports.iter().map(shown).collect::<Vec<_>>(), expected, "{source}");
    };
    check("use super::client::Feed;", &["Feed = crate::kafka::client::Feed"]);
    check(
        "pub(in crate::kafka) use super::{A, b::{self, C as D}, e::*};",
        &[
            "pub A = crate::kafka::A",
            "pub b = crate::kafka::b",
            "pub D = crate::kafka::b::C",
            "pub * = crate::kafka::e::*",
        ],
    );
    check("fn f() { use rdkafka as client_library; }", &["client_library = rdkafka"]);
    check("use super::super as everything;", &["everything = crate"]);
    check("use crate::{self as everything};", &["everything = crate"]);
    check("pub extern crate rdkafka as client_library;", &["pub client_library = rdkafka"]);
    check("use std::fmt::Write as _;", &["_ = std::fmt::Write"]);
}

#[test]
fn a_test_file_is_recognised_by_its_declaration() {
    assert_eq!(named_in("#[cfg(test)]\nmod tests;\nmod event;", &[]).test_modules, ["tests"]);
    let elsewhere = named_in("#[cfg(test)]\n#[path = \"time_tests.rs\"]\nmod tests;", &[]);
    assert_eq!(
        (&elsewhere.test_files[..], elsewhere.test_modules.len()),
        (&["time_tests.rs".into()][..], 0)
    );
}
