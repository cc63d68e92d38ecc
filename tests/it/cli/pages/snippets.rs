//! Runs fenced blocks: what each language on a page about rules means.
//!
//! | language | what is tested |
//! | --- | --- |
//! | `toml` | a ruleset; if it has no `[ruleset]`, [`HEAD`] is appended. `redcard rules check` finds no error and only [`WARNINGS`]; `redcard rules test` passes. With `wrong` after the file's name, `check` must find something |
//! | `cel` | each line is an expression that `redcard rules eval` accepts with the last `jsonl` file; ` // ` is followed by its value at the file's last line |
//! | `jsonl` | transactions, all accepted by `redcard score` |
//! | `text` | a file, such as a list; it needs a name |
//! | `console` | `$ ` is followed by a command, and the lines below are exactly its output; `…` matches any text |
//! | `sh` | commands that are not run; the binary must accept their options |
//! | `json` | JSON |
//! | `promql` | metrics that docs/reference/metrics.md lists |
//!
//! The files of a page are in one folder, and its commands run in that folder.

use super::fences::Fence;
use crate::cli::Workspace;
use regex::Regex;
use serde_json::Value;

pub const HEAD: &str =
    "\n[ruleset]\nname = \"page\"\nversion = \"1.0.0\"\nreview = 300\ndecline = 600\n";

/// Warnings that a rule without its ruleset, or an example with a fixed date, may cause.
const WARNINGS: [&str; 2] = ["out-of-reach", "rule-over"];

/// A page, with the folder of its files.
pub struct Page {
    workspace: Workspace,
    input: Option<String>,
}

type Tested = Result<(), String>;

impl Page {
    pub fn new() -> Self {
        Self { workspace: Workspace::new(), input: None }
    }

    pub fn run(&mut self, fence: &Fence) -> Tested {
        match &*fence.language {
            "toml" => self.ruleset(fence),
            "cel" => fence.text.lines().try_for_each(|line| self.expression(line)),
            "jsonl" => self.transactions(fence),
            "text" => self.keep(fence, &fence.text).map(drop),
            "console" => self.session(&fence.text),
            "sh" => fence.text.lines().try_for_each(|line| self.options(line)),
            "json" => serde_json::from_str(&fence.text)
                .map(|_: Value| ())
                .map_err(|error| error.to_string()),
            "promql" => metrics(&fence.text),
            other => Err(format!("no test for the language `{other}`")),
        }
    }

    fn keep<'f>(&self, fence: &'f Fence, text: &str) -> Result<&'f str, String> {
        let name = fence.file.as_deref().ok_or("the fence names no file")?;
        if let Some(folder) = self.workspace.path(name).parent() {
            std::fs::create_dir_all(folder).map_err(|error| error.to_string())?;
        }
        self.workspace.write(name, text);
        Ok(name)
    }

    fn ruleset(&self, fence: &Fence) -> Tested {
        let head = if fence.text.contains("[ruleset]") { "" } else { HEAD };
        let text = format!("{}{head}", fence.text);
        let name = match &fence.file {
            Some(_) => self.keep(fence, &text)?,
            None => {
                self.workspace.write("snippet.toml", &text);
                "snippet.toml"
            }
        };
        let checked = self.workspace.run(&["rules", "check", name, "--format", "json"]);
        let codes = checked.stdout.lines().map(|line| {
            let found: Value = serde_json::from_str(line).unwrap();
            found["code"].as_str().unwrap_or("error").to_owned()
        });
        let found: Vec<String> = codes.filter(|code| !WARNINGS.contains(&code.as_str())).collect();
        if fence.wrong {
            return if found.is_empty() { Err("nothing is wrong with it".into()) } else { Ok(()) };
        }
        if checked.code != Some(0) || !found.is_empty() {
            return Err(self.workspace.run(&["rules", "check", name]).stdout);
        }
        let tested = self.workspace.run(&["rules", "test", name]);
        if tested.code == Some(0) { Ok(()) } else { Err(tested.stdout + &tested.stderr) }
    }

    fn transactions(&mut self, fence: &Fence) -> Tested {
        let name = self.keep(fence, &fence.text)?;
        self.input = Some(name.to_owned());
        let scored = self.workspace.run(&["score", name]);
        if scored.code == Some(0) { Ok(()) } else { Err(scored.stderr) }
    }

    fn expression(&self, line: &str) -> Tested {
        let input = self.input.as_deref().ok_or("no `jsonl` before it")?;
        let (expression, expected) = match line.split_once(" // ") {
            Some((expression, expected)) => (expression.trim_end(), Some(expected)),
            None => (line, None),
        };
        let result = self.workspace.run(&["rules", "eval", expression, "--input", input]);
        let actual = result.stdout.lines().last().unwrap_or("");
        if result.code != Some(0) {
            return Err(format!("{expression}: {}", result.stderr));
        }
        match expected {
            Some(expected) if expected.trim() != actual => {
                Err(format!("{expression} is {actual}, not {expected}"))
            }
            _ => Ok(()),
        }
    }

    /// Runs commands and compares each one's output with the text below it.
    fn session(&self, text: &str) -> Tested {
        let Some(text) = text.strip_prefix("$ ") else { return Err("no `$ ` at its start".into()) };
        text.split("\n$ ").try_for_each(|part| {
            let (command, expected) = part.split_once('\n').unwrap_or((part, ""));
            let words = words(command);
            let [name, arguments @ ..] = words.as_slice() else { return Err("no command".into()) };
            if name != "redcard" {
                return Err(format!("`{name}` is not run here"));
            }
            let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
            let result = self.workspace.run(&arguments);
            let printed = result.stdout + &result.stderr;
            let printed = printed.lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
            if pattern(expected.trim_end()).is_match(printed.trim_end()) {
                return Ok(());
            }
            Err(format!("$ {command}\nprints:\n{printed}\ninstead of:\n{expected}"))
        })
    }

    /// Checks that the binary accepts a command's options: they are parsed before `--help` exits.
    fn options(&self, line: &str) -> Tested {
        let words = words(line);
        match words.split_first() {
            Some((name, _)) if ["kill", "curl"].contains(&name.as_str()) => Ok(()),
            Some((name, arguments)) if name == "redcard" => {
                let arguments = arguments.iter().map(String::as_str).chain(["--help"]);
                let result = self.workspace.run(&arguments.collect::<Vec<_>>());
                let parsed = result.code == Some(0);
                if parsed { Ok(()) } else { Err(format!("{line}: {}", result.stderr)) }
            }
            _ => Err(format!("`{line}` is not a command that this test knows")),
        }
    }
}

