//! The drawing area of a chart, with its axes.

use super::super::markup::Markup;
use super::super::numbers::{percent_mark, short};
use super::fit::fit;
use super::scale::Scale;
use crate::number::NearestDouble;

const WIDTH: f64 = 480.0;
const HEIGHT: f64 = 290.0;

/// The coordinates of the sides of the area in which values are drawn.
pub const LEFT: f64 = 50.0;
pub const RIGHT: f64 = WIDTH - 20.0;
pub const TOP: f64 = 26.0;
pub const BOTTOM: f64 = HEIGHT - 44.0;

/// The most room for the name of a column, the least distance of two, and about how wide a character is.
const NAME_WIDTH: f64 = 72.0;
const NAME_GAP: f64 = 8.0;
const CHARACTER_WIDTH: f64 = 7.2;

/// Marks at coordinates, with what they are, and the name of the axis with its unit.
#[derive(Debug, Clone)]
pub struct Axis {
    pub name: String,
    pub marks: Vec<(f64, String)>,
}

/// A drawing with two axes.
#[derive(Debug)]
pub struct Frame<'t> {
    /// What the drawing shows, for readers who cannot see it.
    pub title: &'t str,
    pub x: Axis,
    pub y: Axis,
}

impl Axis {
    /// The marks of a scale as short numbers.
    pub fn of(scale: &Scale, name: impl Into<String>) -> Self {
        let marks = scale.marks().into_iter().map(|value| (scale.at(value), short(value)));
        Self { name: name.into(), marks: marks.collect() }
    }
}

/// Shares from 0 to 1, marked in percent.
pub fn percent_axis(scale: &Scale, name: impl Into<String>) -> Axis {
    let marks = scale.marks().into_iter().map(|value| (scale.at(value), percent_mark(value)));
    Axis { name: name.into(), marks: marks.collect() }
}

/// The names of columns that share the width of the area: the last one, and as many others as fit.
pub fn columns_axis(names: &[String], name: impl Into<String>) -> Axis {
    let centre = Scale::linear((0.0, names.len().nearest_double()), (LEFT, RIGHT));
    let places = names.iter().enumerate().map(|(at, name)| {
        let name = fit(name, NAME_WIDTH);
        (centre.at(at.nearest_double() + 0.5), name_width(&name) / 2.0, name)
    });
    let mut places: Vec<(f64, f64, String)> = places.collect();
    let Some((x, half, text)) = places.pop() else {
        return Axis { name: name.into(), marks: vec![] };
    };
    // The same room for each, so that their distances are equal.
    let widest = places.iter().map(|(_, half, _)| *half).fold(0.0, f64::max);
    let (mut free_from, free_to) = (f64::NEG_INFINITY, x - half - NAME_GAP);
    let last = (x, text);
    let mut marks = Vec::new();
    for (x, _, text) in places {
        if x - widest >= free_from && x + widest <= free_to {
            free_from = x + widest + NAME_GAP;
            marks.push((x, text));
        }
    }
    marks.push(last);
    Axis { name: name.into(), marks }
}

/// About how wide the name of a column is.
fn name_width(name: &str) -> f64 {
    CHARACTER_WIDTH * name.chars().count().nearest_double()
}

impl Frame<'_> {
    pub fn write(&self, markup: &mut Markup, draw: impl FnOnce(&mut Markup)) {
        let view = format!("0 0 {WIDTH} {HEIGHT}");
        let svg = markup.element("svg").class("chart").set("viewBox", &view).set("role", "img");
        svg.with(|markup| {
            markup.line("title", self.title);
            self.write_axes(markup);
            draw(markup);
        });
    }

    fn write_axes(&self, markup: &mut Markup) {
        for (y, text) in &self.y.marks {
            line(markup, "grid", (LEFT, *y), (RIGHT, *y));
            let mark = markup.element("text").class("mark end").set("x", LEFT - 6.0);
            mark.set("y", *y + 4.0).text(text);
        }
        line(markup, "axis", (LEFT, BOTTOM), (RIGHT, BOTTOM));
        for (x, text) in &self.x.marks {
            line(markup, "axis", (*x, BOTTOM), (*x, BOTTOM + 4.0));
            let mark = markup.element("text").class("mark middle").set("x", *x);
            mark.set("y", BOTTOM + 17.0).text(text);
        }
        let name = markup.element("text").class("name").set("x", 2.0).set("y", 12.0);
        name.text(&fit(&self.y.name, WIDTH));
        let name = markup.element("text").class("name middle").set("x", (LEFT + RIGHT) / 2.0);
        name.set("y", HEIGHT - 6.0).text(&fit(&self.x.name, RIGHT - LEFT));
    }
}

fn line(markup: &mut Markup, class: &'static str, from: (f64, f64), to: (f64, f64)) {
    let line = markup.element("line").class(class).set("x1", from.0).set("y1", from.1);
    line.set("x2", to.0).set("y2", to.1).empty();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_columns_do_not_overlap_and_the_last_one_is_there() {
        for count in [1, 2, 7, 12, 45, 100] {
            for name in ["7", "28 Jan", "a long name of a column"] {
                let names: Vec<String> = (0..count).map(|at| format!("{name}{at}")).collect();
                let marks = columns_axis(&names, "name").marks;
                assert!(marks.last().unwrap().0 > (LEFT + RIGHT) / 2.0 - 1.0);
                assert!(marks.len() == count || marks.len() >= 4, "{count}: {marks:?}");
                for pair in marks.windows(2) {
                    let room = pair[1].0 - pair[0].0;
                    let wanted = (name_width(&pair[0].1) + name_width(&pair[1].1)) / 2.0;
                    assert!(room >= wanted, "{pair:?}");
                }
            }
        }
        assert_eq!(columns_axis(&[], "name").marks, []);
    }
}
