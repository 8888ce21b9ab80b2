//! The names of enums, derived by `strum` from the names of their variants.

/// `as_str()` for an enum that derives `strum::IntoStaticStr`; with `all`, and `strum::VariantArray`, its `ALL` too.
macro_rules! words {
    ($enum:ty) => {
        impl $enum {
            /// The name in scripts, JSON and the database.
            pub fn as_str(self) -> &'static str {
                self.into()
            }
        }
    };
    ($enum:ty, all) => {
        words!($enum);

        impl $enum {
            /// Every one, in the order of the enum.
            pub const ALL: [Self; <Self as strum::VariantArray>::VARIANTS.len()] =
                *<Self as strum::VariantArray>::VARIANTS.first_chunk().expect("as many as there are");
        }
    };
}