/// The words of a command line; single quotes keep blanks.
fn words(line: &str) -> Vec<String> {
    let word = Regex::new(r"(?:'[^']*'|[^\s'])+").unwrap();
    word.find_iter(line).map(|found| found.as_str().replace('\'', "")).collect()
}

/// `…` matches any text within a line; alone on a line, it matches any number of lines.
fn pattern(expected: &str) -> Regex {
    let lines = expected.lines().map(|line| match line.trim() {
        "…" => "(?s:.*)".to_owned(),
        _ => line.trim_end().split('…').map(regex::escape).collect::<Vec<_>>().join(".*"),
    });
    Regex::new(&format!("^{}$", lines.collect::<Vec<_>>().join("\n"))).unwrap()
}

fn metrics(text: &str) -> Tested {
    let known = include_str!("../../../../docs/reference/metrics.md");
    let named = Regex::new(r"redcard_[a-z_]+").unwrap();
    let mut names = named.find_iter(text).map(|found| found.as_str()).peekable();
    if names.peek().is_none() {
        return Err("no metric".into());
    }
    match names.find(|name| !known.contains(&format!("`{name}`"))) {
        Some(name) => Err(format!("docs/reference/metrics.md does not list `{name}`")),
        None => Ok(()),
    }
}

/// Proves that the checks of this module can fail.
#[test]
fn an_incorrect_block_fails() {
    let check = |language: &str, file: Option<&str>, text: &str, why: &str| {
        let file = file.map(str::to_owned);
        let (place, language, text) = (String::new(), language.to_owned(), text.to_owned());
        let mut page = Page::new();
        page.workspace.write("day.jsonl", "");
        page.input = Some("day.jsonl".to_owned());
        let fence = Fence { place, line: 1, language, file, wrong: false, text };
        let printed = page.run(&fence).unwrap_err();
        assert!(printed.contains(why), "{printed}");
    };
    let rule = "[[rule]]\nid = \"r\"\nwhen = 'amount > 5'\npoints = 1\nseverity = \"low\"\nreason = \"R\"\nmessage = \"m\"\n";
    let failing = "[[test]]\nname = \"t\"\ntransactions = [{ time = \"10:00:00\", amount = 1.00, expect = { fired = [\"r\"] } }]\n";
    check("toml", None, &rule.replace("amount", "amuont"), "nothing is named `amuont`");
    check("toml", None, &format!("[features]\nf = 'amount'\n{rule}"), "unused-feature");
    check("toml", None, &format!("{rule}{failing}"), "`r` did not fire");
    check("cel", None, "card.last(\"1h\").siez()\n", "siez");
    check("jsonl", Some("x.jsonl"), "{}\n", "malformed");
    check("text", None, "a\n", "names no file");
    check("console", None, "$ redcard rules eval '1 + 1'\n3\n", "prints:\n2\ninstead of:\n3");
    check("sh", None, "redcard demo --rulez x\n", "--rulez");
    check("sh", None, "rm -r x\n", "not a command that this test knows");
    check("json", None, "{", "EOF");
    check("promql", None, "redcard_rule_fierd_total", "does not list");
    check("yaml", None, "a: 1\n", "no test for the language `yaml`");
    check("", None, "a\n", "no test for the language ``");
}
