//! How what people type is compared: what looks alike is spelt alike, however a keyboard or a program composes its letters. What is shown
//! stays as it was typed.

use unicode_normalization::UnicodeNormalization;

/// With each letter and its accents as one sign where there is one (NFC).
pub fn composed(text: &str) -> String {
    text.nfc().collect()
}

/// As it is searched, sorted and told apart by: composed, in lower case, without space around it, and with single spaces inside. Done
/// here and not in SQL: `SQLite` lowers ASCII only. A sigma that ends a word is spelt like others, for in a search a word may go on.
pub fn folded(text: &str) -> String {
    let lower = text.split_whitespace().map(str::to_lowercase).collect::<Vec<_>>().join(" ");
    // After the case: a small letter may be one sign with its accent where the capital is two.
    lower.nfc().map(|letter| if letter == 'ς' { 'σ' } else { letter }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn letters_are_spelt_alike_however_they_are_composed() {
        for (one, other) in [
            ("José", "Jose\u{301}"),
            ("  JOSÉ  María ", "jose\u{301} mari\u{301}a"),
            ("\u{212b}ngström", "a\u{30a}ngstro\u{308}m"),
            ("ǰ", "J\u{30c}"),
            ("한", "\u{1112}\u{1161}\u{11ab}"),
            ("ΟΔΟΣ", "οδος"),
            ("\u{1ed9}", "o\u{302}\u{323}"),
        ] {
            assert_eq!(folded(one), folded(other), "{one} {other}");
        }
        assert_ne!(folded("José"), folded("Jose"), "an accent is no ornament");
    }

    proptest! {
        #[test]
        fn all_spellings_of_a_text_are_one_which_stays(text in "\\PC{0,20}") {
            let (composed, parts) = (text.nfc().collect::<String>(), text.nfd().collect::<String>());
            prop_assert_eq!(folded(&composed), folded(&parts));
            prop_assert_eq!(folded(&folded(&text)), folded(&text));
        }
    }
}
