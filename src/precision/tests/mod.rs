//! Tests of the fold: by hand, against a naive second implementation, and of its bounds.

mod by_hand;
mod coverage;
mod oracle;
mod support;
