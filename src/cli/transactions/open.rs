//! Opens a file of messages, whatever its format: Parquet by its first bytes, CSV by its name or by
//! `--columns`, otherwise JSON Lines.

use super::columns::{ColumnField, CsvRows, MappingFile, ParquetRows, Table, is_parquet};
use super::file::File;
use super::input::LineInput;
use super::source::OpenSource;
use crate::decode::DecodeSettings;
use crate::transaction::{Field, LabelField};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// Names of files that are tables, without what compression appends.
const TABLE_SUFFIXES: [&str; 2] = [".csv", ".tsv"];
const COMPRESSED_SUFFIXES: [&str; 2] = [".gz", ".zst"];

/// Opens a file of transactions; `-` is standard input. Reading it ends soon after `interrupted` is
/// set.
pub(crate) fn open_transactions(
    path: &Path,
    mapping: Option<&MappingFile>,
    settings: &DecodeSettings,
    interrupted: &Arc<AtomicBool>,
) -> anyhow::Result<OpenSource> {
    open::<Field>(path, mapping, settings, interrupted)
}

/// Opens a file of labels.
pub(super) fn open_labels(
    path: &Path,
    mapping: Option<&MappingFile>,
    settings: &DecodeSettings,
    interrupted: &Arc<AtomicBool>,
) -> anyhow::Result<OpenSource> {
    open::<LabelField>(path, mapping, settings, interrupted)
}

fn open<F: ColumnField>(
    path: &Path,
    mapping: Option<&MappingFile>,
    settings: &DecodeSettings,
    interrupted: &Arc<AtomicBool>,
) -> anyhow::Result<OpenSource> {
    let has_currency = settings.default_currency.is_some();
    if is_parquet(path) {
        let rows = ParquetRows::open(path, settings.times, Arc::clone(interrupted))?;
        return Ok(Box::new(Table::new::<F>(rows, mapping, has_currency)?));
    }
    let input = LineInput::open(path, Arc::clone(interrupted))?;
    if mapping.is_some() || is_table_name(path) {
        let rows = CsvRows::open(input, mapping)?;
        return Ok(Box::new(Table::new::<F>(rows, mapping, has_currency)?));
    }
    Ok(Box::new(File::new(input, settings.max_message_bytes)))
}

fn is_table_name(path: &Path) -> bool {
    let name = path.to_string_lossy().to_ascii_lowercase();
    let plain = COMPRESSED_SUFFIXES.iter().find_map(|suffix| name.strip_suffix(suffix));
    let plain = plain.unwrap_or(&name);
    TABLE_SUFFIXES.iter().any(|suffix| plain.ends_with(suffix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_recognised_by_its_name() {
        for (name, expected) in [
            ("day.csv", true),
            ("DAY.CSV.GZ", true),
            ("a/day.tsv.zst", true),
            ("day.jsonl", false),
            ("day.csv.jsonl", false),
            ("-", false),
        ] {
            assert_eq!(is_table_name(Path::new(name)), expected, "{name}");
        }
    }
}
