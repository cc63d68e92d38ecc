//! What a store requires of its keys and values.

use crate::transaction::Time;
use std::fmt::Debug;
use std::hash::Hash;

/// Finds a value. Keys are hashes, so they are evenly distributed.
pub(in crate::memory) trait StoreKey:
    Copy + Debug + From<Self::Indexed> + Into<Self::Indexed>
{
    /// The key as the index holds it. Its [`Hash`] writes 64 bits, which the index uses as they are.
    type Indexed: Copy + Debug + Eq + Hash;

    /// Orders values that have been idle equally long, independently of where they are stored.
    fn tie_breaker(self) -> u64;
}

/// A value of a store.
pub(in crate::memory) trait StoreValue: Debug {
    type Key: StoreKey;
    /// What is recorded about changes of values, to undo them.
    type Changes: Changes<Self>;

    fn key(&self) -> Self::Key;

    /// The time since which the value has been idle; never moves back.
    fn newest(&self) -> Time;
}

/// Records how values change, and undoes it in reverse order.
pub(in crate::memory) trait Changes<V: ?Sized>: Debug + Default {
    /// Starts to record.
    fn begin(&mut self);

    /// Drops what was recorded, and records nothing until the next [`Changes::begin`].
    fn clear(&mut self);

    /// Notes that this value is about to change.
    fn touch(&mut self, value: &V);

    /// Restores a value to its state before it was last touched.
    fn undo(&mut self, value: &mut V);
}
