//! The input offsets of one partition: how far they are committed, and which are in the open batch.

/// A partition's offsets of the input, and their share of the open batch.
#[derive(Debug, Default)]
pub struct InputShare {
    /// The records in the open batch.
    in_batch: Option<OffsetSpan>,
    /// The offset after the last committed record, if it is known.
    covered: Option<i64>,
    /// The offset that the group has to be advanced to, if the history is ahead of it.
    catch_up: Option<i64>,
}

/// Records of one partition: the first one, and the offset after the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OffsetSpan {
    pub first: i64,
    pub next: i64,
}

impl InputShare {
    /// Continues after a restore.
    pub fn resume(&mut self, covered: Option<i64>, catch_up: Option<i64>) {
        self.covered = covered;
        if catch_up.is_some() {
            self.catch_up = catch_up;
        }
    }

    /// The first offset that the next history record has to cover: the one after the last committed
    /// record.
    pub fn covered(&self) -> Option<i64> {
        self.covered
    }

    pub fn is_in_batch(&self) -> bool {
        self.in_batch.is_some()
    }

    /// Whether the record at `offset` has not been processed: the library may still deliver an old
    /// record after a seek.
    pub fn is_new(&self, offset: i64) -> bool {
        self.in_batch.is_none_or(|span| offset >= span.next)
    }

    /// The offset of the record that follows, if it is known.
    pub fn expected(&self) -> Option<i64> {
        self.in_batch.map(|span| span.next).or(self.covered)
    }

    /// The offsets of the open batch; none if it has no records of the partition.
    pub fn span(&self) -> OffsetSpan {
        let covered = self.covered.unwrap_or(0);
        self.in_batch.unwrap_or(OffsetSpan { first: covered, next: covered })
    }

    /// Adds a record to the open batch.
    pub fn add_to_batch(&mut self, offset: i64) {
        let first = self.in_batch.map_or(offset, |span| span.first);
        self.in_batch = Some(OffsetSpan { first, next: offset + 1 });
    }

    /// Whether the group has to be advanced to an offset of the history.
    pub fn is_behind(&self) -> bool {
        self.catch_up.is_some()
    }

    /// Adds that offset to the open batch.
    pub fn add_catch_up_to_batch(&mut self) {
        if let Some(offset) = self.catch_up.take() {
            self.in_batch = Some(OffsetSpan { first: offset, next: offset });
        }
    }

    /// The open batch was committed. Returns its offsets.
    pub fn commit_batch(&mut self) -> OffsetSpan {
        let span = self.span();
        self.in_batch = None;
        self.covered = Some(span.next);
        span
    }

    /// The open batch was undone. Returns the offset to read again from, if it had records.
    pub fn undo_batch(&mut self) -> Option<i64> {
        let OffsetSpan { first, next } = self.in_batch.take()?;
        if first == next {
            self.catch_up = Some(next);
        }
        Some(first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_is_committed_or_read_again_from_its_first_record() {
        let mut share = InputShare::default();
        share.resume(Some(5), None);
        assert_eq!((share.expected(), share.span()), (Some(5), OffsetSpan { first: 5, next: 5 }));
        share.add_to_batch(5);
        share.add_to_batch(8);
        assert_eq!(share.span(), OffsetSpan { first: 5, next: 9 });
        assert_eq!((share.is_new(8), share.is_new(9), share.covered()), (false, true, Some(5)));
        assert_eq!(share.undo_batch(), Some(5));
        assert_eq!(
            (share.is_in_batch(), share.expected(), share.undo_batch()),
            (false, Some(5), None)
        );
        share.add_to_batch(5);
        assert_eq!(share.commit_batch(), OffsetSpan { first: 5, next: 6 });
        assert_eq!((share.covered(), share.is_in_batch()), (Some(6), false));
    }

    #[test]
    fn the_group_catches_up_with_the_history_also_after_an_aborted_batch() {
        let mut share = InputShare::default();
        share.resume(Some(7), Some(7));
        for _ in 0..2 {
            assert!(share.is_behind());
            share.add_catch_up_to_batch();
            assert_eq!((share.is_behind(), share.is_in_batch()), (false, true));
            assert_eq!(share.undo_batch(), Some(7));
        }
        share.add_catch_up_to_batch();
        share.add_to_batch(7);
        assert_eq!(share.commit_batch(), OffsetSpan { first: 7, next: 8 });
        assert!(!share.is_behind());
    }
}
