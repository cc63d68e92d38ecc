//! Decompresses gzip and zstd input, which it recognizes by the first bytes.
//!
//! A compressed file may consist of several parts, as `cat a.gz b.gz` produces, and may end with
//! zeros, as tapes and block devices pad it. Any other bytes after the compressed data are an
//! error: something was lost.

use flate2::bufread::GzDecoder;
use std::io::{self, BufRead, BufReader, Cursor, Read};
use zstd::stream::read::Decoder as ZstdDecoder;

const GZIP_MAGIC: &[u8] = &[0x1f, 0x8b];
const ZSTD_MAGIC: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];
const MAGIC_BYTES: u64 = 4;

/// Decompresses compressed data and passes other data through. No JSON text starts with these
/// bytes.
pub(crate) fn unpack<'s>(mut source: impl Read + 's) -> io::Result<Box<dyn Read + 's>> {
    let mut start = Vec::new();
    source.by_ref().take(MAGIC_BYTES).read_to_end(&mut start)?;
    let packing =
        [Packing::Gzip, Packing::Zstd].into_iter().find(|one| start.starts_with(one.magic()));
    let bytes = Cursor::new(start).chain(source);
    Ok(match packing {
        Some(packing) => Box::new(Unpacked::new(packing, BufReader::new(bytes))?),
        None => Box::new(bytes),
    })
}

#[derive(Debug, Clone, Copy)]
enum Packing {
    Gzip,
    Zstd,
}

impl Packing {
    fn magic(self) -> &'static [u8] {
        match self {
            Packing::Gzip => GZIP_MAGIC,
            Packing::Zstd => ZSTD_MAGIC,
        }
    }

    /// The error about bytes that follow the compressed data.
    fn trailing(self, cause: &io::Error) -> io::Error {
        let name = match self {
            Packing::Gzip => "gzip",
            Packing::Zstd => "zstd",
        };
        let text = format!(
            "the {name} data is followed by bytes that are neither zeros nor more {name} data ({cause}); all \
             lines before them were read"
        );
        io::Error::new(io::ErrorKind::InvalidData, text)
    }
}

/// One member of a gzip file, or one frame of a zstd file. It reads no bytes beyond its end.
enum Unpacker<R: BufRead> {
    Gzip(GzDecoder<R>),
    Zstd(ZstdDecoder<'static, R>),
}

impl<R: BufRead> Unpacker<R> {
    fn open(packing: Packing, source: R) -> io::Result<Self> {
        Ok(match packing {
            Packing::Gzip => Unpacker::Gzip(GzDecoder::new(source)),
            Packing::Zstd => Unpacker::Zstd(ZstdDecoder::with_buffer(source)?.single_frame()),
        })
    }

    fn close(self) -> R {
        match self {
            Unpacker::Gzip(decoder) => decoder.into_inner(),
            Unpacker::Zstd(decoder) => decoder.finish(),
        }
    }
}

impl<R: BufRead> Read for Unpacker<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        match self {
            Unpacker::Gzip(decoder) => decoder.read(out),
            Unpacker::Zstd(decoder) => decoder.read(out),
        }
    }
}

/// The decompressed contents of all parts.
struct Unpacked<R: BufRead> {
    packing: Packing,
    /// `None` at the end.
    part: Option<Unpacker<R>>,
    is_first: bool,
    /// Whether anything of the current part was decompressed.
    has_begun: bool,
}

impl<R: BufRead> Unpacked<R> {
    fn new(packing: Packing, source: R) -> io::Result<Self> {
        let part = Some(Unpacker::open(packing, source)?);
        Ok(Self { packing, part, is_first: true, has_begun: false })
    }

    /// Advances to the next part; there is none if only zeros follow.
    fn next(&mut self) -> io::Result<()> {
        let Some(part) = self.part.take() else { return Ok(()) };
        let mut source = part.close();
        if skip_zeros(&mut source)? {
            self.part = Some(Unpacker::open(self.packing, source)?);
        }
        (self.is_first, self.has_begun) = (false, false);
        Ok(())
    }
}

