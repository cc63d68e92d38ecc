//! Defines an enum together with the row of each variant.

/// An enum with one row per variant: `ALL`, `row` and `named` follow from the rows, so a variant cannot
/// lack any of them.
macro_rules! rows {
    ($(#[$meta:meta])* $name:ident: $row:ident { $($variant:ident => $value:expr,)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name {
            $($variant,)+
        }

        impl $name {
            pub const ALL: &'static [$name] = &[$($name::$variant,)+];

            pub fn row(self) -> &'static $row {
                match self {
                    $($name::$variant => {
                        static ROW: $row = $value;
                        &ROW
                    })+
                }
            }

            pub fn named(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|it| it.row().name == name)
            }
        }
    };
}

pub(super) use rows;
