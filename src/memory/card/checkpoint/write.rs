//! Writes memory to a stream.

use super::bytes::Stored;
use super::format::{BLOCK_BYTES, FORMAT_VERSION, MAGIC, Mark};
use super::state::Head;
use crate::memory::card::partition::memory::Memory;
use std::io::{self, Write};
use xxhash_rust::xxh3::xxh3_64_with_seed;

impl Memory {
    /// Writes everything that is remembered. `mark` identifies the input and history that it
    /// contains.
    pub fn write_checkpoint(&self, mark: Mark, out: &mut impl Write) -> io::Result<()> {
        out.write_all(&MAGIC)?;
        out.write_all(&[FORMAT_VERSION])?;
        let mut blocks = Blocks { out, block: Vec::new(), number: 0 };
        Head { mark, limits: self.limits, state: self.state.clone() }.put(&mut blocks.block);
        blocks.close()?;
        for card in self.cards.iter() {
            card.put(&mut blocks.block);
            if blocks.block.len() >= BLOCK_BYTES {
                blocks.close()?;
            }
        }
        blocks.close()
    }
}

struct Blocks<'w, W> {
    out: &'w mut W,
    block: Vec<u8>,
    number: u64,
}

impl<W: Write> Blocks<'_, W> {
    fn close(&mut self) -> io::Result<()> {
        let Ok(length) = u32::try_from(self.block.len()) else {
            return Err(io::Error::other("a card takes more than four gigabytes"));
        };
        if length > 0 {
            self.out.write_all(&length.to_le_bytes())?;
            self.out.write_all(&self.block)?;
            let checksum = xxh3_64_with_seed(&self.block, self.number);
            self.out.write_all(&checksum.to_le_bytes())?;
            self.block.clear();
            self.number += 1;
        }
        Ok(())
    }
}
