//! Writes JSON Lines to a file or to standard output, compressed according to the file's extension.

use anyhow::Context;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

const BUFFER_BYTES: usize = 256 * 1024;
/// Fast, with most of the compression that zstd achieves on such text.
const ZSTD_LEVEL: i32 = 3;

/// An output for lines.
pub(super) struct Lines {
    name: String,
    writer: Packed,
}

enum Packed {
    Plain(BufWriter<Box<dyn Write>>),
    Gzip(BufWriter<GzEncoder<Box<dyn Write>>>),
    Zstd(BufWriter<zstd::Encoder<'static, Box<dyn Write>>>),
}

impl Lines {
    /// Creates or truncates the file; `.gz` and `.zst` are compressed. Without a path: standard
    /// output.
    pub fn create(path: Option<&Path>) -> anyhow::Result<Self> {
        let Some(path) = path else {
            let writer = Packed::Plain(buffered(Box::new(io::stdout())));
            return Ok(Self { name: "stdout".into(), writer });
        };
        let name = path.display().to_string();
        let file: Box<dyn Write> =
            Box::new(File::create(path).with_context(|| format!("cannot create {name}"))?);
        let writer = match path.extension().and_then(|extension| extension.to_str()) {
            Some("gz") => Packed::Gzip(buffered(GzEncoder::new(file, Compression::fast()))),
            Some("zst") => Packed::Zstd(buffered(zstd::Encoder::new(file, ZSTD_LEVEL)?)),
            _ => Packed::Plain(buffered(file)),
        };
        Ok(Self { name, writer })
    }

    /// Writes a line, which includes its line end.
    pub fn write(&mut self, line: &[u8]) -> anyhow::Result<()> {
        let written = match &mut self.writer {
            Packed::Plain(writer) => writer.write_all(line),
            Packed::Gzip(writer) => writer.write_all(line),
            Packed::Zstd(writer) => writer.write_all(line),
        };
        written.with_context(|| self.failure())
    }

    /// Makes the lines so far visible to a reader, unless the output is compressed.
    pub fn flush(&mut self) -> anyhow::Result<()> {
        match &mut self.writer {
            Packed::Plain(writer) => writer.flush().with_context(|| self.failure()),
            Packed::Gzip(_) | Packed::Zstd(_) => Ok(()),
        }
    }

    /// Writes what is left; the file is complete when this returns.
    pub fn finish(mut self) -> anyhow::Result<()> {
        self.flush()?;
        let failure = self.failure();
        let finished = match self.writer {
            Packed::Plain(_) => Ok(()),
            Packed::Gzip(writer) => unbuffered(writer).and_then(|gzip| gzip.finish()).map(drop),
            Packed::Zstd(writer) => unbuffered(writer).and_then(|zstd| zstd.finish()).map(drop),
        };
        finished.context(failure)
    }

    fn failure(&self) -> String {
        format!("cannot write {}", self.name)
    }
}

/// Whether it failed because the pipe is closed: not an error, but a reason to end.
pub(super) fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let cause = error.downcast_ref::<io::Error>();
    cause.is_some_and(|cause| cause.kind() == io::ErrorKind::BrokenPipe)
}

fn buffered<W: Write>(writer: W) -> BufWriter<W> {
    BufWriter::with_capacity(BUFFER_BYTES, writer)
}

fn unbuffered<W: Write>(writer: BufWriter<W>) -> io::Result<W> {
    writer.into_inner().map_err(io::IntoInnerError::into_error)
}
