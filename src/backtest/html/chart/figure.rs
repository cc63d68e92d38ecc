//! A figure of the page: its title, one sentence that says how to read it, a legend, and the drawing.

use super::super::markup::Markup;

/// How a legend shows a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    Area,
    Line,
    Dashed,
}

/// One series: its class in the style sheet, and its name.
#[derive(Debug, Clone)]
pub struct Legend {
    pub class: &'static str,
    pub mark: Mark,
    pub name: String,
}

/// What belongs to a drawing.
#[derive(Debug, Clone)]
pub struct Figure<'t> {
    pub title: &'t str,
    /// How to read it, and what it shows.
    pub reading: String,
    pub legend: Vec<Legend>,
}

impl Legend {
    pub fn area(class: &'static str, name: impl Into<String>) -> Self {
        Self { class, mark: Mark::Area, name: name.into() }
    }

    pub fn line(class: &'static str, name: impl Into<String>) -> Self {
        Self { class, mark: Mark::Line, name: name.into() }
    }

    pub fn dashed(class: &'static str, name: impl Into<String>) -> Self {
        Self { class, mark: Mark::Dashed, name: name.into() }
    }
}

impl Figure<'_> {
    /// Writes the figure; `draw` writes one drawing.
    pub fn write(&self, markup: &mut Markup, draw: impl FnOnce(&mut Markup)) {
        markup.element("figure").class("plot").with(|markup| {
            markup.element("figcaption").with(|markup| {
                markup.line("h3", self.title);
                markup.line("p", &self.reading);
            });
            if !self.legend.is_empty() {
                markup.element("ul").class("legend").with(|markup| {
                    self.legend.iter().for_each(|series| series.write(markup));
                });
            }
            draw(markup);
        });
    }

    /// Says why there is nothing to draw.
    pub fn write_empty(&self, markup: &mut Markup, why: &str) {
        self.write(markup, |markup| markup.element("p").class("empty").text(why));
    }
}

impl Legend {
    fn write(&self, markup: &mut Markup) {
        markup.element("li").with(|markup| {
            let swatch = markup.element("svg").set("width", 18.0).set("height", 12.0);
            swatch.set("viewBox", "0 0 18 12").set("aria-hidden", "true").with(|markup| match self
                .mark
            {
                Mark::Area => {
                    markup.element("rect").class(self.class).area(2.0, 0.0, 12.0, 12.0).empty()
                }
                Mark::Line | Mark::Dashed => {
                    let path = markup.element("path").set("d", "M0 6H18").class(self.class);
                    let dashed = if self.mark == Mark::Dashed { "5 3" } else { "none" };
                    path.set("stroke-dasharray", dashed).empty();
                }
            });
            markup.text(&self.name);
        });
    }
}
