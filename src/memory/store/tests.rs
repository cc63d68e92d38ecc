//! Checks the store with values that have nothing to do with cards.

use super::keyed_store::KeyedStore;
use super::value::{Changes, StoreKey, StoreValue};
use crate::transaction::Time;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeMap;

impl<V: StoreValue> KeyedStore<V> {
    /// How many values are queued for eviction: all of them.
    pub(in crate::memory) fn queued(&self) -> usize {
        self.idle.entries.len()
    }
}

/// The number of a shelf, which is its own hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct ShelfNumber(u64);

impl StoreKey for ShelfNumber {
    type Indexed = Self;

    fn tie_breaker(self) -> u64 {
        self.0
    }
}

#[derive(Debug, Clone, PartialEq)]
struct Shelf {
    number: ShelfNumber,
    used: Time,
    books: Vec<String>,
}

impl StoreValue for Shelf {
    type Key = ShelfNumber;
    type Changes = ShelfCopies;

    fn key(&self) -> ShelfNumber {
        self.number
    }

    fn newest(&self) -> Time {
        self.used
    }
}

/// Copies of shelves from before each change.
#[derive(Debug, Default)]
struct ShelfCopies {
    is_recording: bool,
    copies: Vec<Shelf>,
}

impl Changes<Shelf> for ShelfCopies {
    fn begin(&mut self) {
        self.is_recording = true;
    }

    fn clear(&mut self) {
        self.is_recording = false;
        self.copies.clear();
    }

    fn touch(&mut self, shelf: &Shelf) {
        if self.is_recording {
            self.copies.push(shelf.clone());
        }
    }

    fn undo(&mut self, shelf: &mut Shelf) {
        *shelf = self.copies.pop().unwrap();
    }
}

type Shelves = KeyedStore<Shelf>;

fn shelf(number: u64, used: i64) -> Shelf {
    Shelf { number: ShelfNumber(number), used: Time(used), books: Vec::new() }
}

fn put(shelves: &mut Shelves, number: u64, used: i64, book: &str) {
    let slot = shelves.find(ShelfNumber(number));
    let slot = slot.or_else(|| shelves.insert(shelf(number, used))).unwrap();
    let (shelf, _) = shelves.edit(slot).unwrap();
    shelf.used = shelf.used.max(Time(used));
    shelf.books.push(book.to_owned());
}

fn content(shelves: &Shelves) -> BTreeMap<ShelfNumber, Shelf> {
    shelves.iter().map(|shelf| (shelf.number, shelf.clone())).collect()
}

fn dropped(shelves: &mut Shelves, keep: Option<u32>) -> Option<u64> {
    let mut number = None;
    shelves.evict_longest_idle(keep, |shelf| number = Some(shelf.number.0));
    number
}

#[test]
fn values_are_found_by_key_until_they_are_dropped() {
    let mut shelves = Shelves::default();
    put(&mut shelves, 7, 10, "a");
    put(&mut shelves, 7, 20, "b");
    let slot = shelves.find(ShelfNumber(7)).unwrap();
    assert_eq!(shelves.get(slot).unwrap().books, ["a", "b"]);
    assert_eq!(shelves.find(ShelfNumber(8)), None);
    assert_eq!(dropped(&mut shelves, None), Some(7));
    assert_eq!(shelves.find(ShelfNumber(7)), None);
    assert!(shelves.get(slot).is_none());
    assert_eq!(dropped(&mut shelves, None), None);
}

#[test]
fn the_value_that_is_idle_for_longest_is_dropped_and_ties_go_by_key() {
    let mut shelves = Shelves::default();
    for (number, used) in [(3, 20), (1, 20), (2, 10), (4, 30)] {
        put(&mut shelves, number, used, "a");
    }
    put(&mut shelves, 2, 40, "b");
    let keep = shelves.find(ShelfNumber(1));
    assert_eq!(dropped(&mut shelves, keep), Some(3));
    assert_eq!(dropped(&mut shelves, None), Some(1));
    assert!(!shelves.drop_until(Time(29), |_| ()));
    assert!(shelves.drop_until(Time(30), |shelf| assert_eq!(shelf.number, ShelfNumber(4))));
    assert_eq!(content(&shelves).len(), 1);
}

#[test]
fn an_undone_batch_leaves_nothing_behind() {
    for seed in 0..200 {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut shelves = Shelves::default();
        for _ in 0..20 {
            let before = content(&shelves);
            shelves.begin();
            for step in 0..random.random_range(0..20) {
                let (number, used) = (random.random_range(0..6), random.random_range(0..100));
                match random.random_range(0..4) {
                    0 => _ = dropped(&mut shelves, None),
                    _ => put(&mut shelves, number, used, &format!("book {step}")),
                }
            }
            if random.random_bool(0.5) {
                shelves.undo();
                assert_eq!(content(&shelves), before, "seed {seed}");
            } else {
                shelves.keep();
            }
            assert_eq!(shelves.queued(), content(&shelves).len(), "seed {seed}");
        }
        let mut left = content(&shelves);
        while let Some(number) = dropped(&mut shelves, None) {
            let gone = left.remove(&ShelfNumber(number)).unwrap();
            let is_idlest =
                left.values().all(|shelf| (shelf.used, shelf.number) > (gone.used, gone.number));
            assert!(is_idlest, "seed {seed}");
        }
    }
}
