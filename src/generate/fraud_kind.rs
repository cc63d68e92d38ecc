//! The kinds of fraud that are generated.

use crate::transaction::LabelKind;
use serde::Serialize;

/// A kind of fraud.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FraudKind {
    /// A charge of a dollar to test the card, then purchases at a web shop.
    ProbeThenSpend,
    /// Verifications for zero at several merchants, and an order hours later.
    AccountChecks,
    /// Many charges of tiny amounts.
    SmallAmounts,
    /// Many wrong guesses, then a correct one.
    DeclinesThenApproval,
    /// A debit card, never used abroad, emptied at a foreign web shop.
    ForeignWebShop,
    /// Orders in several countries within an hour.
    CountryHopping,
    /// A cloned magnetic stripe, far from where the card has just been.
    ImpossibleTravel,
    /// A cloned magnetic stripe in the cardholder's own city.
    StripeFallback,
    /// As much cash as machines give, by a thief with the PIN.
    CashOut,
    /// A stored card, a high amount, and goods sent to a new address.
    StoredCardNewAddress,
    /// A stored card, a new device, vouchers and downloads.
    AccountTakeover,
    /// Gift cards of round amounts.
    GiftCards,
    /// A card that has not been used for weeks.
    DormantCard,
    /// One order far above the card's usual amounts.
    OffHabit,
    /// Many charges in a few minutes.
    VelocityBurst,
    /// A stolen card, just below the amount that requires a PIN.
    ContactlessRun,
    /// Charges on a card that was reported lost or stolen.
    LostOrStolen,
    /// Refunds without a sale.
    RefundsWithoutSale,
}

impl FraudKind {
    pub const ALL: &'static [FraudKind] = &[
        FraudKind::ProbeThenSpend,
        FraudKind::AccountChecks,
        FraudKind::SmallAmounts,
        FraudKind::DeclinesThenApproval,
        FraudKind::ForeignWebShop,
        FraudKind::CountryHopping,
        FraudKind::ImpossibleTravel,
        FraudKind::StripeFallback,
        FraudKind::CashOut,
        FraudKind::StoredCardNewAddress,
        FraudKind::AccountTakeover,
        FraudKind::GiftCards,
        FraudKind::DormantCard,
        FraudKind::OffHabit,
        FraudKind::VelocityBurst,
        FraudKind::ContactlessRun,
        FraudKind::LostOrStolen,
        FraudKind::RefundsWithoutSale,
    ];

    /// The name that users read.
    pub fn title(self) -> &'static str {
        match self {
            FraudKind::ProbeThenSpend => "probe, then spend",
            FraudKind::AccountChecks => "zero-amount checks",
            FraudKind::SmallAmounts => "small amounts in a row",
            FraudKind::DeclinesThenApproval => "declines, then approval",
            FraudKind::ForeignWebShop => "foreign web shop",
            FraudKind::CountryHopping => "several countries",
            FraudKind::ImpossibleTravel => "impossible travel",
            FraudKind::StripeFallback => "stripe instead of chip",
            FraudKind::CashOut => "cash-out",
            FraudKind::StoredCardNewAddress => "stored card, new address",
            FraudKind::AccountTakeover => "account takeover",
            FraudKind::GiftCards => "gift cards",
            FraudKind::DormantCard => "dormant card",
            FraudKind::OffHabit => "amount off habit",
            FraudKind::VelocityBurst => "velocity burst",
            FraudKind::ContactlessRun => "contactless run",
            FraudKind::LostOrStolen => "lost or stolen card",
            FraudKind::RefundsWithoutSale => "refunds without a sale",
        }
    }

    /// How an issuer labels it.
    pub fn label_kind(self) -> LabelKind {
        match self {
            FraudKind::ImpossibleTravel | FraudKind::StripeFallback => LabelKind::Counterfeit,
            FraudKind::CashOut | FraudKind::ContactlessRun | FraudKind::LostOrStolen => {
                LabelKind::LostOrStolen
            }
            FraudKind::StoredCardNewAddress | FraudKind::AccountTakeover => {
                LabelKind::AccountTakeover
            }
            FraudKind::RefundsWithoutSale => LabelKind::Other,
            FraudKind::ProbeThenSpend
            | FraudKind::AccountChecks
            | FraudKind::SmallAmounts
            | FraudKind::DeclinesThenApproval
            | FraudKind::ForeignWebShop
            | FraudKind::CountryHopping
            | FraudKind::GiftCards
            | FraudKind::DormantCard
            | FraudKind::OffHabit
            | FraudKind::VelocityBurst => LabelKind::CardNotPresent,
        }
    }

    /// Whether it requires the card, a copy of it, or access to a till: a number alone is not
    /// enough.
    pub fn needs_the_card(self) -> bool {
        use FraudKind::*;
        matches!(
            self,
            ImpossibleTravel
                | StripeFallback
                | CashOut
                | ContactlessRun
                | LostOrStolen
                | RefundsWithoutSale
        )
    }
}
