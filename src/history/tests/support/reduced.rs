//! Computes what remains of an entry after a round trip through version 1. This is the list of what
//! version 1 cannot hold, from docs/reference/history.md, as code.

use crate::memory::*;

pub fn reduced(entry: &Entry<'_>) -> Entry<'static> {
    let effect = match entry.effect {
        Effect::Charge { event, original, .. } => {
            let original = original.filter(|_| event.is_clearing());
            let event = reduced_event(&event, original.is_some());
            Effect::Charge { event, original, charged: None }
        }
        Effect::Refund { event } => Effect::Refund { event: reduced_event(&event, false) },
        Effect::Adjustment(adjusts) => {
            Effect::Adjustment(AdjustmentEntry { merchant: 0, charged: None, ..adjusts })
        }
        Effect::Response { of, time, .. } => Effect::Adjustment(AdjustmentEntry {
            change: AdjustmentKind::Reversal,
            id: MessageId(!of.id.0),
            merchant: 0,
            time,
            amount: Some(0),
            original: None,
            charged: None,
        }),
        Effect::Label(_) => unreachable!("version 1 leaves labels out"),
    };
    Entry { card: entry.card, token: None, effect, alert: entry.alert }
}

fn reduced_event(event: &Event, is_clearing: bool) -> Event {
    let parts = event.to_parts();
    let upper = |hash: u64| match hash {
        0 => 0,
        hash => (hash >> 32).max(1) << 32,
    };
    let (reason, others) = (parts.flags >> 11 & 0b1111, parts.flags & 0b0000_0111_1111_1111);
    let known = |country: u16| if country == u16::from_be_bytes(*b"XK") { 0 } else { country };
    let reduced = EventParts {
        ids: EventIds {
            merchant: parts.ids.merchant,
            terminal: upper(parts.ids.terminal),
            device: upper(parts.ids.device),
            ip: upper(parts.ids.ip),
            ship_to: upper(parts.ids.ship_to),
            account: 0,
        },
        countries: EventCountries {
            merchant: known(parts.countries.merchant),
            ship_to: known(parts.countries.ship_to),
        },
        flags: others | reason.min(10) << 11 | u16::from(is_clearing) << 15,
        ..parts
    };
    Event::from_parts(reduced).unwrap()
}
