//! What users are found by: the beginnings of these terms, spelt as their rows are.

use std::collections::BTreeSet;

/// Terms of the texts: each whole, and each of its words.
pub(super) fn terms<'a>(texts: impl IntoIterator<Item = &'a str>) -> BTreeSet<String> {
    texts
        .into_iter()
        .flat_map(|text| {
            let whole = normalised(text);
            let words: Vec<_> = whole.split(' ').map(str::to_owned).collect();
            words.into_iter().chain([whole])
        })
        .filter(|term| !term.is_empty())
        .collect()
}

/// Lower case, without space around it, and single spaces inside. Done here and not in SQL: SQLite lowers ASCII only.
pub(crate) fn normalised(text: &str) -> String {
    text.split_whitespace().map(str::to_lowercase).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::{normalised, terms};
    use proptest::prelude::*;

    #[test]
    fn a_name_is_found_by_its_whole_and_by_each_word() {
        let terms = terms(["Änne  Maria Weiß", "anne@example.com"]);
        let expected = ["anne@example.com", "maria", "weiß", "änne", "änne maria weiß"];
        assert_eq!(terms.into_iter().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn blank_texts_have_no_terms() {
        assert!(terms(["", " \t "]).is_empty());
    }

    proptest! {
        #[test]
        fn every_text_is_found_by_itself(text in "\\PC{1,40}") {
            let search = normalised(&text);
            prop_assert!(search.is_empty() || terms([text.as_str()]).contains(&search));
        }
    }
}
