//! Upright columns that share the width of a chart.

use super::super::markup::Markup;
use super::frame::{BOTTOM, LEFT, RIGHT};
use super::scale::Scale;
use crate::number::NearestDouble;

/// The share of its place that a column fills.
const FILLED: f64 = 0.82;

/// One place on the axis: what it is, shown under the pointer, and the height of each series.
#[derive(Debug, Clone)]
pub struct Stack {
    pub title: String,
    /// The class of each series, and its value.
    pub parts: Vec<(&'static str, f64)>,
}

/// The parts of each place on top of each other, the first one below.
pub fn stacked(markup: &mut Markup, y: &Scale, stacks: &[Stack]) {
    each(markup, stacks, |markup, stack, x, width| {
        let mut sum = 0.0;
        for (class, value) in stack.parts.iter().filter(|(_, value)| *value > 0.0) {
            let (from, to) = (y.at(sum), y.at(sum + value));
            markup.element("rect").class(class).area(x, to, width, from - to).empty();
            sum += value;
        }
    });
}

/// The parts of each place next to each other.
pub fn grouped(markup: &mut Markup, y: &Scale, stacks: &[Stack]) {
    each(markup, stacks, |markup, stack, x, width| {
        let part = width / stack.parts.len().max(1).nearest_double();
        for (at, (class, value)) in stack.parts.iter().enumerate().filter(|(_, (_, v))| *v > 0.0) {
            let top = y.at(*value);
            let x = x + part * at.nearest_double();
            markup.element("rect").class(class).area(x, top, part, BOTTOM - top).empty();
        }
    });
}

fn each(markup: &mut Markup, stacks: &[Stack], draw: impl Fn(&mut Markup, &Stack, f64, f64)) {
    let places = Scale::linear((0.0, stacks.len().nearest_double()), (LEFT, RIGHT));
    for (at, stack) in stacks.iter().enumerate() {
        let (from, to) = (places.at(at.nearest_double()), places.at((at + 1).nearest_double()));
        let width = (to - from) * FILLED;
        markup.element("g").with(|markup| {
            markup.line("title", &stack.title);
            draw(markup, stack, from + (to - from - width) / 2.0, width);
        });
    }
}
