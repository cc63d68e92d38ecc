//! How far a partition's event time has certainly come. It reads no clock: times come in with the
//! messages.
//!
//! The newest time seen would do if no message ever had a wrong one. A single transaction dated next
//! year would then push everybody's memory out of retention. So the clock looks at blocks of messages
//! and moves to the lower quartile of each, never backwards: three quarters of a block would have to
//! be wrong to carry it into the future, a quarter to hold it back. It lags by a block or two, which
//! costs a little memory and no exactness, since a recall is bounded by its own `now`.

use crate::transaction::Time;

/// Messages in a block.
const BLOCK_LEN: usize = 64;
/// Which of a block's times the clock moves to, counted from the oldest.
const QUARTILE_INDEX: usize = BLOCK_LEN / 4;

#[derive(Debug, Clone, PartialEq)]
pub(super) struct PartitionClock {
    pub block: [Time; BLOCK_LEN],
    pub filled: usize,
    pub reached: Time,
}

impl PartitionClock {
    pub(super) fn new() -> Self {
        Self { block: [Time(0); BLOCK_LEN], filled: 0, reached: Time(i64::MIN) }
    }

    /// The clock of a partition that had come so far after so many messages, of which the last few
    /// are not known: the block that they are in moves nothing.
    pub(super) fn at(reached: Time, messages: u64) -> Self {
        let filled = (messages % BLOCK_LEN as u64) as usize;
        let mut clock = Self { reached, filled, ..Self::new() };
        clock.block.iter_mut().take(filled).for_each(|time| *time = Time(i64::MIN));
        clock
    }

    /// Whether its block is not full yet, which it never is between two messages.
    pub(super) fn is_valid(&self) -> bool {
        self.filled < BLOCK_LEN
    }

    /// The time reached; before the first full block the earliest there is.
    pub(super) fn reached(&self) -> Time {
        self.reached
    }

    /// Takes the time of the next message; true when the clock moved.
    pub(super) fn tick(&mut self, time: Time) -> bool {
        if let Some(place) = self.block.get_mut(self.filled) {
            *place = time;
            self.filled += 1;
        }
        self.filled == BLOCK_LEN && self.close_block()
    }

    fn close_block(&mut self) -> bool {
        self.filled = 0;
        let (_, quartile, _) = self.block.select_nth_unstable(QUARTILE_INDEX);
        let moved = *quartile > self.reached;
        self.reached = self.reached.max(*quartile);
        // The selection leaves an order that is the library's own; equal memories compare equal.
        self.block = [Time(0); BLOCK_LEN];
        moved
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(times: impl IntoIterator<Item = i64>, reached: i64) {
        let mut clock = PartitionClock::new();
        for time in times {
            clock.tick(Time(time));
        }
        assert_eq!(clock.reached(), Time(reached));
    }

    #[test]
    fn it_stands_still_until_a_block_is_full() {
        check(1..64, i64::MIN);
        check(1..=64, 17);
    }

    #[test]
    fn future_times_do_not_move_it_even_many_in_a_row() {
        let one = (1..=64).map(|n| if n == 30 { i64::MAX } else { n });
        check(one, 17);
        let many = (1..=64).map(|n| if n > 17 { i64::MAX } else { n });
        check(many, 17);
    }

    #[test]
    fn a_few_old_times_do_not_hold_it_back() {
        check((1..=64).map(|n| if n % 5 == 0 { -1_000_000 } else { n }), 6);
    }

    #[test]
    fn it_never_goes_back() {
        check((1_001..=1_064).chain(1..=64), 1_017);
    }
}
