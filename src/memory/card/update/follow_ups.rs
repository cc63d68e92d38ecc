//! Decides which authorizations are increments of others.
//!
//! An authorization that refers to another one at the same merchant raises it, if the other was
//! approved and nothing was captured before. Messages that arrive out of order can change this
//! answer, so it is recomputed from what is kept and does not depend on the order of arrival.
//! Follow-ups are classified in time order, each one given those before it.

use super::card_update::CardUpdate;
use super::references::{End, References, Step};
use crate::memory::card::message::entry::AdjustmentKind;
use crate::memory::card::message::event::Event;
use crate::memory::card::message::identity::{Identity, MessageId, OriginalId};
use crate::memory::card::message::link::{Link, Referent, Referrer};
use crate::memory::card::state::adjustment::Adjustment;
use crate::memory::card::state::increment::Increment;
use crate::memory::card::state::note::Note;
use crate::memory::card::state::referring::Referring;
use crate::memory::card::state::timeline::Timed;
use crate::transaction::{Kind, Money};

/// An authorization that may raise another.
#[derive(Debug, Clone, Copy)]
struct FollowUp {
    event: Event,
    link: Link,
    charged: Option<Money>,
    /// Whether it is currently in the increments, rather than the charges.
    is_increment: bool,
    /// Whether it has just arrived, so that it is in the increments only until it is classified.
    is_new: bool,
    classification: Classification,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Classification {
    Pending,
    Increment,
    SeparateCharge,
    /// The charge that it led to is no longer kept, so it stays where it is.
    Unchanged,
}

impl FollowUp {
    fn identity(&self) -> Identity {
        self.event.identity()
    }

    fn raises(&self) -> bool {
        match self.classification {
            Classification::Increment => true,
            Classification::Unchanged => self.is_increment,
            Classification::Pending | Classification::SeparateCharge => false,
        }
    }

    /// Whether anything changed since `before`.
    fn differs(&self, before: &Self) -> bool {
        self.moves() || self.link != before.link || self.event != before.event
    }

    /// Whether it has to move between the increments and the charges.
    fn moves(&self) -> bool {
        self.is_increment != self.raises()
    }
}

impl CardUpdate<'_> {
    /// Decides which follow-ups are increments, and moves each to the list where it belongs. `new`
    /// is the charge that has just arrived, if one has.
    pub(in crate::memory) fn classify_follow_ups(&mut self, new: Option<Identity>) {
        if !self.card.ledger.as_ref().is_some_and(|ledger| ledger.has_follow_ups()) {
            return;
        }
        let before = self.follow_ups(new);
        let mut references = self.references(&before);
        let mut follow_ups = before.clone();
        for one in &mut follow_ups {
            one.classification = self.classify(&mut references, one);
            if one.raises() {
                references.found(one.identity(), self.step(&one.link));
            }
        }
        for one in &mut follow_ups {
            let end = one.raises().then(|| references.end(self.step(&one.link)));
            one.link.root = end.and_then(End::charge);
        }
        let changed: Vec<_> = before
            .iter()
            .zip(&follow_ups)
            .filter(|(before, after)| after.differs(before))
            .collect();
        if !changed.is_empty() {
            self.place_all(&changed);
        }
    }

    /// Rebinds follow-ups when an authorization with this id arrives, if it is a better match than
    /// their current target.
    pub(in crate::memory) fn rebind_follow_ups(&mut self, id: MessageId) {
        if !self.card.ledger.as_ref().is_some_and(|ledger| ledger.has_follow_ups()) {
            return;
        }
        let original = OriginalId::of_message(id, Kind::Authorization);
        let all = self.follow_ups(None).into_iter();
        for mut one in all.filter(|one| one.link.original == original) {
            if !self.is_gone(&one.link) {
                one.link.target = self.find_original(&one);
                self.put_link(&one);
            }
        }
    }

    fn find_original(&self, one: &FollowUp) -> Option<Referent> {
        let referrer = Referrer { merchant: one.event.merchant(), time: one.event.time() };
        let own = one.identity();
        referrer.choose(self.card.candidates(one.link.original, Kind::Authorization, own))
    }

