//! Which authorizations are increments of others.
//!
//! An authorization that refers to another one at the same merchant raises it, if that was approved
//! and nothing was captured before. Whether that is so can change when messages arrive out of order,
//! so it is worked out again from what is kept: the outcome does not depend on the order of arrival.
//! Follow-ups are looked at in order of their own times, each given those before it.

use super::card_update::CardUpdate;
use super::ledger::{Increment, Note};
use super::link::{Link, Referrer, Via};
use super::{Change, Event, Identity};
use crate::transaction::{Kind, Money, Time};

/// An authorization that may raise another.
#[derive(Debug, Clone, Copy)]
struct FollowUp {
    event: Event,
    link: Link,
    charged: Option<Money>,
    /// Whether it is among the increments, rather than the charges.
    is_increment: bool,
    verdict: Verdict,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Verdict {
    Pending,
    Increment,
    /// A charge of its own.
    Own,
    /// What it refers to is no longer kept: it stays what it is.
    Stays,
}

/// Where a chain of references ends.
#[derive(Debug, Clone, Copy, PartialEq)]
enum End {
    Charge(Identity),
    /// At a message that is no longer kept; the charge that was behind it, if one was.
    Gone(Option<Identity>),
    /// At the message that it was asked for.
    Circle,
}

impl FollowUp {
    fn identity(&self) -> Identity {
        self.event.identity()
    }

    fn raises(&self) -> bool {
        match self.verdict {
            Verdict::Increment => true,
            Verdict::Stays => self.is_increment,
            Verdict::Pending | Verdict::Own => false,
        }
    }

    /// Whether it has to change places.
    fn moves(&self) -> bool {
        self.is_increment != self.raises()
    }
}

impl CardUpdate<'_> {
    /// Works out which follow-ups are increments, and puts each where it belongs.
    pub(super) fn classify_follow_ups(&mut self) {
        if !self.card.ledger.as_ref().is_some_and(|ledger| ledger.has_follow_ups()) {
            return;
        }
        let before = self.follow_ups();
        let mut follow_ups = before.clone();
        for (at, one) in before.iter().enumerate() {
            let judged = self.judged(&follow_ups, *one);
            if let Some(place) = follow_ups.get_mut(at) {
                *place = judged;
            }
        }
        let roots: Vec<_> =
            follow_ups.iter().map(|follow_up| final_root(&follow_ups, follow_up)).collect();
        for (follow_up, root) in follow_ups.iter_mut().zip(roots) {
            follow_up.link.root = root;
        }
        let is_changed = |(before, after): (&FollowUp, &FollowUp)| {
            after.moves() || before.link != after.link || before.event != after.event
        };
        if before.iter().zip(&follow_ups).any(is_changed) {
            self.place_all(&before, &follow_ups);
        }
        self.cap_increments();
    }

    /// In order of time; of equal times in an order that does not depend on arrival.
    fn follow_ups(&self) -> Vec<FollowUp> {
        let Some(ledger) = &self.card.ledger else { return Vec::new() };
        let increments = ledger.increments.iter().map(|increment| FollowUp {
            event: increment.event,
            link: increment.link,
            charged: increment.charged,
            is_increment: true,
            verdict: Verdict::Pending,
        });
        let charges = ledger.notes.iter().filter_map(|note| {
            Some(FollowUp {
                event: *self.card.charges.find(note.charge)?,
                link: note.follows?,
                charged: note.charged,
                is_increment: false,
                verdict: Verdict::Pending,
            })
        });
        let mut all: Vec<_> = increments.chain(charges).collect();
        all.sort_by_key(|one| (one.event.time(), one.event.id(), one.event.merchant()));
        all
    }

    /// One of them, given those before it, which are judged.
    fn judged(&self, follow_ups: &[FollowUp], mut one: FollowUp) -> FollowUp {
        if !self.is_gone(&one.link) {
            one.link.via = self.meant_by(&one);
        }
        one.verdict = self.verdict(follow_ups, &one);
        one
    }

    /// Whether it means a message that is no longer kept.
    fn is_gone(&self, link: &Link) -> bool {
        link.target().is_some_and(|target| !self.card.keeps(target))
    }

    fn meant_by(&self, one: &FollowUp) -> Option<Via> {
        let referrer = Referrer { merchant: one.event.merchant(), time: one.event.time() };
        let own = one.identity();
        referrer.choose(self.card.candidates(one.link.original, Kind::Authorization, own))
    }

    fn verdict(&self, follow_ups: &[FollowUp], one: &FollowUp) -> Verdict {
        let Some((via, target)) = one.link.via.zip(one.link.target()) else { return Verdict::Own };
        if one.event.declined() || via.merchant != one.event.merchant() {
            return Verdict::Own;
        }
        match self.end(follow_ups, target, Some(one.identity())) {
            End::Gone(_) => Verdict::Stays,
            End::Circle => Verdict::Own,
            End::Charge(root) => {
                let is_approved =
                    self.card.authorization(root).is_some_and(|event| event.approved());
                let is_open = !self.is_captured_before(follow_ups, root, one.event.time());
                if is_approved && is_open { Verdict::Increment } else { Verdict::Own }
            }
        }
    }

    /// Follows references from `from` through increments to a charge.
    fn end(&self, follow_ups: &[FollowUp], from: Identity, own: Option<Identity>) -> End {
        let mut at = from;
        for _ in 0..=follow_ups.len() {
            if own == Some(at) {
                return End::Circle;
            }
            let Some(one) = follow_ups.iter().find(|one| one.raises() && one.identity() == at)
            else {
                return if self.card.keeps(at) { End::Charge(at) } else { End::Gone(None) };
            };
            match one.link.target() {
                Some(target) if one.verdict == Verdict::Increment => at = target,
                _ => return End::Gone(one.link.root),
            }
        }
        End::Circle
    }

