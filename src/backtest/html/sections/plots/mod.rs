//! The plots that every report has.

mod alerts;
mod delay;
mod grid;
mod periods;
mod precision_recall;
mod scores;
mod value;
mod workload;

pub use grid::write;
