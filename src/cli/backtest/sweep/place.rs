//! Finds where a number of a ruleset is written: in which file, and at which bytes.

use super::error::SweepError;
use super::expression_numbers::numbers;
use crate::rules::{Sources, nearest};
use std::ops::Range;
use toml_edit::{Document, Item, TableLike};

/// Where a number is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NumberPlace {
    /// The index of the file among the sources.
    file: usize,
    /// Bytes of the file.
    range: Range<usize>,
    /// As it is written.
    pub text: String,
}

/// The parts of a target.
#[derive(Debug, Clone, Copy)]
struct Target<'t> {
    /// `rules.ID.when`
    place: &'t str,
    /// The number in its expression, if it is given.
    number: Option<&'t str>,
    /// Which of equal numbers, from 1.
    occurrence: Option<usize>,
}

impl NumberPlace {
    /// Finds the number that a target such as `rules.ID.when:5` names.
    pub fn find(sources: &Sources, target: &str) -> Result<Self, SweepError> {
        let unknown = || SweepError::Target { target: target.to_owned() };
        let target = Target::parse(target).ok_or_else(unknown)?;
        if let Some(id_and_key) = target.place.strip_prefix("rules.") {
            let (id, key) = id_and_key.rsplit_once('.').ok_or_else(unknown)?;
            let written = in_rule(sources, id, key)?;
            written.choose(target)
        } else if let Some(name) = target.place.strip_prefix("features.") {
            in_table(sources, "features", "feature", name)?.choose(target)
        } else if target.place == "ruleset.decline" {
            Err(SweepError::NoAlert { key: target.place.to_owned() })
        } else {
            Err(unknown())
        }
    }

    /// The sources with another number in this place. If the number has decimal places, so has the
    /// other one.
    pub fn replace(&self, sources: &Sources, value: &str) -> Sources {
        let mut changed = sources.clone();
        let value = match self.text.contains('.') && !value.contains('.') {
            true => format!("{value}.0"),
            false => value.to_owned(),
        };
        if let Some(file) = changed.files.get_mut(self.file) {
            file.text.replace_range(self.range.clone(), &value);
        }
        changed
    }
}

impl<'t> Target<'t> {
    fn parse(text: &'t str) -> Option<Self> {
        let (place, number) = match text.rsplit_once(':') {
            Some((place, number)) => (place, Some(number)),
            None => (text, None),
        };
        let (number, occurrence) = match number.and_then(|number| number.split_once('#')) {
            Some((number, occurrence)) => (Some(number), Some(occurrence.parse().ok()?)),
            None => (number, None),
        };
        let is_valid = number != Some("") && occurrence != Some(0);
        is_valid.then_some(Self { place, number, occurrence })
    }
}

/// A value of a rules file.
struct Written<'s> {
    file: usize,
    /// Bytes of the file.
    range: Range<usize>,
    text: &'s str,
    is_expression: bool,
}

impl Written<'_> {
    /// The value itself if it is a number, or the number of its expression that the target names.
    fn choose(&self, target: Target<'_>) -> Result<NumberPlace, SweepError> {
        let place = || target.place.to_owned();
        let at = |range: &Range<usize>| NumberPlace {
            file: self.file,
            range: self.range.start + range.start..self.range.start + range.end,
            text: self.text.get(range.clone()).unwrap_or_default().to_owned(),
        };
        if !self.is_expression {
            let whole = at(&(0..self.text.len()));
            return match target.number.filter(|number| *number != whole.text) {
                None => Ok(whole),
                Some(number) => Err(SweepError::OtherNumber {
                    place: place(),
                    number: number.to_owned(),
                    numbers: whole.text,
                }),
            };
        }
        let found: Vec<NumberPlace> = numbers(self.text).iter().map(at).collect();
        let texts = || found.iter().map(|one| &*one.text).collect::<Vec<_>>().join(", ");
        let first = found.first().ok_or_else(|| SweepError::NoNumber { place: place() })?;
        let Some(number) = target.number else {
            return match found.len() {
                1 => Ok(first.clone()),
                _ => Err(SweepError::Which {
                    place: place(),
                    numbers: texts(),
                    first: first.text.clone(),
                }),
            };
        };
        let same: Vec<&NumberPlace> = found.iter().filter(|one| one.text == number).collect();
        match (same.as_slice(), target.occurrence) {
            ([only], None | Some(1)) => Ok((*only).clone()),
            ([_, _, ..], None) => Err(SweepError::Repeated {
                place: place(),
                number: number.to_owned(),
                count: same.len(),
            }),
            (same, occurrence) => {
                let wanted = occurrence.and_then(|nth| same.get(nth.checked_sub(1)?));
                wanted.map(|one| (*one).clone()).ok_or_else(|| SweepError::OtherNumber {
                    place: place(),
                    number: match occurrence {
                        Some(nth) => format!("{number}#{nth}"),
                        None => number.to_owned(),
                    },
                    numbers: texts(),
                })
            }
        }
    }
}

