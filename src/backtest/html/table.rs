//! Tables of the page. A table that is wider than the page scrolls by itself.

use super::markup::Markup;

/// How a column is aligned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    Text,
    Number,
}

/// The columns of a table, each with its title.
pub type Columns<'t> = &'t [(&'t str, Align)];

/// A table with no more columns than this is not stretched to the width of the page.
const NARROW_COLUMNS: usize = 6;

/// The content of a cell: its text, and what is written smaller below it.
#[derive(Debug, Clone, Default)]
pub struct TableCell {
    pub text: String,
    pub small: Option<String>,
}

impl<T: Into<String>> From<T> for TableCell {
    fn from(text: T) -> Self {
        Self { text: text.into(), small: None }
    }
}

impl TableCell {
    pub fn with_small(text: impl Into<String>, small: Option<String>) -> Self {
        Self { text: text.into(), small }
    }
}

/// Writes a table. The first cell of each row names the row.
pub fn table(
    markup: &mut Markup,
    caption: &str,
    columns: Columns<'_>,
    rows: impl IntoIterator<Item = Vec<TableCell>>,
) {
    // A region that scrolls is reachable with the keyboard.
    let region = markup.element("div").class("scroll").set("role", "region");
    region.set("aria-label", caption).set("tabindex", "0").with(|markup| {
        let class = if columns.len() <= NARROW_COLUMNS { "narrow" } else { "full" };
        markup.element("table").class(class).with(|markup| {
            markup.line("caption", caption);
            markup.element("thead").with(|markup| {
                markup.element("tr").with(|markup| write_titles(markup, columns));
            });
            markup.element("tbody").with(|markup| {
                for row in rows {
                    markup.element("tr").with(|markup| write_row(markup, columns, &row));
                }
            });
        });
    });
}

fn write_titles(markup: &mut Markup, columns: Columns<'_>) {
    for (title, align) in columns {
        markup.element("th").set("scope", "col").class(class(*align)).text(title);
    }
}

fn write_row(markup: &mut Markup, columns: Columns<'_>, row: &[TableCell]) {
    for (at, (cell, (_, align))) in row.iter().zip(columns).enumerate() {
        let element =
            if at == 0 { markup.element("th").set("scope", "row") } else { markup.element("td") };
        element.class(class(*align)).with(|markup| {
            markup.text(&cell.text);
            if let Some(small) = &cell.small {
                markup.line("small", small);
            }
        });
    }
}

fn class(align: Align) -> &'static str {
    match align {
        Align::Text => "text",
        Align::Number => "number",
    }
}
