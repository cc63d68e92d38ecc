//! Writes what a command produces to standard output, or to a file that gets its name when it is
//! complete.

use super::terminal;
use anyhow::Context;
use std::fs::{self, File};
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};

const BUFFER_BYTES: usize = 64 * 1024;
/// Appended to the name of an incomplete file.
const PARTIAL_SUFFIX: &str = ".partial";

/// An open output.
pub struct OutputFile {
    writer: BufWriter<Box<dyn Write + Send>>,
    /// What it contains, in messages.
    what: &'static str,
    file: Option<Unfinished>,
    is_terminal: bool,
}

/// A file that does not have its final name yet.
struct Unfinished {
    partial: PathBuf,
    target: PathBuf,
}

impl OutputFile {
    /// Without a path, standard output. If the path exists and is not a regular file (a pipe, a
    /// device), it is written to directly.
    pub fn open(path: Option<&Path>, what: &'static str) -> anyhow::Result<Self> {
        let Some(path) = path else {
            let stdout = io::stdout();
            let is_terminal = stdout.is_terminal();
            return Ok(Self { is_terminal, ..Self::new(Box::new(stdout), what, None) });
        };
        // A symbolic link is kept, and its target is replaced.
        let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        if fs::metadata(&target).is_ok_and(|there| !there.is_file()) {
            return Ok(Self::new(Box::new(create(&target)?), what, None));
        }
        let partial =
            PathBuf::from([target.as_os_str(), PARTIAL_SUFFIX.as_ref()].join("".as_ref()));
        let file = create(&partial)?;
        Ok(Self::new(Box::new(file), what, Some(Unfinished { partial, target })))
    }

    fn new(writer: Box<dyn Write + Send>, what: &'static str, file: Option<Unfinished>) -> Self {
        let writer = BufWriter::with_capacity(BUFFER_BYTES, writer);
        Self { writer, what, file, is_terminal: false }
    }

    pub fn is_terminal(&self) -> bool {
        self.is_terminal
    }

    pub fn writer(&mut self) -> &mut (impl Write + Send + use<>) {
        &mut self.writer
    }

    /// Completes the output: a file gets its final name.
    pub fn finish(mut self) -> anyhow::Result<()> {
        self.flush()?;
        let Some(Unfinished { partial, target }) = self.file else { return Ok(()) };
        let renamed = fs::rename(&partial, &target);
        renamed
            .with_context(|| format!("cannot rename {} to {}", partial.display(), target.display()))
    }

    /// Writes what there is so far; a file keeps the name that marks it as incomplete.
    pub fn leave_unfinished(mut self) -> anyhow::Result<()> {
        self.flush()?;
        if let Some(Unfinished { partial, .. }) = &self.file {
            terminal::warning(format_args!(
                "not all lines were scored; the {} up to there are in {}",
                self.what,
                partial.display()
            ));
        }
        Ok(())
    }

    /// A closed pipe is not an error.
    fn flush(&mut self) -> anyhow::Result<()> {
        match self.writer.flush() {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            flushed => flushed.with_context(|| self.cannot_write()),
        }
    }

    pub fn cannot_write(&self) -> String {
        match &self.file {
            Some(Unfinished { partial, .. }) => format!("cannot write {}", partial.display()),
            None => format!("cannot write the {}", self.what),
        }
    }
}

fn create(path: &Path) -> anyhow::Result<File> {
    File::create(path).with_context(|| format!("cannot create {}", path.display()))
}
