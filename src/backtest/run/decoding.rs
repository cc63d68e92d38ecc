//! Decodes the messages of a block on all threads, and deals them to the shards of their cards.

use super::block::MessageBlock;
use super::threads::{lock, share};
use crate::decode::Rejection;
use crate::memory::CardKey;
use crate::pipeline::{DecodedMessage, Pipeline};
use crate::transaction::{Time, Transaction};
use std::sync::Mutex;

/// How many messages a thread decodes at a time.
const CHUNK: usize = 512;

/// A message that waits for its shard.
#[derive(Debug)]
pub struct QueuedMessage<'b> {
    /// Its index in the block.
    pub index: usize,
    pub message: DecodedMessage<'b>,
}

/// A decoded block.
#[derive(Debug)]
pub struct DecodedBlock<'b> {
    /// By shard, the messages in their order.
    pub queues: Vec<Vec<QueuedMessage<'b>>>,
    /// Index, shard and time of each message, in order.
    pub arrivals: Vec<Arrival>,
    /// In order.
    pub rejections: Vec<(usize, Rejection)>,
    /// The first message whose time is accepted and doubtful, and why.
    pub doubt: Option<(usize, &'static str)>,
}

/// A message, as the schedule needs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arrival {
    pub index: usize,
    pub shard: usize,
    pub time: Time,
}

#[derive(Debug)]
struct Chunk<'b> {
    queues: Vec<Vec<QueuedMessage<'b>>>,
    arrivals: Vec<Arrival>,
    rejections: Vec<(usize, Rejection)>,
    doubt: Option<(usize, &'static str)>,
}

/// Decodes a block for a number of shards.
pub fn decode<'b>(
    block: &'b MessageBlock,
    pipelines: &mut [Pipeline],
    shards: usize,
) -> DecodedBlock<'b> {
    let count = block.len().div_ceil(CHUNK);
    let chunks: Vec<Mutex<Option<Chunk<'b>>>> = (0..count).map(|_| Mutex::new(None)).collect();
    let work = |pipeline: &mut Pipeline, job: usize| {
        if let Some(chunk) = chunks.get(job) {
            *lock(chunk) = Some(Chunk::decode(block, job * CHUNK, pipeline, shards));
        }
    };
    share(pipelines, count, work, || ());
    let mut decoded = DecodedBlock {
        queues: (0..shards).map(|_| Vec::new()).collect(),
        arrivals: Vec::with_capacity(block.len()),
        rejections: Vec::new(),
        doubt: None,
    };
    let chunks: Vec<Chunk<'b>> = chunks.iter().filter_map(|chunk| lock(chunk).take()).collect();
    for (shard, queue) in decoded.queues.iter_mut().enumerate() {
        let of_shard = chunks.iter().filter_map(|chunk| chunk.queues.get(shard));
        queue.reserve_exact(of_shard.map(Vec::len).sum());
    }
    chunks.into_iter().for_each(|chunk| decoded.append(chunk));
    decoded
}

/// The shard of a card. Its messages may name it by its token under the previous key.
pub fn shard_of(tx: &Transaction<'_>, shards: usize) -> usize {
    let token = tx.card.former_token.as_ref().unwrap_or(&tx.card.token);
    shard_of_card(CardKey::of(token), shards)
}

pub fn shard_of_card(card: CardKey, shards: usize) -> usize {
    // The remainder is less than the number of shards.
    usize::try_from(card.0 % shards.max(1) as u128).unwrap_or(0)
}

impl<'b> DecodedBlock<'b> {
    fn append(&mut self, chunk: Chunk<'b>) {
        for (queue, more) in self.queues.iter_mut().zip(chunk.queues) {
            queue.extend(more);
        }
        self.arrivals.extend(chunk.arrivals);
        self.rejections.extend(chunk.rejections);
        self.doubt = self.doubt.or(chunk.doubt);
    }
}

impl<'b> Chunk<'b> {
    fn decode(block: &'b MessageBlock, start: usize, pipeline: &Pipeline, shards: usize) -> Self {
        let mut chunk = Self {
            queues: (0..shards).map(|_| Vec::with_capacity(2 * CHUNK / shards)).collect(),
            arrivals: Vec::with_capacity(CHUNK),
            rejections: Vec::new(),
            doubt: None,
        };
        for index in start..block.len().min(start + CHUNK) {
            let Some(incoming) = block.message(index) else { continue };
            match pipeline.decode(incoming) {
                Ok(message) => chunk.add(index, message, pipeline, shards),
                Err(rejection) => chunk.rejections.push((index, rejection)),
            }
        }
        chunk
    }

    fn add(
        &mut self,
        index: usize,
        message: DecodedMessage<'b>,
        pipeline: &Pipeline,
        shards: usize,
    ) {
        let tx = message.transaction();
        let (time, shard) = (tx.time, shard_of(tx, shards));
        if self.doubt.is_none() {
            self.doubt = pipeline.settings().times.doubt(time).map(|doubt| (index, doubt));
        }
        self.arrivals.push(Arrival { index, shard, time });
        if let Some(queue) = self.queues.get_mut(shard) {
            queue.push(QueuedMessage { index, message });
        }
    }
}
