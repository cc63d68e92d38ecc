//! Level bars below their names: for names that are long, and as many as there are.

use super::super::markup::Markup;
use super::fit::{estimated_width, fit};
use super::scale::Scale;
use crate::number::NearestDouble;

const WIDTH: f64 = 480.0;
const ROW: f64 = 38.0;
const BAR: f64 = 11.0;

/// A part of a bar: its class, and its length.
pub type Segment = (&'static str, f64);

/// The ends of the interval of a bar.
pub type Whisker = (f64, f64);

#[derive(Debug, Clone)]
pub struct Bar {
    pub name: String,
    /// What it shows, beside its name.
    pub note: String,
    /// Shown under the pointer.
    pub title: String,
    pub segments: Vec<Segment>,
    pub whisker: Option<Whisker>,
}

/// Bars from 0 to `most`.
pub fn bars(markup: &mut Markup, title: &str, most: f64, bars: &[Bar]) {
    let height = ROW * bars.len().nearest_double();
    let view = format!("0 0 {WIDTH} {height}");
    let length = Scale::linear((0.0, most), (1.0, WIDTH - 2.0));
    let svg = markup.element("svg").class("chart").set("viewBox", &view).set("role", "img");
    svg.with(|markup| {
        markup.line("title", title);
        for (row, bar) in bars.iter().enumerate() {
            markup
                .element("g")
                .with(|markup| write(markup, bar, &length, ROW * row.nearest_double()));
        }
    });
}

fn write(markup: &mut Markup, bar: &Bar, length: &Scale, top: f64) {
    markup.line("title", &bar.title);
    let (start, end) = length.ends();
    let name = fit(&bar.name, end - start - estimated_width(&bar.note));
    markup.element("text").class("label").set("x", start).set("y", top + 15.0).text(&name);
    let note = markup.element("text").class("mark end").set("x", end).set("y", top + 15.0);
    note.text(&bar.note);
    let y = top + 20.0;
    markup.element("rect").class("track").area(start, y, end - start, BAR).empty();
    let mut sum = 0.0;
    for (class, value) in bar.segments.iter().filter(|(_, value)| *value > 0.0) {
        let (from, to) = (length.at(sum), length.at(sum + value));
        markup.element("rect").class(class).area(from, y, to - from, BAR).empty();
        sum += value;
    }
    if let Some((low, high)) = bar.whisker {
        let (low, high, middle) = (length.at(low), length.at(high), y + BAR / 2.0);
        let (top, bottom) = (y + 1.5, y + BAR - 1.5);
        let shape = format!(
            "M{low:.1} {middle}H{high:.1}M{low:.1} {top}V{bottom}M{high:.1} {top}V{bottom}"
        );
        markup.element("path").class("whisker").set("d", &shape).empty();
    }
}
