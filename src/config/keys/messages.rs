//! Defines the keys of `[source]`, `[money]` and `[card_numbers]`.

use super::key::{Key, key};
use crate::config::duration::ConfigDuration;

const MESSAGE_MAX_BYTES: i64 = 64 * 1024 * 1024;
const SKEW_MAX_DAYS: i64 = 365;

pub(super) const SOURCE: &[Key] = &[
    key("source", "amounts", |config| &mut config.source.amounts).doc(
        "The unit of `amount`: `\"minor\"`, an integer in the currency's minor unit (2600 is \
         USD 26.00), or `\"major\"`, an exact decimal (26.00 is USD 26.00). redcard never \
         guesses it.",
    ),
    key("source", "time", |config| &mut config.source.time).doc(
        "The format of `time`: `\"rfc3339\"` (`2026-01-05T10:15:30.123+00:00`), \
         `\"rfc3339_no_colon\"` (the offset may also lack its colon: `+0000`), \
         `\"unix_seconds\"` or `\"unix_milliseconds\"` (a number or text; a fraction is read \
         to the millisecond). redcard never guesses it.",
    ),
    key("source", "default_currency", |config| &mut config.source.default_currency)
        .doc("The currency of messages without one. Empty: such a message becomes a dead letter."),
    key("source", "max_message_bytes", |config| &mut config.source.max_message_bytes)
        .within((1, MESSAGE_MAX_BYTES))
        .doc("A longer message becomes a dead letter."),
    key("source", "max_skew", |config| &mut config.source.max_skew)
        .within((0, ConfigDuration::from_days(SKEW_MAX_DAYS).as_ms()))
        .doc("How far a transaction's time may be ahead of its Kafka record's timestamp."),
];

pub(super) const MONEY: &[Key] = &[
    key("money", "base_currency", |config| &mut config.money.base_currency).doc(
        "The currency in which rules compare amounts. Empty: `source.default_currency` or, if \
         that is empty too, USD. The shipped rules expect a unit worth about a dollar or \
         euro. With a base such as JPY use your own rules; `redcard check` rejects the \
         shipped ones, because their tests use cents.",
    ),
    key("money", "rates", |config| &mut config.money.rates)
        .example(&["USD = 1.0", "EUR = 1.08"])
        .doc(
            "The value of one unit of each currency in a common reference. The base currency must \
         be among them, and each currency at most once (`usd`, `USD` and `\"840\"` are the same). \
         Empty: the shipped table of approximate rates, which includes its date.",
        ),
];

pub(super) const CARD_NUMBERS: &[Key] = &[
    key("card_numbers", "key_file", |config| &mut config.card_numbers.key_file).doc(
        "A file with the keys that turn card numbers into tokens: the current key and, during \
         a key change, the previous one ([card-numbers.md](card-numbers.md)). Without it, a \
         message with `card.number` becomes a dead letter with that reason; messages with \
         `card.token` need no key.",
    ),
    key("card_numbers", "prefixes_without_check_digit", |config| {
        &mut config.card_numbers.prefixes_without_check_digit
    })
    .doc(
        "The leading digits of card numbers without a Luhn check digit, such as \
         `[\"622848\"]`; comma separated in the environment. redcard accepts such a number in \
         `card.number`, and treats 13 to 19 digits with such a prefix as a card number in any \
         field.",
    ),
    key("card_numbers", "trusted_fields", |config| &mut config.card_numbers.trusted_fields).doc(
        "Fields that never contain a card number, such as `[\"id\", \"original_id\"]`; comma \
         separated in the environment. redcard does not search them for card numbers. `id` and \
         `original_id` imply each other, because references compare them. About one in 25 \
         random numeric ids of 13 to 19 digits looks like a card number, so list the fields with \
         such ids here, or configure a key \
         ([card-numbers.md](card-numbers.md#ids-that-read-as-card-numbers)).",
    ),
];
