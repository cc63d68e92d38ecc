//! Turns values into coordinates, and chooses round values for the marks of an axis.

/// How values relate to coordinates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ScaleKind {
    Linear,
    /// Of counts: 0 is drawn where 0.5 would be, so that 1 is above the axis.
    Logarithmic,
}

/// A range of values and the coordinates of its ends.
#[derive(Debug, Clone, Copy)]
pub struct Scale {
    kind: ScaleKind,
    values: (f64, f64),
    coordinates: (f64, f64),
}

/// Where a count of 0 is on a logarithmic scale.
const LOG_FLOOR: f64 = 0.5;

impl Scale {
    /// An empty range is extended, so that every value has a coordinate.
    pub fn linear(values: (f64, f64), coordinates: (f64, f64)) -> Self {
        let (low, high) = values;
        let high = if high > low { high } else { low + 1.0 };
        Self { kind: ScaleKind::Linear, values: (low, high), coordinates }
    }

    /// From 0 to a round number that is not below `most`.
    pub fn linear_to(most: f64, coordinates: (f64, f64)) -> Self {
        let step = step(most, MARKS);
        let high = if most > 0.0 { (most / step).ceil() * step } else { 1.0 };
        Self::linear((0.0, high), coordinates)
    }

    /// From 0 to a power of ten that is not below `most`.
    pub fn logarithmic_to(most: f64, coordinates: (f64, f64)) -> Self {
        let high = 10_f64.powf(most.max(10.0).log10().ceil());
        Self { kind: ScaleKind::Logarithmic, values: (LOG_FLOOR, high), coordinates }
    }

    pub fn at(&self, value: f64) -> f64 {
        let (low, high) = self.values;
        let share = match self.kind {
            ScaleKind::Linear => (value - low) / (high - low),
            ScaleKind::Logarithmic => {
                let value = value.max(LOG_FLOOR);
                (value / low).ln() / (high / low).ln()
            }
        };
        let (from, to) = self.coordinates;
        from + (to - from) * share
    }

    /// The values to mark.
    pub fn marks(&self) -> Vec<f64> {
        let (low, high) = self.values;
        match self.kind {
            ScaleKind::Linear => {
                let step = step(high - low, MARKS);
                let first = (low / step).ceil();
                let each = (0..MARKS_MAX).map(|at| (first + f64::from(at)) * step);
                each.take_while(|value| *value <= high + step * 1e-6).collect()
            }
            ScaleKind::Logarithmic => {
                let powers = (0..DECADES_MAX).map(|power| 10_f64.powi(power));
                std::iter::once(0.0)
                    .chain(powers.take_while(|value| *value <= high * 1.01))
                    .collect()
            }
        }
    }

    pub fn ends(&self) -> (f64, f64) {
        self.coordinates
    }
}

/// About how many intervals an axis has, and at most how many marks.
const MARKS: f64 = 5.0;
const MARKS_MAX: u8 = 21;
const DECADES_MAX: i32 = 20;

/// The distance of marks: 1, 2 or 5 times a power of ten, so that there are about `count`.
fn step(range: f64, count: f64) -> f64 {
    if !(range > 0.0 && range.is_finite()) {
        return 1.0;
    }
    let rough = range / count;
    let magnitude = 10_f64.powf(rough.log10().floor());
    let factor = [1.0, 2.0, 5.0].into_iter().find(|factor| rough <= factor * magnitude * 1.000_001);
    factor.unwrap_or(10.0) * magnitude
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_round_and_within_the_range() {
        let check = |most: f64, expected: &[f64]| {
            let marks = Scale::linear_to(most, (0.0, 1.0)).marks();
            assert_eq!(marks.len(), expected.len(), "{most}: {marks:?}");
            for (mark, expected) in marks.iter().zip(expected) {
                assert!((mark - expected).abs() < 1e-9, "{most}: {marks:?}");
            }
        };
        check(1.0, &[0.0, 0.2, 0.4, 0.6, 0.8, 1.0]);
        check(7.0, &[0.0, 2.0, 4.0, 6.0, 8.0]);
        check(93.0, &[0.0, 20.0, 40.0, 60.0, 80.0, 100.0]);
        check(1_234.0, &[0.0, 500.0, 1_000.0, 1_500.0]);
        check(0.0, &[0.0, 0.2, 0.4, 0.6, 0.8, 1.0]);
        let marks = Scale::linear((450.0, 610.0), (0.0, 1.0)).marks();
        assert_eq!(marks, [450.0, 500.0, 550.0, 600.0]);
    }

    #[test]
    fn every_value_has_a_coordinate() {
        for most in [0.0, 0.001, 1.0, 7.0, 1e3, 1e12] {
            for scale in
                [Scale::linear_to(most, (200.0, 10.0)), Scale::logarithmic_to(most, (200.0, 10.0))]
            {
                assert_eq!(scale.at(0.0), 200.0, "{most}");
                assert!((10.0..=200.0).contains(&scale.at(most)), "{most}: {}", scale.at(most));
                assert!(scale.at(most * 0.5) >= scale.at(most));
                assert!((2..=usize::from(MARKS_MAX)).contains(&scale.marks().len()));
            }
        }
        assert!(Scale::linear((5.0, 5.0), (0.0, 100.0)).at(5.0).is_finite());
    }

    #[test]
    fn a_logarithmic_scale_marks_powers_of_ten() {
        let scale = Scale::logarithmic_to(2_000.0, (100.0, 0.0));
        assert_eq!(scale.marks(), [0.0, 1.0, 10.0, 100.0, 1_000.0, 10_000.0]);
        assert!(scale.at(1.0) < scale.at(0.0));
        assert_eq!(scale.at(10_000.0), 0.0);
    }
}
