//! One self-contained HTML file from a report: no script, no request, styles and drawings inside.
//!
//! ```text
//! Report ── page.rs ──► sections/    what is shown, in which order and words
//!                         │
//!                         ├─► chart/     numbers → SVG
//!                         ├─► table.rs   texts → a table
//!                         └─► markup.rs  escapes everything
//! ```
//!
//! Nothing here computes a figure or knows where a report comes from.

mod chart;
mod markup;
mod numbers;
mod page;
mod sections;
mod table;
#[cfg(test)]
mod tests;

pub use page::html;
