//! What security events are called in mails: a phrase for each kind and language, in `words/security_events.toml`.

use super::FALLBACK_LOCALE;
use orion_contracts::text::canonical_locale;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::LazyLock;

const CATALOGUE: &str = include_str!("../../words/security_events.toml");
/// What stands for a kind that this version has no words for.
const OTHER: &str = "other";

static WORDS: LazyLock<BTreeMap<String, Words>> = LazyLock::new(|| {
    let read: BTreeMap<String, BTreeMap<String, Phrase>> =
        toml::from_str(CATALOGUE).expect("the catalogue can be read, as a test of this file looks");
    read.into_iter()
        .map(|(kind, phrases)| (kind.clone(), Words { kind: format!("security.{kind}"), phrases }))
        .collect()
});

/// What a mail says of a security event.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Phrase {
    /// In a few words.
    pub(crate) headline: String,
    /// In a sentence or two.
    pub(crate) what: String,
}

/// The words for a kind of security event.
pub(crate) struct Words {
    /// The kind of message, which preferences are set on, such as `security.login.new_device`.
    pub(crate) kind: String,
    phrases: BTreeMap<String, Phrase>,
}

impl Words {
    /// Those for a kind.
    pub(crate) fn of(kind: &str) -> &'static Self {
        WORDS.get(kind).unwrap_or_else(|| &WORDS[OTHER])
    }

    /// In a language, or in the one of last resort.
    pub(crate) fn in_language(&self, locale: &str) -> &Phrase {
        let locale = canonical_locale(locale).unwrap_or_default();
        let language = locale.split('-').next().unwrap_or_default();
        self.phrases.get(language).unwrap_or_else(|| &self.phrases[FALLBACK_LOCALE])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use orion_contracts::auth::SecurityEventKind;
    use std::collections::BTreeSet;

    #[test]
    fn there_are_words_in_every_language_for_all_that_owners_are_told_of() {
        let known: BTreeSet<&str> = WORDS.keys().map(String::as_str).collect();
        let mailed = SecurityEventKind::ALL.iter().filter(|kind| kind.is_mailed()).map(|kind| kind.as_str());
        assert_eq!(known, mailed.chain([OTHER]).collect());
        for (kind, words) in WORDS.iter() {
            assert_eq!(words.phrases.keys().collect::<Vec<_>>(), ["de", "en", "es"], "{kind}");
            assert!(words.kind.len() <= 100, "{kind}");
            let phrases: BTreeSet<_> = words.phrases.values().map(|phrase| &phrase.headline).collect();
            assert_eq!(phrases.len(), 3, "{kind} is translated");
        }
    }

    #[test]
    fn the_language_is_the_one_asked_for_or_english() {
        let words = Words::of("login.new_device");
        for (locale, language) in
            [("de", "de"), ("de-AT", "de"), ("es-MX", "es"), ("en", "en"), ("fr", "en"), ("?", "en")]
        {
            assert_eq!(words.in_language(locale), &words.phrases[language], "{locale}");
        }
        assert_eq!(Words::of("planet.moved").kind, "security.other");
    }
}
