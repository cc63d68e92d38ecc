//! Converts single values of a rules file to their types, and reports invalid ones at their place.

use super::super::diagnostics::{Diagnostic, Span, nearest};
use super::super::duration;
use super::source_map::SourceText;
use super::toml_schema::{Placed, Points, Reader};
use crate::number::NearestDouble;
use crate::transaction::{Time, TimeError};
use toml_edit::{Item, TableLike};

impl Reader<'_> {
    pub(super) fn required<'i>(
        &mut self,
        table: &'i dyn TableLike,
        name: &str,
        place: &str,
        span: Span,
    ) -> Option<&'i Item> {
        let item = table.get(name);
        if item.is_none() {
            let span = Span { file: self.file, ..span };
            self.out.error(span, format!("{place} lacks `{name}`")).label("this table");
        }
        item
    }

    pub(super) fn wrong(&mut self, item: &Item, message: String) -> &mut Diagnostic {
        let span = self.span(item.span());
        self.out.error(span, message)
    }

    pub(super) fn string(&mut self, item: &Item, name: &str) -> Option<String> {
        self.placed(item, name).map(|placed| placed.value)
    }

    pub(super) fn placed(&mut self, item: &Item, name: &str) -> Option<Placed<String>> {
        match item.as_str() {
            Some(value) => Some(Placed { value: value.to_owned(), span: self.span(item.span()) }),
            None => {
                let kind = match item.type_name() {
                    kind @ ("integer" | "array" | "inline table") => format!("an {kind}"),
                    kind => format!("a {kind}"),
                };
                self.wrong(item, format!("`{name}` must be a string")).label(kind);
                None
            }
        }
    }

    pub(super) fn expression(&mut self, item: &Item, name: &str) -> Option<SourceText> {
        let value = self.string(item, name)?;
        let range = item.span().unwrap_or(0..0);
        let raw = self.text.get(range.clone()).unwrap_or("");
        Some(SourceText::new(&value, self.file, raw, range))
    }

    pub(super) fn score(&mut self, item: &Item, name: &str) -> Option<i32> {
        let score = item.as_integer().and_then(|score| i32::try_from(score).ok());
        let score = score.filter(|score| (0..=1000).contains(score));
        if score.is_none() {
            self.wrong(item, format!("`{name}` must be a whole number from 0 to 1000"));
        }
        score
    }

    pub(super) fn points(&mut self, item: &Item) -> Option<Points> {
        if item.as_str().is_some() {
            return self.expression(item, "points").map(Points::Expression);
        }
        let points = item.as_integer().and_then(|points| i32::try_from(points).ok());
        let points = points.filter(|points| (-1000..=1000).contains(points));
        if points.is_none() {
            self.wrong(
                item,
                "`points` must be a whole number from -1000 to 1000, or an expression".into(),
            )
            .help("an expression is in quotes: points = 'math.least(400, 50 * declines_1h)'");
        }
        points.map(Points::Fixed)
    }

    pub(super) fn choice<T: Copy>(
        &mut self,
        item: &Item,
        name: &str,
        known: &[(&str, T)],
    ) -> Option<T> {
        let text = self.string(item, name)?;
        let found = known.iter().find(|(known, _)| *known == text).map(|(_, value)| *value);
        if found.is_none() {
            let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
            let near = nearest(&text, names.iter().copied());
            self.wrong(item, format!("`{name}` cannot be `{text}`")).help(match near {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("it is one of: {}", names.join(", ")),
            });
        }
        found
    }

    pub(super) fn rollout(&mut self, item: &Item) -> Option<f64> {
        let number = item.as_float().or(item.as_integer().map(NearestDouble::nearest_double));
        let number = number.filter(|number| (0.0..=100.0).contains(number));
        if number.is_none() {
            self.wrong(item, "`rollout` must be a number from 0 to 100 (per cent of cards)".into());
        }
        number
    }

    pub(super) fn control_share(&mut self, item: &Item) -> Option<f64> {
        const SHARE_MAX: f64 = 0.5;
        let number = item.as_float().or(item.as_integer().map(NearestDouble::nearest_double));
        let share = number.filter(|share| *share > 0.0 && *share <= SHARE_MAX);
        if share.is_none() {
            self.wrong(item, "`share` must be a number above 0 and at most 0.5".into())
                .help("0.01 lets one decline in a hundred through; leave `control` out for none");
        }
        share
    }

    /// A number as written.
    pub(super) fn amount(&mut self, item: &Item, name: &str) -> Option<Placed<String>> {
        let is_number = item.is_float() || item.is_integer();
        let written = item.span().and_then(|range| self.text.get(range)).filter(|_| is_number);
        let Some(written) = written else {
            self.wrong(item, format!("`{name}` must be a number"));
            return None;
        };
        // TOML allows `1_000.00` and `+5`.
        let value = written.trim().trim_start_matches('+').replace('_', "");
        Some(Placed { value, span: self.span(item.span()) })
    }

    pub(super) fn time(&mut self, item: &Item, name: &str) -> Option<Time> {
        let text = item.as_str().map(str::to_owned).or(item.as_datetime().map(|at| at.to_string()));
        match text.as_deref().map_or(Err(TimeError::Malformed), Time::parse) {
            Ok(time) => return Some(time),
            Err(TimeError::Malformed | TimeError::NoColon) => self
                .wrong(item, format!("`{name}` must be a time with an offset"))
                .help("write it as in `2026-01-05T10:00:00Z` (RFC 3339)"),
            Err(reason) => self
                .wrong(item, format!("`{name}` cannot be this time: {reason}"))
                .help(format!("leave `{name}` out where the rule has no such bound")),
        };
        None
    }

    pub(super) fn duration(&mut self, item: &Item, name: &str) -> Option<i64> {
        let text = self.string(item, name)?;
        let duration = duration::parse(&text);
        if duration.is_none() {
            self.wrong(item, format!("`{text}` is not a duration"))
                .help("write it as in \"30s\", \"10m\", \"24h\", \"7d\" or \"1d12h\"");
        }
        duration
    }
}
