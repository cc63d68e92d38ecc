//! Small numbers for the names of rules, which many alerts have in common.
//!
//! A name is kept as long as an alert has it. So the names are at most those of the rulesets within
//! the horizon, and there is a limit.

/// How many names are distinguished. Rules beyond them are counted together, as [`OTHER_RULES`].
pub const RULES_MAX: usize = 1_000;
/// The name of the rules beyond the limit. The id of a rule has a letter, a digit, `-` or `_` at its
/// beginning and could be the same; the counts are then added.
pub const OTHER_RULES: &str = "other";

/// The number of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct RuleNumber(u16);

/// The names that are in use, by number.
#[derive(Debug, Default)]
pub struct RuleNames {
    names: Vec<Name>,
}

#[derive(Debug)]
struct Name {
    text: String,
    /// How many alerts have it; a name without any is replaced by the next new one.
    uses: usize,
}

impl RuleNumber {
    /// Every name beyond the limit.
    const OTHER: Self = Self(u16::MAX);
}

impl RuleNames {
    /// The number of a name, which is used once more.
    pub fn take(&mut self, text: &str) -> RuleNumber {
        let known = self.names.iter().position(|name| name.uses > 0 && name.text == text);
        let free = || self.names.iter().position(|name| name.uses == 0);
        let index = known.or_else(free).unwrap_or(self.names.len());
        let Some(number) = u16::try_from(index).ok().filter(|_| index < RULES_MAX) else {
            return RuleNumber::OTHER;
        };
        match self.names.get_mut(index) {
            Some(name) if name.uses > 0 => name.uses += 1,
            Some(name) => *name = Name { text: text.to_owned(), uses: 1 },
            None => self.names.push(Name { text: text.to_owned(), uses: 1 }),
        }
        RuleNumber(number)
    }

    /// The name is used once less.
    pub fn release(&mut self, number: RuleNumber) {
        if let Some(name) = self.names.get_mut(usize::from(number.0)) {
            name.uses = name.uses.saturating_sub(1);
        }
    }

    pub fn name(&self, number: RuleNumber) -> &str {
        let name = self.names.get(usize::from(number.0));
        name.map_or(OTHER_RULES, |name| name.text.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_keeps_its_number_until_it_is_released_as_often_as_taken() {
        let mut names = RuleNames::default();
        let (first, second) = (names.take("first"), names.take("second"));
        assert_eq!(names.take("first"), first);
        assert_ne!(first, second);
        names.release(first);
        assert_eq!((names.name(first), names.name(second)), ("first", "second"));
        names.release(first);
        assert_eq!(names.take("third"), first);
        assert_eq!(names.name(first), "third");
    }

    #[test]
    fn names_beyond_the_limit_are_counted_together() {
        let mut names = RuleNames::default();
        let numbers: Vec<_> = (0..RULES_MAX + 3).map(|n| names.take(&format!("r{n}"))).collect();
        assert_eq!(names.name(numbers[RULES_MAX - 1]), format!("r{}", RULES_MAX - 1));
        assert!(numbers[RULES_MAX..].iter().all(|number| names.name(*number) == OTHER_RULES));
        names.release(numbers[RULES_MAX]);
        names.release(numbers[0]);
        let fresh = names.take("fresh");
        assert_eq!(names.name(fresh), "fresh");
    }
}
