//! Compiles sources into a ruleset, or reports all of their errors.

use super::super::analysis::{Facts, Folder, Input, Places, lints};
use super::super::check::Checker;
use super::super::control::Control;
use super::super::diagnostics::Diagnostics;
use super::super::environment::Environment;
use super::super::explain::Outliner;
use super::super::ir::Id;
use super::super::lists::{ListText, ListUse, Lists, UsedList};
use super::super::message::Template;
use super::super::outline::{Outline, RuleOutline};
use super::super::query::Questions;
use super::super::rule_info::RuleInfo;
use super::super::ruleset::{Ruleset, RulesetId};
use super::super::ruleset_files::{ListFile, Sources};
use super::super::source::{
    Files, Placed, Points as PointsWritten, RuleTable, SourceText, toml_schema,
};
use super::super::syntax::{Kind, Node};
use super::super::{lists, plan, syntax, values};
use super::parsed::Parsed;
use super::rule;
use crate::hex::hex;
use crate::transaction::Time;
use sha2::{Digest, Sha256};
use std::collections::HashSet;
use xxhash_rust::xxh3::xxh3_64;

/// How many hexadecimal digits of the content hash identify a ruleset.
const HASH_DIGITS: usize = 16;

pub fn compile(
    sources: &Sources,
    environment: Environment,
    questions: Questions<'_>,
    today: Option<Time>,
) -> Result<(Ruleset, Diagnostics), Diagnostics> {
    let mut out = Diagnostics::over(&questions.files(sources));
    let files = toml_schema::read(&sources.files, &mut out);
    let lists = read_lists(sources, &files, &mut out);
    let features = features(&files, &mut out);
    let names = features.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    let rules: Vec<Parsed<'_>> = files.rules.iter().map(|table| parsed(table, &mut out)).collect();
    unique_ids(&files, &mut out);
    let expressions = (sources.files.len()..).zip(questions.expressions);
    let expressions: Vec<Option<Node>> = expressions
        .map(|(file, (_, text))| syntax::parse(&SourceText::whole_file(text, file), &mut out))
        .collect();
    let list_names = files.lists.iter().map(|(name, _)| name.value.clone()).collect();
    let written = features.clone();
    let mut checker = Checker::new(environment, features, list_names, &mut out);
    let mut programs = Vec::new();
    let mut needs = Vec::new();
    let mut facts = Facts::default();
    let mut infos = Vec::new();
    for rule in &rules {
        match rule::program(rule, &names, &mut checker) {
            Some((program, need, fact)) => {
                infos.push(info(rule.table));
                programs.push(program);
                needs.push(need);
                facts.rules.push(fact);
            }
            None => checker.ensure_reported(rule.table.id.span),
        }
    }
    facts.used_features = checker.used_features.clone();
    facts.used_lists = checker.used_lists.clone();
    // Features that no rule uses are checked too: their errors also fail the compilation.
    for (name, _) in files.features.iter().filter(|(name, _)| names.contains(&name.value)) {
        checker.feature_value(&name.value, name.span);
    }
    facts.topic_lists = checker.topic_lists.clone();
    let asked = questions.check(&files, &expressions, &mut checker);
    let outlines = outlines(questions, &rules, &files, &written, &checker);
    let Checker { mut tree, places, lists: list_names, list_uses, suspect_literals, .. } = checker;
    lists::report(&list_uses, &lists, &mut out);
    let lists = used_lists(&list_uses, &list_names, &lists);
    let places = Places::new(&places, &mut Folder::of(&mut tree));
    let rules = rules.iter().map(to_lint).collect();
    let features = written_features(&files, &written);
    let input = Input { files: &files, tree: &tree, places, rules, features, facts: &facts, today };
    lints::lint(&input, &mut out);
    values::report(&suspect_literals, &mut out);
    let exponent = environment.base_currency.exponent();
    let control = files.header.as_ref().and_then(|header| header.control.as_ref());
    let control = control.and_then(|table| Control::of(table, exponent, &mut out));
    out.sort();
    let Some(header) = files.header.filter(|_| !out.has_errors()) else { return Err(out) };
    let asked_for = asked.iter().flat_map(|question| question.subject.nodes());
    let nodes: Vec<Id> = asked_for.chain(outlines.iter().flat_map(RuleOutline::nodes)).collect();
    let plan = plan::plan(&tree, &needs, &nodes);
    let hash = content_hash(sources);
    let owner = xxh3_64(format!("{hash} {environment:?} {questions:?}").as_bytes());
    let ruleset = Ruleset {
        id: RulesetId { name: header.name, version: header.version, hash },
        review: header.review.value,
        decline: header.decline,
        alert_cooldown_ms: header.alert_cooldown_ms,
        control,
        environment,
        rules: infos,
        facts,
        program: super::super::program::Program {
            tree,
            plan,
            lists,
            rules: programs,
            questions: asked,
            outlines,
            owner,
        },
    };
    Ok((ruleset, out))
}

