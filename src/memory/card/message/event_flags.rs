//! Packs the three-state booleans and the enumerations of an event into 32 bits.

/// The layout of `Event::flags`, lowest bit first. A three-state boolean takes two bits (0 absent,
/// 1 false, 2 true). An enumeration is 0 for absent, or the discriminant plus one.
pub(in crate::memory) struct Flags;

impl Flags {
    pub const CHANNEL: (u32, u32) = (0, 0b111);
    pub const CARD_PRESENT: (u32, u32) = (3, 0b11);
    pub const CARD_ON_FILE: (u32, u32) = (5, 0b11);
    pub const RECURRING: (u32, u32) = (7, 0b11);
    pub const APPROVED: (u32, u32) = (9, 0b11);
    pub const REASON: (u32, u32) = (11, 0b1111);
    /// Set for a clearing that counts as a charge.
    pub const CLEARING: u32 = Self::CLEARING_OF_PARTS as u32;
    /// The same bit in the flags of the event's parts.
    pub const CLEARING_OF_PARTS: u16 = 1 << 15;
    /// The bits that come from the message itself. The bits above them hold what happened later.
    pub const OF_MESSAGE: u32 = 0xffff;
    pub const REVERSED: u32 = 1 << 16;
    /// An alert was published about the charge, an increment of it or a clearing of it.
    pub const ALERTED: u32 = 1 << 17;
    /// The published alert about this message: the severity's rank plus one.
    pub const ALERT: (u32, u32) = (18, 0b111);
    /// What the newest label says; absent without one, or if it says neither.
    pub const FRAUD: (u32, u32) = (21, 0b11);
    pub const GENUINE: (u32, u32) = (23, 0b11);
    pub const LABEL: u32 = Self::FRAUD.1 << Self::FRAUD.0 | Self::GENUINE.1 << Self::GENUINE.0;
    pub const RESPONSE: u32 =
        Self::APPROVED.1 << Self::APPROVED.0 | Self::REASON.1 << Self::REASON.0;
}

/// A packed field of [`Event::flags`](super::event::Event::flags). Its value is 0 for absent, 1 or 2 for a boolean, or an
/// enumeration's discriminant plus one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FlagField {
    pub shift: u32,
    /// Before shifting.
    pub mask: u32,
}

impl FlagField {
    pub const CHANNEL: FlagField = FlagField::of(Flags::CHANNEL);
    pub const CARD_PRESENT: FlagField = FlagField::of(Flags::CARD_PRESENT);
    pub const CARD_ON_FILE: FlagField = FlagField::of(Flags::CARD_ON_FILE);
    pub const RECURRING: FlagField = FlagField::of(Flags::RECURRING);
    pub const APPROVED: FlagField = FlagField::of(Flags::APPROVED);
    pub const REASON: FlagField = FlagField::of(Flags::REASON);

    pub const FRAUD: FlagField = FlagField::of(Flags::FRAUD);
    pub const GENUINE: FlagField = FlagField::of(Flags::GENUINE);

    /// One bit: whether the charge was reversed.
    pub const REVERSED: FlagField = FlagField { shift: 16, mask: 1 };
    /// One bit: whether an alert was published about the charge.
    pub const ALERTED: FlagField = FlagField { shift: 17, mask: 1 };

    const fn of((shift, mask): (u32, u32)) -> Self {
        Self { shift, mask }
    }
}

pub(super) fn put(flags: u32, (shift, _): (u32, u32), value: u32) -> u32 {
    flags | (value << shift)
}

pub(super) fn tristate(value: Option<bool>) -> u32 {
    match value {
        None => 0,
        Some(false) => 1,
        Some(true) => 2,
    }
}
