//! Lines, areas and single points of a chart.

use super::super::markup::{Markup, path};
use super::frame::{BOTTOM, LEFT, RIGHT, TOP};

/// A line through points.
pub fn line(markup: &mut Markup, class: &'static str, points: &[(f64, f64)]) {
    let line = path(points.iter().copied());
    markup.element("path").class(class).set("d", &line).set("fill", "none").empty();
}

/// A line that keeps the height of each point until the next one: each point holds for what is left
/// of it.
pub fn steps(markup: &mut Markup, class: &'static str, points: &[(f64, f64)]) {
    let mut corners = Vec::with_capacity(2 * points.len());
    let mut former: Option<(f64, f64)> = None;
    for point in points {
        corners.extend(former.map(|former| (former.0, point.1)));
        corners.push(*point);
        former = Some(*point);
    }
    line(markup, class, &corners);
}

/// The area between a line and the axis.
pub fn area(markup: &mut Markup, class: &'static str, points: &[(f64, f64)]) {
    let (Some(first), Some(last)) = (points.first(), points.last()) else { return };
    let outline = std::iter::once((first.0, BOTTOM)).chain(points.iter().copied());
    let outline = path(outline.chain([(last.0, BOTTOM)]));
    markup.element("path").class(class).set("d", &format!("{outline}Z")).empty();
}

/// A point with what it is: written beside it, and shown in full under the pointer.
pub fn dot(markup: &mut Markup, class: &'static str, at: (f64, f64), text: &str, full: &str) {
    markup.element("g").class("dot").with(|markup| {
        markup.line("title", full);
        let circle = markup.element("circle").class(class).set("cx", at.0).set("cy", at.1);
        circle.set("r", 4.5).empty();
        // Beside the right edge, the text is on the left.
        let is_right = at.0 > RIGHT - 110.0;
        let text_class = if is_right { "note end" } else { "note" };
        let x = if is_right { at.0 - 8.0 } else { at.0 + 8.0 };
        let label = markup.element("text").class(text_class).set("x", x);
        label.set("y", (at.1 - 6.0).max(TOP + 8.0)).text(text);
    });
}

/// A line through the whole area: upright at `x` or level at `y`, with what it is.
pub fn guide(markup: &mut Markup, x: Option<f64>, y: Option<f64>, text: &str) {
    let (from, to) = match (x, y) {
        (Some(x), _) => ((x, TOP), (x, BOTTOM)),
        (None, y) => ((LEFT, y.unwrap_or(BOTTOM)), (RIGHT, y.unwrap_or(BOTTOM))),
    };
    let line = markup.element("line").class("guide").set("x1", from.0).set("y1", from.1);
    line.set("x2", to.0).set("y2", to.1).empty();
    let (x, y, class) = match x {
        Some(x) => (x + 4.0, TOP + 10.0, "note"),
        None => (LEFT + 4.0, to.1 - 5.0, "note"),
    };
    markup.element("text").class(class).set("x", x).set("y", y).text(text);
}
