//! Checks that texts are in plain current English and use one word for each thing. A text is what people
//! read: documents, `--help`, configuration, the string literals of the source, and all comments.

use super::documents::{documents, files_below};
use super::literals::literals_in;
use super::rust_files;
use regex::Regex;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A family of phrases: a pattern, a pattern of matches that are allowed, and what to write
/// instead.
type Phrase = (&'static str, &'static str, &'static str);

const NONE: &str = "^$";

const PHRASES: &[Phrase] = &[
    (
        r"(?:\b\w+ )?\b(?:is|are|was|were|be) no \w+",
        r"^there |\bno (?:longer|more|less|fewer|later|earlier|higher|lower|larger|smaller|better|other)$",
        "`is not a valid …`: \"is no amount\" is a calque",
    ),
    (r"\b(?:what|which|who) is no\b", NONE, "`invalid …`"),
    (
        r"\b(?:tell|tells|told|telling|hear|hears|heard|say|says|said) of\b",
        NONE,
        "report, notify, log, describe",
    ),
    (r"\b(?:is|are|was|were|be|been|being) told\b|\btell on-call\b", NONE, "notify, deliver"),
    (r"\banew\b", NONE, "again, recreated, restarted"),
    (r"\bfor want of\b", NONE, "because a limit was reached"),
    (r"\bmade[ -]up\b", NONE, "generated, invented; consists of; compensated"),
    (
        r"\b(?:held|hold|holds|holding) (?:\w+ ){0,3}against\b",
        NONE,
        "compared with, checked against",
    ),
    (r"\b(?:go|goes|going|went) by\b|\b(?:hang|hangs|hung) on\b", NONE, "depends on, follows"),
    (r"\b(?:come|comes|came|coming) (?:to|of)\b", NONE, "results in, adds up to"),
    (r"\b(?:become|becomes|became) of\b", NONE, "name the result: the outcome, the state"),
    (r"\b(?:stand|stands|stood)\b", NONE, "is, means, replaces"),
    (r"(?:\b\w+ )?\bof (?:its|their|his) own\b", "^as ", "its own …, a separate …"),
    (
        r"\b(?:somebody|nobody|whoever|anybody|whosoever)\b",
        NONE,
        "name the agent: the operator, the producer, another member",
    ),
    (
        r"\bmust have (?:been|said|come|gone|had|failed|seen)\b",
        NONE,
        "say what is known: probably, apparently",
    ),
    (
        r"\bso as to\b|\bthat which\b|\bwhereof\b|\bwherein\b|\bwhereby\b|\bthereof\b",
        NONE,
        "to; what",
    ),
    (r"\b(?:go|goes|going|went) on\b|\b(?:get|gets|got) on\b", NONE, "continues, makes progress"),
    (r"\bfor people\b", NONE, "readable, that people read"),
    (
        r"(?-i)(?:^|[.!?:;] )Of (?:a|an|the|its|each|one|those|such|equal|what)\b",
        NONE,
        "begin with the subject",
    ),
    (r"\bas (?:it|they) comes?\b", NONE, "as it arrives"),
    (r"\btaken for\b", NONE, "treated as, mistaken: say by whom"),
    (r"\bnothing of (?:it|this|them|the)\b", NONE, "not processed, not applied, none"),
    (r"\bside by side\b|\bby turns\b", NONE, "at the same time, alternately, together"),
    (r"\bof no use\b|\bwithout a word\b|\bto be had\b", NONE, "useless, silently, available"),
    (r"\b(?:decide|decides|decided|deciding) on\b", NONE, "score a transaction"),
    (
        r"\b(?:transactions?|records?|charges?|messages?|lines?|partitions?|nothing|everything) (?:\w+ ){0,3}(?:is|are|was|were) (?:not |never )?decided\b",
        NONE,
        "scored",
    ),
    (r"\bper \w+ and (?:core|second|minute|hour|day)\b", NONE, "per core per second"),
    (r"\b(?:come|comes|came) on top\b|\bon top come", NONE, "in addition; add to this"),
    (r"\b(?:saw|sees|see|seen) of (?:one|a|this) (?:trans|charge|mess)", NONE, "saw in"),
    (r"\bhalf way\b", NONE, "halfway"),
    (r"\bof which (?:nothing|\d\S*)\b", NONE, "about which; from which"),
    (r"\bfrom \d\S*(?: \(\S+\))? on\b", NONE, "at or after, at … and above"),
    (
        r"\banother (?:country|format|certificate|time|code|topic|program|place) than\b",
        NONE,
        "a … other than; not the …",
    ),
    (r"\b(?:writings|pasts)\b", NONE, "ways of writing; histories"),
    (r"\binforms? (?:its|the|your|their|on-call)\b", NONE, "tell, notify"),
    (r"\bin no (?:cache|print|error)\b", NONE, "not in any"),
];

/// A text and its location.
struct Text {
    place: String,
    text: String,
}

#[test]
fn every_text_is_in_plain_words() {
    let phrases = compiled(PHRASES);
    let mut found = Vec::new();
    for Text { place, text } in texts() {
        found.extend(phrases_in(&phrases, &text).map(|why| format!("{place}: {why}")));
    }
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

#[test]
fn one_word_is_used_for_each_thing() {
    let glossary = std::fs::read_to_string(root().join(GLOSSARY)).unwrap();
    let banned: Vec<(Regex, String)> = banned_words(&glossary);
    assert!(banned.len() >= 8, "{} words are in bold", banned.len());
    let mut found = Vec::new();
    for Text { place, text } in texts() {
        let text = if place.starts_with(GLOSSARY) { without_last_column(&text) } else { text };
        let text = without_code(&text);
        for (word, instead) in &banned {
            found.extend(
                word.find(&text).map(|hit| format!("{place}: {}: {instead}", hit.as_str())),
            );
        }
    }
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

#[test]
fn a_phrase_is_caught_and_plain_words_are_not() {
    let phrases = compiled(PHRASES);
    let check = |text: &str, expected: usize| {
        let found: Vec<_> = phrases_in(&phrases, text).collect();
        assert_eq!(found.len(), expected, "{text}: {found:?}");
    };
    check("`1 day` is no duration", 1);
    check("the topic was made anew", 1);
    check("evicted for want of room", 1);
    check("it stands here, and nobody knows", 2);
    check("stopped. Of a rule that fired, all is shown", 1);
    check("there is no topic of that name; it is no longer needed", 0);
    check("a shard has its own thread and its own producer", 0);
    check("decided as of its own time", 0);
    check("the standard deviation of the amount", 0);
    check("the rules decide on everything there", 1);
    check("each transaction of a batch is decided once", 1);
    check("two million events per core and second", 1);
    check("what a rule saw of one transaction; in another country than the card's", 2);
    check("one record per commit and partition; a rule is undecided; from now on", 0);
    let word = |text: &str| {
        let banned = banned_words("| ruleset | rules | **rule book**, policy |\n");
        banned.iter().any(|(word, _)| word.is_match(&without_code(text)))
    };
    assert!(word("a rule book is loaded") && word("Rule books differ"));
    assert!(!word("a ruleset; `rule book` in code; a policy"));
}

const GLOSSARY: &str = "docs/internals/glossary.md";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All texts that a user or an operator reads.
fn texts() -> Vec<Text> {
    let mut texts = lines_of(documents());
    texts.extend(lines_of(files_below(&root().join("config"))));
    texts.extend(lines_of(vec![root().join("docker-compose.yml"), root().join("deny.toml")]));
    assert!(texts.len() > 3_000, "{} lines", texts.len());
    let sources = super::source().into_keys().flat_map(|file| {
        let source = std::fs::read_to_string(root().join(&file)).unwrap();
        let messages = literals_in(&source).into_iter().filter(|text| text.contains(' '));
        messages.map(move |text| Text { place: file.clone(), text })
    });
    texts.extend(sources);
    texts.extend(comments());
    help(&mut Vec::new(), &mut texts);
    texts
}

/// Comments of the source, the tests and the benchmarks, with those of adjacent lines joined.
fn comments() -> Vec<Text> {
    let folders = ["benches", "fuzz/fuzz_targets", "src", "tests"];
    let files = folders.iter().flat_map(|folder| rust_files(&root().join(folder)));
    files.flat_map(comments_of).collect()
}

fn comments_of(file: PathBuf) -> Vec<Text> {
    let shown = file.strip_prefix(root()).unwrap().display().to_string();
    let source = std::fs::read_to_string(&file).unwrap();
    let mut comments: Vec<Text> = Vec::new();
    let mut is_within = false;
    for (line, code) in (1..).zip(source.lines()) {
        let comment = code.trim_start().strip_prefix("//");
        let comment = comment.map(|text| text.trim_start_matches(['/', '!']).trim());
        match (comment, comments.last_mut()) {
            (Some(more), Some(last)) if is_within => last.text = format!("{} {more}", last.text),
            (Some(first), _) => {
                comments.push(Text { place: format!("{shown}:{line}"), text: first.to_owned() });
            }
            (None, _) => {}
        }
        is_within = comment.is_some();
    }
    comments
}

fn lines_of(files: Vec<PathBuf>) -> Vec<Text> {
    let lines = |file: PathBuf| {
        let shown = file.strip_prefix(root()).unwrap().display().to_string();
        let text = std::fs::read_to_string(&file).unwrap();
        let lines: Vec<String> = text.lines().map(str::to_owned).collect();
        (1..).zip(lines).map(move |(line, text)| Text { place: format!("{shown}:{line}"), text })
    };
    files.into_iter().flat_map(lines).collect()
}

/// Adds the `--help` of a command and of all its subcommands.
fn help(command: &mut Vec<String>, texts: &mut Vec<Text>) {
    let redcard =
        Command::new(env!("CARGO_BIN_EXE_redcard")).args(&*command).arg("--help").output();
    let printed = String::from_utf8(redcard.unwrap().stdout).unwrap();
    assert!(printed.contains("Usage: redcard"), "redcard {} --help: {printed}", command.join(" "));
    let listed = printed.lines().skip_while(|line| *line != "Commands:").skip(1);
    let names = listed.take_while(|line| !line.is_empty()).filter(|line| !line.starts_with("   "));
    for name in names.filter_map(|line| line.split_whitespace().next()) {
        if name != "help" {
            command.push(name.to_owned());
            help(command, texts);
            command.pop();
        }
    }
    // Help wraps sentences over lines but keeps each paragraph together.
    for text in printed.split("\n\n") {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        texts.push(Text { place: format!("redcard {} --help", command.join(" ")), text });
    }
}

fn compiled(phrases: &[Phrase]) -> Vec<(Regex, Regex, &'static str)> {
    let regex = |pattern: &str| Regex::new(&format!("(?i){pattern}")).unwrap();
    phrases.iter().map(|(pattern, but, instead)| (regex(pattern), regex(but), *instead)).collect()
}

fn phrases_in<'a>(
    phrases: &'a [(Regex, Regex, &'static str)],
    text: &'a str,
) -> impl Iterator<Item = String> + 'a {
    phrases.iter().flat_map(move |(pattern, but, instead)| {
        let hits = pattern.find_iter(text).map(|hit| hit.as_str());
        let hits = hits.filter(|hit| !but.is_match(hit));
        hits.map(move |hit| format!("\"{hit}\": write {instead}"))
    })
}

/// The words in bold in the last column, each as a pattern, with the advice to use the word of the
/// first column.
fn banned_words(glossary: &str) -> Vec<(Regex, String)> {
    let bold = Regex::new(r"\*\*([^*]+)\*\*").unwrap();
    let mut words = Vec::new();
    for line in glossary.lines().filter(|line| line.starts_with('|')) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [word, _, not] = cells[..] else { panic!("three columns, please: {line}") };
        for hit in bold.captures_iter(not) {
            let hit = regex::escape(&hit[1]);
            let stem =
                hit.strip_suffix('y').map_or(format!("{hit}s?"), |s| format!("{s}(?:y|ies)"));
            words.push((Regex::new(&format!(r"(?i)\b{stem}\b")).unwrap(), format!("use `{word}`")));
        }
    }
    words
}

fn without_last_column(line: &str) -> String {
    match line.strip_suffix('|').and_then(|line| line.rsplit_once('|')) {
        Some((rest, _)) if line.starts_with('|') => rest.to_owned(),
        _ => line.replace("**", ""),
    }
}

/// The text without code spans, because names of fields, metrics and files are fixed.
fn without_code(text: &str) -> String {
    text.split('`').step_by(2).collect()
}
