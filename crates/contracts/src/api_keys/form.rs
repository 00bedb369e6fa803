//! How a key is written: `orion_`, 43 letters and digits that hold 256 bits, and a CRC-32 of all that in six more. Scanners of
//! secrets know a leaked one by its beginning and prove it by the checksum, and whoever mistypes one is refused without a look-up.

use crate::Secret;

/// How keys begin.
const PREFIX: &str = "orion_";
/// How many letters and digits hold 256 bits.
const RANDOM: usize = 43;
/// How many hold 32.
const CHECK: usize = 6;
/// How much of a key is shown: nobody guesses the rest.
const SHOWN: usize = PREFIX.len() + 6;
const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Makes a key of random bytes, as many as are asked for.
pub fn make(mut random: impl FnMut() -> u8) -> Secret {
    let mut text = PREFIX.to_owned();
    while text.len() < PREFIX.len() + RANDOM {
        // Bytes from 248 on are thrown away: with them some digits would come more often than others.
        let digit = random();
        if digit < 248 {
            text.push(char::from(DIGITS[usize::from(digit % 62)]));
        }
    }
    let check = checksum(&text);
    text.push_str(&check);
    Secret::new(text)
}

/// Whether a text says that it is a key of ORION's.
pub fn is_api_key(text: &[u8]) -> bool {
    text.starts_with(PREFIX.as_bytes())
}

/// Whether a text is written as a key is, checksum included.
pub fn is_well_formed(text: &str) -> bool {
    if text.len() != PREFIX.len() + RANDOM + CHECK || !text.starts_with(PREFIX) {
        return false;
    }
    let is_digits = text.bytes().skip(PREFIX.len()).all(|byte| byte.is_ascii_alphanumeric());
    is_digits && text.split_at_checked(PREFIX.len() + RANDOM).is_some_and(|(body, check)| checksum(body) == check)
}

/// How a key begins, to tell it from others.
pub fn shown_prefix(text: &str) -> &str {
    text.get(..SHOWN).unwrap_or(text)
}

fn checksum(text: &str) -> String {
    let mut rest = crc32fast::hash(text.as_bytes());
    let mut digits = [b'0'; CHECK];
    for digit in digits.iter_mut().rev() {
        *digit = DIGITS[(rest % 62) as usize];
        rest /= 62;
    }
    digits.iter().map(|digit| char::from(*digit)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> String {
        let mut byte = 0_u8;
        let next = || {
            byte = byte.wrapping_add(37);
            byte
        };
        make(next).expose().to_owned()
    }

    #[test]
    fn a_key_is_known_by_its_form() {
        let key = key();
        assert_eq!(key.len(), 55);
        assert!(is_well_formed(&key) && is_api_key(key.as_bytes()));
        assert!(key.starts_with(shown_prefix(&key)) && shown_prefix(&key).len() == 12);
        // Of the checksum of other programs: CRC-32 (ISO-HDLC) of "123456789" is 0xCBF43926.
        assert_eq!(checksum("123456789"), "3jZRME");
    }

    #[test]
    fn one_letter_mistyped_left_out_or_added_is_noticed() {
        let key = key();
        for at in 0..key.len() {
            let mut other = key.clone().into_bytes();
            other[at] = if other[at] == b'x' { b'y' } else { b'x' };
            assert!(!is_well_formed(&String::from_utf8(other).expect("letters")), "{at}");
            let mut shorter = key.clone();
            shorter.remove(at);
            assert!(!is_well_formed(&shorter), "{at}");
        }
        for other in [String::new(), format!("{key}0"), "orion_".to_owned(), key.to_uppercase(), "ö".repeat(28)] {
            assert!(!is_well_formed(&other), "{other}");
        }
    }
}
