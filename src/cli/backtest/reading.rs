//! Reads messages in blocks, and says afterwards where one of them was.

use crate::backtest::run::MessageBlock;
use crate::cli::transactions::{ReadStep, TransactionSource};
use crate::decode::{FEED_HEAD_BYTES, FeedFormat, Medium, Reason};
use crate::pipeline::Incoming;

/// How many records a block has.
const BLOCK_RECORDS: usize = 8 * 1024;
/// A block is full earlier if it has this many bytes.
const BLOCK_BYTES: usize = 16 * 1024 * 1024;
/// The format of a file shows in this many records.
const HEAD_RECORDS: usize = 10;

/// Reads the next block. Its last step is [`ReadStep::Record`] if more may follow.
pub fn read_block(
    source: &mut dyn TransactionSource,
    block: &mut MessageBlock,
) -> anyhow::Result<ReadStep> {
    block.clear(source.number() + 1);
    while block.len() < BLOCK_RECORDS && block.byte_count() < BLOCK_BYTES {
        match source.advance()? {
            ReadStep::Record => block.push(source.incoming()),
            ReadStep::Blank => block.push_blank(),
            step @ (ReadStep::End | ReadStep::Interrupted) => return Ok(step),
        }
    }
    Ok(ReadStep::Record)
}

/// The first bytes of an input, which show its format.
pub fn head(block: &MessageBlock) -> Vec<u8> {
    let messages = (0..HEAD_RECORDS).filter_map(|index| block.message(index));
    let lines = messages.map(|message| [message.bytes(), b"\n"].concat());
    let mut head: Vec<u8> = lines.collect::<Vec<_>>().concat();
    head.truncate(FEED_HEAD_BYTES);
    head
}

/// A record that was read some time ago, to report on.
pub struct PastRecord<'r> {
    pub source: &'r dyn TransactionSource,
    /// From 1.
    pub number: u64,
    pub message: Option<Incoming<'r>>,
    /// The first bytes of the input if the record is near its beginning; otherwise empty.
    pub head: &'r [u8],
}

impl TransactionSource for PastRecord<'_> {
    fn advance(&mut self) -> anyhow::Result<ReadStep> {
        Ok(ReadStep::End)
    }

    fn incoming(&self) -> Incoming<'_> {
        self.message.unwrap_or(Incoming::line(&[]))
    }

    fn name(&self) -> String {
        self.source.name()
    }

    fn place_of(&self, number: u64) -> String {
        self.source.place_of(number)
    }

    fn medium(&self) -> Option<Medium> {
        self.source.medium()
    }

    fn hint(&self, reason: Reason) -> Option<String> {
        let (medium, bytes) = (self.medium()?, self.incoming().bytes());
        let head = if self.number <= HEAD_RECORDS as u64 { self.head } else { &[] };
        let format = match medium {
            Medium::File => FeedFormat::of_file(head, bytes, reason),
            Medium::KafkaRecord => FeedFormat::of_record(bytes, reason),
        };
        format.map(|format| format.hint(medium))
    }

    fn number(&self) -> u64 {
        self.number
    }

    fn shows_positions(&self) -> bool {
        self.source.shows_positions()
    }
}
