//! What people write about themselves: names, a few lines, a language. Nothing in it may hide or turn round what stands
//! beside it, for others read it in lists and mails.

use crate::unseen::has_unseen;
use crate::{FieldCode, FieldFault};
use icu_locale_core::LanguageIdentifier;

/// Whether this is a name on one line: not blank, and all of it seen. The text says what to do.
pub fn check_name(text: &str) -> Result<(), FieldFault> {
    if text.trim().is_empty() {
        return Err(FieldFault::new(FieldCode::Required, "must not be blank"));
    }
    match has_unseen(text, |_| false) {
        true => Err(FieldFault::new(FieldCode::Invalid, "must not have control or hidden characters")),
        false => Ok(()),
    }
}

/// [`check_name`], for bodies.
pub(crate) fn name(text: &str, (): &()) -> garde::Result {
    check_name(text).map_err(garde::Error::from)
}

/// How many entries a list of a body has: garde counts characters and entries alike, and says the same of both.
pub(crate) fn entries<T>(least: usize, most: usize) -> impl FnOnce(&[T], &()) -> garde::Result {
    let told = |count| if count == 1 { "1 entry".to_owned() } else { format!("{count} entries") };
    move |list, ()| {
        let fault = match list.len() {
            0 if least == 1 => FieldFault::new(FieldCode::Required, "must not be empty"),
            count if count < least => {
                FieldFault::new(FieldCode::TooShort, format!("must have at least {}", told(least)))
            }
            count if count > most => FieldFault::new(FieldCode::TooLong, format!("must have at most {}", told(most))),
            _ => return Ok(()),
        };
        Err(fault.into())
    }
}

/// [`canonical_locale`], for bodies.
pub(crate) fn locale(tag: &str, (): &()) -> garde::Result {
    canonical_locale(tag).map(drop).map_err(garde::Error::from)
}

/// Whether these are lines of which all is seen. The text says what to do.
pub fn check_lines(text: &str) -> Result<(), FieldFault> {
    match has_unseen(text, |character| matches!(character, '\n' | '\r' | '\t')) {
        true => {
            let message = "must not have control characters but line ends, nor hidden characters";
            Err(FieldFault::new(FieldCode::Invalid, message))
        }
        false => Ok(()),
    }
}

/// The longest language tag that is kept, in characters.
const LONGEST_LOCALE: usize = 10;

/// A language tag of BCP 47 (as Unicode reads it), in whatever case, as it is usually written: `de`, `pt-BR`, `zh-Hant`. Where
/// it is none, the text says what to do.
pub fn canonical_locale(tag: &str) -> Result<String, FieldFault> {
    let is_written_so = !tag.contains('_') && tag.len() <= LONGEST_LOCALE;
    match LanguageIdentifier::try_from_str(tag) {
        Ok(read) if is_written_so && !read.language.is_unknown() => Ok(read.to_string()),
        _ => Err(FieldFault::new(FieldCode::Invalid, "must be a BCP 47 language tag such as de or pt-BR")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_told_how_many_entries_they_have() {
        let said = |list: &[u8]| entries(2, 3)(list, &()).map_err(|error| FieldFault::of_carried(error.message()));
        assert!(said(&[1, 2]).is_ok() && said(&[1, 2, 3]).is_ok());
        let short = FieldFault::new(FieldCode::TooShort, "must have at least 2 entries");
        let long = FieldFault::new(FieldCode::TooLong, "must have at most 3 entries");
        assert_eq!((said(&[]), said(&[1, 2, 3, 4])), (Err(Some(short)), Err(Some(long))));
        let empty = entries::<u8>(1, 3)(&[], &()).expect_err("it is empty");
        assert_eq!(
            FieldFault::of_carried(empty.message()),
            Some(FieldFault::new(FieldCode::Required, "must not be empty"))
        );
    }

    #[test]
    fn names_of_all_scripts_are_names() {
        for name in [
            "Ada",
            "J. R. R. Tolkien",
            "Łukasz O'Neil-Żak",
            "李小龍",
            "山田\u{3000}太郎",
            "محمد علی\u{200c}زاده",
            "ශ්\u{200d}රී",
            "👩\u{200d}🚀",
            "👁\u{fe0f}\u{200d}🗨\u{fe0f}",
            "Ada ❤\u{fe0f}",
            "葛\u{e0100}城",
            "神\u{fe00}谷",
            "☎\u{fe0e}",
            "ᠮᠣᠩᠭᠣᠯ\u{180b}",
        ] {
            assert_eq!(check_name(name), Ok(()), "{name}");
        }
    }

    #[test]
    fn names_that_hide_something_are_refused() {
        for name in [
            "",
            "  ",
            "a\nb",
            "a\0b",
            "Ada \u{202e}moc.live",
            "evil.\u{200b}com",
            "Ada\u{2066}",
            "\u{feff}Ada",
            "ad\u{200d}min",
            "\u{200d}Ada",
            "\u{3164}",
            "\u{34f}",
            "Ad\u{34f}a",
            "Ad\u{fe0f}a",
            "4\u{fe0f}",
            "Ada\u{e0100}",
            "Ad\u{180b}a",
            "Ad\u{17b4}a",
            "\u{1d159}",
            "ад\u{200c}мин",
            "Ada\u{2028}",
            "Ada\u{e000}",
        ] {
            assert!(check_name(name).is_err(), "{name:?}");
        }
        let fault = |text| check_name(text).expect_err(text);
        assert_eq!(fault("evil.\u{200b}com").message, "must not have control or hidden characters");
        assert_eq!((fault(" ").code, fault("a\0").code), (FieldCode::Required, FieldCode::Invalid));
    }

    #[test]
    fn lines_may_end_but_hide_nothing() {
        assert_eq!(check_lines("one\r\n\ttwo"), Ok(()));
        assert_eq!(check_lines(""), Ok(()));
        assert!(check_lines("a\0b").is_err(), "PostgreSQL cannot store NUL");
        let hidden = "must not have control characters but line ends, nor hidden characters";
        assert_eq!(check_lines("a\u{202e}b").expect_err("hidden").message, hidden);
    }

    #[test]
    fn locales_have_the_shape_of_language_tags() {
        for good in ["de", "pt-BR", "zh-Hant", "gsw", "sr-Latn-RS"] {
            assert_eq!(canonical_locale(good).as_deref(), Ok(good));
        }
        for (written, kept) in [("DE", "de"), ("pt-br", "pt-BR"), ("ZH-HANT", "zh-Hant"), ("SR-latn-rs", "sr-Latn-RS")]
        {
            assert_eq!(
                canonical_locale(written).as_deref(),
                Ok(kept),
                "the case says nothing (RFC 5646, section 2.1.1)"
            );
        }
        for bad in ["", "d", "german", "de_DE", "de-", "-de", "12", "de-DE-1901x"] {
            assert!(canonical_locale(bad).is_err(), "{bad}");
        }
    }
}