    /// Saves the link of a follow-up in its increment or its note.
    fn put_link(&mut self, one: &FollowUp) {
        if one.is_increment { self.update_increment(one) } else { self.update_note(one) }
    }

    /// All follow-ups in time order. Ties are broken independently of the order of arrival.
    fn follow_ups(&self, new: Option<Identity>) -> Vec<FollowUp> {
        let Some(ledger) = &self.card.ledger else { return Vec::new() };
        let increments = ledger.increments.iter().map(|increment| FollowUp {
            event: increment.event,
            link: increment.link,
            charged: increment.charged,
            is_increment: true,
            is_new: new == Some(increment.event.identity()),
            classification: Classification::Pending,
        });
        let charges = ledger.notes.following().filter_map(|note| {
            Some(FollowUp {
                event: *self.card.charges.find(note.charge)?,
                link: note.follows()?,
                charged: note.charged,
                is_increment: false,
                is_new: false,
                classification: Classification::Pending,
            })
        });
        let mut all: Vec<_> = increments.chain(charges).collect();
        all.sort_by_key(|one| (one.event.time(), one.event.id(), one.event.merchant()));
        all
    }

    /// Whether the link's target is no longer kept.
    pub(in crate::memory) fn is_gone(&self, link: &Link) -> bool {
        link.target_identity().is_some_and(|target| !self.card.keeps(target))
    }

    fn step(&self, link: &Link) -> Step {
        let is_gone = self.is_gone(link);
        Step { to: if is_gone { link.root } else { link.target_identity() }, is_gone }
    }

    /// The references among these follow-ups and the captures, before any increment is found.
    fn references(&self, follow_ups: &[FollowUp]) -> References {
        let Some(ledger) = &self.card.ledger else { return References::new(Vec::new()) };
        let is_capture = |one: &&Adjustment| one.change() == AdjustmentKind::Capture;
        let captures = || ledger.adjustments.iter().filter(is_capture);
        let captured = |one: &Adjustment| Some((self.step(&one.link()?).to?, one.time()));
        let links = follow_ups.iter().map(|one| &one.link);
        let mut messages: Vec<_> =
            links.flat_map(|link| [link.target_identity(), link.root]).flatten().collect();
        messages.extend(follow_ups.iter().map(FollowUp::identity));
        let captures: Vec<_> = captures().filter_map(captured).collect();
        messages.extend(captures.iter().map(|(of, _)| *of));
        let mut references = References::new(messages);
        let frozen = |note: &Note| Some((note.charge, note.frozen().first_capture?));
        for (of, time) in captures.into_iter().chain(ledger.notes.iter().filter_map(frozen)) {
            references.note_capture(of, time);
        }
        references
    }

    /// Classifies one follow-up, given those before it in time.
    fn classify(&self, references: &mut References, one: &FollowUp) -> Classification {
        let Some(target) = one.link.target else { return Classification::SeparateCharge };
        if one.event.declined() || target.merchant != one.event.merchant() {
            return Classification::SeparateCharge;
        }
        let end = references.end(self.step(&one.link));
        match end {
            // The references form a cycle.
            end if end.charge() == Some(one.identity()) => Classification::SeparateCharge,
            // What leads to a charge that is gone is a charge, as if it named that charge itself.
            End::Gone(_) if one.is_new => Classification::SeparateCharge,
            End::Gone(_) => Classification::Unchanged,
            End::Charge(root) => {
                let is_approved =
                    self.card.authorization(root).is_some_and(|event| event.approved());
                let first_capture = references.first_capture(root);
                let is_open = first_capture.is_none_or(|first| first >= one.event.time());
                if is_approved && is_open {
                    Classification::Increment
                } else {
                    Classification::SeparateCharge
                }
            }
        }
    }

