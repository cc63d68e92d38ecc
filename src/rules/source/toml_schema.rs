//! Reads the tables of a rules file, with places. Unknown keys and values of the wrong type are errors.
//!
//! Expressions stay text: this module does not know what they mean.

use super::super::diagnostics::{Diagnostics, Span, nearest};
use super::super::rule_info::{Action, Mode, Severity};
use super::super::ruleset_files::SourceFile;
use super::source_map::SourceText;
use crate::transaction::Time;
use std::ops::Range;
use toml_edit::{Document, Item, Table, TableLike};

/// A value with its place.
#[derive(Debug, Clone)]
pub struct Placed<T> {
    pub value: T,
    pub span: Span,
}

/// The tables of all files of a ruleset.
#[derive(Debug, Default)]
pub struct Files {
    pub header: Option<Header>,
    /// Whether there is a `[ruleset]` table, or may be one in a file that is not valid TOML.
    has_header: bool,
    /// The text is `None` if it is invalid, which is already reported.
    pub features: Vec<(Placed<String>, Option<SourceText>)>,
    /// The path is `None` if it is invalid, which is already reported.
    pub lists: Vec<(Placed<String>, Option<Placed<String>>)>,
    pub rules: Vec<RuleTable>,
}

/// `[ruleset]`
#[derive(Debug)]
pub struct Header {
    pub span: Span,
    pub name: String,
    pub version: String,
    pub review: Placed<i32>,
    pub decline: i32,
    pub alert_cooldown_ms: i64,
    pub control: Option<ControlTable>,
}

/// `[ruleset] control`
#[derive(Debug)]
pub struct ControlTable {
    /// More than 0 and at most 0.5.
    pub share: f64,
    /// A number as written, in units of the base currency.
    pub max_amount: Placed<String>,
}

/// `[[rule]]`
#[derive(Debug)]
pub struct RuleTable {
    pub id: Placed<String>,
    pub description: String,
    /// `None` if it is missing or invalid, which is already reported.
    pub when: Option<SourceText>,
    pub points: Placed<Points>,
    pub severity: Severity,
    pub reason: String,
    pub message: SourceText,
    pub mode: Mode,
    /// Percentage of cards.
    pub rollout: Placed<f64>,
    pub action: Option<Action>,
    pub from: Option<Time>,
    pub until: Option<Placed<Time>>,
}

#[derive(Debug)]
pub enum Points {
    Fixed(i32),
    Expression(SourceText),
    /// Missing or invalid, which is already reported.
    Invalid,
}

const SECTIONS: [&str; 5] = ["ruleset", "features", "lists", "rule", "test"];
const HEADER_KEYS: [&str; 6] =
    ["name", "version", "review", "decline", "alert_cooldown", "control"];
const CONTROL_KEYS: [&str; 2] = ["share", "max_amount"];

const RULE_KEYS: [&str; 12] = [
    "id",
    "description",
    "when",
    "points",
    "severity",
    "reason",
    "message",
    "mode",
    "rollout",
    "action",
    "from",
    "until",
];

const SEVERITIES: [(&str, Severity); 4] = [
    ("low", Severity::Low),
    ("medium", Severity::Medium),
    ("high", Severity::High),
    ("critical", Severity::Critical),
];

/// A rule cannot demand `approve`: it is the default of every transaction.
const ACTIONS: [(&str, Action); 2] = [("review", Action::Review), ("decline", Action::Decline)];

const MODES: [(&str, Mode); 3] =
    [("live", Mode::Live), ("shadow", Mode::Shadow), ("off", Mode::Off)];

/// Reads all files. Errors go to `out`; everything that is valid is kept.
pub fn read(files: &[SourceFile], out: &mut Diagnostics) -> Files {
    let mut all = Files::default();
    for (index, file) in files.iter().enumerate() {
        match Document::parse(file.text.as_str()) {
            Ok(document) => {
                Reader { file: index, text: &file.text, out }.document(&document, &mut all)
            }
            Err(error) => {
                let range = error.span().unwrap_or(0..0);
                let span = Span { file: index, start: range.start, end: range.end };
                out.error(span, error.message().trim().replace('\n', "; ")).label("not TOML");
                all.has_header = true;
            }
        }
    }
    if !all.has_header {
        out.error(Span::default(), "no file has a [ruleset] table")
            .help("add `[ruleset]` with name, version, review and decline to one of the files");
    }
    all
}

