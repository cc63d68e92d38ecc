//! Production code does not know that it is tested: `#[cfg(test)]` is only before a module of tests
//! or what it imports.

use super::production;
use proc_macro2::{TokenStream, TokenTree};

/// Relaxes lints for the tests of the library.
const LINTS: (&str, &str) = ("src/lib.rs", "cfg_attr(test,allow(");

/// What is wrong with a file's conditions.
fn hooks(file: &str, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    walk(text.parse().unwrap(), &mut |condition, item| {
        let is_module = condition == "cfg(test)" && matches!(item, "mod" | "use");
        let is_about_lints = file == LINTS.0 && condition.starts_with(LINTS.1);
        if !is_module && !is_about_lints {
            found.push(format!("{file}: {condition} before `{item}`"));
        }
    });
    found
}

/// Passes each condition that names `test` to `look`, with the keyword of what it is before.
fn walk(tokens: TokenStream, look: &mut impl FnMut(&str, &str)) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    for (at, token) in tokens.iter().enumerate() {
        let TokenTree::Group(group) = token else { continue };
        let before = at.checked_sub(1).map(|before| tokens[before].to_string());
        let is_attribute = matches!(before.as_deref(), Some("#" | "!"));
        let mut text = group.stream().to_string().replace([' ', '\n'], "");
        // `cfg!(test)`
        if at > 1 && before.as_deref() == Some("!") && tokens[at - 2].to_string() == "cfg" {
            text = format!("cfg({text})");
        }
        let is_condition = text.starts_with("cfg(") || text.starts_with("cfg_attr(");
        if is_attribute
            && is_condition
            && text.split(|c: char| !c.is_alphanumeric()).any(|word| word == "test")
        {
            look(&text, &keyword(&tokens[at + 1..]));
        } else {
            walk(group.stream(), look);
        }
    }
}

/// The first word of an item, after its attributes and its visibility.
fn keyword(mut tokens: &[TokenTree]) -> String {
    loop {
        tokens = match tokens {
            [TokenTree::Punct(hash), TokenTree::Group(_), rest @ ..] if hash.as_char() == '#' => {
                rest
            }
            [TokenTree::Ident(word), TokenTree::Group(_), rest @ ..] if word == "pub" => rest,
            [TokenTree::Ident(word), rest @ ..] if word == "pub" => rest,
            [first, ..] => return first.to_string(),
            [] => return String::new(),
        };
    }
}

#[test]
fn production_code_has_no_hooks_for_tests() {
    let found: Vec<String> =
        production().iter().flat_map(|(file, text)| hooks(file, text)).collect();
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

#[test]
fn a_hook_is_caught() {
    for (text, expected) in [
        ("#[cfg(test)]\nmod tests;", 0),
        ("#[cfg(test)]\n#[path = \"a.rs\"]\npub(crate) mod tests;", 0),
        ("#[cfg(test)]\nuse a::B;", 0),
        ("macro_rules! m { () => { #[cfg(test)] mod tests {} }; }", 0),
        ("#[cfg(unix)]\nfn f() {}", 0),
        ("#[cfg(test)]\nfn f() {}", 1),
        ("impl A { #[cfg(test)] pub(crate) fn len(&self) {} }", 1),
        ("macro_rules! m { () => { #[cfg(test)] const A: u8 = 1; }; }", 1),
        ("struct A { #[cfg_attr(not(test), expect(dead_code))] name: u8 }", 1),
        ("#[cfg(not(test))]\nmod production;", 1),
        ("#[cfg(any(test, fuzzing))]\nmod support;", 1),
        ("fn f() { if cfg!(test) { g() } }", 1),
    ] {
        assert_eq!(hooks("src/a.rs", text).len(), expected, "{text}");
    }
}
