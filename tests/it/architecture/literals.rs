//! Finds the string literals of a source file: messages, help, names. It works on tokens, so
//! comments are not literals. Code under `#[cfg(test)]` and the reasons of lint attributes are left
//! out.

use super::paths::{Named, cfg_test, test_item};
use proc_macro2::{TokenStream, TokenTree};
use regex::Regex;

/// Attributes whose texts are only for readers of the source.
const INTERNAL: &[&str] = &["doc", "expect", "allow"];

/// Every string literal, with its escapes as written and its line breaks joined.
pub fn literals_in(source: &str) -> Vec<String> {
    let tokens: TokenStream = source.parse().unwrap();
    let mut found = Vec::new();
    walk(&tokens.into_iter().collect::<Vec<_>>(), &mut found);
    found
}

fn walk(tokens: &[TokenTree], found: &mut Vec<String>) {
    let mut at = 0;
    while at < tokens.len() {
        at += item(&tokens[at..], found);
    }
}

/// Processes the item at the front; returns how many tokens it has.
fn item(tokens: &[TokenTree], found: &mut Vec<String>) -> usize {
    if let Some(after) = cfg_test(tokens) {
        return after + test_item(&tokens[after..], &mut Named::default());
    }
    if let Some(after) = internal(tokens) {
        return after;
    }
    match &tokens[0] {
        TokenTree::Group(group) => walk(&group.stream().into_iter().collect::<Vec<_>>(), found),
        TokenTree::Literal(literal) => found.extend(text(&literal.to_string())),
        _ => {}
    }
    1
}

/// The length of an internal attribute at the front; the tokens of `//!` are an attribute with `!`.
fn internal(tokens: &[TokenTree]) -> Option<usize> {
    let is = |at: usize, mark: char| matches!(tokens.get(at), Some(TokenTree::Punct(punct)) if punct.as_char() == mark);
    let at = if is(1, '!') { 2 } else { 1 };
    let Some(TokenTree::Group(attribute)) = tokens.get(at) else { return None };
    let name = attribute.stream().into_iter().next()?.to_string();
    (is(0, '#') && INTERNAL.contains(&name.as_str())).then_some(at + 1)
}

/// What is between the quotes of a string literal; `None` for a number or a character.
fn text(literal: &str) -> Option<String> {
    let quoted = literal.trim_start_matches(['b', 'r', '#']).trim_end_matches('#');
    let inner = quoted.strip_prefix('"')?.strip_suffix('"')?;
    let joined = Regex::new(r"\\\n\s*").unwrap().replace_all(inner, "");
    Some(joined.replace("\\n", "\n"))
}

#[test]
fn literals_are_found_and_nothing_else() {
    let source = "//! A comment.\n\
                  /// A doc comment.\n\
                  #[error(\"cannot {0}\")] #[expect(dead_code, reason = \"internal\")]\n\
                  fn f() { g(\"one \\\n   line\", 'c', 5, r#\"a \"raw\" one\"#, b\"bytes\"); }\n\
                  #[cfg(test)] mod tests { fn t() { h(\"left out\"); } }\n";
    assert_eq!(literals_in(source), ["cannot {0}", "one line", "a \"raw\" one", "bytes"]);
}
