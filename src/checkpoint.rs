//! Stores checkpoints as files, one for each partition, in a folder that no other process writes
//! to.
//!
//! A file is either complete or not visible. This module does not know the contents, which belong
//! to `memory`. An unusable file only means that the history is read instead.
//!
//! ```text
//! save: partition-3.checkpoint.new-0 ─▶ sync ─▶ renamed to partition-3.checkpoint ─▶ sync the folder
//! ```

#[cfg(test)]
mod tests;

use crate::memory::{CheckpointError, Limits, Mark, Memory};
use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

const BUFFER_BYTES: usize = 1 << 18;
const PROBE_NAME: &str = "redcard-probe";

/// The folder with the checkpoints.
#[derive(Debug, Clone)]
pub struct Checkpoints {
    folder: PathBuf,
    /// The extension of unfinished files; concurrent writers must not share one.
    unfinished: String,
}

/// A failed file operation.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    #[error(
        "cannot write the checkpoint {}; a restart reads what of the history the one before lacks: \
         {source}",
        path.display()
    )]
    Write { path: PathBuf, source: io::Error },
    #[error("cannot write to the folder {} (`memory.checkpoint_dir`): {source}", path.display())]
    Folder { path: PathBuf, source: io::Error },
    #[error("cannot use the checkpoint {}; the history is read instead: {source}", path.display())]
    Read { path: PathBuf, source: CheckpointError },
}

impl Checkpoints {
    /// The folder is created with the first checkpoint. `writer` distinguishes writers that use the
    /// folder at the same time.
    pub fn new(folder: impl Into<PathBuf>, writer: usize) -> Self {
        Self { folder: folder.into(), unfinished: format!("checkpoint.new-{writer}") }
    }

    /// Checks that the folder can be written to. If it does not exist yet, checks the closest
    /// existing folder above it. Leaves nothing behind.
    pub fn probe(&self) -> Result<(), FileError> {
        let mut there = self.folder.ancestors().map(or_current);
        let there =
            there.find(|folder| fs::exists(folder).unwrap_or(false)).unwrap_or(Path::new("."));
        let path = there.join(format!(".{}-{}", PROBE_NAME, std::process::id()));
        let written = File::create(&path).map(drop).and_then(|()| fs::remove_file(&path));
        match written {
            // A full disk is usually temporary, and the service runs without new checkpoints.
            Err(source) if !is_full(&source) => {
                Err(FileError::Folder { path: self.folder.clone(), source })
            }
            _ => Ok(()),
        }
    }

    /// Writes a partition's memory. The previous checkpoint stays until the new one is complete and
    /// on disk, whatever happens. Returns the file's size in bytes.
    pub fn save(&self, memory: &Memory, mark: Mark) -> Result<u64, FileError> {
        let path = self.path(mark.partition);
        let unfinished = path.with_extension(&self.unfinished);
        let replaced = self.replace(&path, &unfinished, memory, mark);
        if replaced.is_err() {
            // The file may not exist. If it does, it is useless and may be what fills the disk.
            let _ = fs::remove_file(&unfinished);
        }
        replaced.map_err(|source| FileError::Write { path, source })
    }

    /// The last saved memory of a partition; `None` if it was never saved. The caller has to check
    /// that the mark is the expected one.
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
                Memory::read_checkpoint(limits, &mut input)
            }
        };
        read.map(Some).map_err(|source| FileError::Read { path, source })
    }

    fn replace(
        &self,
        path: &Path,
        unfinished: &Path,
        memory: &Memory,
        mark: Mark,
    ) -> io::Result<u64> {
        fs::create_dir_all(&self.folder)?;
        let mut out = BufWriter::with_capacity(BUFFER_BYTES, File::create(unfinished)?);
        memory.write_checkpoint(mark, &mut out)?;
        out.flush()?;
        out.get_ref().sync_all()?;
        let bytes = out.get_ref().metadata()?.len();
        fs::rename(unfinished, path)?;
        File::open(&self.folder)?.sync_all()?;
        Ok(bytes)
    }

    /// The path of a partition's checkpoint.
    pub fn path(&self, partition: i32) -> PathBuf {
        self.folder.join(format!("partition-{partition}.checkpoint"))
    }
}

/// The last ancestor of a relative path is empty, which means the current folder.
fn or_current(path: &Path) -> &Path {
    if path.as_os_str().is_empty() { Path::new(".") } else { path }
}

fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}