impl<R: BufRead> Read for Unpacked<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while let Some(part) = &mut self.part {
            match part.read(out) {
                Ok(0) if !out.is_empty() => self.next()?,
                Ok(bytes) => {
                    self.has_begun = true;
                    return Ok(bytes);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => return Err(error),
                Err(error) if self.is_first || self.has_begun => return Err(error),
                Err(error) => return Err(self.packing.trailing(&error)),
            }
        }
        Ok(0)
    }
}

/// Skips zeros, and returns whether anything follows.
fn skip_zeros(source: &mut impl BufRead) -> io::Result<bool> {
    loop {
        let available = source.fill_buf()?;
        if available.is_empty() {
            return Ok(false);
        }
        let zeros = available.iter().take_while(|byte| **byte == 0).count();
        let is_other = zeros < available.len();
        source.consume(zeros);
        if is_other {
            return Ok(true);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    const TEXT: &[u8] = b"{\"id\":1}\n{\"id\":2}\n";

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(text).unwrap();
        packed.finish().unwrap()
    }

    fn zstd(text: &[u8]) -> Vec<u8> {
        zstd::encode_all(text, 1).unwrap()
    }

    /// A reader that returns a few bytes at a time.
    struct Slow(Cursor<Vec<u8>>);

    impl Read for Slow {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            let few = out.len().min(3);
            self.0.read(&mut out[..few])
        }
    }

    fn read(packed: &[u8]) -> io::Result<Vec<u8>> {
        let mut text = Vec::new();
        unpack(Slow(Cursor::new(packed.to_vec())))?.read_to_end(&mut text)?;
        Ok(text)
    }

    #[test]
    fn parts_one_after_the_other_are_one_text() {
        for pack in [gzip, zstd] {
            let packed = pack(TEXT);
            assert_eq!(read(&packed).unwrap(), TEXT);
            assert_eq!(read(&packed.repeat(3)).unwrap(), TEXT.repeat(3));
            let with_empty = [&pack(b"")[..], &packed, &pack(b""), &packed].concat();
            assert_eq!(read(&with_empty).unwrap(), TEXT.repeat(2));
        }
    }

    #[test]
    fn zeros_behind_packed_data_are_padding() {
        for pack in [gzip, zstd] {
            for zeros in [1, 2, 511, 100_000] {
                let padded = [&pack(TEXT)[..], &vec![0; zeros]].concat();
                assert_eq!(read(&padded).unwrap(), TEXT);
                assert_eq!(read(&padded.repeat(2)).unwrap(), TEXT.repeat(2));
            }
        }
    }

    #[test]
    fn anything_else_behind_packed_data_is_an_error_that_says_so() {
        for pack in [gzip, zstd] {
            for behind in [&b"x"[..], b"\0\0\0x", b"{\"id\":3}\n", b"PK\x03\x04"] {
                let error = read(&[&pack(TEXT)[..], behind].concat()).unwrap_err().to_string();
                assert!(error.contains("neither zeros nor more"), "{error}");
            }
        }
    }

    #[test]
    fn packed_data_that_was_cut_off_or_damaged_is_an_error() {
        for pack in [gzip, zstd] {
            let packed = pack(&TEXT.repeat(1000));
            assert!(read(&packed[..packed.len() - 3]).is_err());
            let second_cut = [&packed[..], &packed[..packed.len() - 3]].concat();
            assert!(read(&second_cut).is_err());
            let zeroed = [&packed[..packed.len() - 3], &[0; 3]].concat();
            assert!(pack(b"") == zstd(b"") || read(&zeroed).is_err());
        }
    }

    #[test]
    fn plain_text_is_left_as_it_is() {
        for text in [TEXT, b"", b"{", b"\0\0"] {
            assert_eq!(read(text).unwrap(), text);
        }
    }
}
