//! Reads labels into the label book.

use crate::backtest::labels::{LabelBook, LabelDelay};
use crate::cli::transactions::{OpenSource, ReadStep, Reporter};
use crate::pipeline::Pipeline;

/// Reads all labels, and reports malformed ones. An interrupted read ends early: the backtest is then
/// interrupted too.
pub fn read(
    mut source: OpenSource,
    delay: LabelDelay,
    pipeline: &Pipeline,
) -> anyhow::Result<LabelBook> {
    let mut book = LabelBook::new(delay);
    let mut reporter = Reporter::default();
    loop {
        match source.advance()? {
            ReadStep::End | ReadStep::Interrupted => break,
            ReadStep::Blank => {}
            ReadStep::Record => {
                if let Err(rejection) = book.add(pipeline, source.incoming()) {
                    reporter.report(&*source, &rejection);
                }
            }
        }
    }
    reporter.finish();
    Ok(book)
}
