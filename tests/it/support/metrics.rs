//! Parses the text format of Prometheus into samples that a test can query.

use std::collections::BTreeMap;

/// One line of an exposition.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    pub name: String,
    pub labels: BTreeMap<String, String>,
    pub value: f64,
}

/// The result of one scrape.
#[derive(Debug, Clone)]
pub struct Samples {
    pub text: String,
    pub samples: Vec<Sample>,
}

impl Samples {
    /// Parses an exposition; panics at an invalid line.
    pub fn parse(text: &str) -> Self {
        let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        let samples =
            lines.map(|line| sample(line).unwrap_or_else(|| panic!("not a sample: {line}")));
        Self { samples: samples.collect(), text: text.to_owned() }
    }

    /// The sum of all series with this name and these labels; 0 if there are none.
    pub fn sum(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        self.matching(name, labels).map(|sample| sample.value).sum()
    }

    /// Whether there is a series with this name and these labels.
    pub fn has(&self, name: &str, labels: &[(&str, &str)]) -> bool {
        self.matching(name, labels).next().is_some()
    }

    fn matching<'a>(
        &'a self,
        name: &'a str,
        labels: &'a [(&'a str, &'a str)],
    ) -> impl Iterator<Item = &'a Sample> {
        self.samples.iter().filter(move |sample| {
            sample.name == name
                && labels.iter().all(|(k, v)| sample.labels.get(*k).is_some_and(|have| have == v))
        })
    }
}

fn sample(line: &str) -> Option<Sample> {
    let name_end = line.find(['{', ' '])?;
    let (name, rest) = line.split_at(name_end);
    let (labels, rest) = match rest.strip_prefix('{') {
        Some(inside) => labels(inside)?,
        None => (BTreeMap::new(), rest),
    };
    let value = rest.split_whitespace().next()?;
    let value = value.replace("+Inf", "inf").parse().ok()?;
    Some(Sample { name: name.to_owned(), labels, value })
}

/// Labels up to the closing brace, and the text after it.
fn labels(mut rest: &str) -> Option<(BTreeMap<String, String>, &str)> {
    let mut labels = BTreeMap::new();
    loop {
        rest = rest.trim_start_matches([',', ' ']);
        if let Some(after) = rest.strip_prefix('}') {
            return Some((labels, after));
        }
        let (name, quoted) = rest.split_once("=\"")?;
        let (value, after) = quoted_value(quoted)?;
        labels.insert(name.to_owned(), value);
        rest = after;
    }
}

fn quoted_value(quoted: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut chars = quoted.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((value, &quoted[at + 1..])),
            '\\' => match chars.next()?.1 {
                'n' => value.push('\n'),
                other => value.push(other),
            },
            other => value.push(other),
        }
    }
    None
}

#[test]
fn an_exposition_is_read_back() {
    let text = "# TYPE a counter\na_total{x=\"1\",y=\"a\\\"}b\"} 3\na_total{x=\"2\"} 4\nb_bucket{le=\"+Inf\"} 7\nc 0.5\n";
    let samples = Samples::parse(text);
    assert_eq!(samples.sum("a_total", &[]), 7.0);
    assert_eq!(samples.sum("a_total", &[("y", "a\"}b")]), 3.0);
    assert_eq!(samples.sum("b_bucket", &[("le", "+Inf")]), 7.0);
    assert_eq!(samples.sum("c", &[]), 0.5);
    assert!(!samples.has("d", &[]) && samples.has("a_total", &[("x", "2")]));
}
