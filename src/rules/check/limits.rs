//! Limits how many parts a text may be concatenated from.
//!
//! A number is computed once, however often it is used. A text is built again for each use, so a chain
//! of features may double it at every step.

use super::super::diagnostics::Span;
use super::super::ir::Id;
use super::checker::Checker;

const TEXTS_MAX: u64 = 4_096;

impl Checker<'_> {
    /// Reports a text that has too many parts once its features are expanded.
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
