//! A page of Markdown → its fenced blocks. Knows no language.

/// A fenced block.
#[derive(Debug)]
pub struct Fence {
    /// Where its text begins.
    pub place: String,
    /// The line of its fence, from 1.
    pub line: usize,
    /// The first word of its fence; may be empty.
    pub language: String,
    /// The second: the name under which it is kept.
    pub file: Option<String>,
    /// Whether the third is `wrong`: it shows mistakes.
    pub wrong: bool,
    pub text: String,
}

/// All of a page. A block that is indented in place of fenced, and a fence that is never closed, come
/// as blocks without a language.
pub fn read(document: &str, page: &str) -> Vec<Fence> {
    let mut found = Vec::new();
    let mut lines = (1..).zip(page.lines());
    let mut is_after_blank = false;
    while let Some((line, text)) = lines.next() {
        let place = format!("{document}:{line}");
        if let Some(info) = text.strip_prefix("```") {
            let block: Vec<&str> =
                lines.by_ref().map(|(_, text)| text).take_while(|text| *text != "```").collect();
            found.push(fence(place, line, info, &block));
        } else if is_after_blank && text.starts_with("    ") {
            found.push(fence(place, line, "", &[text]));
        }
        is_after_blank = text.is_empty();
    }
    found
}

fn fence(place: String, line: usize, info: &str, block: &[&str]) -> Fence {
    let mut words = info.split_whitespace().map(str::to_owned);
    let language = words.next().unwrap_or_default();
    let (file, rest) = (words.next(), words.next());
    let text = block.iter().flat_map(|line| [line, "\n"]).collect();
    Fence { place, line, language, file, wrong: rest.as_deref() == Some("wrong"), text }
}

#[test]
fn fences_and_what_should_be_one_are_found() {
    let page = "a\n\n```toml a.toml wrong\nx = 1\n```\n\n    indented\n\n- list\n    goes on\n\n```\nb\n```\n";
    let found: Vec<_> = read("p.md", page)
        .into_iter()
        .map(|fence| (fence.line, fence.language, fence.file, fence.wrong, fence.text))
        .collect();
    let toml = (3, "toml".to_owned(), Some("a.toml".to_owned()), true, "x = 1\n".to_owned());
    let none = |line, text: &str| (line, String::new(), None, false, text.to_owned());
    assert_eq!(found, [toml, none(7, "    indented\n"), none(12, "b\n")]);
}