pub(super) struct Reader<'r> {
    pub(super) file: usize,
    pub(super) text: &'r str,
    pub(super) out: &'r mut Diagnostics,
}

impl Reader<'_> {
    pub(super) fn span(&self, range: Option<Range<usize>>) -> Span {
        let range = range.unwrap_or(0..0);
        Span { file: self.file, start: range.start, end: range.end }
    }

    fn document(&mut self, document: &Document<&str>, all: &mut Files) {
        let root = document.as_table();
        self.known_keys(root, &SECTIONS, "the file");
        all.has_header |= root.contains_key("ruleset");
        if let Some(table) = root.get("ruleset").and_then(|item| self.table(item, "ruleset")) {
            match self.header(table) {
                Some(header) if all.header.is_some() => {
                    self.out
                        .error(header.span, "the ruleset has a second [ruleset] table")
                        .help("keep it in one file");
                }
                header => all.header = header.or(all.header.take()),
            }
        }
        for (key, value) in self.entries(root, "features") {
            let text = self.expression(value, &key.value);
            all.features.push((key, text));
        }
        for (key, value) in self.entries(root, "lists") {
            let path = self.placed(value, &key.value);
            all.lists.push((key, path));
        }
        for table in self.tables(root, "rule") {
            all.rules.push(self.rule(table));
        }
    }

    fn known_keys(&mut self, table: &dyn TableLike, known: &[&str], place: &str) {
        for (name, _) in table.iter() {
            if known.contains(&name) {
                continue;
            }
            let span = self.span(table.key(name).and_then(toml_edit::Key::span));
            let entry = self.out.error(span, format!("unknown key `{name}` in {place}"));
            match nearest(name, known.iter().copied()) {
                Some(near) => entry.label("unknown").help(format!("did you mean `{near}`?")),
                None => entry.label("unknown").help(format!("known are: {}", known.join(", "))),
            };
        }
    }

    fn table<'i>(&mut self, item: &'i Item, name: &str) -> Option<&'i dyn TableLike> {
        let table = item.as_table_like();
        if table.is_none() {
            let span = self.span(item.span());
            self.out
                .error(span, format!("`{name}` must be a table"))
                .help(format!("write `[{name}]`"));
        }
        table
    }

    fn entries<'i>(&mut self, root: &'i Table, name: &str) -> Vec<(Placed<String>, &'i Item)> {
        let Some(table) = root.get(name).and_then(|item| self.table(item, name)) else {
            return Vec::new();
        };
        let keyed = table.iter().map(|(key, item)| {
            let span = self.span(table.key(key).and_then(toml_edit::Key::span));
            (Placed { value: key.to_owned(), span }, item)
        });
        keyed.collect()
    }

    fn tables<'i>(&mut self, root: &'i Table, name: &str) -> Vec<&'i Table> {
        match root.get(name) {
            None => Vec::new(),
            Some(Item::ArrayOfTables(tables)) => tables.iter().collect(),
            Some(item) => {
                let span = self.span(item.span());
                self.out
                    .error(span, format!("`{name}` must be an array of tables"))
                    .help(format!("write `[[{name}]]`"));
                Vec::new()
            }
        }
    }

    fn header(&mut self, table: &dyn TableLike) -> Option<Header> {
        self.known_keys(table, &HEADER_KEYS, "[ruleset]");
        let mut required = |name: &str| self.required(table, name, "[ruleset]", Span::default());
        let (name, version) = (required("name"), required("version"));
        let (review, decline) = (required("review"), required("decline"));
        let span = self.span(table.get("name").and_then(Item::span));
        let cooldown = table.get("alert_cooldown");
        let alert_cooldown_ms = cooldown.map(|item| self.duration(item, "alert_cooldown"));
        let control = table.get("control").map(|item| self.control(item));
        let name = name.and_then(|item| self.string(item, "name"));
        let version = version.and_then(|item| self.string(item, "version"));
        let review_score = review.and_then(|item| self.score(item, "review"));
        let decline_score = decline.and_then(|item| self.score(item, "decline"));
        let review_span = self.span(review.and_then(Item::span));
        if let (Some(item), Some(review), Some(decline)) = (decline, review_score, decline_score)
            && decline < review
        {
            self.wrong(item, "`decline` lies below `review`: nothing would be a review".into())
                .help("a score from `review` on is worth a look, one from `decline` on is stopped");
        }
        Some(Header {
            span,
            name: name?,
            version: version?,
            review: Placed { value: review_score?, span: review_span },
            decline: decline_score?,
            alert_cooldown_ms: alert_cooldown_ms.unwrap_or(Some(0))?,
            control: control.map_or(Some(None), |control| control.map(Some))?,
        })
    }

    fn control(&mut self, item: &Item) -> Option<ControlTable> {
        let table = self.table(item, "control")?;
        self.known_keys(table, &CONTROL_KEYS, "`control`");
        let span = self.span(item.span());
        let share = self.required(table, "share", "`control`", span);
        let max_amount = self.required(table, "max_amount", "`control`", span);
        let share = share.and_then(|item| self.control_share(item));
        let max_amount = max_amount.and_then(|item| self.amount(item, "max_amount"));
        Some(ControlTable { share: share?, max_amount: max_amount? })
    }

    fn rule(&mut self, table: &Table) -> RuleTable {
        self.known_keys(table, &RULE_KEYS, "[[rule]]");
        let place = self.span(table.span());
        let mut required = |name: &str| self.required(table, name, "[[rule]]", place);
        let (id, when) = (required("id"), required("when"));
        let (points, severity) = (required("points"), required("severity"));
        let (reason, message) = (required("reason"), required("message"));
        let optional = |name: &str| table.get(name);
        let id = id.and_then(|item| self.id(item));
        let points_span = self.span(points.and_then(Item::span));
        let points = points.and_then(|item| self.points(item));
        let severity = severity.and_then(|item| self.choice(item, "severity", &SEVERITIES));
        let reason = reason.and_then(|item| self.string(item, "reason"));
        let when = when.and_then(|item| self.expression(item, "when"));
        let message = message.and_then(|item| self.expression(item, "message"));
        let description = optional("description").and_then(|item| self.string(item, "description"));
        let mode = optional("mode").and_then(|item| self.choice(item, "mode", &MODES));
        let rollout_span = self.span(optional("rollout").and_then(Item::span));
        let rollout = optional("rollout").and_then(|item| self.rollout(item));
        let action = optional("action").and_then(|item| self.choice(item, "action", &ACTIONS));
        let from = optional("from").and_then(|item| self.time(item, "from"));
        let until_span = self.span(optional("until").and_then(Item::span));
        let until = optional("until").and_then(|item| self.time(item, "until"));
        if from.is_some() && until.is_some() && until <= from {
            self.out
                .error(place, "this rule is over before it begins")
                .help("`until` must lie after `from`");
        }
        // Errors are already reported. The rule is kept, so that its expressions are checked too.
        RuleTable {
            id: id.unwrap_or(Placed { value: String::new(), span: place }),
            description: description.unwrap_or_default(),
            when,
            points: Placed { value: points.unwrap_or(Points::Invalid), span: points_span },
            severity: severity.unwrap_or(Severity::Low),
            reason: reason.unwrap_or_default(),
            message: message.unwrap_or_else(|| SourceText::whole_file("", self.file)),
            mode: mode.unwrap_or(Mode::Live),
            rollout: Placed { value: rollout.unwrap_or(100.0), span: rollout_span },
            action,
            from,
            until: until.map(|value| Placed { value, span: until_span }),
        }
    }

    fn id(&mut self, item: &Item) -> Option<Placed<String>> {
        let id = self.placed(item, "id")?;
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        if id.value.is_empty() || !id.value.chars().all(plain) {
            self.wrong(item, format!("`{}` cannot be a rule's id", id.value))
                .help("use letters, digits and hyphens, as in `probe-then-spend`");
        }
        Some(id)
    }
}