/// One per rule; empty if explanations are not requested or there are errors.
fn outlines(
    questions: Questions<'_>,
    rules: &[Parsed<'_>],
    files: &Files,
    features: &[(String, Node)],
    checker: &Checker<'_>,
) -> Vec<RuleOutline> {
    if !questions.explanations || !checker.is_sound() {
        return Vec::new();
    }
    let outliner = Outliner::new(checker, files, features);
    let outlines = rules.iter().filter_map(|rule| {
        let points = match (&rule.table.points.value, &rule.points) {
            (PointsWritten::Expression(text), Some(node)) => Some(outliner.whole((text, node))),
            _ => None,
        };
        let when = outliner.whole((rule.table.when.as_ref()?, rule.when.as_ref()?));
        let text = &rule.table.message;
        let shown = rule.message.expressions().flat_map(|node| outliner.within((text, node)));
        let is_new =
            |part: &Outline| ![&when].into_iter().chain(&points).any(|o| o.has(&part.text));
        let message = shown.filter(is_new).collect();
        Some(RuleOutline { when, points, message })
    });
    outlines.collect()
}

/// The lists that a ruleset names, in order; `None` for a list that cannot be read.
fn read_lists<'s>(
    sources: &'s Sources,
    files: &Files,
    out: &mut Diagnostics,
) -> Vec<Option<(&'s ListFile, ListText<'s>)>> {
    let mut lists = Vec::new();
    for (_, path) in &files.lists {
        lists.push(None);
        let Some(path) = path else { continue };
        let file = sources.lists.iter().find(|file| file.name == path.value);
        let (file, text) = match file.map(|file| (file, file.text.as_ref())) {
            Some((file, Ok(text))) => (file, text),
            unread => {
                let why = unread.and_then(|(_, text)| text.err()).map(|why| format!(": {why}"));
                let why = why.unwrap_or_default();
                out.error(path.span, format!("the list file `{}` cannot be read{why}", path.value))
                    .help("its path is relative to the ruleset");
                continue;
            }
        };
        let read = ListText::read(file, text, out);
        if let Some(list) = lists.last_mut() {
            *list = Some((file, read));
        }
    }
    lists
}

/// One list per use, in the order of `uses`. A list that cannot be read has no entries of a file: it is
/// already reported as an error.
fn used_lists(uses: &[ListUse], names: &[String], lists: &Lists<'_>) -> Vec<UsedList> {
    let used = |of: &ListUse| {
        let file = lists.get(of.list).and_then(Option::as_ref).map(|(_, text)| text);
        Some(UsedList::new(names.get(of.list)?, of, file))
    };
    uses.iter().filter_map(used).collect()
}

fn features(files: &Files, out: &mut Diagnostics) -> Vec<(String, Node)> {
    let mut known = HashSet::new();
    let mut features = Vec::new();
    for (name, text) in &files.features {
        let plain = !name.value.is_empty()
            && name.value.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
            && !name.value.starts_with(|c: char| c.is_ascii_digit());
        if !plain {
            out.error(name.span, format!("`{}` cannot name a feature", name.value))
                .help("use letters, digits and underscores");
        } else if super::super::ir::is_taken(&name.value) {
            out.error(
                name.span,
                format!("the feature `{}` hides a name of the language", name.value),
            )
            .help("give it another name");
        } else if !known.insert(&name.value) {
            out.error(name.span, format!("there are two features `{}`", name.value));
        } else {
            let node = text.as_ref().and_then(|text| syntax::parse(text, out));
            let wrong = Node { kind: Kind::Invalid, span: name.span };
            features.push((name.value.clone(), node.unwrap_or(wrong)));
        }
    }
    features
}

