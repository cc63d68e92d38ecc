//! Remembers where each value of a configuration was set, so that an error found after reading
//! still names its line. A value that was never set has its default and no place.

use super::error::{ConfigPlace, Errors, Problem};
use std::collections::BTreeMap;
use std::error::Error;
use std::path::{Path, PathBuf};

/// The places of values, by the path of their key: `kafka.brokers`, `kafka.properties.linger.ms`.
#[derive(Debug, Clone, Default)]
pub struct Origins {
    file: Option<PathBuf>,
    places: BTreeMap<String, ConfigPlace>,
}

/// Configurations with equal values are equal, wherever the values were set.
impl PartialEq for Origins {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Origins {
    pub(super) fn set_file(&mut self, file: &Path) {
        self.file = Some(file.to_owned());
    }

    pub(super) fn set(&mut self, key: String, place: ConfigPlace) {
        self.places.insert(key, place);
    }

    /// Adds an error at the first of `keys` that was set. The error names the places of the other
    /// keys that were set.
    pub fn locate(
        &self,
        errors: &mut Errors,
        keys: &[String],
        error: impl Error + Send + Sync + 'static,
    ) {
        let mut known = keys.iter().filter_map(|key| Some((key, self.places.get(key)?)));
        let first = known.next().map(|(_, place)| place.clone());
        let place = first.or_else(|| self.file.clone().map(ConfigPlace::File));
        let also = known.map(|(key, place)| (key.clone(), place.clone())).collect();
        let problem = Problem::Refused { error: Box::new(error), also };
        errors.push(place.unwrap_or(ConfigPlace::Defaults), problem);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("too long")]
    struct TooLong;

    #[track_caller]
    fn check(origins: &Origins, keys: &[&str], expected: &str) {
        let keys: Vec<String> = keys.iter().map(|key| (*key).to_owned()).collect();
        let mut errors = Errors::default();
        origins.locate(&mut errors, &keys, TooLong);
        assert_eq!(errors.to_string(), expected);
    }

    #[test]
    fn an_error_is_placed_at_the_first_value_set_and_names_the_others() {
        let mut origins = Origins::default();
        check(&origins, &["a.b"], "the default configuration: too long");
        origins.set_file(Path::new("r.toml"));
        check(&origins, &["a.b"], "r.toml: too long");
        let position = ConfigPlace::Position { file: "r.toml".into(), line: 3, column: 5 };
        origins.set("a.b".into(), position);
        origins.set("a.c".into(), ConfigPlace::Variable("REDCARD__A__C".into()));
        check(&origins, &["a.b"], "r.toml:3:5: too long");
        check(
            &origins,
            &["a.x", "a.c", "a.b"],
            "environment variable REDCARD__A__C: too long; see also `a.b` (r.toml:3:5)",
        );
    }
}
