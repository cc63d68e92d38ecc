//! Reads transactions from a file or standard input, and decompresses them.
//!
//! A separate thread reads and decompresses, so that the command can flush its output while it
//! waits for input, and can end on a signal while a read blocks.

use super::source::Progress;
use super::unpack::unpack;
use crate::printable::Printable;
use anyhow::Context;
use std::fs::File;
use std::io::{self, BufRead, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TryRecvError, sync_channel};
use std::thread;
use std::time::Duration;

const BLOCK_BYTES: usize = 64 * 1024;
/// The maximum number of blocks that are read ahead.
const BLOCKS_AHEAD: usize = 8;
/// How soon a signal is noticed while waiting for input.
const WAIT_MS: u64 = 50;

/// Whether standard input is an input already.
static STDIN_IS_OPEN: AtomicBool = AtomicBool::new(false);

/// Several files are standard input, which would divide its bytes between them.
#[derive(Debug, thiserror::Error)]
#[error("only one of the files can be standard input (`-`)")]
pub(crate) struct StdinTwice;

/// An open input.
#[derive(Debug)]
pub(crate) struct LineInput {
    name: String,
    /// The size of the file in bytes, before decompression; `None` if unknown.
    length: Option<u64>,
    bytes_read: Arc<AtomicU64>,
    blocks: BlockReader,
}

/// A block of the decompressed input; an empty one marks the end.
type Block = io::Result<Vec<u8>>;

/// The blocks from the reading thread, as a reader.
#[derive(Debug)]
struct BlockReader {
    receiver: Receiver<Block>,
    /// Received but not yet current.
    next: Option<Block>,
    current: Vec<u8>,
    /// How much of `current` is consumed.
    consumed: usize,
    ended: bool,
    interrupted: Arc<AtomicBool>,
}

/// A reader that counts the bytes it has read.
struct Counted<R> {
    inner: R,
    bytes_read: Arc<AtomicU64>,
}

impl LineInput {
    /// `-` is standard input. A read ends with an error soon after `interrupted` is set.
    pub fn open(path: &Path, interrupted: Arc<AtomicBool>) -> anyhow::Result<Self> {
        if path == Path::new("-") {
            if STDIN_IS_OPEN.swap(true, Ordering::Relaxed) {
                return Err(StdinTwice.into());
            }
            return Self::start("stdin".into(), None, io::stdin(), interrupted);
        }
        let name = Printable(&path.display().to_string()).to_string();
        let file = File::open(path).with_context(|| format!("cannot open {name}"))?;
        let metadata = file.metadata().with_context(|| format!("cannot read {name}"))?;
        let length = metadata.is_file().then_some(metadata.len());
        Self::start(name, length, file, interrupted)
    }

    fn start(
        name: String,
        length: Option<u64>,
        source: impl Read + Send + 'static,
        interrupted: Arc<AtomicBool>,
    ) -> anyhow::Result<Self> {
        let bytes_read = Arc::new(AtomicU64::new(0));
        let counted = Counted { inner: source, bytes_read: Arc::clone(&bytes_read) };
        let (sender, receiver) = sync_channel(BLOCKS_AHEAD);
        thread::Builder::new()
            .name("input".into())
            .spawn(move || send_blocks(counted, &sender))
            .context("cannot start a thread")?;
        let blocks = BlockReader {
            receiver,
            next: None,
            current: Vec::new(),
            consumed: 0,
            ended: false,
            interrupted,
        };
        Ok(Self { name, length, bytes_read, blocks })
    }

    /// The name of the input in error messages.
    pub fn name(&self) -> String {
        self.name.clone()
    }

    pub fn reader(&mut self) -> &mut impl BufRead {
        &mut self.blocks
    }

    /// The bytes that are available without waiting and not yet consumed.
    pub fn ahead(&self) -> &[u8] {
        self.blocks.rest()
    }

    pub fn is_interrupted(&self) -> bool {
        self.blocks.interrupted.load(Ordering::Relaxed)
    }

