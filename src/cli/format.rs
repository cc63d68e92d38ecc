//! Defines the output formats that several commands offer.

/// Output format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// Readable text
    Text,
    /// One JSON object per line
    Json,
}
