//! Counts for each card how many of its cases were alerted, and which rules fired on them: to find the
//! customers that rules disturb most.

use crate::backtest::card_map::CardMap;
use crate::backtest::verdict::{RuleVerdict, Verdict};
use crate::memory::CardKey;

/// The cards of one shard with at least one hit, under one ruleset.
#[derive(Debug, Default)]
pub struct CardHits {
    cards: CardMap<HitCard>,
}

#[derive(Debug)]
struct HitCard {
    token: Box<str>,
    alerts: u32,
    /// By the index of the rule, in no order.
    rules: Vec<(u16, u32)>,
}

/// A card, and how often it was hit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HitCount {
    pub key: CardKey,
    pub token: Box<str>,
    pub hits: u64,
}

impl CardHits {
    /// Counts a case that is not known to be fraud.
    pub fn count(&mut self, key: CardKey, token: &str, verdict: &Verdict, rules: &[RuleVerdict]) {
        if rules.is_empty() && !verdict.is_alerted() {
            return;
        }
        let card = self.cards.entry(key).or_insert_with(|| HitCard {
            token: token.into(),
            alerts: 0,
            rules: Vec::new(),
        });
        card.alerts += u32::from(verdict.is_alerted());
        for rule in rules {
            match card.rules.iter_mut().find(|(known, _)| *known == rule.rule) {
                Some((_, hits)) => *hits += 1,
                None => card.rules.push((rule.rule, 1)),
            }
        }
    }

    /// The cards with the most alerts: at most this many, most first, then by token.
    pub fn most_alerted(&self, most: usize) -> Vec<HitCount> {
        self.most(most, |card| card.alerts)
    }

    /// The cards on which a rule fired most often.
    pub fn most_hit_by(&self, rule: u16, most: usize) -> Vec<HitCount> {
        self.most(most, |card| {
            let hits = card.rules.iter().find(|(known, _)| *known == rule);
            hits.map_or(0, |(_, hits)| *hits)
        })
    }

    fn most(&self, most: usize, hits: impl Fn(&HitCard) -> u32) -> Vec<HitCount> {
        let count = |(key, card): (&CardKey, &HitCard)| HitCount {
            key: *key,
            token: card.token.clone(),
            hits: u64::from(hits(card)),
        };
        let hit = self.cards.iter().filter(|(_, card)| hits(card) > 0);
        HitCount::first(hit.map(count).collect(), most)
    }
}

impl HitCount {
    /// The first ones in the order of a report.
    pub fn first(mut cards: Vec<Self>, most: usize) -> Vec<Self> {
        cards.sort_unstable_by(|one, other| {
            other.hits.cmp(&one.hits).then_with(|| one.token.cmp(&other.token))
        });
        cards.truncate(most);
        cards
    }
}
