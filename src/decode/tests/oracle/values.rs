//! Reads single values for the oracle: which are missing, repaired, dropped, unknown or wrong.

use super::*;

impl<'v> Naive<'v> {
    pub(super) fn at(&self, path: &str) -> Option<&'v Tree> {
        let value = path.split('.').try_fold(self.message, |value, name| value.get(name));
        value.filter(|value| **value != Tree::Null)
    }

    pub(super) fn wrong<T>(&mut self, reason: Reason) -> Option<T> {
        self.wrong.push(reason);
        None
    }

    pub(super) fn note(&mut self, path: &str, change: Change) {
        let key = (Field::from_path(path).unwrap(), change);
        assert!(change == Change::CardNumber || !self.noted.contains(&key), "{key:?} twice");
        self.noted.insert(key);
    }

    pub(super) fn dropped<T>(&mut self, path: &str) -> Option<T> {
        self.note(path, Change::Dropped);
        None
    }

    /// Text that is not blank.
    pub(super) fn units(&mut self, path: &str) -> Option<&'v [u16]> {
        match self.at(path)? {
            Tree::Text(text) if String::from_utf16_lossy(text).trim().is_empty() => None,
            Tree::Text(text) => Some(text),
            _ => self.dropped(path),
        }
    }

    pub(super) fn optional(&mut self, path: &str) -> Option<String> {
        self.units(path).map(String::from_utf16_lossy)
    }

    pub(super) fn required(&mut self, path: &str) -> Option<&'v [u16]> {
        match self.at(path) {
            None => self.wrong(Reason::MissingField),
            Some(Tree::Text(text)) if String::from_utf16_lossy(text).trim().is_empty() => {
                self.wrong(Reason::EmptyText)
            }
            Some(Tree::Text(text)) => Some(text),
            Some(_) => self.wrong(Reason::WrongType),
        }
    }

    pub(super) fn masked(&mut self, path: &str, text: &str) -> String {
        let masked = mask_card_numbers(text).into_owned();
        if masked != text {
            self.note(path, Change::CardNumber);
        }
        masked
    }

    /// Human-readable text.
    pub(super) fn text(&mut self, path: &str) -> Option<Text<'static>> {
        let units = self.units(path)?;
        if !is_whole(units) {
            self.note(path, Change::Repaired);
        }
        let text = self.masked(path, &String::from_utf16_lossy(units));
        let cut: String = text.chars().take(256).collect();
        if cut == text {
            return Some(text.into());
        }
        self.note(path, Change::Truncated);
        Some(self.masked(path, &cut).into())
    }

    pub(super) fn whole_id(&mut self, path: &str, id: &[u16]) -> Option<String> {
        match String::from_utf16(id) {
            Ok(id) if path == "device.ip" && id.trim().parse::<IpAddr>().is_ok() => {
                Some(id.trim().to_owned())
            }
            Ok(id) if contains_card_number(id.as_bytes()) => {
                self.wrong(Reason::CardNumberWithoutKey)
            }
            Ok(id) => Some(id.trim().to_owned()),
            Err(_) => self.wrong(Reason::UnpairedSurrogate),
        }
    }

    pub(super) fn id(&mut self, path: &str) -> Option<Text<'static>> {
        let units = self.units(path)?;
        self.whole_id(path, units).map(Text::Owned)
    }

    pub(super) fn required_id(&mut self, path: &str) -> Option<Text<'static>> {
        let units = self.required(path)?;
        self.whole_id(path, units).map(Text::Owned)
    }

    pub(super) fn known<T>(&mut self, path: &str, value: Option<T>) -> Option<T> {
        if value.is_none() {
            self.note(path, Change::Unknown);
        }
        value
    }

    pub(super) fn named<T: WireName>(&mut self, path: &str) -> Option<T> {
        let name = self.optional(path)?;
        self.known(path, T::from_name(&name))
    }

    pub(super) fn reason(&mut self) -> Option<DeclineReason> {
        const PATH: &str = "response.reason";
        let text = match self.at(PATH)? {
            Tree::Number(number) if number.len() == 1 => format!("0{number}"),
            Tree::Number(number) => number.clone(),
            _ => self.optional(PATH)?,
        };
        let name = match &*text.to_ascii_lowercase() {
            "05" => "do_not_honor",
            "14" => "invalid_number",
            "51" => "insufficient_funds",
            "54" => "expired",
            "55" | "75" => "pin_mismatch",
            "61" | "65" => "limit_exceeded",
            "34" | "59" => "suspected_fraud",
            "04" | "07" | "41" | "43" | "62" | "78" => "card_not_active",
            "n7" | "82" => "cvv_mismatch",
            "68" | "91" | "92" | "96" => "unavailable",
            name => name,
        }
        .to_owned();
        let reason = self.known(PATH, DeclineReason::from_name(&name));
        Some(reason.unwrap_or(DeclineReason::Other))
    }

    pub(super) fn boolean(&mut self, path: &str) -> Option<bool> {
        match self.at(path)? {
            Tree::Flag(flag) => Some(*flag),
            _ => self.dropped(path),
        }
    }

    pub(super) fn country(&mut self, path: &str) -> Option<Country> {
        if let Some(Tree::Number(number)) = self.at(path) {
            return self.known(path, number.parse().ok().and_then(Country::from_numeric));
        }
        let code = self.optional(path)?;
        self.known(path, Country::parse(&code))
    }

    pub(super) fn mcc(&mut self, path: &str) -> Option<u16> {
        let code = match self.at(path) {
            Some(Tree::Number(number)) => number.parse().ok(),
            _ => {
                let text = self.optional(path)?;
                text.parse().ok().filter(|_| text.len() == 4 && !text.starts_with('+'))
            }
        };
        code.filter(|code| *code < 10_000).or_else(|| self.dropped(path))
    }

    pub(super) fn degrees(&mut self, path: &str, limit: f64) -> Option<f64> {
        let Tree::Number(number) = self.at(path)? else { return self.dropped(path) };
        let degrees: f64 = number.parse().unwrap();
        if degrees.abs() > limit { self.dropped(path) } else { Some(degrees) }
    }

    pub(super) fn place(&mut self, section: &str) -> Option<Place> {
        let latitude = self.degrees(&format!("{section}.latitude"), 90.0);
        let longitude = self.degrees(&format!("{section}.longitude"), 180.0);
        let path = |name: &str| format!("{section}.{name}");
        if latitude.is_some() && self.at(&path("longitude")).is_none() {
            return self.dropped(&path("latitude"));
        }
        if longitude.is_some() && self.at(&path("latitude")).is_none() {
            return self.dropped(&path("longitude"));
        }
        let (latitude, longitude) = (latitude?, longitude?);
        // Coordinates are rounded to a ten-millionth of a degree, so smaller ones count as 0.
        if latitude.abs() < 5e-8 && longitude.abs() < 5e-8 {
            return self.dropped(&format!("{section}.latitude"));
        }
        Place::from_degrees(latitude, longitude)
    }

    pub(super) fn last4(&mut self) -> Option<Text<'static>> {
        let text = self.optional("card.last4")?;
        let text = self.masked("card.last4", &text).trim_start_matches('*').to_owned();
        let is_last4 = text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit());
        if is_last4 { Some(text.into()) } else { self.dropped("card.last4") }
    }

    /// Without a key there is no hash, but the date is still checked.
    pub(super) fn expiry(&mut self) -> Option<Text<'static>> {
        let month = self.optional("card.expiry")?;
        if MONTHS.contains(&&*month) { None } else { self.dropped("card.expiry") }
    }
}

fn is_whole(text: &[u16]) -> bool {
    String::from_utf16(text).is_ok()
}

/// The valid months among the random values.
const MONTHS: [&str; 2] = ["2029-12", "2100-01"];
