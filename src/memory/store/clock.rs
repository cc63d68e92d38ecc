//! Estimates the event time that a partition has reached. It reads no system clock: times come from
//! the messages.
//!
//! The newest time seen would be enough if every message had the right time. But a single
//! transaction dated next year would then push every card out of retention. So the clock looks at
//! blocks of messages and moves to the lower quartile of each block, never backwards. Three
//! quarters of a block must be wrong to move it into the future, and a quarter to hold it back. It
//! lags by a block or two. This costs a little memory and no accuracy, since a recall is bounded by
//! its own `now`.

use crate::transaction::Time;

/// Messages in a block.
const BLOCK_LEN: usize = 64;
/// Which of a block's times the clock moves to, counted from the oldest.
const QUARTILE_INDEX: usize = BLOCK_LEN / 4;

/// The event time that the messages of a partition have reached.
#[derive(Debug, Clone, PartialEq)]
pub struct PartitionClock {
    pub(in crate::memory) block: [Time; BLOCK_LEN],
    pub(in crate::memory) filled: usize,
    pub(in crate::memory) reached: Time,
}

impl Default for PartitionClock {
    fn default() -> Self {
        Self::new()
    }
}

impl PartitionClock {
    /// The clock before the first message.
    pub fn new() -> Self {
        Self { block: [Time(0); BLOCK_LEN], filled: 0, reached: Time(i64::MIN) }
    }

    /// The clock of a partition after `messages` messages, whose last few times are unknown. The
    /// block that contains those cannot move the clock.
    pub(in crate::memory) fn at(reached: Time, messages: u64) -> Self {
        let filled = usize::try_from(messages % BLOCK_LEN as u64).unwrap_or(0);
        let mut clock = Self { reached, filled, ..Self::new() };
        clock.block.iter_mut().take(filled).for_each(|time| *time = Time(i64::MIN));
        clock
    }

    /// Whether there is room in the block, as there always is between two messages.
    pub(in crate::memory) fn is_valid(&self) -> bool {
        self.filled < BLOCK_LEN
    }

    /// The time reached; before the first full block, the minimum time.
    pub fn reached(&self) -> Time {
        self.reached
    }

    /// Adds the time of the next message; true if the clock moved.
    pub fn tick(&mut self, time: Time) -> bool {
        if let Some(place) = self.block.get_mut(self.filled) {
            *place = time;
            self.filled += 1;
        }
        self.filled == BLOCK_LEN && self.close_block()
    }

    /// Moves to a time that another clock has reached; true if it moved. The current block starts
    /// again, so that a clock that follows another before every message never moves by itself.
    pub(in crate::memory) fn follow(&mut self, reached: Time) -> bool {
        self.filled = 0;
        let moved = reached > self.reached;
        self.reached = self.reached.max(reached);
        moved
    }

    fn close_block(&mut self) -> bool {
        self.filled = 0;
        let (_, quartile, _) = self.block.select_nth_unstable(QUARTILE_INDEX);
        let moved = *quartile > self.reached;
        self.reached = self.reached.max(*quartile);
        // Selection leaves the block in an arbitrary order. Clear it so that equal memories compare
        // equal.
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
    fn it_does_not_move_until_a_block_is_full() {
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
    fn a_few_old_times_do_not_delay_the_clock() {
        check((1..=64).map(|n| if n % 5 == 0 { -1_000_000 } else { n }), 6);
    }

    #[test]
    fn the_clock_never_goes_back() {
        check((1_001..=1_064).chain(1..=64), 1_017);
    }
}
