//! Writes HTML and SVG so that text from data cannot become markup: the names of elements and of
//! attributes are constants of this program, and every other text is escaped when it is written. There
//! is no way to write a text as it is, except the style sheet, which is a constant too.
//!
//! A template library would bring a compiler of templates for what are mostly computed shapes, and most
//! have a way to switch escaping off.

use crate::printable::Printable;
use std::fmt::Write;

/// What was written so far.
#[derive(Debug, Default)]
pub struct Markup {
    html: String,
}

/// An element that was opened, until its content is known.
#[derive(Debug)]
#[must_use = "an element is written completely by `with`, `text` or `empty`"]
pub struct Element<'m> {
    markup: &'m mut Markup,
    name: &'static str,
}

/// The value of an attribute: a text, or a number with at most two decimals.
#[derive(Debug, Clone, Copy)]
pub enum AttributeValue<'v> {
    Text(&'v str),
    Number(f64),
}

impl Markup {
    /// The beginning of a document.
    pub fn document() -> Self {
        Self { html: "<!doctype html>\n".to_owned() }
    }

    pub fn element(&mut self, name: &'static str) -> Element<'_> {
        self.html.push('<');
        self.html.push_str(name);
        Element { markup: self, name }
    }

    /// An element without attributes that contains only text.
    pub fn line(&mut self, name: &'static str, text: &str) {
        self.element(name).text(text);
    }

    pub fn text(&mut self, text: &str) {
        escape(text, &mut self.html);
    }

    /// The style sheet.
    pub fn style(&mut self, css: &'static str) {
        self.element("style").with(|markup| markup.html.push_str(css));
    }

    pub fn finish(self) -> String {
        self.html
    }
}

impl Element<'_> {
    pub fn set<'v>(self, name: &'static str, value: impl Into<AttributeValue<'v>>) -> Self {
        let html = &mut self.markup.html;
        html.push(' ');
        html.push_str(name);
        html.push_str("=\"");
        match value.into() {
            AttributeValue::Text(text) => escape(text, html),
            AttributeValue::Number(number) => html.push_str(&coordinate(number)),
        }
        html.push('"');
        self
    }

    pub fn class(self, class: &'static str) -> Self {
        self.set("class", class)
    }

    /// Where a shape is, and how large.
    pub fn area(self, x: f64, y: f64, width: f64, height: f64) -> Self {
        self.set("x", x).set("y", y).set("width", width.max(0.0)).set("height", height.max(0.0))
    }

    pub fn with(self, content: impl FnOnce(&mut Markup)) {
        self.markup.html.push('>');
        content(self.markup);
        self.markup.html.push_str("</");
        self.markup.html.push_str(self.name);
        self.markup.html.push_str(">\n");
    }

    pub fn text(self, text: &str) {
        self.markup.html.push('>');
        escape(text, &mut self.markup.html);
        self.markup.html.push_str("</");
        self.markup.html.push_str(self.name);
        self.markup.html.push_str(">\n");
    }

    pub fn empty(self) {
        self.markup.html.push_str("/>\n");
    }
}

impl<'v> From<&'v str> for AttributeValue<'v> {
    fn from(text: &'v str) -> Self {
        Self::Text(text)
    }
}

impl<'v> From<&'v String> for AttributeValue<'v> {
    fn from(text: &'v String) -> Self {
        Self::Text(text)
    }
}

impl From<f64> for AttributeValue<'_> {
    fn from(number: f64) -> Self {
        Self::Number(number)
    }
}

/// A coordinate with at most two decimals, as short as it can be. What is not finite is 0, because no
/// shape can be drawn there.
pub fn coordinate(number: f64) -> String {
    let rounded = (number * 100.0).round() / 100.0;
    // Adding 0 turns -0 into 0.
    if rounded.is_finite() { format!("{}", rounded + 0.0) } else { "0".to_owned() }
}

/// Hidden characters are escaped as everywhere, and then the characters that have a meaning in HTML,
/// in texts and in attributes.
fn escape(text: &str, html: &mut String) {
    for c in Printable(text).into_cow().chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            c => html.push(c),
        }
    }
}

/// The points of a line in the syntax of an SVG path.
pub fn path(points: impl IntoIterator<Item = (f64, f64)>) -> String {
    let mut path = String::new();
    for (x, y) in points {
        let command = if path.is_empty() { 'M' } else { 'L' };
        // Writing to a String cannot fail.
        let _ = write!(path, "{command}{} {}", coordinate(x), coordinate(y));
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(write: impl FnOnce(&mut Markup), expected: &str) {
        let mut markup = Markup::default();
        write(&mut markup);
        assert_eq!(markup.finish().replace('\n', ""), expected);
    }

    #[test]
    fn elements_nest_and_have_attributes() {
        check(
            |m| m.element("p").class("a").set("x", 1.0).with(|m| m.line("b", "c")),
            "<p class=\"a\" x=\"1\"><b>c</b></p>",
        );
        check(|m| m.element("br").empty(), "<br/>");
        check(|m| m.style("a > b {}"), "<style>a > b {}</style>");
    }

    #[test]
    fn text_and_values_are_escaped() {
        let hostile = "</p><script>alert('x')</script> & \"x\" \u{202e}";
        let escaped = "&lt;/p&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; &quot;x&quot; \\u{202e}";
        check(|m| m.text(hostile), escaped);
        check(|m| m.line("p", hostile), &format!("<p>{escaped}</p>"));
        check(
            |m| m.element("p").set("title", hostile).empty(),
            &format!("<p title=\"{escaped}\"/>"),
        );
    }

    #[test]
    fn coordinates_are_short_and_finite() {
        for (number, expected) in [
            (0.0, "0"),
            (-0.001, "0"),
            (1.0, "1"),
            (12.345_6, "12.35"),
            (-7.5, "-7.5"),
            (f64::NAN, "0"),
            (f64::INFINITY, "0"),
        ] {
            assert_eq!(coordinate(number), expected, "{number}");
        }
        assert_eq!(path([(0.0, 1.5), (2.0, 3.0)]), "M0 1.5L2 3");
    }
}
