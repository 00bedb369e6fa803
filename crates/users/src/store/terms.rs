//! What users are found by: the beginnings of these terms, spelt as their rows are.
//!
//! A term is the rest of a text from where a word, or a sign between words, begins: so a search finds what stands anywhere in a
//! name or an address, from a word's beginning on. That is about a dozen rows for a user; one for each three letters, which would
//! find the middles of words too, is about forty, and of a search whose parts everybody has, all users would have to be looked at.

use orion_contracts::spelling::{composed, folded};
use std::collections::BTreeSet;

/// How many terms a text has at most. Its rest is found by none of its own; no name that people bear has so many words.
const MOST: usize = 40;

/// Terms of the texts.
pub(super) fn terms<'a>(texts: impl IntoIterator<Item = &'a str>) -> BTreeSet<String> {
    texts.into_iter().flat_map(terms_of).collect()
}

fn terms_of(text: &str) -> Vec<String> {
    // Composed before it is cut: an accent of its own would be taken for a sign.
    let text = composed(&text.split_whitespace().collect::<Vec<_>>().join(" "));
    let mut before = Kind::Space;
    let mut terms = Vec::new();
    for (place, character) in text.char_indices() {
        let kind = Kind::of(character);
        let begins = match (before, kind) {
            (_, Kind::Space) => false,
            (_, Kind::Sign) => true,
            // AdaLovelace, ada2: a word begins where the kind of letters changes, but not with the small ones after a capital.
            (Kind::Capital, Kind::Letter) => false,
            (before, kind) => before != kind,
        };
        if begins && terms.len() < MOST {
            terms.push(folded(&text[place..]));
        }
        before = kind;
    }
    terms
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Space,
    Capital,
    Letter,
    Digit,
    Sign,
}

impl Kind {
    fn of(character: char) -> Self {
        match character {
            _ if character.is_whitespace() => Self::Space,
            _ if character.is_numeric() => Self::Digit,
            _ if character.is_uppercase() => Self::Capital,
            _ if character.is_alphanumeric() => Self::Letter,
            _ => Self::Sign,
        }
    }
}

/// The words of a search. A user is found when each of them begins a term of theirs.
pub(crate) fn words(search: &str) -> BTreeSet<String> {
    folded(search).split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::{MOST, terms, words};
    use proptest::prelude::*;

    #[test]
    fn a_text_is_found_from_each_beginning_of_a_word_or_sign_on() {
        let of = |text| terms([text]).into_iter().collect::<Vec<_>>();
        assert_eq!(of("Änne  Maria Weiß"), ["maria weiß", "weiß", "änne maria weiß"]);
        assert_eq!(of("a_b@x.com"), [".com", "@x.com", "_b@x.com", "a_b@x.com", "b@x.com", "com", "x.com"]);
        assert_eq!(of("AdaLovelace2"), ["2", "adalovelace2", "lovelace2"]);
        assert_eq!(of("100%"), ["%", "100%"]);
        assert_eq!(of("ΟΔΟΣ"), ["οδοσ"]);
        assert_eq!(of("Jose\u{301}-Mari\u{301}a"), of("José-María"));
        assert_eq!(of("Jose\u{301}"), ["josé"], "and its accent is no sign of its own");
    }

    #[test]
    fn blank_texts_have_no_terms_and_long_ones_a_bounded_number() {
        assert!(terms(["", " \t "]).is_empty());
        assert_eq!(terms(["-".repeat(200).as_str()]).len(), MOST);
    }

    proptest! {
        #[test]
        fn every_text_is_found_by_each_of_its_words(text in "\\PC{1,20}") {
            let terms = terms([text.as_str()]);
            for word in words(&text) {
                prop_assert!(terms.iter().any(|term| term.starts_with(&word)), "{word:?} in {terms:?}");
            }
        }
    }
}
