//! Reads `[[test]]` tables into cases, and reports errors in how they are written, each with its
//! place.
//!
//! It does not check the values of a message: the decoder does, when the case is run.

use super::case::{Case, CasePlace, PlacedJson, WrittenStep, json_lines, repeated};
use super::{fields, message};
use crate::rules::{Diagnostics, ListFile, SourceFile, Sources, Span, nearest};
use serde::Deserialize;
use serde::de::IntoDeserializer;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

const TEST_KEYS: [&str; 4] = ["name", "lists", "labels", "transactions"];
const LIST_KEYS: [&str; 5] = ["list", "entry", "values", "from", "until"];
const EXPECT_KEYS: [&str; 7] =
    ["fired", "not_fired", "undecided", "action", "score", "message", "features"];
/// The keys that hold names of rules.
const RULE_KEYS: [&str; 3] = ["fired", "not_fired", "undecided"];
const REPEAT_KEYS: [&str; 2] = ["count", "every"];

/// The tests of all files.
#[derive(Debug)]
pub(super) struct ParsedTests {
    pub cases: Vec<Case>,
    /// Names of rules and features that cases expect something of.
    pub expected: Vec<Name>,
    /// Rules and features that the files define, whether or not they compile.
    pub rules: Vec<String>,
    pub features: Vec<String>,
    pub diagnostics: Diagnostics,
}

/// The name of a rule or a feature, at its place in a case.
#[derive(Debug)]
pub(super) struct Name {
    pub text: String,
    pub is_rule: bool,
    span: Span,
}

type Item<'t> = Spanned<DeValue<'t>>;

/// Reads all cases of all files, in order. A file that is not valid TOML is skipped: reading its
/// rules reports that.
pub(super) fn read(sources: &Sources) -> ParsedTests {
    let mut read = ParsedTests {
        cases: Vec::new(),
        expected: Vec::new(),
        rules: Vec::new(),
        features: Vec::new(),
        diagnostics: Diagnostics::over(&sources.files),
    };
    for (index, source) in sources.files.iter().enumerate() {
        if let Ok(document) = DeTable::parse(&source.text) {
            let named = &sources.lists;
            CaseReader { file: index, source, named, read: &mut read }.document(document.get_ref());
        }
    }
    read.diagnostics.sort();
    read
}

impl ParsedTests {
    /// Reports unknown names. Otherwise a case that expects a misspelled rule not to fire would
    /// always pass.
    pub(super) fn check_names<'n>(&mut self, rules: &[&'n str], features: &[&'n str]) {
        for name in &self.expected {
            let known = if name.is_rule { rules } else { features };
            if known.contains(&name.text.as_str()) {
                continue;
            }
            let text = &name.text;
            let message = match name.is_rule {
                true => format!("the ruleset has no rule `{text}`"),
                false => format!("the ruleset has no feature `{text}` whose value can be read"),
            };
            let entry = self.diagnostics.error(name.span, message).label("unknown");
            if let Some(near) = nearest(text, known.iter().copied()) {
                entry.help(format!("did you mean `{near}`?"));
            }
        }
        self.diagnostics.sort();
    }
}

struct CaseReader<'r> {
    file: usize,
    source: &'r SourceFile,
    /// The files that cases may name.
    named: &'r [ListFile],
    read: &'r mut ParsedTests,
}