    fn is_captured_before(&self, follow_ups: &[FollowUp], charge: Identity, time: Time) -> bool {
        let Some(ledger) = &self.card.ledger else { return false };
        let frozen = ledger.note(charge).and_then(|note| note.frozen.first_capture);
        let captures = ledger.adjustments.iter().filter(|adjustment| {
            adjustment.message.change == Change::Captures && adjustment.message.time < time
        });
        let mut ends = captures.filter_map(|capture| {
            let link = capture.link?;
            match self.end(follow_ups, link.target()?, None) {
                End::Charge(end) => Some(end),
                End::Gone(_) if self.is_gone(&link) => link.root,
                End::Gone(root) => root,
                End::Circle => None,
            }
        });
        frozen.is_some_and(|first| first < time) || ends.any(|end| end == charge)
    }

    /// Puts follow-ups where they belong, with what refers to them.
    fn place_all(&mut self, before: &[FollowUp], after: &[FollowUp]) {
        let mut touched: Vec<_> =
            before.iter().chain(after).filter_map(|one| one.link.root).collect();
        touched.extend(after.iter().map(FollowUp::identity));
        for one in after {
            match (one.is_increment, one.raises()) {
                (true, false) => self.return_to_charges(one),
                (false, true) => self.absorb(one),
                (true, true) => self.update_increment(one),
                (false, false) => self.update_note(one),
            }
        }
        touched.extend(self.move_roots_of(Change::Captures));
        touched.extend(self.move_roots_of(Change::TakesBack));
        touched.sort();
        touched.dedup();
        touched.into_iter().for_each(|charge| self.balance(charge));
    }

    fn return_to_charges(&mut self, one: &FollowUp) {
        let (identity, link) = (one.identity(), Link { root: None, ..one.link });
        let ledger = self.ledger();
        if let Some(at) = ledger.increments.position_of(identity) {
            ledger.increments.remove(at);
        }
        let follows = (!one.event.declined()).then_some(link);
        if (follows.is_some() || one.charged.is_some())
            && let Some(note) = ledger.note_mut(identity)
        {
            (note.follows, note.charged) = (follows, one.charged);
        }
        self.show(one.event);
    }

    fn absorb(&mut self, one: &FollowUp) {
        let Some(event) = self.take_charge(one.identity()) else { return };
        let (link, charged) = (one.link, one.charged);
        let event = event.as_attempted().with_alerted(event.alert().is_some());
        let increment = Increment { event, link, charged };
        self.add_increment(increment);
        self.hand_over_note(one);
    }

    fn update_increment(&mut self, one: &FollowUp) {
        let ledger = self.ledger();
        let at = ledger.increments.position_of(one.identity());
        if let Some(increment) = at.and_then(|at| ledger.increments.get_mut(at)) {
            increment.link = one.link;
        }
        self.hand_over_note(one);
    }

    /// What is frozen at an increment counts towards the charge that it raised.
    fn hand_over_note(&mut self, one: &FollowUp) {
        let identity = one.identity();
        if self.card.ledger.as_ref().is_none_or(|ledger| ledger.note(identity).is_none()) {
            return;
        }
        let note = self.ledger().drop_note(identity);
        if let Some(note) = note {
            self.freeze(one.link.root, |sums| sums.add_all(&note.frozen));
        }
    }

    fn update_note(&mut self, one: &FollowUp) {
        let identity = one.identity();
        let follows = (!one.event.declined()).then_some(Link { root: None, ..one.link });
        let changed = |note: &Note| note.follows != follows;
        if self.card.ledger.as_ref().and_then(|l| l.note(identity)).is_some_and(changed)
            && let Some(note) = self.ledger().note_mut(identity)
        {
            note.follows = follows;
        }
    }

    /// Lets adjustments count towards what the messages that they mean now count towards; the
    /// charges that gained or lost by it.
    fn move_roots_of(&mut self, change: Change) -> Vec<Identity> {
        let mut touched = Vec::new();
        let count = self.card.ledger.as_ref().map_or(0, |ledger| ledger.adjustments.len());
        for at in 0..count {
            let Some(adjustment) =
                self.card.ledger.as_ref().and_then(|ledger| ledger.adjustments.get(at))
            else {
                continue;
            };
            let Some((link, target)) =
                adjustment.link.and_then(|link| Some((link, link.target()?)))
            else {
                continue;
            };
            if adjustment.message.change != change || self.is_gone(&link) {
                continue;
            }
            let root = self.card.root_of(target);
            if root != link.root {
                let mut moved = *adjustment;
                moved.link = Some(Link { root, ..link });
                touched.extend(link.root.into_iter().chain(root));
                self.put_adjustment(at, moved);
            }
        }
        touched
    }
}

/// The charge that a follow-up raises, now that all are judged.
fn final_root(follow_ups: &[FollowUp], one: &FollowUp) -> Option<Identity> {
    if !one.raises() {
        return None;
    }
    let mut at = one;
    for _ in 0..follow_ups.len() {
        if at.verdict == Verdict::Stays {
            return at.link.root;
        }
        let target = at.link.target()?;
        match follow_ups.iter().find(|other| other.raises() && other.identity() == target) {
            Some(next) => at = next,
            None => return Some(target),
        }
    }
    None
}
