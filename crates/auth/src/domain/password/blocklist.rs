//! Passwords that many people choose. The list is sorted, so that it is searched where it lies in the program.

/// One password per line, lower case, sorted by bytes.
const COMMON: &str = include_str!("common-passwords.txt");

/// Whether the password is a common one: as it stands, with decoration around it, or one repeated.
pub(super) fn is_common(password: &str) -> bool {
    let lower = password.to_lowercase();
    contains(&lower) || contains(undecorated(&lower)) || contains(repeated(&lower)) || repeated(&lower).len() < 4
}

/// Without what people add to a password when it is refused: digits and punctuation at its ends.
fn undecorated(password: &str) -> &str {
    password.trim_matches(|character: char| character.is_ascii_digit() || character.is_ascii_punctuation())
}

/// The shortest text that gives the password when it is repeated; the password itself when there is none.
fn repeated(password: &str) -> &str {
    let bytes = password.as_bytes();
    let unit = (1..=bytes.len() / 2)
        .filter(|length| bytes.len().is_multiple_of(*length) && password.is_char_boundary(*length))
        .find(|length| bytes.chunks(*length).all(|chunk| chunk == &bytes[..*length]));
    unit.map_or(password, |length| &password[..length])
}

/// Binary search over the lines of the list.
fn contains(password: &str) -> bool {
    let (mut low, mut high) = (0, COMMON.len());
    while low < high {
        let middle = (low + high) / 2;
        let start = COMMON.as_bytes()[..middle].iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let end =
            COMMON.as_bytes()[middle..].iter().position(|byte| *byte == b'\n').map_or(COMMON.len(), |at| middle + at);
        match COMMON[start..end].cmp(password) {
            std::cmp::Ordering::Equal => return true,
            std::cmp::Ordering::Less => low = end + 1,
            std::cmp::Ordering::Greater => high = start,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_list_is_found() {
        let lines: Vec<_> = COMMON.lines().collect();
        assert!(lines.len() >= 3000, "the list has {} passwords", lines.len());
        assert!(lines.windows(2).all(|pair| pair[0] < pair[1]), "sorted, without doubles");
        for line in lines {
            assert!(contains(line), "{line}");
            assert!(line.len() >= 8 && line.to_lowercase() == line, "{line}");
        }
    }

    #[test]
    fn common_passwords_are_found_in_disguise() {
        for password in [
            "passwordpassword",
            "PasswordPassword",
            "password1234567!",
            "!!!sunshine!!!2024",
            "1q2w3e4r5t6y7u8i",
            "aaaaaaaaaaaaaaaa",
            "abcabcabcabcabc",
            "correcthorsebatterystaple",
        ] {
            assert!(is_common(password), "{password}");
        }
    }

    #[test]
    fn uncommon_passwords_pass() {
        for password in
            ["vielen-dank-an-den-Mond", "trente sept canards bleus", "äöü weiß nicht wohin", "x9 Kf7 pL2 qW8 zR4"]
        {
            assert!(!is_common(password), "{password}");
        }
        assert!(!contains(""));
        assert!(!contains("zzzzzzzzzzzzzzzzzzzzzzzzzz~"));
    }

    proptest::proptest! {
        #[test]
        fn no_password_breaks_the_search(password in ".{0,40}") {
            is_common(&password);
        }
    }
}
