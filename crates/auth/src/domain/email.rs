//! E-mail addresses in one spelling.

/// The spelling that is stored and compared: without space around it, in lower case. Control characters, which no
/// address has and PostgreSQL does not take, become the replacement character.
pub(super) fn normalise(email: &str) -> String {
    email.trim().to_lowercase().replace(char::is_control, "\u{fffd}")
}

#[cfg(test)]
mod tests {
    use super::normalise;

    proptest::proptest! {
        #[test]
        fn normalising_twice_is_normalising_once(email in "[ \\tA-Za-z0-9.@+ÄÖÜ-]{0,40}") {
            let once = normalise(&email);
            proptest::prop_assert_eq!(normalise(&once), once);
        }
    }

    #[test]
    fn spellings_of_one_address_are_one() {
        assert_eq!(normalise(" Anna@Example.COM\t"), "anna@example.com");
        assert_eq!(normalise("a\0@x"), "a\u{fffd}@x");
    }
}
