//! Formats a table of texts for a maximum width: if it is too wide, the last columns wrap at their
//! commas.

use crate::printable::Printable;

/// The space between columns.
const GAP: &str = "  ";
/// The minimum width of a wrapped column.
const WIDTH_MIN: usize = 16;
/// How many columns, from the right, may wrap.
const BREAKABLE: usize = 2;

/// A table whose last columns may contain lists.
pub struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    pub fn new(header: &[&str]) -> Self {
        Self { rows: vec![header.iter().map(|&name| name.to_owned()).collect()] }
    }

    pub fn row(&mut self, cells: Vec<String>) {
        let cells = cells.iter().map(|cell| Printable(cell).into_cow().into_owned());
        self.rows.push(cells.collect());
    }

    /// Renders lines of at most `width` characters, if possible; `None`: no limit.
    pub fn render(&self, width: Option<usize>) -> String {
        let widths = self.widths(width);
        let lines = self.rows.iter().map(|row| lines(row, &widths));
        lines.collect()
    }

    fn widths(&self, limit: Option<usize>) -> Vec<usize> {
        let columns = self.rows.first().map_or(0, Vec::len);
        let widest = |at: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(at));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        let mut widths: Vec<usize> = (0..columns).map(widest).collect();
        let all = widths.iter().sum::<usize>() + GAP.len() * columns.saturating_sub(1);
        let mut excess = limit.map_or(0, |limit| all.saturating_sub(limit));
        for width in widths.iter_mut().rev().take(BREAKABLE) {
            let less = excess.min(width.saturating_sub(WIDTH_MIN));
            *width -= less;
            excess -= less;
        }
        widths
    }
}

/// One row, on as many lines as it needs.
fn lines(row: &[String], widths: &[usize]) -> String {
    let cells: Vec<Vec<String>> =
        row.iter().zip(widths).map(|(cell, width)| broken(cell, *width)).collect();
    let height = cells.iter().map(Vec::len).max().unwrap_or(0);
    let mut out = String::new();
    for line in 0..height {
        let parts = cells.iter().zip(widths).map(|(cell, width)| {
            let text = cell.get(line).map_or("", String::as_str);
            format!("{text:width$}")
        });
        out.push_str(parts.collect::<Vec<_>>().join(GAP).trim_end());
        out.push('\n');
    }
    out
}

/// Wraps a list to lines of at most `width` characters; an entry that is longer is not split.
fn broken(cell: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for part in cell.split_inclusive(", ") {
        let last = lines.last().map_or(0, |line| line.chars().count());
        let fits = last + part.trim_end().chars().count() <= width;
        match lines.last_mut() {
            Some(line) if fits || line.is_empty() => line.push_str(part),
            _ => lines.push(part.to_owned()),
        }
    }
    lines.iter().map(|line| line.trim_end().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let mut table = Table::new(&["ID", "WINDOWS", "FEATURES"]);
        table.row(vec!["one".into(), "1h".into(), "alpha, beta, gamma, delta, epsilon".into()]);
        table.row(vec!["another".into(), String::new(), "beta".into()]);
        table
    }

    #[test]
    fn without_a_width_a_row_is_a_line() {
        let expected = "\
ID       WINDOWS  FEATURES
one      1h       alpha, beta, gamma, delta, epsilon
another           beta
";
        assert_eq!(table().render(None), expected);
        assert_eq!(table().render(Some(80)), expected);
    }

    #[test]
    fn a_narrow_table_is_broken_at_commas() {
        let expected = "\
ID       WINDOWS  FEATURES
one      1h       alpha, beta,
                  gamma, delta,
                  epsilon
another           beta
";
        assert_eq!(table().render(Some(36)), expected);
        // Never narrower than is readable.
        assert_eq!(table().render(Some(5)), table().render(Some(34)));
    }
}
