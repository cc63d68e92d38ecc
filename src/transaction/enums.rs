//! Defines the enumerations of a message, each with a table of its names on the wire.

/// An enumeration whose values have fixed names in messages and rules.
pub trait WireName: Sized + Copy + 'static {
    /// Every value with its name, in the order of the discriminants.
    const NAMES: &'static [(Self, &'static str)];

    /// The value with this name.
    fn from_name(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(_, known)| *known == name).map(|(value, _)| *value)
    }

    /// The name on the wire.
    fn name(self) -> &'static str;

    /// The position in [`WireName::NAMES`].
    fn number(self) -> u8;
}

macro_rules! wire_enum {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $wire:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum $name { $($(#[$vdoc])* $variant),+ }

        impl WireName for $name {
            const NAMES: &'static [(Self, &'static str)] = &[$(($name::$variant, $wire)),+];

            fn name(self) -> &'static str {
                match self { $($name::$variant => $wire),+ }
            }

            fn number(self) -> u8 {
                self as u8
            }
        }
    };
}

wire_enum! {
    /// `type`: the kind of message (a simplified ISO 8583 message type).
    Kind {
        Authorization = "authorization",
        Clearing = "clearing",
        Reversal = "reversal",
        Refund = "refund",
    }
}

wire_enum! {
    /// How the card was read (ISO 8583 DE 22, point of service entry mode).
    Channel {
        Chip = "chip",
        Contactless = "contactless",
        Magstripe = "magstripe",
        /// The magnetic stripe of a chip card, because the chip could not be read.
        Fallback = "fallback",
        Ecommerce = "ecommerce",
        /// Mail order or telephone order.
        Moto = "moto",
        Atm = "atm",
    }
}

wire_enum! {
    /// How the card is funded.
    Funding { Debit = "debit", Credit = "credit", Prepaid = "prepaid" }
}

wire_enum! {
    /// The issuer's status of the card.
    CardStatus {
        Active = "active",
        Inactive = "inactive",
        Lost = "lost",
        Stolen = "stolen",
        Cancelled = "cancelled",
        Expired = "expired",
    }
}

wire_enum! {
    /// The result of a verification (card verification value, address, PIN).
    Check { Match = "match", Mismatch = "mismatch", Absent = "absent", Unchecked = "unchecked" }
}

wire_enum! {
    /// The result of EMV 3-D Secure.
    ThreeDSecure {
        Authenticated = "authenticated",
        Attempted = "attempted",
        Failed = "failed",
        None = "none",
    }
}

wire_enum! {
    /// Why the issuer or network declined (ISO 8583 DE 39, grouped).
    DeclineReason {
        InsufficientFunds = "insufficient_funds",
        CvvMismatch = "cvv_mismatch",
        Expired = "expired",
        DoNotHonor = "do_not_honor",
        CardNotActive = "card_not_active",
        SuspectedFraud = "suspected_fraud",
        PinMismatch = "pin_mismatch",
        LimitExceeded = "limit_exceeded",
        InvalidNumber = "invalid_number",
        Other = "other",
        /// The issuer, its processor or the network did not answer. Must stay last: events store
        /// the discriminant.
        Unavailable = "unavailable",
    }
}

/// Response codes of ISO 8583:1987, field 39, that map to a [`DeclineReason`].
const RESPONSE_CODES: &[(&[u8; 2], DeclineReason)] = &[
    (b"04", DeclineReason::CardNotActive), // pick up card
    (b"05", DeclineReason::DoNotHonor),
    (b"07", DeclineReason::CardNotActive), // pick up card, special condition
    (b"14", DeclineReason::InvalidNumber),
    (b"34", DeclineReason::SuspectedFraud),
    (b"41", DeclineReason::CardNotActive), // lost
    (b"43", DeclineReason::CardNotActive), // stolen
    (b"51", DeclineReason::InsufficientFunds),
    (b"54", DeclineReason::Expired),
    (b"55", DeclineReason::PinMismatch),
    (b"59", DeclineReason::SuspectedFraud),
    (b"61", DeclineReason::LimitExceeded), // amount
    (b"62", DeclineReason::CardNotActive), // restricted
    (b"65", DeclineReason::LimitExceeded), // number of uses
    (b"68", DeclineReason::Unavailable),   // response received too late
    (b"75", DeclineReason::PinMismatch),   // PIN tries exceeded
    (b"78", DeclineReason::CardNotActive), // blocked, first use
    (b"82", DeclineReason::CvvMismatch),
    (b"91", DeclineReason::Unavailable), // issuer or switch inoperative
    (b"92", DeclineReason::Unavailable), // no route to the issuer
    (b"96", DeclineReason::Unavailable), // system malfunction
    (b"N7", DeclineReason::CvvMismatch),
];

impl DeclineReason {
    /// Looks up a name or a response code of ISO 8583 field 39, either in any case.
    pub fn read(text: &str) -> Option<Self> {
        if let [first, second] = *text.as_bytes() {
            let code = [first.to_ascii_uppercase(), second.to_ascii_uppercase()];
            let known = RESPONSE_CODES.iter().find(|(known, _)| **known == code);
            return known.map(|(_, reason)| *reason);
        }
        let known = Self::NAMES.iter().find(|(_, name)| name.eq_ignore_ascii_case(text));
        known.map(|(reason, _)| *reason)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check<T: WireName + PartialEq + std::fmt::Debug>() {
        for (number, (value, name)) in T::NAMES.iter().enumerate() {
            assert_eq!((value.name(), usize::from(value.number())), (*name, number));
            assert_eq!(T::from_name(name), Some(*value));
        }
        assert_eq!(T::from_name("no such value"), None);
    }

    #[test]
    fn a_decline_reason_is_read_from_its_name_or_response_code_in_any_case() {
        use DeclineReason::*;
        for (texts, reason) in [
            ("do_not_honor Do_Not_Honor DO_NOT_HONOR 05", DoNotHonor),
            ("14 invalid_number", InvalidNumber),
            ("51", InsufficientFunds),
            ("54", Expired),
            ("55 75 PIN_mismatch", PinMismatch),
            ("61 65", LimitExceeded),
            ("34 59", SuspectedFraud),
            ("04 07 41 43 62 78", CardNotActive),
            ("N7 n7 82 cvv_mismatch", CvvMismatch),
            ("68 91 92 96 unavailable Unavailable", Unavailable),
            ("other OTHER", Other),
        ] {
            for text in texts.split(' ') {
                assert_eq!(DeclineReason::read(text), Some(reason), "{text}");
            }
        }
        for text in ["", "5", "00", "99", "N8", "051", "stolen_card", "do-not-honor", "ö"] {
            assert_eq!(DeclineReason::read(text), None, "{text}");
        }
    }

    #[test]
    fn every_value_is_found_by_its_own_name() {
        check::<Kind>();
        check::<Channel>();
        check::<Funding>();
        check::<CardStatus>();
        check::<Check>();
        check::<ThreeDSecure>();
        check::<DeclineReason>();
    }
}
