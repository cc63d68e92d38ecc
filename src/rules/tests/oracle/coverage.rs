//! Tests that the generator writes every macro, function and method of the language, in every form.
//! That each macro has a definition follows from the exhaustive match in [`super::definitions`].

use super::super::super::language::{CallForm, Macro, MacroRow};
use super::super::language::all_functions;
use super::SEEDS;
use super::batch::Batch;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use regex::Regex;

/// Every rule that the test of the oracle compares.
fn generated() -> Vec<String> {
    let rules = SEEDS.flat_map(|seed| {
        let batch = Batch::random(&mut ChaCha8Rng::seed_from_u64(seed));
        batch.features.into_iter().map(|feature| feature.spelled.rule)
    });
    rules.collect()
}

/// Patterns of the forms in which a macro can be called.
fn forms(row: &MacroRow) -> Vec<String> {
    let name = row.name;
    let plain = format!(r"\.{name}\(\)");
    let with_variable = format!(r"\.{name}\([a-z], ");
    match row.form {
        CallForm::Plain => vec![plain],
        CallForm::WithVariable => vec![with_variable],
        CallForm::Either => vec![plain, with_variable],
        CallForm::EitherWithPercent => {
            vec![format!(r"\.{name}\([0-9.]+\)"), format!(r"\.{name}\([a-z], .*, [0-9.]+\)")]
        }
    }
}

#[test]
fn every_row_of_the_language_is_generated_in_every_form() {
    let rules = generated();
    let macros = Macro::ALL.iter().flat_map(|it| forms(it.row()));
    let functions = all_functions().map(|row| format!(r"\b{}\(", row.name));
    let missing: Vec<String> = macros
        .chain(functions)
        .filter(|form| {
            let form = Regex::new(form).unwrap();
            !rules.iter().any(|rule| form.is_match(rule))
        })
        .collect();
    assert!(missing.is_empty(), "never generated: {missing:?}");
}
