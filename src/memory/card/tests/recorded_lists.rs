//! Compares lists with tags with plain vectors, and undoes what was recorded of them. The expected
//! result of undoing is a copy of the list from before.

use super::traffic::for_each_seed;
use crate::memory::card::message::identity::{Identity, MessageId};
use crate::memory::card::state::recorded_list::{ListBefore, ListSteps};
use crate::memory::card::state::tagged_list::{ShortHash, Tagged, TaggedList};
use crate::memory::card::state::timeline::Timed;
use crate::transaction::Time;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use std::ops::Range;

/// To run one case alone, set this to `seed..seed + 1`.
const SEEDS: Range<u64> = 0..500;
const STEPS: usize = 300;
/// The first three have the same short hash.
const IDS: [u64; 5] = [7, 7 | 1 << 16, 7 | 1 << 40, 8, 9];

#[derive(Debug, Clone, Copy, PartialEq)]
struct Item {
    time: i64,
    id: u64,
    color: u64,
}

impl Tagged for Item {
    type Tag = [ShortHash; 2];

    fn tag(&self) -> Self::Tag {
        [self.id, self.color].map(ShortHash::of)
    }

    fn boxed_bytes(&self) -> usize {
        self.color as usize
    }
}

impl Timed for Item {
    type Key = Time;

    fn key(&self) -> Time {
        Time(self.time)
    }

    fn time(&self) -> Time {
        Time(self.time)
    }

    fn id(&self) -> MessageId {
        MessageId(self.id)
    }

    fn identity(&self) -> Identity {
        Identity::new(self.id(), 1, self.time())
    }
}

/// A list, and what it should hold.
#[derive(Default)]
struct Checked {
    list: TaggedList<Item>,
    expected: Vec<Item>,
}

/// A list before a message changed it.
struct Saved {
    number: usize,
    before: ListBefore,
    expected: Vec<Item>,
    capacity: usize,
    bytes: usize,
}

struct Case {
    random: ChaCha8Rng,
    /// The first one is in time order, the second one is appended to.
    lists: [Checked; 2],
    steps: ListSteps<Item>,
    batch: Option<Vec<Saved>>,
}

#[test]
fn a_list_with_tags_equals_a_plain_one_and_undoing_restores_it() {
    for_each_seed(SEEDS, |random| {
        let (lists, steps) = Default::default();
        Case { random, lists, steps, batch: None }.run();
    });
}

impl Case {
    fn run(&mut self) {
        for _ in 0..STEPS {
            match self.random.random_range(0..100) {
                0..4 => self.begin(),
                4..6 => self.keep(),
                6..9 => self.undo(),
                _ => self.message(),
            }
            self.lists.iter().for_each(Checked::check);
        }
        self.undo();
    }

    fn begin(&mut self) {
        self.steps.begin();
        self.batch = Some(Vec::new());
    }

    fn keep(&mut self) {
        self.steps.clear();
        self.batch = None;
    }

    fn undo(&mut self) {
        for saved in self.batch.take().into_iter().flatten().rev() {
            let checked = &mut self.lists[saved.number];
            self.steps.undo(saved.before, &mut checked.list);
            checked.expected = saved.expected;
            checked.check();
            assert_eq!(checked.list.capacity(), saved.capacity);
            assert_eq!(checked.list.bytes(), saved.bytes);
        }
        self.steps.clear();
    }

    /// Changes one of the lists a few times.
    fn message(&mut self) {
        let number = self.random.random_range(0..2);
        let Checked { list, expected } = &self.lists[number];
        let before = self.steps.before(Some(list));
        let (capacity, bytes) = (list.capacity(), list.bytes());
        let expected = expected.clone();
        self.batch.iter_mut().for_each(|batch| {
            batch.push(Saved { number, before, expected: expected.clone(), capacity, bytes });
        });
        for _ in 0..self.random.random_range(0..4) {
            self.change(number);
        }
    }

    fn change(&mut self, number: usize) {
        let random = &mut self.random;
        let Checked { list, expected } = &mut self.lists[number];
        let mut list = self.steps.record(list);
        let item = Item {
            time: 500 * random.random_range(0..20),
            id: IDS[random.random_range(0..IDS.len())],
            color: random.random_range(0..3),
        };
        let at = random.random_range(0..=expected.len());
        match random.random_range(0..100) {
            0..50 if number == 0 => {
                list.insert(item);
                expected.push(item);
                expected.sort_by_key(|item| item.time);
            }
            0..50 => {
                list.push_back(item);
                expected.push(item);
            }
            50..70 => {
                list.change(at, |changed| changed.color = item.color);
                expected.get_mut(at).into_iter().for_each(|place| place.color = item.color);
            }
            70..85 => {
                let removed = (at < expected.len()).then(|| expected.remove(at));
                assert_eq!(list.remove(at), removed);
            }
            _ => {
                let is_due = |first: &Item| first.time <= item.time / 4;
                let popped = expected.first().copied().filter(is_due);
                expected.drain(..popped.iter().len());
                assert_eq!(list.pop_until(Time(item.time / 4)), popped);
            }
        }
    }
}

impl Checked {
    fn check(&self) {
        let Self { list, expected } = self;
        assert!(list.iter().eq(expected), "{list:?} should be {expected:?}");
        assert_eq!(list.len(), expected.len());
        // Compares the tags as well.
        let mut rebuilt = TaggedList::with_capacity(list.capacity());
        expected.iter().for_each(|item| rebuilt.push_back(*item));
        assert_eq!(*list, rebuilt);
        assert_eq!((list.capacity(), list.bytes()), (rebuilt.capacity(), rebuilt.bytes()));
        for id in IDS {
            let short = ShortHash::of(id);
            let has_short = |item: &&Item| ShortHash::of(item.id) == short;
            assert!(list.matching(|[id, _]| *id == short).eq(expected.iter().filter(has_short)));
            let late = list.positions(2, |[id, _]| *id == short);
            assert!(late.eq((2..expected.len()).filter(|at| has_short(&&expected[*at]))));
        }
        if expected.is_sorted_by_key(|item| item.time) {
            for item in expected {
                let is_it = |other: &&Item| other.identity() == item.identity();
                assert_eq!(list.find(item.identity()), expected.iter().find(is_it));
            }
        }
    }
}
