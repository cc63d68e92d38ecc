//! A `mod.rs` holds nothing but module declarations and imports.

use super::paths::{Named, cfg_test, test_item};
use super::production;
use proc_macro2::{Delimiter, TokenTree};

/// What else a file holds: the first word of each such item.
fn other_items(text: &str) -> Vec<String> {
    let tokens: Vec<TokenTree> =
        text.parse::<proc_macro2::TokenStream>().unwrap().into_iter().collect();
    let (mut rest, mut found) = (&tokens[..], Vec::new());
    while let [first, after @ ..] = rest {
        if matches!(first, TokenTree::Punct(end) if end.as_char() == ';') {
            rest = after;
            continue;
        }
        if let Some(start) = cfg_test(rest) {
            rest = &rest[start + test_item(&rest[start..], &mut Named::default())..];
            continue;
        }
        match rest {
            // `#[…]` and `#![…]`, and with them the documentation.
            [TokenTree::Punct(hash), TokenTree::Group(_), more @ ..] if hash.as_char() == '#' => {
                rest = more;
                continue;
            }
            [TokenTree::Punct(hash), TokenTree::Punct(_), TokenTree::Group(_), more @ ..]
                if hash.as_char() == '#' =>
            {
                rest = more;
                continue;
            }
            _ => {}
        }
        let item = match (first, after) {
            (TokenTree::Ident(word), [TokenTree::Group(_), item @ ..]) if word == "pub" => item,
            (TokenTree::Ident(word), item) if word == "pub" => item,
            _ => rest,
        };
        if !is_declaration(item) {
            found.push(item.first().map(ToString::to_string).unwrap_or_default());
        }
        rest = &item[length(item)..];
    }
    found
}

/// Whether `mod name;` or `use …;` is at the front.
fn is_declaration(item: &[TokenTree]) -> bool {
    match item {
        [TokenTree::Ident(word), TokenTree::Ident(_), TokenTree::Punct(_), ..] if word == "mod" => {
            true
        }
        [TokenTree::Ident(word), ..] => word == "use",
        _ => false,
    }
}

/// How many tokens an item has. A `use` may have braces before its semicolon.
fn length(item: &[TokenTree]) -> usize {
    let is_use = matches!(item, [TokenTree::Ident(word), ..] if word == "use");
    let end = item.iter().position(|token| match token {
        TokenTree::Punct(punct) => punct.as_char() == ';',
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace && !is_use,
        _ => false,
    });
    end.map_or(item.len(), |end| end + 1)
}

#[test]
fn a_mod_file_only_declares_and_re_exports() {
    let files: Vec<(String, String)> = production();
    let faces: Vec<_> = files.iter().filter(|(name, _)| name.ends_with("/mod.rs")).collect();
    assert!(faces.len() > 30, "{} files", faces.len());
    let found: Vec<String> = faces
        .into_iter()
        .map(|(name, text)| (name, other_items(text)))
        .filter(|(_, items)| !items.is_empty())
        .map(|(name, items)| format!("{name} defines {}", items.join(", ")))
        .collect();
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

#[test]
fn an_item_in_a_mod_file_is_caught() {
    let check = |text: &str, expected: &[&str]| assert_eq!(other_items(text), expected, "{text}");
    check("//! Text.\nmod b;\npub mod c;\npub use b::{B, C};\npub(crate) use c::D;", &[]);
    check(
        "#![allow(x)]\n/// Text.\n#[deny(missing_docs)]\npub mod b;\nuse b::{A, c::{D, E}};",
        &[],
    );
    check("#[cfg(test)]\nmod tests { fn f() {} }\n#[cfg(test)]\nfn g() {}", &[]);
    check(
        "mod b;\npub(crate) fn f() {}\nstruct S { a: u8 }\nimpl S { fn g() {} }",
        &["fn", "struct", "impl"],
    );
    check("pub const fn f() {}\nstatic X: u8 = 1;\nmod b;", &["const", "static"]);
    check("pub(crate) mod v3 { pub fn work() {} }\nmod b;", &["mod"]);
    check("mod b;\nstd::thread_local! { static X: u8 = 1; }", &["std"]);
    check(
        "thread_local! { static X: u8 = 1 }\nunsafe extern \"C\" {}",
        &["thread_local", "unsafe"],
    );
    check("macro_rules! m { () => {} }\nm!();\nuse b::C;", &["macro_rules", "m"]);
    check("extern crate rdkafka;", &["extern"]);
}
