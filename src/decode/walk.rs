//! What is read of a message without being understood: unknown fields, and sensitive ones.
//!
//! They are passed over, but walked: their syntax, depth and duplicate keys are the message's own,
//! and sensitive authentication data in them is counted.

use super::json::Reader;
use super::reason::{Fault, Reason};
use std::borrow::Cow;

/// Names of fields with sensitive authentication data, in any case; what stands in them is never
/// looked at (PCI DSS, requirement 3.3: not to be kept after authorization).
const SENSITIVE_NAMES: [&str; 7] = ["cvv", "cvc", "cvv2", "track1", "track2", "pin", "pin_block"];

/// Whether sensitive names are counted: within `checks` they name results.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Names {
    Counted,
    Results,
}

/// A reader that passes over what it is told to.
pub(super) struct Walker<'a> {
    pub(super) json: Reader<'a>,
    pub(super) sensitive_fields: u32,
    /// Keys, and where they stand, of the objects being walked, outermost first. Known fields are
    /// not among them.
    keys: Vec<(Cow<'a, str>, usize)>,
}

impl<'a> Walker<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { json: Reader::new(text), sensitive_fields: 0, keys: Vec::new() }
    }

    /// A key with its colon, and where it stands.
    #[inline]
    pub(super) fn key(&mut self) -> Result<(Cow<'a, str>, usize), Fault> {
        if self.json.peek() != b'"' {
            return Err(self.json.not_json());
        }
        let at = self.json.at();
        let key = self.json.string()?;
        self.json.expect(b':')?;
        Ok((key, at))
    }

    /// For [`Walker::close_object`], which must be called at the end of the same object.
    #[inline]
    pub(super) fn open_object(&self) -> usize {
        self.keys.len()
    }

    /// Passes over the value of an unknown key.
    #[cold]
    pub(super) fn unknown_field(
        &mut self,
        (key, at): (Cow<'a, str>, usize),
        names: Names,
    ) -> Result<(), Fault> {
        let sensitive = || SENSITIVE_NAMES.iter().any(|name| name.eq_ignore_ascii_case(&key));
        if names == Names::Counted && sensitive() {
            self.sensitive_fields += 1;
        }
        self.keys.push((key, at));
        self.skip(names)
    }

    /// Refuses duplicates among the unknown keys of an object.
    #[inline]
    pub(super) fn close_object(&mut self, opened: usize) -> Result<(), Fault> {
        if self.keys.len() == opened { Ok(()) } else { self.refuse_duplicates(opened) }
    }

    fn refuse_duplicates(&mut self, opened: usize) -> Result<(), Fault> {
        let keys = self.keys.get_mut(opened..).unwrap_or_default();
        keys.sort_unstable();
        for pair in keys.windows(2) {
            if let [(first, _), (second, at)] = pair
                && first == second
            {
                return Err(Fault::at(Reason::DuplicateKey, *at));
            }
        }
        self.keys.truncate(opened);
        Ok(())
    }

    /// Passes over a value. It calls itself no deeper than [`super::json::DEPTH_MAX`].
    fn skip(&mut self, names: Names) -> Result<(), Fault> {
        match self.json.peek() {
            b'"' => self.json.skip_string(),
            b'{' => self.skip_object(names),
            b'[' => self.skip_array(names),
            b't' => self.json.literal("true"),
            b'f' => self.json.literal("false"),
            b'n' => self.json.literal("null"),
            _ => self.json.number().map(drop),
        }
    }

    fn skip_object(&mut self, names: Names) -> Result<(), Fault> {
        self.json.open(b'{')?;
        let opened = self.open_object();
        let mut more = !self.json.closes(b'}');
        while more {
            let key = self.key()?;
            self.unknown_field(key, names)?;
            more = self.json.more(b'}')?;
        }
        self.close_object(opened)
    }

    fn skip_array(&mut self, names: Names) -> Result<(), Fault> {
        self.json.open(b'[')?;
        let mut more = !self.json.closes(b']');
        while more {
            self.skip(names)?;
            more = self.json.more(b']')?;
        }
        Ok(())
    }
}
