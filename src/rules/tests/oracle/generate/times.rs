//! Generates times, durations and parts of them.

use super::super::super::super::types::Type;
use super::{Generator, Spelled, Ty};

/// As a rule writes it, and in units that CEL has.
const DURATIONS: [(&str, &str); 9] = [
    ("90s", "90s"),
    ("10m", "10m"),
    ("1h", "1h"),
    ("6h", "6h"),
    ("24h", "24h"),
    ("1d12h", "36h"),
    ("7d", "168h"),
    ("1m1s", "61s"),
    ("30d", "720h"),
];
const TIMES: [&str; 5] = [
    "2026-01-05T09:00:00Z",
    "2026-01-05T10:00:00+01:00",
    "2025-12-31T23:59:59.250Z",
    // Days on which clocks in Europe are changed.
    "2026-03-29T12:00:00Z",
    "2026-10-25T22:30:00Z",
];
const ZONES: [&str; 5] =
    ["", "\"Europe/Paris\"", "\"America/New_York\"", "\"+02:30\"", "\"-05:45\""];
const OF_TIMES: [&str; 10] = [
    "getFullYear",
    "getMonth",
    "getDate",
    "getDayOfMonth",
    "getDayOfWeek",
    "getDayOfYear",
    "getHours",
    "getMinutes",
    "getSeconds",
    "getMilliseconds",
];
const STARTS: [&str; 3] = ["startOfDay", "startOfWeek", "startOfMonth"];
const OF_DURATIONS: [&str; 4] = ["getHours", "getMinutes", "getSeconds", "getMilliseconds"];

impl Generator<'_> {
    /// The length of a window.
    pub(super) fn window(&mut self) -> Spelled {
        let (rule, cel) = self.one(&DURATIONS);
        Spelled::two(format!("\"{rule}\""), format!("duration(\"{cel}\")"))
    }

    pub fn time(&mut self, depth: u32) -> Spelled {
        let Some(depth) = depth.checked_sub(1) else { return self.plain_time() };
        match self.below(9) {
            0 | 1 => {
                let (time, duration) = (self.time(depth), self.duration(depth));
                self.any_of(&["({} + {})", "({} - {})"], &[&time, &duration])
            }
            2 => self.choice(Ty::Time, depth),
            3 => self.picked(Ty::Time, depth),
            4 => self.list_number(Ty::Time, depth),
            5 => self.period_start(depth),
            _ => self.plain_time(),
        }
    }

    fn plain_time(&mut self) -> Spelled {
        match self.below(6) {
            0 => Spelled::same("now"),
            1 => Spelled::same(format!("timestamp(\"{}\")", self.one(&TIMES))),
            2 if self.room() > 0 => {
                Spelled::shorthand("card.first_seen", "card.last(duration(\"720h\")).first().time")
            }
            3 => {
                let known = self.variable(Ty::Time).or_else(|| self.named_feature(Ty::Time));
                known.unwrap_or_else(|| Spelled::same("now"))
            }
            _ => self.field(|ty| ty == Type::Time).unwrap_or_else(|| Spelled::same("now")),
        }
    }

    pub fn duration(&mut self, depth: u32) -> Spelled {
        let Some(depth) = depth.checked_sub(1) else { return self.plain_duration() };
        match self.below(8) {
            0 | 1 => {
                let (a, b) = (self.time(depth), self.time(depth));
                Spelled::of("({} - {})", &[&a, &b])
            }
            2 => {
                let (a, b) = (self.duration(depth), self.duration(depth));
                self.any_of(&["({} + {})", "({} - {})"], &[&a, &b])
            }
            3 => self.choice(Ty::Duration, depth),
            4 | 5 => self.list_number(Ty::Duration, depth),
            _ => self.plain_duration(),
        }
    }

    fn plain_duration(&mut self) -> Spelled {
        match self.below(3) {
            0 => {
                let then = self.plain_time();
                Spelled::of("(now - {})", &[&then])
            }
            1 => {
                let known =
                    self.variable(Ty::Duration).or_else(|| self.named_feature(Ty::Duration));
                known.unwrap_or_else(|| self.duration_literal())
            }
            _ => self.duration_literal(),
        }
    }

    fn duration_literal(&mut self) -> Spelled {
        let (rule, cel) = self.one(&DURATIONS);
        Spelled::two(format!("duration(\"{rule}\")"), format!("duration(\"{cel}\")"))
    }

    pub(super) fn time_part(&mut self, depth: u32) -> Spelled {
        let time = self.time(depth);
        let (part, zone) = (self.one(&OF_TIMES), self.one(&ZONES));
        Spelled::of(&format!("{{}}.{part}({zone})"), &[&time])
    }

    fn period_start(&mut self, depth: u32) -> Spelled {
        let time = self.time(depth);
        let (start, zone) = (self.one(&STARTS), self.one(&ZONES));
        let explicit = if zone.is_empty() { "\"UTC\"" } else { zone };
        Spelled::both(
            &format!("{{}}.{start}({zone})"),
            &format!("{{}}.{start}({explicit})"),
            &[&time],
        )
    }

    pub(super) fn duration_part(&mut self, depth: u32) -> Spelled {
        let duration = self.duration(depth);
        let part = self.one(&OF_DURATIONS);
        Spelled::of(&format!("{{}}.{part}()"), &[&duration])
    }
}
