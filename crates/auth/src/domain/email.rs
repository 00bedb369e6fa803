//! E-mail addresses in one spelling.

/// The spelling that is stored and compared: without space around it, in lower case.
pub(super) fn normalise(email: &str) -> String {
    email.trim().to_lowercase()
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
    }
}
