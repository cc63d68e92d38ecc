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
        /// Asks the issuer for an amount. If approved, it holds the amount until a clearing
        /// captures it or a reversal releases it. Approved or declined, it stays an attempt.
        Authorization = "authorization",
        /// Presents a charge for payment. It captures from the authorization in `original_id`;
        /// otherwise it is a separate charge.
        Clearing = "clearing",
        /// Releases the hold of an authorization, or gives back what a clearing captured.
        Reversal = "reversal",
        /// Returns money for an earlier purchase. It is remembered apart from spending.
        Refund = "refund",
    }
}

wire_enum! {
    /// How the card was read (ISO 8583 DE 22, point of service entry mode).
    Channel {
        /// A terminal read the chip through its contacts (EMV).
        Chip = "chip",
        /// A terminal read the chip, or a phone in its place, by radio, often without a PIN.
        Contactless = "contactless",
        /// A terminal read the magnetic stripe, which can be copied.
        Magstripe = "magstripe",
        /// The magnetic stripe of a chip card, because the chip could not be read.
        Fallback = "fallback",
        /// The cardholder entered the card at a web shop or in an app.
        Ecommerce = "ecommerce",
        /// Mail order or telephone order.
        Moto = "moto",
        /// A cash machine, however it read the card.
        Atm = "atm",
    }
}

wire_enum! {
    /// How the card is funded.
    Funding {
        /// Charges are drawn from the cardholder's bank account at once.
        Debit = "debit",
        /// Charges are drawn on a line of credit and billed later.
        Credit = "credit",
        /// Charges are drawn on a balance that was paid in before, as on a gift card.
        Prepaid = "prepaid",
    }
}

wire_enum! {
    /// The issuer's status of the card.
    CardStatus {
        /// The only status in which the card should be used.
        Active = "active",
        /// Not usable for now, for example because the cardholder has not activated it yet.
        Inactive = "inactive",
        /// Reported by the cardholder; the card may be in other hands.
        Lost = "lost",
        /// Reported by the cardholder; the card is in other hands.
        Stolen = "stolen",
        /// Closed for good by the issuer or the cardholder.
        Cancelled = "cancelled",
        /// The last month of its validity is over.
        Expired = "expired",
    }
}

wire_enum! {
    /// The result of a verification (card verification value, address, PIN).
    Check {
        /// The value that was sent is the one that the issuer knows.
        Match = "match",
        /// The value that was sent is wrong, as when it is guessed.
        Mismatch = "mismatch",
        /// No value was sent. The feed says so; a message without the check has `None` instead.
        Absent = "absent",
        /// A value was sent, but it was not verified.
        Unchecked = "unchecked",
    }
}

wire_enum! {
    /// The result of EMV 3-D Secure, from the transaction status of its protocol (`transStatus`).
    ThreeDSecure {
        /// Status `Y`: the issuer recognised the cardholder, with or without a challenge.
        Authenticated = "authenticated",
        /// Status `A`: the merchant asked, but the issuer or the cardholder does not take part.
        Attempted = "attempted",
        /// Status `N` or `R`: the cardholder was not recognised, or the issuer rejected the charge.
        Failed = "failed",
        /// The feed says that 3-D Secure was not used.
        None = "none",
    }
}

wire_enum! {
    /// What a label says about a transaction.
    LabelValue {
        /// The transaction was fraudulent.
        Fraud = "fraud",
        /// The cardholder made the transaction.
        Genuine = "genuine",
        /// It is not known yet, but someone suspects fraud.
        Suspected = "suspected",
        /// Withdraws earlier labels: nothing is known.
        Unknown = "unknown",
    }
}

wire_enum! {
    /// How a fraud was committed.
    LabelKind {
        /// With the card's data, over the internet or by telephone.
        CardNotPresent = "card_not_present",
        /// With a copy of the card.
        Counterfeit = "counterfeit",
        /// With the card itself, which the cardholder no longer had.
        LostOrStolen = "lost_or_stolen",
        /// By someone who took over the cardholder's account.
        AccountTakeover = "account_takeover",
        /// With a card that never reached the cardholder.
        CardNotReceived = "card_not_received",
        /// With a card that was applied for under a false identity.
        Application = "application",
        /// By the cardholder, who disputes a charge that they made.
        FirstParty = "first_party",
        /// In another way.
        Other = "other",
    }
}

wire_enum! {
    /// Where a label comes from.
    LabelSource {
        /// A dispute that reached the issuer's or the acquirer's bank.
        Chargeback = "chargeback",
        /// The cardholder said so.
        Cardholder = "cardholder",
        /// A person who looked into the case.
        Analyst = "analyst",
        /// A report of the card network.
        Network = "network",
        /// Anything else.
        Other = "other",
    }
}

wire_enum! {
    /// Why the issuer or network declined (ISO 8583 DE 39, grouped). `RESPONSE_CODES` has the codes
    /// of each.
    DeclineReason {
        /// The account or the line of credit does not cover the amount.
        InsufficientFunds = "insufficient_funds",
        /// The card verification value is wrong. A run of these is a sign of guessing.
        CvvMismatch = "cvv_mismatch",
        /// The card has expired, or the expiry date is wrong.
        Expired = "expired",
        /// The issuer gives no particular reason.
        DoNotHonor = "do_not_honor",
        /// The card is lost, stolen, blocked, restricted, or to be kept by the merchant.
        CardNotActive = "card_not_active",
        /// The issuer's or the network's own fraud detection.
        SuspectedFraud = "suspected_fraud",
        /// The PIN is wrong, or was wrong too often.
        PinMismatch = "pin_mismatch",
        /// The amount, or the number of uses, is above what the issuer allows in a period.
        LimitExceeded = "limit_exceeded",
        /// The issuer has no card with this number. A run of these is a sign of guessing.
        InvalidNumber = "invalid_number",
        /// Every other name or code.
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
