//! A change of the key for card numbers: which of its two tokens a card keeps.

use super::*;
use crate::decode::{DecodeSettings, Decoder, Tokenizer};
use crate::fixtures;
use crate::memory::Limits;
use crate::transaction::{BaseCurrency, Currency, HOUR_MS, Time};

const NUMBER: &str = "4242424242424242";
const OTHER: &str = "5555555555554444";
const RETENTION_MS: i64 = HOUR_MS;

/// A service's memory, and a decoder whose keys change.
struct TestEngine {
    engine: Engine,
    memory: Memory,
    decoder: Decoder,
    count: u32,
}

/// A decoder under the keys `1` and `2`.
fn decoder(current: &str) -> Decoder {
    let (one, two) = ("11".repeat(32), "22".repeat(32));
    let keys = format!("{current}\n[keys]\n1 = \"{one}\"\n2 = \"{two}\"");
    let currency = BaseCurrency::new(Currency::parse("USD").unwrap(), []).unwrap();
    let tokenizer = Some(Tokenizer::from_toml(&keys).unwrap());
    Decoder::new(DecodeSettings { tokenizer, ..DecodeSettings::new(currency) })
}

impl TestEngine {
    fn new(current: &str, cards: usize) -> Self {
        let limits =
            Limits { retention_ms: RETENTION_MS, events_per_card: 8, cards, bytes: 1 << 20 };
        let engine = Engine::new(Arc::new(fixtures::high_amount_ruleset()));
        Self { engine, memory: Memory::new(limits), decoder: decoder(current), count: 0 }
    }

    fn message(card: &str, id: u32, minute: i64) -> String {
        let time = Time(1_767_607_200_000 + minute * 60_000);
        format!(
            "{{\"id\":\"t{id}\",\"type\":\"authorization\",\"time\":\"{time}\",\"card\":{card},\
             \"amount\":100,\"currency\":\"USD\",\"merchant\":{{\"id\":\"m\"}}}}"
        )
    }

    /// The version of the key and how many charges are remembered under the card's token; `None`
    /// for a duplicate.
    fn charge(&mut self, number: &str, id: u32, minute: i64) -> Option<(String, usize)> {
        let text = Self::message(&format!("{{\"number\":\"{number}\"}}"), id, minute);
        let (mut tx, _) = self.decoder.decode(text.as_bytes(), None).unwrap();
        let Outcome::Decided { decision, entry, .. } =
            self.engine.decide(&mut self.memory, &mut tx, None)
        else {
            return None;
        };
        let token = decision.transaction.card.token.to_string();
        assert_eq!(entry.card, CardKey::of(&token), "memory and decision name the same card");
        let card = self.memory.open(entry.card);
        let remembered = card.recall_all().map_or(0, |past| past.charges.len());
        Some((token[..2].to_owned(), remembered))
    }

    #[track_caller]
    fn check(&mut self, number: &str, minute: i64, version: &str, remembered: usize) {
        self.count += 1;
        let found = self.charge(number, self.count, minute);
        assert_eq!(found, Some((version.to_owned(), remembered)));
    }
}

#[test]
fn a_remembered_card_keeps_its_token_and_a_new_one_gets_that_of_the_current_key() {
    let mut fixture = TestEngine::new("current = 1", 10);
    fixture.check(NUMBER, 0, "v1", 1);
    fixture.decoder = decoder("current = 2\nprevious = 1");
    fixture.check(NUMBER, 1, "v1", 2);
    fixture.check(OTHER, 2, "v2", 1);
    fixture.check(NUMBER, 3, "v1", 3);
    fixture.check(OTHER, 4, "v2", 2);
    assert_eq!(fixture.charge(NUMBER, 1, 0), None, "a redelivery from before the change is known");
    fixture.decoder = decoder("current = 2");
    fixture.check(NUMBER, 5, "v2", 1);
}

#[test]
fn a_card_that_was_forgotten_is_a_new_one() {
    let mut fixture = TestEngine::new("current = 1", 10);
    fixture.check(NUMBER, 0, "v1", 1);
    fixture.decoder = decoder("current = 2\nprevious = 1");
    // Another card's charges advance the time past the first card's retention.
    for minute in 0..400 {
        fixture.count += 1;
        fixture.charge(OTHER, fixture.count, minute);
    }
    fixture.check(NUMBER, 400, "v2", 1);
    fixture.check(NUMBER, 401, "v2", 2);
}

#[test]
fn a_card_keeps_its_token_while_instances_have_different_current_keys() {
    let mut fixture = TestEngine::new("current = 1\nprevious = 2", 10);
    fixture.check(NUMBER, 0, "v1", 1);
    fixture.decoder = decoder("current = 2\nprevious = 1");
    fixture.check(NUMBER, 1, "v1", 2);
    fixture.check(OTHER, 1, "v2", 1);
    fixture.decoder = decoder("current = 1\nprevious = 2");
    fixture.check(OTHER, 2, "v2", 2);
    fixture.check(NUMBER, 2, "v1", 3);
}

#[test]
fn a_label_means_the_card_that_is_remembered_under_the_former_key() {
    let mut fixture = TestEngine::new("current = 1", 10);
    fixture.check(NUMBER, 0, "v1", 1);
    fixture.decoder = decoder("current = 2\nprevious = 1");
    let text = format!(
        "{{\"transaction_id\":\"t1\",\"card\":{{\"number\":\"{NUMBER}\"}},\"label\":\"fraud\",\
         \"known_at\":\"2026-01-05T11:00:00Z\"}}"
    );
    let (mut label, _) = fixture.decoder.decode_label(text.as_bytes()).unwrap();
    let (entry, labelled) = super::label(&mut fixture.memory, &mut label);
    assert_eq!(labelled, Labelled::Bound);
    assert_eq!(entry.unwrap().token.map(|token| &token[..2]), Some("v1"));
}

#[test]
fn undoing_a_batch_restores_the_choice_of_key() {
    let mut fixture = TestEngine::new("current = 2\nprevious = 1", 10);
    fixture.memory.begin();
    fixture.check(NUMBER, 0, "v2", 1);
    fixture.memory.undo();
    fixture.decoder = decoder("current = 1\nprevious = 2");
    fixture.check(NUMBER, 0, "v1", 1);
    fixture.decoder = decoder("current = 2\nprevious = 1");
    fixture.memory.begin();
    fixture.check(NUMBER, 1, "v1", 2);
    fixture.memory.undo();
    fixture.check(NUMBER, 1, "v1", 2);
}

#[test]
fn a_card_number_in_place_of_a_token_has_two_tokens_as_well() {
    let both = decoder("current = 2\nprevious = 1");
    let tokens = |decoder: &Decoder, card: &str| {
        let text = TestEngine::message(card, 1, 0);
        let (tx, _) = decoder.decode(text.as_bytes(), None).unwrap();
        (tx.card.token.into_owned(), tx.card.former_token.map(|token| token.into_owned()))
    };
    let by_number = tokens(&both, &format!("{{\"number\":\"{NUMBER}\"}}"));
    assert_eq!(tokens(&both, "{\"token\":\"4242-4242-4242-4242\"}"), by_number);
    let one = tokens(&decoder("current = 1"), "{\"token\":\"x 4242424242424242 y\"}");
    assert_eq!(one.1, None);
    assert_eq!(tokens(&both, "{\"token\":\"x 4242424242424242 y\"}").1, Some(one.0));
    let named = tokens(&both, &format!("{{\"token\":\"c_1\",\"number\":\"{NUMBER}\"}}"));
    assert_eq!(named, ("c_1".to_owned(), None), "the stream's own token has no other");
}
