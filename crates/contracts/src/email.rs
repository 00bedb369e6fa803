//! E-mail addresses in one spelling.

use crate::unseen::{is_space, is_unseen};
use crate::{FieldCode, FieldFault};
use serde::{Deserialize, Deserializer, Serialize};
use unicode_normalization::UnicodeNormalization;

/// The longest address, in bytes (RFC 5321, section 4.5.3.1.3, without the angle brackets).
const MAX: usize = 254;
/// The longest part before the `@`, in bytes.
const MAX_LOCAL: usize = 64;
/// The longest text that is looked at, in bytes: normalising makes most texts shorter, and must have an end.
const MAX_TEXT: usize = 1024;
/// Where programs have their addresses: nobody receives mail there (RFC 2606).
const OF_PROGRAMS: &str = "service-accounts.invalid";

/// An address as it is stored and compared: without space around it, composed (NFC), in lower case, its domain in ASCII
/// (IDNA). Two spellings of one mailbox are one value.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, utoipa::ToSchema)]
#[serde(transparent)]
#[schema(value_type = String, format = Email, example = "ada@example.com")]
pub struct Email(String);

/// Why a text is no e-mail address. It is not repeated: it may be a password typed into the wrong field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvalidEmail {
    /// It has not the form of one.
    Form,
    /// The part before the `@` is too long.
    LongLocal,
    /// All of it is too long.
    Long,
}

impl std::fmt::Display for InvalidEmail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        FieldFault::from(*self).fmt(f)
    }
}

impl From<InvalidEmail> for FieldFault {
    fn from(invalid: InvalidEmail) -> Self {
        match invalid {
            InvalidEmail::Form => Self::new(FieldCode::Invalid, "must be an e-mail address such as ada@example.com"),
            InvalidEmail::LongLocal => {
                let message = format!("must be an e-mail address with at most {MAX_LOCAL} bytes before the @");
                Self::new(FieldCode::TooLong, message)
            }
            InvalidEmail::Long => {
                Self::new(FieldCode::TooLong, format!("must be an e-mail address of at most {MAX} bytes"))
            }
        }
    }
}

impl std::error::Error for InvalidEmail {}

impl Email {
    /// An address as it was stored. It was looked at before that, perhaps by rules that let more pass: whoever has it is
    /// shown all the same, and one row breaks no list.
    pub fn stored(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The address of a program, which nobody signs in as.
    pub fn of_program(id: crate::UserId) -> Self {
        Self(format!("{id}@{OF_PROGRAMS}"))
    }

    /// Whether only a program has such an address: nobody registers it, or comes to have it in another way.
    pub fn is_of_program(&self) -> bool {
        self.0.rsplit_once('@').is_some_and(|(_, domain)| domain.trim_end_matches('.') == OF_PROGRAMS)
    }

    /// The normalised text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::str::FromStr for Email {
    type Err = InvalidEmail;

    fn from_str(text: &str) -> Result<Self, InvalidEmail> {
        let text = text.trim();
        if text.len() > MAX_TEXT {
            return Err(InvalidEmail::Long);
        }
        // A lower-case letter may compose with what follows although its capital does not.
        let normalised: String = text.nfc().collect::<String>().to_lowercase().nfc().collect();
        let (local, domain) = normalised.split_once('@').ok_or(InvalidEmail::Form)?;
        if !is_local(local) || domain.chars().any(|character| is_space(character) || is_unseen(character)) {
            return Err(InvalidEmail::Form);
        }
        let address = format!("{local}@{}", ascii(domain)?);
        if local.len() > MAX_LOCAL {
            return Err(InvalidEmail::LongLocal);
        }
        if address.len() > MAX { Err(InvalidEmail::Long) } else { Ok(Self(address)) }
    }
}

impl Email {
    /// The address without a tag, such as the `+shop` of `ada+shop@example.com` (RFC 5233): what is limited by mailbox is
    /// counted by it, for any number of tagged addresses lead into one.
    pub fn untagged(&self) -> String {
        let (local, domain) = self.0.split_once('@').unwrap_or((&self.0, ""));
        // One that begins with it, such as a telephone number, has no tag.
        let user = local.split_once('+').map_or(local, |(user, _)| user);
        let user = if user.is_empty() { local } else { user };
        format!("{user}@{domain}")
    }
}

/// A word that somebody looks for, with what follows its `@` as addresses are kept: whoever has `ada@søk.example` looks for that, and not for
/// `ada@xn--sk-lka.example`. What is no domain stays as it is.
pub fn as_kept(word: &str) -> std::borrow::Cow<'_, str> {
    match word.rsplit_once('@').filter(|(_, domain)| !domain.is_ascii()) {
        Some((local, domain)) => ascii(domain).map_or(word.into(), |domain| format!("{local}@{domain}").into()),
        None => word.into(),
    }
}

