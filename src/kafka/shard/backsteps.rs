//! Notices that the input of a partition goes back to records that were already processed.

/// How often in a row the input went back.
#[derive(Debug, Default)]
pub struct Backsteps {
    /// The last record that came again, and how many times in a row the input went back to such
    /// records.
    last: Option<(i64, u32)>,
}

impl Backsteps {
    /// Notes that a record came again that was already processed. If the input went back for it, how
    /// many times in a row it did; 0 if it follows another such record.
    pub fn back(&mut self, offset: i64) -> u32 {
        let (times, is_further) = match self.last {
            Some((last, times)) => (times, offset > last),
            None => (0, false),
        };
        let times = if is_further { times } else { times + 1 };
        self.last = Some((offset, times));
        if is_further { 0 } else { times }
    }

    /// Notes that a record came that was not processed before.
    pub fn forward(&mut self) {
        self.last = None;
    }
}
