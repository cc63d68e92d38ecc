//! Finds the fenced blocks of a Markdown page. It does not interpret their languages.

/// A fenced block.
#[derive(Debug)]
pub struct Fence {
    /// Document and line where the block begins.
    pub place: String,
    /// The line of its opening fence, from 1.
    pub line: usize,
    /// The first word after the fence; may be empty.
    pub language: String,
    /// The second word: the name of the file that the block is saved as.
    pub file: Option<String>,
    /// Whether the third word is `wrong`: the block shows mistakes.
    pub wrong: bool,
    pub text: String,
}

/// All blocks of a page. An indented block or one whose fence is never closed is returned as well,
/// so that it can be reported.
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
fn fences_and_unfenced_blocks_are_found() {
    let page = "a\n\n```toml a.toml wrong\nx = 1\n```\n\n    indented\n\n- list\n    goes on\n\n```\nb\n```\n";
    let found: Vec<_> = read("p.md", page)
        .into_iter()
        .map(|fence| (fence.line, fence.language, fence.file, fence.wrong, fence.text))
        .collect();
    let toml = (3, "toml".to_owned(), Some("a.toml".to_owned()), true, "x = 1\n".to_owned());
    let none = |line, text: &str| (line, String::new(), None, false, text.to_owned());
    assert_eq!(found, [toml, none(7, "    indented\n"), none(12, "b\n")]);
}
