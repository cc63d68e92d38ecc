//! Decides labelled history again and measures what its rules detect.

pub mod figures;
pub mod html;
pub mod report;
