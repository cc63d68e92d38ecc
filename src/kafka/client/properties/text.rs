//! The client library's reasons as a person may read them: without secrets.

use rdkafka::error::KafkaError;

/// A secret of at least this length does not occur in other words by chance.
const SECRET_ANYWHERE_MIN_BYTES: usize = 8;

/// The client library's reason, without the text that the binding adds.
pub fn reason(error: &KafkaError) -> String {
    match error {
        KafkaError::ClientConfig(_, reason, ..) | KafkaError::ClientCreation(reason) => {
            reason.trim().trim_end_matches(':').to_owned()
        }
        KafkaError::Nul(_) => "it contains a NUL character".to_owned(),
        other => other.to_string(),
    }
}

/// A reason without secret values. A short secret is replaced only if it is a whole word, because
/// it may occur in other words by chance.
pub fn redacted<'s>(reason: &str, secrets: impl IntoIterator<Item = &'s str>) -> String {
    let filled = secrets.into_iter().filter(|secret| !secret.is_empty());
    filled.fold(reason.to_owned(), |reason, secret| {
        let is_shown = secret.len() >= SECRET_ANYWHERE_MIN_BYTES || is_word_of(&reason, secret);
        if is_shown { reason.replace(secret, "(redacted)") } else { reason }
    })
}

/// Whether a text contains a name that is not part of a longer one: `retries` is not in
/// `max.retries`.
pub fn is_word_of(text: &str, name: &str) -> bool {
    let joins = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-');
    text.match_indices(name).any(|(start, _)| {
        let (before, behind) = (text.get(..start), text.get(start + name.len()..));
        let before = before.and_then(|text| text.chars().next_back());
        let mut behind = behind.unwrap_or_default().chars();
        let (next, second) = (behind.next(), behind.next());
        // A full stop at the end of a sentence is not part of the name.
        let ends_sentence = next == Some('.') && !second.is_some_and(joins);
        !before.is_some_and(joins) && (ends_sentence || !next.is_some_and(joins))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, name: &str, expected: bool) {
        assert_eq!(is_word_of(text, name), expected, "{name} in {text:?}");
    }

    #[test]
    fn a_name_is_found_only_as_a_whole_word() {
        check("`retries` must be set", "retries", true);
        check("retries", "retries", true);
        check("set max.retries first", "retries", false);
        check("use ssl.key.location.", "ssl.key.location", true);
        check("use ssl.key.location", "ssl.key", false);
        check("mechanism GSSAPI: recompile", "GSSAPI", true);
    }

    #[test]
    fn a_secret_is_not_quoted_and_a_short_one_does_not_blacken_other_words() {
        let reason = "bad password \"p\" in hunter2hunter2";
        assert_eq!(redacted(reason, ["hunter2hunter2"]), "bad password \"p\" in (redacted)");
        assert_eq!(redacted("bad password", ["p"]), "bad password");
        assert_eq!(redacted("bad: s3cr", ["s3cr"]), "bad: (redacted)");
    }
}
