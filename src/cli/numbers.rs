//! Parses numbers that arguments of several commands take.

pub fn probability(text: &str) -> Result<f64, &'static str> {
    let value = text.parse().ok().filter(|value| (0.0..=1.0).contains(value));
    value.ok_or("not a number from 0 to 1")
}

pub fn rate(text: &str) -> Result<f64, &'static str> {
    let value = text.parse().ok().filter(|value: &f64| value.is_finite() && *value > 0.0);
    value.ok_or("not a number above 0")
}