fn parsed<'f>(table: &'f RuleTable, out: &mut Diagnostics) -> Parsed<'f> {
    let points = match &table.points.value {
        PointsWritten::Fixed(_) | PointsWritten::Invalid => None,
        PointsWritten::Expression(text) => syntax::parse(text, out),
    };
    let when = table.when.as_ref().and_then(|text| syntax::parse(text, out));
    Parsed { table, when, points, message: Template::parse(&table.message, out) }
}

fn to_lint<'f>(rule: &'f Parsed<'_>) -> lints::Rule<'f> {
    lints::Rule {
        table: rule.table,
        when: rule.when.as_ref(),
        points: rule.points.as_ref(),
        message: rule.message.expressions().collect(),
    }
}

fn written_features<'f>(
    files: &'f Files,
    nodes: &'f [(String, Node)],
) -> Vec<(&'f Placed<String>, &'f Node)> {
    let named = |name: &str| nodes.iter().find(|(known, _)| known == name).map(|(_, node)| node);
    files.features.iter().filter_map(|(name, _)| Some((name, named(&name.value)?))).collect()
}

fn unique_ids(files: &Files, out: &mut Diagnostics) {
    let mut known: Vec<&Placed<String>> = Vec::new();
    for rule in files.rules.iter().filter(|rule| !rule.id.value.is_empty()) {
        let id = rule.id.value.as_str();
        if let Some(first) = known.iter().find(|known| known.value == id) {
            let first = out.place(first.span);
            out.error(rule.id.span, format!("there are two rules `{id}`"))
                .label("the second")
                .related(first, "the first")
                .help("rename one of them");
        }
        known.push(&rule.id);
    }
}

fn info(table: &RuleTable) -> RuleInfo {
    RuleInfo {
        id: table.id.value.clone(),
        description: table.description.clone(),
        severity: table.severity,
        reason: table.reason.clone(),
        mode: table.mode,
        action: table.action,
    }
}

/// The hash of the names and contents of all files and lists. Each text is hashed after its length,
/// so that moving bytes from one text to the next changes the hash.
fn content_hash(sources: &Sources) -> String {
    let mut hash = Sha256::new();
    let files = sources.files.iter().map(|file| (file.name.as_str(), file.text.as_str()));
    let lists = sources.lists.iter();
    let lists = lists.filter_map(|file| Some((file.name.as_str(), file.text.as_deref().ok()?)));
    for (name, text) in files.chain(lists) {
        for text in [base_name(name), text] {
            hash.update((text.len() as u64).to_be_bytes());
            hash.update(text.as_bytes());
        }
    }
    let mut out = hex(&hash.finalize());
    out.truncate(HASH_DIGITS);
    out
}

/// The folder of a ruleset does not change its hash.
fn base_name(name: &str) -> &str {
    name.rsplit(['/', '\\']).next().unwrap_or(name)
}

impl Sources {
    /// Parses, checks, plans and compiles. The second value holds the lints.
    pub fn compile(&self, environment: Environment) -> Result<(Ruleset, Diagnostics), Diagnostics> {
        self.compile_with_queries(environment, Questions::default())
    }

    /// Like [`Sources::compile`], with lints about rules that have ended by `today`.
    pub fn compile_as_of(
        &self,
        environment: Environment,
        today: Time,
    ) -> Result<(Ruleset, Diagnostics), Diagnostics> {
        compile(self, environment, Questions::default(), Some(today))
    }

    /// Like [`Sources::compile`], with questions that are answered for every transaction.
    pub fn compile_with_queries(
        &self,
        environment: Environment,
        questions: Questions<'_>,
    ) -> Result<(Ruleset, Diagnostics), Diagnostics> {
        compile(self, environment, questions, None)
    }
}
