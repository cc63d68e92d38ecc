//! A stream into memory. Nothing is taken on trust: what does not add up is no checkpoint.

use super::bytes::{Broken, Input, Stored};
use super::state::Head;
use super::{CheckpointError, FORMAT_VERSION, MAGIC, Mark};
use crate::memory::card::Card;
use crate::memory::{Limits, Memory};
use std::io::{self, Read};
use xxhash_rust::xxh3::xxh3_64_with_seed;

impl Memory {
    /// Reads what [`Memory::write_checkpoint`] wrote under the same limits.
    pub fn read_checkpoint(
        limits: Limits,
        input: &mut impl Read,
    ) -> Result<(Self, Mark), CheckpointError> {
        let mut blocks = Blocks { input, number: 0, offset: 0 };
        let mut block = Vec::new();
        blocks.preamble()?;
        blocks.next(&mut block)?;
        let mut memory = Self::new(limits);
        let room_max = room_max(&memory.limits);
        let head = read_head(&block, room_max).map_err(|Broken| blocks.damaged())?;
        if head.limits != memory.limits {
            return Err(CheckpointError::OtherLimits);
        }
        while blocks.next(&mut block)? {
            memory.add_all(&block, room_max).map_err(|Broken| blocks.damaged())?;
        }
        memory.finish(head, blocks.damaged())
    }

    fn add_all(&mut self, bytes: &[u8], room_max: usize) -> Result<(), Broken> {
        let mut input = Input { bytes, room_max };
        while !input.bytes.is_empty() {
            let card = Card::take(&mut input)?;
            if self.find(card.key).is_some() {
                return Err(Broken);
            }
            self.admit(card);
        }
        Ok(())
    }

    /// The sums were made anew from what was read, and have to be those that were written.
    fn finish(
        mut self,
        head: Head,
        damaged: CheckpointError,
    ) -> Result<(Self, Mark), CheckpointError> {
        let (found, written) = (self.state.usage, head.state.usage);
        if (found.cards, found.events, found.bytes)
            != (written.cards, written.events, written.bytes)
        {
            return Err(damaged);
        }
        self.state = head.state;
        Ok((self, head.mark))
    }
}

fn read_head(bytes: &[u8], room_max: usize) -> Result<Head, Broken> {
    let mut input = Input { bytes, room_max };
    let head = Head::take(&mut input)?;
    let has_clock = head.state.clock.is_valid();
    if input.bytes.is_empty() && has_clock { Ok(head) } else { Err(Broken) }
}

/// Lists double up to a card's cap; notes, of which there may be two for an event, double past it.
fn room_max(limits: &Limits) -> usize {
    limits.events_per_card.saturating_mul(4).saturating_add(1 << 10)
}

struct Blocks<'r, R> {
    input: &'r mut R,
    number: u64,
    offset: u64,
}

impl<R: Read> Blocks<'_, R> {
    fn preamble(&mut self) -> Result<(), CheckpointError> {
        let magic: [u8; 4] = self.array()?;
        if magic != MAGIC {
            return Err(CheckpointError::NotACheckpoint);
        }
        match self.array()? {
            [FORMAT_VERSION] => Ok(()),
            [found] => Err(CheckpointError::OtherVersion { found }),
        }
    }

    /// Reads the next block; false at the end.
    fn next(&mut self, block: &mut Vec<u8>) -> Result<bool, CheckpointError> {
        block.clear();
        let Some(length) = self.length()? else { return Ok(false) };
        let mut bytes = self.input.by_ref().take(u64::from(length));
        // Grows with what is there, not with what the length says.
        let read = bytes.read_to_end(block).map_err(CheckpointError::Unreadable)?;
        let expected = u64::from_le_bytes(self.array()?);
        if read != length as usize || expected != xxh3_64_with_seed(block, self.number) {
            return Err(self.damaged());
        }
        self.number += 1;
        self.offset += u64::from(length);
        Ok(true)
    }

    fn length(&mut self) -> Result<Option<u32>, CheckpointError> {
        let mut first = [0];
        loop {
            match self.input.read(&mut first) {
                Ok(0) => return Ok(None),
                Ok(_) => break,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(CheckpointError::Unreadable(error)),
            }
        }
        self.offset += 1;
        let [second, third, fourth] = self.array()?;
        let [first] = first;
        Ok(Some(u32::from_le_bytes([first, second, third, fourth])))
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], CheckpointError> {
        let mut bytes = [0; N];
        match self.input.read_exact(&mut bytes) {
            Ok(()) => {
                self.offset += N as u64;
                Ok(bytes)
            }
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Err(self.damaged()),
            Err(error) => Err(CheckpointError::Unreadable(error)),
        }
    }

    fn damaged(&self) -> CheckpointError {
        CheckpointError::Damaged { offset: self.offset }
    }
}
