//! Which passwords are accepted (NIST SP 800-63B-4): long ones that are not known to be common; no rules on composition.

use super::blocklist;
use orion_contracts::{FieldCode, FieldFault, Password};

/// Whose password it is to be: their own words make no password.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Person<'a> {
    /// Normalised e-mail address.
    pub(crate) email: &'a str,
    /// Name to show.
    pub(crate) display_name: Option<&'a str>,
}

/// What else is proven at a sign-in with a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Beside {
    /// The password is the only factor.
    Nothing,
    /// The account has a second factor.
    SecondFactor,
}

/// Refuses a password, with a sentence that says what to do.
pub(crate) fn check(password: &Password, minimum: u32, person: Person<'_>) -> Result<(), FieldFault> {
    let password = password.expose();
    if password.chars().count() < minimum as usize {
        return Err(FieldFault::new(FieldCode::TooShort, format!("must have at least {minimum} characters")));
    }
    if is_of(password, person) {
        return Err(FieldFault::new(FieldCode::Invalid, "must not be the e-mail address or the name"));
    }
    if blocklist::is_common(password) {
        return Err(FieldFault::new(FieldCode::Invalid, "is one that many people use; choose another"));
    }
    Ok(())
}

fn is_of(password: &str, person: Person<'_>) -> bool {
    let lower = password.trim().to_lowercase();
    let local = person.email.split('@').next().unwrap_or_default();
    let name = person.display_name.map(|name| name.trim().to_lowercase());
    let spaceless = |text: &str| text.split_whitespace().collect::<String>();
    lower == person.email
        || lower == local
        || name.is_some_and(|name| lower == name || spaceless(&lower) == spaceless(&name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(password: &str, minimum: u32, person: Person<'_>) -> Result<(), FieldFault> {
        super::check(&password.parse().expect("a password"), minimum, person)
    }

    const ANNA: Person<'_> =
        Person { email: "anna.lindqvist.svensson@example.com", display_name: Some("Anna Lindqvist Svensson") };

    #[test]
    fn length_counts_in_characters_not_bytes() {
        assert!(check("ééééüüüüööööää", 15, ANNA).is_err(), "14 characters, 28 bytes");
        assert!(check("é1é2é3ü4ü5ü6ö7ö", 15, ANNA).is_ok(), "15 characters");
        assert!(check("e\u{301}1e\u{301}2e\u{301}3u\u{308}4u\u{308}5o", 15, ANNA).is_err(), "16 as typed, 11 composed");
    }

    #[test]
    fn no_composition_is_demanded() {
        assert!(check("geh nicht durch den wald", 15, ANNA).is_ok());
        assert!(check("                w", 15, ANNA).is_ok());
    }

    #[test]
    fn ones_own_words_and_common_ones_are_refused() {
        for password in [
            "anna.lindqvist.svensson@example.com",
            "ANNA.LINDQVIST.SVENSSON",
            "AnnaLindqvistSvensson",
            "anna lindqvist svensson",
            "passwordpassword",
        ] {
            assert!(check(password, 15, ANNA).is_err(), "{password}");
        }
    }
}
