//! What a text may be put together from at most.
//!
//! A number is worked out once, wherever it is named. A text is put together anew each time, so that
//! features which name each other may double it at every step.

use super::super::diagnostics::Span;
use super::super::tree::Id;
use super::Checker;

const TEXTS_MAX: u64 = 4_096;

impl Checker<'_> {
    /// Reports a text that comes to too much when its features are written out.
    pub(super) fn is_bounded(&mut self, id: Id, span: Span) -> bool {
        let bounded = self.tree.node(id).texts <= TEXTS_MAX;
        if !bounded {
            let message = format!(
                "with its features written out, this text is put together from more than {TEXTS_MAX}"
            );
            self.error(span, message).help("let it use fewer features that use others");
        }
        bounded
    }
}
