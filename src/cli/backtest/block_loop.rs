//! Runs the loop of `redcard backtest`: gives it block after block, writes decisions, and reports
//! malformed records. The next block is read while the current one is decided.

use super::reading::{PastRecord, head, read_block};
use crate::backtest::assembly::ReportedInput;
use crate::backtest::run::{Backtest, BlockResult, MessageBlock};
use crate::cli::output_file::OutputFile;
use crate::cli::transactions::{
    OpenSource, ReadStep, Reporter, RunEnd, TransactionSource, is_broken_pipe,
};
use crate::printable::json_bytes;
use anyhow::Context;
use indicatif::{HumanCount, ProgressBar};
use std::io::Write;

/// What the loop counts and reports.
#[derive(Debug, Default)]
pub struct BlockLoop {
    pub input: ReportedInput,
    reporter: Reporter,
    /// The first bytes of the input.
    head: Vec<u8>,
}

impl BlockLoop {
    pub fn run(
        &mut self,
        backtest: &mut Backtest,
        source: &mut OpenSource,
        output: &mut Option<OutputFile>,
        progress: &ProgressBar,
    ) -> anyhow::Result<RunEnd> {
        self.input.name = source.name();
        let (mut block, mut next) = (MessageBlock::default(), MessageBlock::default());
        let mut step = read_block(&mut **source, &mut block)?;
        self.head = head(&block);
        loop {
            if step == ReadStep::Interrupted {
                return Ok(RunEnd::Interrupted);
            }
            let is_last = step == ReadStep::End;
            let (result, following) = backtest.decide(&block, || match is_last {
                true => Ok(ReadStep::End),
                false => read_block(&mut **source, &mut next),
            });
            self.count(&block);
            progress.suspend(|| self.report(&**source, &block, &result));
            if let Some(output) = output {
                let written = output.writer().write_all(&json_bytes(&result.decisions));
                if is_broken_pipe(written).with_context(|| output.cannot_write())? {
                    return Ok(RunEnd::PipeClosed);
                }
            }
            progress.set_position(source.progress().done);
            progress.set_message(HumanCount(self.input.records).to_string());
            step = following?;
            if is_last {
                return Ok(RunEnd::Complete);
            }
            std::mem::swap(&mut block, &mut next);
        }
    }

    pub fn finish(&self) {
        self.reporter.finish();
    }

    fn count(&mut self, block: &MessageBlock) {
        self.input.records += block.len() as u64;
        self.input.blank += block.blank_count();
    }

    fn report(
        &mut self,
        source: &dyn TransactionSource,
        block: &MessageBlock,
        result: &BlockResult,
    ) {
        let head = &self.head;
        let record = |index: usize| PastRecord {
            source,
            number: block.first_record + index as u64,
            message: block.message(index),
            head,
        };
        if let Some((index, doubt)) = result.doubt {
            self.reporter.doubt(&record(index), doubt);
        }
        for (index, rejection) in &result.rejections {
            self.input.malformed += 1;
            self.reporter.report(&record(*index), rejection);
        }
    }
}
