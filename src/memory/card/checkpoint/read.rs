//! Reads memory from a stream. Nothing is trusted: an inconsistent checkpoint is rejected.

use super::bytes::{ByteReader, InvalidBytes, Stored};
use super::format::{CheckpointError, FORMAT_VERSION, MAGIC, Mark};
use super::state::Head;
use super::v1::{self, Refused};
use crate::memory::card::limits::{ADJUSTMENTS_PER_EVENT, Limits};
use crate::memory::card::partition::memory::Memory;
use crate::memory::card::partition::partition_state::Usage;
use crate::memory::card::state::card::Card;
use std::io::{self, Read};
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// The versions that can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Version {
    V1,
    V2,
}

/// The totals of the cards read, as the release that wrote them counted.
#[derive(Debug, Default)]
struct Totals {
    cards: usize,
    events: usize,
    /// `None` if this release counts bytes differently.
    bytes: Option<usize>,
}

impl Memory {
    /// Reads what [`Memory::write_checkpoint`] wrote under the same limits, in this release or one
    /// that wrote version 1.
    pub fn read_checkpoint(
        limits: Limits,
        input: &mut impl Read,
    ) -> Result<(Self, Mark), CheckpointError> {
        let mut blocks = Blocks { input, number: 0, offset: 0 };
        let mut block = Vec::new();
        let version = blocks.preamble()?;
        blocks.next(&mut block)?;
        let mut memory = Self::new(limits);
        let capacity_max = capacity_max(&memory.limits);
        let head =
            read_head(version, &block, capacity_max).map_err(|InvalidBytes| blocks.damaged())?;
        if head.limits != memory.limits {
            return Err(CheckpointError::OtherLimits);
        }
        let mut totals = Totals::default();
        while blocks.next(&mut block)? {
            let input = ByteReader { bytes: &block, capacity_max };
            let added = match version {
                Version::V1 => memory.add_converted(input, &mut totals),
                Version::V2 => memory.add_all(input).map_err(Refused::from),
            };
            added.map_err(|refused| match refused {
                Refused::InvalidBytes => blocks.damaged(),
                Refused::MissingInV1(lost) => CheckpointError::MissingInV1(lost),
            })?;
        }
        if version == Version::V2 {
            let Usage { cards, events, bytes, .. } = memory.state.usage;
            totals = Totals { cards, events, bytes: Some(bytes) };
        }
        memory.finish(head, &totals, blocks.damaged())
    }

    fn add_all(&mut self, mut input: ByteReader<'_>) -> Result<(), InvalidBytes> {
        while !input.bytes.is_empty() {
            self.admit(Card::take(&mut input)?)?;
        }
        Ok(())
    }

    fn add_converted(
        &mut self,
        mut input: ByteReader<'_>,
        totals: &mut Totals,
    ) -> Result<(), Refused> {
        while !input.bytes.is_empty() {
            let old = v1::CardV1::take(&mut input)?;
            totals.cards += 1;
            totals.events += old.events();
            let (card, evicted_waiting) = v1::converted(old, &self.limits)?;
            self.state.usage.evicted_waiting += evicted_waiting;
            self.admit(card)?;
        }
        Ok(())
    }

    fn admit(&mut self, card: Card) -> Result<(), InvalidBytes> {
        if self.find(card.key).is_some() {
            return Err(InvalidBytes);
        }
        self.add(card).map(|_| ()).ok_or(InvalidBytes)
    }

    /// Compares the totals of the cards read with the totals that were written.
    fn finish(
        mut self,
        head: Head,
        totals: &Totals,
        damaged: CheckpointError,
    ) -> Result<(Self, Mark), CheckpointError> {
        let (counted, written) = (self.state.usage, head.state.usage);
        if (totals.cards, totals.events) != (written.cards, written.events)
            || totals.bytes.is_some_and(|bytes| bytes != written.bytes)
        {
            return Err(damaged);
        }
        self.state = head.state;
        self.state.usage = Usage {
            cards: counted.cards,
            events: counted.events,
            bytes: counted.bytes,
            evicted_waiting: written.evicted_waiting + counted.evicted_waiting,
            ..written
        };
        Ok((self, head.mark))
    }
}

fn read_head(version: Version, bytes: &[u8], capacity_max: usize) -> Result<Head, InvalidBytes> {
    let mut input = ByteReader { bytes, capacity_max };
    let head = match version {
        Version::V1 => v1::take_head(&mut input)?,
        Version::V2 => Head::take(&mut input)?,
    };
    let has_clock = head.state.clock.is_valid();
    if input.bytes.is_empty() && has_clock { Ok(head) } else { Err(InvalidBytes) }
}

/// Lists double up to their bounds. An event may have two notes, so those double past it.
fn capacity_max(limits: &Limits) -> usize {
    let longest = limits.events_per_card.saturating_mul(ADJUSTMENTS_PER_EVENT);
    longest.saturating_mul(2).saturating_add(1 << 10)
}

struct Blocks<'r, R> {
    input: &'r mut R,
    number: u64,
    offset: u64,
}

impl<R: Read> Blocks<'_, R> {
    fn preamble(&mut self) -> Result<Version, CheckpointError> {
        let magic: [u8; 4] = self.array()?;
        if magic != MAGIC {
            return Err(CheckpointError::NotACheckpoint);
        }
        match self.array()? {
            [1] => Ok(Version::V1),
            [FORMAT_VERSION] => Ok(Version::V2),
            [found] => Err(CheckpointError::OtherVersion { found }),
        }
    }

    /// Reads the next block; false at the end.
    fn next(&mut self, block: &mut Vec<u8>) -> Result<bool, CheckpointError> {
        block.clear();
        let Some(length) = self.length()? else { return Ok(false) };
        let mut bytes = self.input.by_ref().take(u64::from(length));
        // The buffer grows with the bytes that are there, not with the length that was read.
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
