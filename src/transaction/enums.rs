//! The enumerations of a message, each with its names on the wire in one table.

/// An enumeration whose values have fixed names in messages and rules.
pub trait WireName: Sized + Copy + 'static {
    /// Every value with its name, in the order of the discriminants.
    const NAMES: &'static [(Self, &'static str)];

    /// The value of that name; `None` where there is none.
    fn from_name(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(_, known)| *known == name).map(|(value, _)| *value)
    }

    /// The name on the wire.
    fn name(self) -> &'static str;
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
        }
    };
}

wire_enum! {
    /// `type`: what kind of message it is (ISO 8583 message type, much simplified).
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
        /// Magnetic stripe of a chip card, because the chip was not read.
        Fallback = "fallback",
        Ecommerce = "ecommerce",
        /// Mail order or telephone order.
        Moto = "moto",
        Atm = "atm",
    }
}

wire_enum! {
    /// What pays in the end.
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
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check<T: WireName + PartialEq + std::fmt::Debug>() {
        for (value, name) in T::NAMES {
            assert_eq!(value.name(), *name);
            assert_eq!(T::from_name(name), Some(*value));
        }
        assert_eq!(T::from_name("no such value"), None);
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
