//! Reads a file of labels into the label book.

use crate::backtest::labels::{LabelBook, LabelDelay};
use crate::cli::transactions::{File, LineInput, ReadStep, Reporter, TransactionSource};
use crate::pipeline::Pipeline;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// Reads all labels, and reports malformed lines. An interrupted read ends early: the backtest is then
/// interrupted too.
pub fn read(
    path: &Path,
    delay: LabelDelay,
    pipeline: &Pipeline,
    interrupted: &Arc<AtomicBool>,
) -> anyhow::Result<LabelBook> {
    let mut book = LabelBook::new(delay);
    let input = LineInput::open(path, Arc::clone(interrupted))?;
    let mut file = File::new(input, pipeline.settings().max_message_bytes);
    let mut reporter = Reporter::default();
    loop {
        match file.advance()? {
            ReadStep::End | ReadStep::Interrupted => break,
            ReadStep::Blank => {}
            ReadStep::Record => {
                if let Err(rejection) = book.add(pipeline, file.incoming()) {
                    reporter.report(&file, &rejection);
                }
            }
        }
    }
    reporter.finish();
    Ok(book)
}
