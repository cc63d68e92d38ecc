//! Draws charts as SVG: scales, axes and shapes. Knows numbers and names of series, not what they mean.
//!
//! A chart has a fixed coordinate system about as wide as its place on the page, which the browser
//! scales a little; the page shows more charts beside each other where it is wider, so text is about as
//! large on a telephone as on a large screen. Colours are classes of the style sheet, which has two sets of them.

mod bars;
mod columns;
mod figure;
mod fit;
mod frame;
mod line;
mod scale;

pub use bars::{Bar, bars};
pub use columns::{Stack, grouped, stacked};
pub use figure::{Figure, Legend};
pub use frame::{Axis, BOTTOM, Frame, LEFT, RIGHT, TOP, columns_axis, percent_axis};
pub use line::{area, dot, guide, line, steps};
pub use scale::Scale;