impl CaseReader<'_> {
    fn document(&mut self, root: &DeTable<'_>) {
        self.names_of_the_ruleset(root);
        let tests = root.get("test").map(Spanned::get_ref);
        for test in tests.and_then(DeValue::as_array).into_iter().flat_map(|tests| tests.iter()) {
            if let Some(table) = self.table(test, "a test") {
                self.test(table, test.span());
            }
        }
        if let Some(item) = root.get("test").filter(|item| !item.get_ref().is_array()) {
            self.error(item.span(), "`test` must be an array of tables").help("write `[[test]]`");
        }
    }

    fn names_of_the_ruleset(&mut self, root: &DeTable<'_>) {
        let rules = root.get("rule").and_then(|item| item.get_ref().as_array());
        for rule in rules.into_iter().flat_map(|rules| rules.iter()) {
            let id = rule.get_ref().get("id").and_then(|id| id.get_ref().as_str());
            self.read.rules.extend(id.map(str::to_owned));
        }
        let features = root.get("features").and_then(|item| item.get_ref().as_table());
        let names = features.into_iter().flat_map(|table| table.keys());
        self.read.features.extend(names.map(|name| name.get_ref().to_string()));
    }

    fn test(&mut self, table: &DeTable<'_>, span: Range<usize>) {
        self.known_keys(table, &TEST_KEYS, "[[test]]");
        let name = table.get("name");
        if name.is_none() {
            self.error(span.clone(), "[[test]] lacks `name`").label("this table");
        }
        let text: Option<String> = name.and_then(|item| self.value(item, "name"));
        let Some(item) = table.get("transactions") else {
            self.error(span, "[[test]] lacks `transactions`").label("this table");
            return;
        };
        let Some(transactions) = item.get_ref().as_array() else {
            self.error(item.span(), "`transactions` must be an array of tables");
            return;
        };
        if transactions.is_empty() {
            self.error(item.span(), "a test without transactions tests nothing");
        }
        let lists = table.get("lists").map(|item| self.lists(item)).unwrap_or_default();
        let mut steps = Vec::new();
        for (index, transaction) in transactions.iter().enumerate() {
            let Some(table) = self.table(transaction, "a transaction") else { continue };
            let step = self.step(table);
            if let Err(problem) = repeated(&step, index + 1, &mut steps) {
                let at = table.get("time").map_or(transaction.span(), Spanned::span);
                let at = table.get("repeat").map_or(at, Spanned::span);
                self.error(at, format!("transaction {}: {problem}", index + 1));
            }
        }
        let labels = table.get("labels").map_or_else(Vec::new, |item| self.labels(item));
        if let (Some(name), Some(item)) = (text, table.get("name")) {
            let line = self.source.text.bytes().take(item.span().start);
            let line = line.filter(|byte| *byte == b'\n').count() + 1;
            let place = CasePlace { file: self.source.name.clone(), line };
            self.read.cases.push(Case { name, place, lists, steps, labels });
        }
    }

    /// Reads the labels of a case.
    fn labels(&mut self, item: &Item<'_>) -> Vec<PlacedJson> {
        if let Some(name) = item.get_ref().as_str() {
            return self.lines_of(name, item.span());
        }
        let Some(written) = item.get_ref().as_array() else {
            self.error(item.span(), "`labels` must be an array of tables, or the name of a file");
            return Vec::new();
        };
        let mut labels = Vec::new();
        for (number, label) in (1..).zip(written.iter()) {
            let Some(table) = self.table(label, "a label") else { continue };
            let fields = self.label_fields(table);
            match message::label_json(&fields) {
                Ok(json) => labels.push(PlacedJson { place: format!("label {number}"), json }),
                Err(problem) => {
                    let at = table.get("known_at").map_or(label.span(), Spanned::span);
                    self.error(at, format!("label {number}: {problem}"));
                }
            }
        }
        labels
    }

    /// Reads the lines of a file that a case names. The decoder checks them when the case is run.
    fn lines_of(&mut self, name: &str, span: Range<usize>) -> Vec<PlacedJson> {
        let file = self.named.iter().find(|file| file.name == name);
        match file.map(|file| (file, file.text.as_ref())) {
            Some((file, Ok(text))) => json_lines(&file.path, text),
            unread => {
                let why = unread.and_then(|(_, text)| text.err()).map(|why| format!(": {why}"));
                let why = why.unwrap_or_default();
                self.error(span, format!("the file `{name}` cannot be read{why}"))
                    .help("its path is relative to the ruleset");
                Vec::new()
            }
        }
    }

    fn label_fields(&mut self, table: &DeTable<'_>) -> toml::Table {
        self.known_keys(table, &fields::of_label(None), "a label");
        let mut fields = toml::Table::new();
        for (key, item) in table {
            let name = key.get_ref().as_ref();
            let known = fields::of_label_section(name).zip(item.get_ref().as_table());
            if let Some((known, section)) = known {
                self.known_keys(section, &known, &format!("`{name}` of a label"));
            }
            fields.extend(self.value(item, name).map(|value| (name.to_owned(), value)));
        }
        fields
    }

    /// Reads entries of lists. The decoder checks their values when the case is run.
    fn lists(&mut self, item: &Item<'_>) -> Vec<PlacedJson> {
        if let Some(name) = item.get_ref().as_str() {
            return self.lines_of(name, item.span());
        }
        let Some(entries) = item.get_ref().as_array() else {
            self.error(item.span(), "`lists` must be an array of tables, or the name of a file")
                .help("as in `lists = [{ list = \"blocked\", entry = \"m_1\" }]`");
            return Vec::new();
        };
        let mut lists = Vec::new();
        for (number, entry) in (1..).zip(entries.iter()) {
            let Some(table) = self.table(entry, "an entry") else { continue };
            if !self.known_keys(table, &LIST_KEYS, "an entry") {
                continue;
            }
            match self.value(entry, "lists").map(|fields| message::list_entry(&fields)) {
                Some(Ok(json)) => {
                    let place = format!("entry {number} of `lists`");
                    lists.push(PlacedJson { place, json });
                }
                Some(Err(problem)) => drop(self.error(entry.span(), problem)),
                None => {}
            }
        }
        lists
    }

    /// Reads a transaction. Invalid parts are reported, and the rest is kept.
    fn step(&mut self, table: &DeTable<'_>) -> WrittenStep {
        let mut step = WrittenStep::default();
        for (key, item) in table {
            match key.get_ref().as_ref() {
                "expect" => step.expect = self.expect(item).unwrap_or_default(),
                "repeat" => step.repeat = self.repeat(item).unwrap_or_default(),
                name => {
                    self.field(name, key.span(), item);
                    if let Some(value) = self.value(item, name) {
                        step.fields.insert(name.to_owned(), value);
                    }
                }
            }
        }
        step
    }

    fn field(&mut self, name: &str, span: Range<usize>, item: &Item<'_>) {
        let mut known = fields::of_message();
        known.extend(["expect", "repeat"]);
        if !known.contains(&name) {
            self.unknown(name, span, &known, "a transaction");
        }
        if let (Some(known), Some(table)) = (fields::of_section(name), item.get_ref().as_table()) {
            self.known_keys(table, &known, &format!("`{name}`"));
        }
    }

    fn repeat<T: for<'de> Deserialize<'de>>(&mut self, item: &Item<'_>) -> Option<T> {
        let table = self.table(item, "`repeat`")?;
        self.known_keys(table, &REPEAT_KEYS, "`repeat`").then(|| self.value(item, "repeat"))?
    }

    fn expect<T: for<'de> Deserialize<'de>>(&mut self, item: &Item<'_>) -> Option<T> {
        let table = self.table(item, "`expect`")?;
        let known = self.known_keys(table, &EXPECT_KEYS, "`expect`");
        for key in RULE_KEYS {
            let names = table.get(key).and_then(|item| item.get_ref().as_array());
            let names = names.into_iter().flat_map(|names| names.iter());
            let names = names.filter_map(|name| Some((name.get_ref().as_str()?, name.span())));
            names.for_each(|(name, span)| self.expected(name, true, span));
        }
        let features = table.get("features").and_then(|item| item.get_ref().as_table());
        for name in features.into_iter().flat_map(|table| table.keys()) {
            self.expected(name.get_ref(), false, name.span());
        }
        known.then(|| self.value(item, "expect"))?
    }

    fn expected(&mut self, name: &str, is_rule: bool, span: Range<usize>) {
        let span = self.span(span);
        self.read.expected.push(Name { text: name.to_owned(), is_rule, span });
    }

    /// Reports unknown keys. Returns whether all keys are known.
    fn known_keys(&mut self, table: &DeTable<'_>, known: &[&str], place: &str) -> bool {
        let mut all = true;
        for key in table.keys().filter(|key| !known.contains(&key.get_ref().as_ref())) {
            self.unknown(key.get_ref(), key.span(), known, place);
            all = false;
        }
        all
    }

    fn unknown(&mut self, name: &str, span: Range<usize>, known: &[&str], place: &str) {
        let help = match nearest(name, known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("known are: {}", known.join(", ")),
        };
        let message = format!("unknown key `{name}` in {place}");
        self.error(span, message).label("unknown").help(help);
    }

    fn table<'t>(&mut self, item: &'t Item<'_>, what: &str) -> Option<&'t DeTable<'t>> {
        let table = item.get_ref().as_table();
        if table.is_none() {
            self.error(item.span(), format!("{what} must be a table"));
        }
        table
    }

    fn value<T: for<'de> Deserialize<'de>>(&mut self, item: &Item<'_>, name: &str) -> Option<T> {
        match T::deserialize(item.clone().into_deserializer()) {
            Ok(value) => Some(value),
            Err(error) => {
                let span = error.span().unwrap_or(item.span());
                self.error(span, format!("`{name}`: {}", error.message()));
                None
            }
        }
    }

    fn span(&self, range: Range<usize>) -> Span {
        Span { file: self.file, start: range.start, end: range.end }
    }

    fn error(
        &mut self,
        range: Range<usize>,
        message: impl Into<String>,
    ) -> &mut crate::rules::Diagnostic {
        let span = self.span(range);
        self.read.diagnostics.error(span, message)
    }
}
