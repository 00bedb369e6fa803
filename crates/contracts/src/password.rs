//! Passwords in one spelling, so that what is typed on one keyboard is what was typed on another.

use crate::unseen::is_space;
use crate::{FieldCode, FieldFault, Secret};
use icu_properties::props::{EnumeratedProperty, GeneralCategory};
use serde::{Deserialize, Deserializer, Serialize};
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

/// The longest password that is taken, in bytes; hashing time must be bounded.
pub const MAX_PASSWORD: usize = 1024;

/// A password as it is hashed: OpaqueString of RFC 8265. Spaces of other scripts become the ASCII one, and characters are
/// composed (NFC); case and width stay. It never prints itself, and does not stay in memory after its use.
///
/// Of what the RFC refuses, control characters, line separators and unassigned characters are refused here; how the
/// latter compose may change with Unicode, and with it the hash. Invisible characters are let pass, because emoji
/// keyboards write them.
#[derive(Clone, Serialize, utoipa::ToSchema)]
#[serde(transparent)]
#[schema(value_type = String, format = Password, example = "correct horse battery staple")]
pub struct Password(Secret);

/// Why a text is no password. It never holds the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvalidPassword {
    /// Nothing was typed.
    Empty,
    /// It is longer than [`MAX_PASSWORD`].
    TooLong,
    /// It has a character that no password may have.
    Character,
}

impl std::fmt::Display for InvalidPassword {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        FieldFault::from(*self).fmt(f)
    }
}

impl From<InvalidPassword> for FieldFault {
    fn from(invalid: InvalidPassword) -> Self {
        match invalid {
            InvalidPassword::Empty => Self::new(FieldCode::Required, "must not be empty"),
            InvalidPassword::TooLong => {
                Self::new(FieldCode::TooLong, format!("must have at most {MAX_PASSWORD} bytes"))
            }
            InvalidPassword::Character => {
                let message = "must not have control characters, line ends or unassigned characters";
                Self::new(FieldCode::Invalid, message)
            }
        }
    }
}

impl std::error::Error for InvalidPassword {}

impl Password {
    /// The normalised password itself. Do not log it.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

impl std::str::FromStr for Password {
    type Err = InvalidPassword;

    fn from_str(text: &str) -> Result<Self, InvalidPassword> {
        if text.is_empty() {
            return Err(InvalidPassword::Empty);
        }
        if text.len() > MAX_PASSWORD {
            return Err(InvalidPassword::TooLong);
        }
        // Composing makes no text three times longer (Unicode's FAQ on normalisation), so that no shorter copy is left
        // behind in memory by growing.
        let mut normalised = Zeroizing::new(String::with_capacity(text.len() * 3));
        for character in text.chars().map(spaced).nfc() {
            normalised.push(character);
        }
        match normalised.chars().any(is_forbidden) {
            true => Err(InvalidPassword::Character),
            false => Ok(Self(Secret::new(std::mem::take(&mut *normalised)))),
        }
    }
}

fn spaced(character: char) -> char {
    if is_space(character) { ' ' } else { character }
}

fn is_forbidden(character: char) -> bool {
    matches!(
        GeneralCategory::for_char(character),
        GeneralCategory::Control
            | GeneralCategory::LineSeparator
            | GeneralCategory::ParagraphSeparator
            | GeneralCategory::Unassigned
    )
}

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl<'de> Deserialize<'de> for Password {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let typed = Zeroizing::new(String::deserialize(from)?);
        typed.parse().map_err(|invalid: InvalidPassword| serde::de::Error::custom(FieldFault::from(invalid).carried()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn normalised(text: &str) -> Result<String, InvalidPassword> {
        text.parse::<Password>().map(|password| password.expose().to_owned())
    }

    #[test]
    fn two_spellings_of_one_password_are_one() {
        assert_eq!(normalised("Cafe\u{301} au lait"), Ok("Caf\u{e9} au lait".to_owned()));
        assert_eq!(normalised("a\u{3000}b\u{a0}c\u{2003}d"), Ok("a b c d".to_owned()));
        assert_eq!(normalised("\u{1112}\u{1161}\u{11ab}"), Ok("\u{d55c}".to_owned()));
    }

    #[test]
    fn case_width_and_what_emoji_are_made_of_stay() {
        for same in
            ["Correct HORSE", "\u{ff50}\u{ff57}", "\u{2168}", "\u{fb01}", "\u{1f469}\u{200d}\u{1f680}\u{fe0f}", "  "]
        {
            assert_eq!(normalised(same), Ok(same.to_owned()));
        }
    }

    #[test]
    fn what_is_no_password_is_refused() {
        assert_eq!(normalised(""), Err(InvalidPassword::Empty));
        assert_eq!(normalised(&"a".repeat(MAX_PASSWORD)).map(|text| text.len()), Ok(MAX_PASSWORD));
        assert_eq!(normalised(&"a".repeat(MAX_PASSWORD + 1)), Err(InvalidPassword::TooLong));
        for text in ["a\0b", "tab\t", "line\n", "\u{7f}", "\u{85}", "\u{2028}", "\u{378}", "\u{ffff}"] {
            assert_eq!(normalised(text), Err(InvalidPassword::Character), "{text:?}");
        }
    }

    #[test]
    fn a_password_does_not_print_itself() {
        let password: Password = "a long enough password".parse().expect("valid");
        assert_eq!(format!("{password:?}"), "[secret]");
    }

    proptest! {
        #[test]
        fn normalising_twice_is_normalising_once(text in any::<String>()) {
            if let Ok(once) = normalised(&text) {
                prop_assert_eq!(normalised(&once), Ok(once));
            }
        }

        #[test]
        fn composed_and_decomposed_texts_are_one_password(text in "\\PC{1,40}") {
            let (composed, decomposed) = (text.nfc().collect::<String>(), text.nfd().collect::<String>());
            prop_assert_eq!(normalised(&composed), normalised(&decomposed));
        }
    }
}