/// Whether an address can be a person's, for bodies.
pub(crate) fn of_person(email: &Email, (): &()) -> garde::Result {
    let message = "must be an address at which somebody receives mail";
    match email.is_of_program() {
        true => Err(FieldFault::new(FieldCode::Invalid, message).into()),
        false => Ok(()),
    }
}

/// Whether this is a dot-atom (RFC 5322, RFC 6531). Quoted forms are refused: nobody has one who does not want trouble.
fn is_local(local: &str) -> bool {
    let is_letter = |character: char| match character.is_ascii() {
        true => character.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(character),
        false => !is_space(character) && !is_unseen(character),
    };
    local.split('.').all(|atom| !atom.is_empty() && atom.chars().all(is_letter))
}

/// The domain's ASCII form (UTS 46, not transitional, with the lengths of the DNS).
fn ascii(domain: &str) -> Result<String, InvalidEmail> {
    use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};
    Uts46::new()
        .to_ascii(domain.as_bytes(), AsciiDenyList::STD3, Hyphens::CheckFirstLast, DnsLength::Verify)
        .map(std::borrow::Cow::into_owned)
        .map_err(|_| InvalidEmail::Form)
}

impl std::fmt::Display for Email {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(&self.0)
    }
}

impl<'de> Deserialize<'de> for Email {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let typed = String::deserialize(from)?;
        typed.parse().map_err(|invalid: InvalidEmail| serde::de::Error::custom(FieldFault::from(invalid).carried()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn normalised(text: &str) -> Option<String> {
        text.parse::<Email>().ok().map(|email| email.to_string())
    }

    #[test]
    fn spellings_of_one_address_are_one() {
        for (text, address) in [
            (" Anna@Example.COM\t", "anna@example.com"),
            ("A.N-n_a+tag@x.org", "a.n-n_a+tag@x.org"),
            ("rene\u{301}@example.com", "ren\u{e9}@example.com"),
            ("REN\u{c9}@example.com", "ren\u{e9}@example.com"),
            ("ada@B\u{dc}CHER.example", "ada@xn--bcher-kva.example"),
            ("ada@bu\u{308}cher.example", "ada@xn--bcher-kva.example"),
            ("ada@xn--bcher-kva.example", "ada@xn--bcher-kva.example"),
            ("ada@\u{ff45}xample\u{3002}com", "ada@example.com"),
            ("root@localhost", "root@localhost"),
            // The signs for Kelvin and Angstrom are letters, also to those who sign in.
            ("quac\u{212a}@example.com", "quack@example.com"),
            ("\u{212b}sa@example.com", "\u{e5}sa@example.com"),
        ] {
            assert_eq!(normalised(text).as_deref(), Some(address), "{text}");
        }
    }

    #[test]
    fn the_address_of_a_program_is_nobody_elses() {
        let program = Email::of_program(crate::UserId(uuid::Uuid::nil()));
        assert!(program.is_of_program());
        for (text, is_of_program) in [
            ("Anything@Service-Accounts.INVALID", true),
            ("ada@service\u{2010}accounts.invalid", false),
            ("service-accounts.invalid@example.com", false),
            ("ada@example.com", false),
        ] {
            let email: Option<Email> = text.parse().ok();
            assert_eq!(email.as_ref().is_some_and(Email::is_of_program), is_of_program, "{text}");
            assert_eq!(email.is_some_and(|email| of_person(&email, &()).is_err()), is_of_program, "{text}");
        }
    }

    #[test]
    fn a_word_is_looked_for_with_its_domain_as_addresses_are_kept() {
        for (word, kept) in [
            ("ada@søk.example", "ada@xn--sk-lka.example"),
            ("@SØK.ex", "@xn--sk-lka.ex"),
            ("ada@example.com", "ada@example.com"),
            ("søk", "søk"),
            ("ö@example.com", "ö@example.com"),
            ("ada@søk..x", "ada@søk..x"),
            ("@", "@"),
        ] {
            assert_eq!(super::as_kept(word), kept, "{word}");
        }
    }

    #[test]
    fn tagged_addresses_lead_into_one_mailbox() {
        for text in ["ada@example.com", "ada+shop@example.com", "Ada+a+b@example.com"] {
            let email: Email = text.parse().expect("an address");
            assert_eq!(email.untagged(), "ada@example.com", "{text}");
        }
    }

    #[test]
    fn an_address_that_begins_with_a_plus_has_no_tag() {
        let email: Email = "+491700000@example.com".parse().expect("an address");
        assert_eq!(email.untagged(), "+491700000@example.com");
    }

    #[test]
    fn what_is_no_address_is_refused() {
        let long = format!("{}@example.com", "a".repeat(65));
        let longer = format!("a@{}.com", vec!["b".repeat(60); 5].join("."));
        for text in [
            "",
            "@",
            "a",
            "a@",
            "@b.com",
            "a@b@c.com",
            "a b@c.com",
            "a@b c.com",
            "a\0@x.com",
            "a\u{202e}b@c.com",
            "a\u{200b}b@c.com",
            "a\u{a0}b@c.com",
            "a\n@c.com",
            ".a@c.com",
            "a.@c.com",
            "a..b@c.com",
            "\"a b\"@c.com",
            "a,b@c.com",
            "<a@c.com>",
            "a@-c.com",
            "a@c-.com",
            "a@c..com",
            "a@.com",
            "a@c.com.",
            "a@c_d.com",
            "a@[127.0.0.1]",
            "a@c.com\u{202e}",
            "a@xn--\u{fc}.com",
            "a@xn--a.com",
            "a\u{378}@c.com",
            "ada\u{34f}@c.com",
            "ada\u{fe0f}@c.com",
            "ada\u{3164}@c.com",
            "ada\u{2800}@c.com",
            &long,
            &longer,
        ] {
            assert_eq!(normalised(text), None, "{text:?}");
        }
    }

    #[test]
    fn what_is_too_long_is_told() {
        let refused = |text: String| text.parse::<Email>().expect_err("too long");
        assert_eq!(refused(format!("{}@example.com", "a".repeat(65))), InvalidEmail::LongLocal);
        let labels = vec!["b".repeat(61); 4].join(".");
        assert_eq!(refused(format!("{}@{labels}.com", "a".repeat(9))), InvalidEmail::Long);
    }

    #[test]
    fn json_holds_the_text_and_is_refused_without_repeating_it() {
        let email: Email = serde_json::from_str("\" Ada@Example.com\"").expect("an address");
        assert_eq!(serde_json::to_string(&email).expect("JSON"), "\"ada@example.com\"");
        let refused = serde_json::from_str::<Email>("\"my secret\"").expect_err("no address").to_string();
        assert!(refused.contains("must be an e-mail address") && !refused.contains("secret"), "{refused}");
    }

    proptest! {
        #[test]
        fn normalising_twice_is_normalising_once(local in "[^@]{1,12}", domain in "[a-zA-Z\u{c0}-\u{17f}\u{391}-\u{3c9}.-]{1,12}") {
            if let Some(once) = normalised(&format!("{local}@{domain}")) {
                prop_assert_eq!(normalised(&once), Some(once.clone()));
                prop_assert!(once.len() <= MAX && once.matches('@').count() == 1);
            }
        }

        #[test]
        fn no_text_breaks_it(text in any::<String>()) {
            let _ = normalised(&text);
        }
    }
}