    /// Moves follow-ups, and what refers to them, to where they belong. Each pair is the state
    /// before and after.
    fn place_all(&mut self, changed: &[(&FollowUp, &FollowUp)]) {
        let roots = changed.iter().flat_map(|(before, after)| [before.link.root, after.link.root]);
        let mut touched: Vec<_> = roots.flatten().collect();
        let all = || changed.iter().map(|(_, after)| *after);
        touched.extend(all().map(FollowUp::identity));
        // First those that leave the charges: they may make room for those that return.
        all().filter(|one| one.raises() && !one.is_increment).for_each(|one| self.absorb(one));
        for one in all().filter(|one| one.is_increment == one.raises()) {
            self.put_link(one);
            if one.is_increment {
                self.hand_over_note(one);
            }
        }
        let returning = all().filter(|one| one.is_increment && !one.raises());
        returning.for_each(|one| self.return_to_charges(one));
        touched.extend(self.move_roots_of(AdjustmentKind::Capture));
        touched.extend(self.move_roots_of(AdjustmentKind::Reversal));
        self.update_label_roots();
        self.cap_charges();
        touched.sort();
        touched.dedup();
        touched.into_iter().for_each(|charge| self.balance(charge));
    }

    /// The charge that a message counts towards through its link.
    pub(in crate::memory) fn current_root(&self, link: &Link) -> Option<Identity> {
        if self.is_gone(link) {
            // The charge that the link led to may have become an increment.
            link.root.map(|charge| self.card.root_of(charge).unwrap_or(charge))
        } else {
            self.card.root_of(link.target_identity()?)
        }
    }

    fn return_to_charges(&mut self, one: &FollowUp) {
        let (identity, link) = (one.identity(), Link { root: None, ..one.link });
        let mut ledger = self.ledger();
        if let Some(at) = ledger.increments.position_of(identity) {
            ledger.increments.remove(at);
        }
        let follows = (!one.event.declined()).then_some(link);
        if follows.is_some() || one.charged.is_some() {
            ledger.change_note(identity, |note| {
                note.charged = one.charged;
                note.set_follows(follows);
            });
        }
        self.insert_charge(one.event);
    }

    fn absorb(&mut self, one: &FollowUp) {
        let Some(event) = self.remove_charge(one.identity()) else { return };
        let (link, charged) = (one.link, one.charged);
        let event = event.as_attempted().with_alerted(event.alert().is_some());
        let increment = Increment { event, link, charged };
        self.add_increment(increment);
        self.hand_over_note(one);
    }

    fn update_increment(&mut self, one: &FollowUp) {
        let mut ledger = self.ledger();
        if let Some(at) = ledger.increments.position_of(one.identity()) {
            ledger.increments.change(at, |increment| increment.link = one.link);
        }
    }

    /// Adds what is frozen on an increment to the charge that it raises.
    fn hand_over_note(&mut self, one: &FollowUp) {
        let identity = one.identity();
        if self.card.ledger.as_ref().is_none_or(|ledger| ledger.note(identity).is_none()) {
            return;
        }
        let note = self.ledger().drop_note(identity);
        if let Some(note) = note {
            self.freeze(one.link.root, |sums| sums.add_all(&note.frozen()));
        }
    }

    fn update_note(&mut self, one: &FollowUp) {
        let identity = one.identity();
        let follows = (!one.event.declined()).then_some(Link { root: None, ..one.link });
        let changed = |note: &Note| note.follows() != follows;
        if self.card.ledger.as_ref().and_then(|l| l.note(identity)).is_some_and(changed) {
            self.ledger().change_note(identity, |note| note.set_follows(follows));
        }
    }

    /// Updates the charge that each adjustment counts towards. Returns the charges whose sums
    /// changed.
    fn move_roots_of(&mut self, change: AdjustmentKind) -> Vec<Identity> {
        let mut touched = Vec::new();
        let count = self.card.ledger.as_ref().map_or(0, |ledger| ledger.adjustments.len());
        for at in 0..count {
            let Some(adjustment) =
                self.card.ledger.as_ref().and_then(|ledger| ledger.adjustments.get(at))
            else {
                continue;
            };
            let Some(link) = adjustment.link().filter(|link| link.target.is_some()) else {
                continue;
            };
            if adjustment.change() != change {
                continue;
            }
            let root = self.current_root(&link);
            if root != link.root {
                let moved = adjustment.with_target(link.target, root);
                touched.extend(link.root.into_iter().chain(root));
                self.put_adjustment(at, moved);
            }
        }
        touched
    }
}
