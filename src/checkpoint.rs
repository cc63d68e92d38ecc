//! Checkpoints as files, one for each partition, in one folder that no other process writes to.
//!
//! It knows how a file comes to be whole or not at all; what is in it is memory's business. A file
//! that is of no use is a reason to read the history, never one to stop.
//!
//! ```text
//! save: partition-3.checkpoint.new ─▶ sync ─▶ renamed to partition-3.checkpoint ─▶ sync the folder
//! ```

#[cfg(test)]
mod tests;

use crate::memory::{CheckpointError, Limits, Mark, Memory};
use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Write};
use std::path::PathBuf;

const BUFFER_BYTES: usize = 1 << 18;

/// Where checkpoints are kept.
#[derive(Debug, Clone)]
pub struct Checkpoints {
    folder: PathBuf,
}

/// A step with a file that failed.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    #[error("cannot write the checkpoint {}; restarts read the whole history meanwhile", path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error("cannot use the checkpoint {}; the history is read instead", path.display())]
    Read { path: PathBuf, source: CheckpointError },
}

impl Checkpoints {
    /// The folder is made when the first checkpoint is written.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    /// Writes a partition's memory. Whatever happens, the checkpoint before it stays until the new
    /// one is whole and on disk. Returns its bytes.
    pub fn save(&self, memory: &Memory, mark: Mark) -> Result<u64, FileError> {
        let path = self.path(mark.partition);
        self.replace(&path, memory, mark).map_err(|source| FileError::Write { path, source })
    }

    /// A partition's memory as it was saved last; `None` if it never was.
    pub fn load(
        &self,
        partition: i32,
        limits: Limits,
    ) -> Result<Option<(Memory, Mark)>, FileError> {
        let path = self.path(partition);
        let read = match File::open(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => Err(CheckpointError::Unreadable(error)),
            Ok(file) => {
                let mut input = BufReader::with_capacity(BUFFER_BYTES, file);
                Memory::read_checkpoint(limits, &mut input).and_then(|found| of(partition, found))
            }
        };
        read.map(Some).map_err(|source| FileError::Read { path, source })
    }

    fn replace(&self, path: &PathBuf, memory: &Memory, mark: Mark) -> io::Result<u64> {
        fs::create_dir_all(&self.folder)?;
        let unfinished = path.with_extension("checkpoint.new");
        let mut out = BufWriter::with_capacity(BUFFER_BYTES, File::create(&unfinished)?);
        memory.write_checkpoint(mark, &mut out)?;
        out.flush()?;
        out.get_ref().sync_all()?;
        let bytes = out.get_ref().metadata()?.len();
        fs::rename(&unfinished, path)?;
        File::open(&self.folder)?.sync_all()?;
        Ok(bytes)
    }

    fn path(&self, partition: i32) -> PathBuf {
        self.folder.join(format!("partition-{partition}.checkpoint"))
    }
}

fn of(partition: i32, found: (Memory, Mark)) -> Result<(Memory, Mark), CheckpointError> {
    match found.1.partition {
        right if right == partition => Ok(found),
        other => Err(CheckpointError::OtherPartition { found: other }),
    }
}