    /// Whether reading a line may have to wait for more input.
    pub fn may_wait(&mut self) -> bool {
        !self.blocks.rest().contains(&b'\n') && !self.blocks.has_next()
    }

    /// How much has been read, before decompression.
    pub fn progress(&self) -> Progress {
        Progress::bytes(self.bytes_read.load(Ordering::Relaxed), self.length)
    }
}

impl BlockReader {
    /// The rest of the current block.
    fn rest(&self) -> &[u8] {
        self.current.get(self.consumed..).unwrap_or_default()
    }

    /// Whether the next block has arrived or will never arrive.
    fn has_next(&mut self) -> bool {
        if self.ended || self.next.is_some() {
            return true;
        }
        match self.receiver.try_recv() {
            Ok(block) => self.next = Some(block),
            Err(TryRecvError::Empty) => return false,
            Err(TryRecvError::Disconnected) => self.next = Some(Err(no_reader())),
        }
        true
    }

    /// Waits for the next block.
    fn receive(&mut self) -> Block {
        if let Some(block) = self.next.take() {
            return block;
        }
        loop {
            if self.interrupted.load(Ordering::Relaxed) {
                return Err(io::Error::other("interrupted"));
            }
            match self.receiver.recv_timeout(Duration::from_millis(WAIT_MS)) {
                Ok(block) => return block,
                Err(RecvTimeoutError::Disconnected) => return Err(no_reader()),
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
    }
}

fn no_reader() -> io::Error {
    io::Error::other("the reading thread ended early")
}

impl BufRead for BlockReader {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.rest().is_empty() && !self.ended {
            self.current = self.receive()?;
            self.consumed = 0;
            self.ended = self.current.is_empty();
        }
        Ok(self.rest())
    }

    fn consume(&mut self, bytes: usize) {
        self.consumed += bytes;
    }
}

impl Read for BlockReader {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let bytes = self.fill_buf()?.read(out)?;
        self.consume(bytes);
        Ok(bytes)
    }
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let bytes = self.inner.read(out)?;
        self.bytes_read.fetch_add(bytes as u64, Ordering::Relaxed);
        Ok(bytes)
    }
}

/// Reads to the end, or until the receiver is dropped.
fn send_blocks(source: impl Read, sender: &SyncSender<Block>) {
    let mut unpacked = match unpack(source) {
        Ok(unpacked) => unpacked,
        Err(error) => return drop(sender.send(Err(error))),
    };
    loop {
        let block = read_block(&mut unpacked);
        let last = block.as_ref().map_or(true, Vec::is_empty);
        if sender.send(block).is_err() || last {
            return;
        }
    }
}

/// Reads what is available, up to a block, without waiting for a full one.
fn read_block(source: &mut impl Read) -> Block {
    let mut block = vec![0; BLOCK_BYTES];
    loop {
        match source.read(&mut block) {
            Ok(bytes) => {
                block.truncate(bytes);
                return Ok(block);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Cursor, Write};

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(text).unwrap();
        packed.finish().unwrap()
    }

    fn read(packed: Vec<u8>) -> io::Result<Vec<u8>> {
        let interrupted = Arc::new(AtomicBool::new(false));
        let mut input =
            LineInput::start("test".into(), None, Cursor::new(packed), interrupted).unwrap();
        let mut text = Vec::new();
        input.blocks.read_to_end(&mut text).map(|_| text)
    }

    #[test]
    fn a_large_input_comes_whole_and_in_order() {
        let text: Vec<u8> = (0..200_000).flat_map(|n| format!("{n}\n").into_bytes()).collect();
        assert_eq!(read(gzip(&text)).unwrap(), text);
    }

    #[test]
    fn an_interrupt_ends_a_read_that_would_wait() {
        let (reader, _writer) = io::pipe().unwrap();
        let interrupted = Arc::new(AtomicBool::new(false));
        let mut input =
            LineInput::start("pipe".into(), None, reader, Arc::clone(&interrupted)).unwrap();
        assert!(input.may_wait());
        interrupted.store(true, Ordering::Relaxed);
        assert!(input.reader().fill_buf().is_err());
    }
}
