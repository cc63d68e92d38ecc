//! Applies overrides from the environment: `REDCARD__SECTION__KEY`, and for tables
//! `REDCARD__SECTION__KEY__ENTRY`. A variable with this prefix that sets nothing is an error.

use super::error::{ConfigPlace, Errors, InvalidValue, Problem};
use super::field::Raw;
use super::keys::{self, Key};
use super::settings::Config;
use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};

const PREFIX: &str = "REDCARD__";
const SEPARATOR: &str = "__";

/// The variables of this process. Nothing else reads them.
#[expect(clippy::disallowed_methods, reason = "configuration is read here alone")]
pub fn process_environment() -> Vec<(OsString, OsString)> {
    std::env::vars_os().collect()
}

/// Applies the variables in the order of their names.
pub(super) fn apply<N, V>(
    environment: impl IntoIterator<Item = (N, V)>,
    config: &mut Config,
    errors: &mut Errors,
) where
    N: Into<OsString>,
    V: Into<OsString>,
{
    let mut overrides: Vec<(String, OsString)> = environment
        .into_iter()
        .filter_map(|(name, value)| Some((name.into().into_string().ok()?, value.into())))
        .filter(|(name, _)| name.starts_with(PREFIX))
        .collect();
    overrides.sort();
    // The variable that set each value, by the key and what an entry of a table sets.
    let mut set_by = BTreeMap::new();
    for (name, value) in overrides {
        match apply_one(&name, &value, config) {
            Ok(Applied { key, entry, subject }) => {
                let path =
                    entry.map_or_else(|| key.path(), |entry| format!("{}.{entry}", key.path()));
                config.origins.set(path, ConfigPlace::Variable(name.clone()));
                if let Some(earlier) = set_by.insert((key.path(), subject), name.clone()) {
                    let problem = key.problem(InvalidValue::VariableTwice { earlier });
                    errors.push(ConfigPlace::Variable(name), problem);
                }
            }
            Err(problem) => errors.push(ConfigPlace::Variable(name), problem),
        }
    }
}

/// What a variable has set.
struct Applied {
    key: &'static Key,
    /// The entry, if the key is a table.
    entry: Option<String>,
    /// What the entry sets; empty if the key is not a table.
    subject: String,
}

/// Sets one key or entry.
fn apply_one(name: &str, value: &OsStr, config: &mut Config) -> Result<Applied, Problem> {
    let value = value.to_str().ok_or(Problem::NotUtf8)?;
    let path = name.strip_prefix(PREFIX).unwrap_or(name);
    let mut parts = path.splitn(3, SEPARATOR);
    let section = parts.next().unwrap_or_default().to_lowercase();
    let key_name = parts.next().unwrap_or_default().to_lowercase();
    if !keys::is_section(&section) {
        let near = keys::near_section(&section);
        return Err(Problem::UnknownSection { name: section, near });
    }
    let key = keys::find(&section, &key_name).ok_or_else(|| Problem::UnknownKey {
        near: keys::near_key(&section, &key_name),
        name: format!("{section}.{key_name}"),
    })?;
    match parts.next() {
        None => {
            set(key, config, value).map(|()| Applied { key, entry: None, subject: String::new() })
        }
        Some(entry) => set_entry(key, entry, config, value),
    }
}

fn set(key: &Key, config: &mut Config, value: &str) -> Result<(), Problem> {
    if let Some(table) = (key.field)(config).as_table() {
        return Err(Problem::NeedsEntry { key: key.path(), example: table.variable_example() });
    }
    key.set(config, &Raw::Variable(value))
}

fn set_entry(
    key: &'static Key,
    entry: &str,
    config: &mut Config,
    value: &str,
) -> Result<Applied, Problem> {
    let Some(table) = (key.field)(config).as_table() else {
        return Err(key.problem(InvalidValue::NotATable));
    };
    let name = table.entry_of_variable(entry);
    table.set_entry(&name, &Raw::Variable(value)).map_err(|wrong| key.problem(wrong))?;
    let subject = table.subject(&name).to_owned();
    Ok(Applied { key, entry: Some(name), subject })
}
