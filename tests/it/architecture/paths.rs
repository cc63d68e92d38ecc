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
    /// Test modules in separate files: `#[cfg(test)] mod name;`.
    pub test_modules: Vec<String>,
    /// Test modules with a `#[path = "file.rs"]`.
    pub test_files: Vec<String>,
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
    if let Some((name, body)) = inline_module(tokens) {
        let inner: Vec<String> = module.iter().cloned().chain([name]).collect();
        walk(&body, &inner, named);
        return 3;
    }
    match &tokens[0] {
        TokenTree::Ident(_) => path(tokens, &[], module, named),
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

fn inline_module(tokens: &[TokenTree]) -> Option<(String, Vec<TokenTree>)> {
    let [TokenTree::Ident(keyword), TokenTree::Ident(name), TokenTree::Group(body), ..] = tokens
    else {
        return None;
    };
    (keyword == "mod" && body.delimiter() == Delimiter::Brace)
        .then(|| (name.to_string(), body.stream().into_iter().collect()))
}

/// Reads a path or use tree that continues after `prefix`. A single name counts only as a leaf of a
/// use tree or as the name of a macro.
fn path(tokens: &[TokenTree], prefix: &[String], module: &[String], named: &mut Named) -> usize {
    let mut parts = prefix.to_vec();
    let mut at = 0;
    loop {
        match tokens.get(at) {
            Some(TokenTree::Ident(ident)) => parts.push(ident.to_string()),
            Some(TokenTree::Punct(star)) if star.as_char() == '*' => parts.push("*".into()),
            Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace && at > 0 => {
                branches(&group.stream().into_iter().collect::<Vec<_>>(), &parts, module, named);
                return at + 1;
            }
            _ => break,
        }
        at += 1;
        if !colons(&tokens[at..]) {
            break;
        }
        at += 2;
    }
    if is_macro(&tokens[at..]) {
        parts.last_mut().unwrap().push('!');
    }
    if parts.len() > 1 && parts.last().is_some_and(|part| part == "self") {
        parts.pop(); // `use std::time::{self}` names `std::time`.
    }
    let resolved = resolve(&parts, module);
    if resolved.len() > 1 || resolved.iter().any(|part| part.ends_with('!')) {
        named.paths.push(resolved);
    }
    at.max(1)
}

/// The branches of a use tree's braces.
fn branches(tokens: &[TokenTree], prefix: &[String], module: &[String], named: &mut Named) {
    let comma = |token: &TokenTree| matches!(token, TokenTree::Punct(p) if p.as_char() == ',');
    for branch in tokens.split(comma).filter(|branch| !branch.is_empty()) {
        path(branch, prefix, module, named);
    }
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
    let supers = parts.iter().take_while(|part| *part == "super").count();
    let own = usize::from(parts.first().is_some_and(|part| part == "self") && parts.len() > 1);
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