fn in_rule<'s>(sources: &'s Sources, id: &str, key: &str) -> Result<Written<'s>, SweepError> {
    let mut known = Vec::new();
    for (file, source) in sources.files.iter().enumerate() {
        let Ok(document) = Document::parse(source.text.as_str()) else { continue };
        let Some(Item::ArrayOfTables(rules)) = document.get("rule") else { continue };
        for rule in rules {
            let own = rule.get("id").and_then(Item::as_str).unwrap_or_default();
            if own == id {
                return written(file, &source.text, rule, key).ok_or_else(|| {
                    let keys = rule.iter().map(|(key, _)| key);
                    SweepError::Missing {
                        what: "key of this rule",
                        name: key.to_owned(),
                        near: nearest(key, keys).map(str::to_owned),
                    }
                });
            }
            known.push(own.to_owned());
        }
    }
    let near = nearest(id, known.iter().map(String::as_str)).map(str::to_owned);
    Err(SweepError::Missing { what: "rule", name: id.to_owned(), near })
}

fn in_table<'s>(
    sources: &'s Sources,
    table: &str,
    what: &'static str,
    name: &str,
) -> Result<Written<'s>, SweepError> {
    let mut known = Vec::new();
    for (file, source) in sources.files.iter().enumerate() {
        let Ok(document) = Document::parse(source.text.as_str()) else { continue };
        let Some(entries) = document.get(table).and_then(Item::as_table_like) else { continue };
        if let Some(found) = written(file, &source.text, entries, name) {
            return Ok(found);
        }
        known.extend(entries.iter().map(|(name, _)| name.to_owned()));
    }
    let near = nearest(name, known.iter().map(String::as_str)).map(str::to_owned);
    Err(SweepError::Missing { what, name: name.to_owned(), near })
}

/// A number or an expression of a table.
fn written<'s>(
    file: usize,
    text: &'s str,
    table: &dyn TableLike,
    key: &str,
) -> Option<Written<'s>> {
    let value = table.get(key)?;
    let range = value.span()?;
    let is_expression = value.is_str();
    if !is_expression && !value.is_integer() && !value.is_float() {
        return None;
    }
    let range = if is_expression { unquoted(text, range)? } else { range };
    Some(Written { file, text: text.get(range.clone())?, range, is_expression })
}

/// The text between the quotes of a TOML string.
fn unquoted(text: &str, range: Range<usize>) -> Option<Range<usize>> {
    let quoted = text.get(range.clone())?;
    for quote in ["\"\"\"", "'''", "\"", "'"] {
        let is_quoted =
            quoted.len() >= 2 * quote.len() && quoted.starts_with(quote) && quoted.ends_with(quote);
        if is_quoted {
            return Some(range.start + quote.len()..range.end - quote.len());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::SourceFile;

    const RULES: &str = r#"
[ruleset]
name = "a"
version = "1"
review = 100
decline = 500

[features]
daily = "card.last('1d').count() + 0"

[[rule]]
id = "many.charges"
when = "daily > 5 && tx.amount > 20.00 && card.last('5m').count() > 5"
points = 250

[[rule]]
id = "large"
when = '''tx.amount > 900.00'''
points = "tx.amount > 2000.00 ? 400 : 200"
"#;

    fn sources() -> Sources {
        let file = |name: &str, text: &str| SourceFile { name: name.into(), text: text.into() };
        Sources { files: vec![file("empty.toml", ""), file("a.toml", RULES)], lists: vec![] }
    }

    fn found(target: &str) -> Result<String, SweepError> {
        let place = NumberPlace::find(&sources(), target)?;
        let changed = place.replace(&sources(), "77");
        let text = &changed.files[1].text;
        let line = text.lines().find(|line| line.contains("77")).unwrap();
        assert_eq!(text.lines().count(), RULES.lines().count());
        Ok(format!("{} {line}", place.text))
    }

    #[test]
    fn a_number_is_found_and_replaced_where_it_is_written() {
        for (target, expected) in [
            ("rules.many.charges.points", "250 points = 77"),
            ("rules.large.when", "900.00 when = '''tx.amount > 77.0'''"),
            ("rules.large.points:400", "400 points = \"tx.amount > 2000.00 ? 77 : 200\""),
            (
                "rules.many.charges.when:5#2",
                "5 when = \"daily > 5 && tx.amount > 20.00 && card.last('5m').count() > 77\"",
            ),
            ("features.daily", "0 daily = \"card.last('1d').count() + 77\""),
        ] {
            assert_eq!(found(target).unwrap(), expected, "{target}");
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (target, expected) in [
            ("rules.many.charges.when", "several numbers (5, 20.00, 5)"),
            ("rules.many.charges.when:5", "the number 5 2 times"),
            ("rules.many.charges.when:6", "has no number 6; there are 5, 20.00, 5"),
            ("rules.many.charges.when:5#3", "has no number 5#3"),
            ("rules.many.charges.points:3", "has no number 3; there are 250"),
            ("rules.large.severity", "no key of this rule `severity`"),
            ("rules.larg.when", "no rule `larg`; did you mean `large`?"),
            ("features.dayly", "no feature `dayly`; did you mean `daily`?"),
            ("ruleset.decline", "changes no alert"),
            ("ruleset.name", "is not a number of a ruleset"),
            ("large", "is not a number of a ruleset"),
            ("rules.large.when:", "is not a number of a ruleset"),
        ] {
            let error = found(target).unwrap_err().to_string();
            assert!(error.contains(expected), "{target}: {error}");
        }
    }
}
