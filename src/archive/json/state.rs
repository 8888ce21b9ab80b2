//! Where in a JSON text the next byte is, and the steps that depend on nothing else.

/// What may come next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum State {
    /// Before the first byte of the text.
    Start,
    Value,
    /// After `[`: a value or `]`.
    FirstValue,
    /// After `{`: a key or `}`.
    FirstKey,
    Key,
    Colon,
    /// The whole value is complete.
    After,
    /// A value is complete that is a member of an object, or an element of an array.
    AfterMember,
    AfterElement,
    KeyText,
    Text,
    Escape,
    UnicodeEscape,
    /// After the first half of a surrogate pair: expects the backslash of the second half.
    SecondHalf,
    /// After that backslash.
    SecondEscape,
    Literal,
    Minus,
    Zero,
    Integer,
    Point,
    Fraction,
    Exponent,
    ExponentSign,
    ExponentDigits,
}

impl State {
    const COUNT: usize = Self::ALL.len();

    /// In the order of their numbers.
    const ALL: [Self; 24] = [
        Self::Start,
        Self::Value,
        Self::FirstValue,
        Self::FirstKey,
        Self::Key,
        Self::Colon,
        Self::After,
        Self::AfterMember,
        Self::AfterElement,
        Self::KeyText,
        Self::Text,
        Self::Escape,
        Self::UnicodeEscape,
        Self::SecondHalf,
        Self::SecondEscape,
        Self::Literal,
        Self::Minus,
        Self::Zero,
        Self::Integer,
        Self::Point,
        Self::Fraction,
        Self::Exponent,
        Self::ExponentSign,
        Self::ExponentDigits,
    ];

    /// The next state, where nothing else changes: most bytes outside of strings. `None` leaves the byte to
    /// [`super::Json`].
    #[expect(clippy::match_same_arms, reason = "the steps are in the order of the text")]
    pub(super) const fn next(self, byte: u8) -> Option<Self> {
        Some(match (self, byte) {
            (
                Self::Start
                | Self::Value
                | Self::FirstValue
                | Self::FirstKey
                | Self::Key
                | Self::Colon
                | Self::After
                | Self::AfterMember
                | Self::AfterElement,
                b' ' | b'\t' | b'\r',
            ) => self,
            (Self::Value | Self::FirstValue, b'"') => Self::Text,
            (Self::Value | Self::FirstValue, b'-') => Self::Minus,
            (Self::Value | Self::FirstValue | Self::Minus, b'0') => Self::Zero,
            (Self::Value | Self::FirstValue | Self::Minus, b'1'..=b'9') => Self::Integer,
            (Self::FirstKey | Self::Key, b'"') => Self::KeyText,
            (Self::Colon, b':') => Self::Value,
            (Self::AfterMember, b',') => Self::Key,
            (Self::AfterElement, b',') => Self::Value,
            (Self::Integer, b'0'..=b'9') => Self::Integer,
            (Self::Zero | Self::Integer, b'.') => Self::Point,
            (Self::Point | Self::Fraction, b'0'..=b'9') => Self::Fraction,
            (Self::Zero | Self::Integer | Self::Fraction, b'e' | b'E') => Self::Exponent,
            (Self::Exponent, b'+' | b'-') => Self::ExponentSign,
            (Self::Exponent | Self::ExponentSign | Self::ExponentDigits, b'0'..=b'9') => Self::ExponentDigits,
            _ => return None,
        })
    }

    /// Whether the number that is being read may end here.
    pub(super) const fn ends_number(self) -> bool {
        matches!(self, Self::Zero | Self::Integer | Self::Fraction | Self::ExponentDigits)
    }
}

/// [`State::next`] for every state and byte: looking it up is faster than deciding.
pub(super) static NEXT: [[Option<State>; 256]; State::COUNT] = {
    let mut next = [[None; 256]; State::COUNT];
    let mut index = 0;
    while index < State::COUNT * 256 {
        next[index / 256][index % 256] = State::ALL[index / 256].next((index % 256) as u8);
        index += 1;
    }
    next
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_is_found_by_its_number() {
        assert!(State::ALL.iter().enumerate().all(|(number, state)| *state as usize == number));
    }
}
