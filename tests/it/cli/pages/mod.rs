//! Tests that the guide, the reference and the recipes in `docs/rules` are correct by running every
//! fenced block.
//!
//! A fence names the language of its block and, if other blocks need the text, the file it is saved
//! as: ` ```toml rules.toml `. [`snippets`] describes how each language is tested. A block in
//! another language, without a language, or indented instead of fenced fails.

mod fences;
mod snippets;

use super::Workspace;
use fences::Fence;
use snippets::Page;
use std::collections::BTreeSet;
use std::path::Path;
use toml::{Table, Value};

const RECIPES_MIN: usize = 50;

const RECIPES: &str = "docs/rules/recipes";

fn fences_of(document: &str) -> Vec<Fence> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(document);
    fences::read(document, &std::fs::read_to_string(path).unwrap())
}

#[track_caller]
fn check(document: &str) {
    let mut page = Page::new();
    let fences = fences_of(document);
    assert!(!fences.is_empty() || document.ends_with("/README.md"), "{document} has no block");
    let failed: Vec<String> = fences
        .iter()
        .filter_map(|fence| page.run(fence).err().map(|why| format!("{}: {why}", fence.place)))
        .collect();
    assert!(failed.is_empty(), "\n{}\n", failed.join("\n\n"));
}

#[test]
fn every_snippet_of_the_guide_works_as_described() {
    check("docs/rules/guide.md");
}

#[test]
fn every_snippet_of_the_reference_works_as_described() {
    check("docs/rules/reference.md");
}

#[test]
fn every_command_of_a_first_day_with_backtests_works() {
    check("docs/rules/backtesting.md");
}

#[test]
fn every_recipe_checks_and_passes_its_tests() {
    recipe_pages().iter().for_each(|page| check(page));
}

/// Every page of recipes, by its path from the root.
fn recipe_pages() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(RECIPES);
    let names = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    let mut pages: Vec<String> =
        names.map(|name| format!("{RECIPES}/{}", name.into_string().unwrap())).collect();
    pages.sort();
    pages
}

/// All blocks of all pages of recipes, each with its page.
fn recipe_fences() -> Vec<(String, Fence)> {
    let pages = recipe_pages().into_iter();
    pages
        .flat_map(|page| fences_of(&page).into_iter().map(move |fence| (page.clone(), fence)))
        .collect()
}

/// The place, text and parsed TOML of each recipe.
fn recipes() -> Vec<(String, String, Table)> {
    let rulesets = recipe_fences().into_iter().filter(|(_, fence)| fence.language == "toml");
    let parsed = |(_, fence): (String, Fence)| {
        let table = fence.text.parse().unwrap();
        (fence.place, fence.text, table)
    };
    rulesets.map(parsed).collect()
}

fn tables<'t>(table: &'t Table, name: &str) -> Vec<&'t Table> {
    let listed = table.get(name).and_then(Value::as_array).into_iter().flatten();
    listed.map(|entry| entry.as_table().unwrap()).collect()
}

/// Whether a case expects `what` (such as `fired`) of the rule.
fn expects(case: &Table, what: &str, rule: &str) -> bool {
    tables(case, "transactions").iter().any(|transaction| {
        let expected = transaction.get("expect").and_then(|expect| expect.get(what));
        let named = expected.and_then(Value::as_array).into_iter().flatten();
        named.filter_map(Value::as_str).any(|name| name == rule)
    })
}

#[test]
fn every_recipe_has_a_case_that_fires_and_a_near_miss() {
    let recipes = recipes();
    assert!(recipes.len() >= RECIPES_MIN);
    for (place, _, recipe) in &recipes {
        let cases = tables(recipe, "test");
        let is_near = |case: &Table| case["name"].as_str().unwrap().starts_with("near miss");
        for rule in tables(recipe, "rule") {
            let id = rule["id"].as_str().unwrap();
            let misses =
                |case: &&Table| expects(case, "not_fired", id) || expects(case, "undecided", id);
            let fires = cases.iter().any(|case| !is_near(case) && expects(case, "fired", id));
            let near = cases.iter().any(|case| is_near(case) && misses(case));
            assert!(fires && near, "{place}: `{id}` fires in a case: {fires}; a near miss: {near}");
        }
    }
}

/// The index of recipes says that recipes can be combined.
#[test]
fn all_recipes_together_are_one_ruleset() {
    let workspace = Workspace::new();
    std::fs::create_dir_all(workspace.path("rules/lists")).unwrap();
    workspace.write("rules/ruleset.toml", snippets::HEAD);
    for (page, fence) in recipe_fences() {
        let page = page.rsplit_once('/').unwrap().1;
        match &*fence.language {
            "toml" => workspace.write(&format!("rules/{page}-{}.toml", fence.line), &fence.text),
            _ => workspace.write(&format!("rules/{}", fence.file.unwrap()), &fence.text),
        }
    }
    workspace.run(&["rules", "check", "rules"]).expect(0);
    workspace.run(&["rules", "test", "rules"]).expect(0);
}

#[test]
fn no_recipe_is_a_shipped_rule() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/rules");
    let mut shipped = BTreeSet::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            let file: Table = std::fs::read_to_string(path).unwrap().parse().unwrap();
            let rules = tables(&file, "rule");
            let texts = rules.iter().flat_map(|rule| [&rule["id"], &rule["when"]]);
            shipped.extend(texts.map(|text| text.as_str().unwrap().to_owned()));
        }
    }
    for (place, _, recipe) in recipes() {
        for rule in tables(&recipe, "rule") {
            for key in ["id", "when"] {
                let text = rule[key].as_str().unwrap();
                assert!(
                    !shipped.contains(text),
                    "{place}: a shipped rule has this `{key}`: {text}"
                );
            }
        }
    }
}
