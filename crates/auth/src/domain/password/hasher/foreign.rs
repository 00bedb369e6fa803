//! Hashes that other systems made, so that people who come from there keep their passwords: bcrypt, scrypt and PBKDF2. None is
//! made here, and the first sign-in replaces it by one of ours.

use super::{UnusableHash, defect};
use crate::error::AuthError;
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::pbkdf2;
use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use std::num::NonZeroU32;

/// How many bytes of a password bcrypt looks at.
const BCRYPT_BYTES: usize = 72;
/// The most that a bcrypt hash may cost, as the power of two of its rounds: two seconds.
const MAX_BCRYPT_COST: u32 = 15;
/// The most memory that an scrypt hash may take, in blocks of 128 bytes: 256 MiB.
const MAX_SCRYPT_BLOCKS: u64 = 1 << 21;
/// The most blocks that an scrypt hash may fill in all its lanes.
const MAX_SCRYPT_WORK: u64 = 1 << 22;
/// The most rounds of PBKDF2, over all blocks of the output.
const MAX_PBKDF2_ROUNDS: u64 = 5_000_000;
/// How long what a hash is compared with may be, in bytes.
const OUTPUT: std::ops::RangeInclusive<usize> = 16..=64;

/// Base64 as PHC strings, Django and passlib write it: with padding or without.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// A hash that was read and costs what may be paid.
#[derive(Clone)]
pub(crate) enum Foreign {
    /// `$2a$`, `$2b$` and `$2y$`, which are the same but for mistakes of old programs.
    Bcrypt(String),
    /// `$scrypt$ln=…,r=…,p=…$salt$hash`.
    Scrypt { params: scrypt::Params, salt: Vec<u8>, expected: Vec<u8> },
    /// `$pbkdf2-sha256$i=…$salt$hash`, as passlib writes it, and as Django does.
    Pbkdf2 { digest: pbkdf2::Algorithm, rounds: NonZeroU32, salt: Vec<u8>, expected: Vec<u8> },
}

impl Foreign {
    /// Reads a hash, and looks at what it would cost before anything is computed.
    pub(super) fn parse(stored: &str) -> Result<Self, UnusableHash> {
        let parts: Vec<&str> = stored.split('$').collect();
        match parts.as_slice() {
            ["", "2a" | "2b" | "2y", ..] => bcrypt(stored),
            ["", "scrypt", costs, salt, expected] => scrypt(costs, decoded(salt)?, decoded(expected)?),
            ["", name, costs, salt, expected] => {
                let digest = name.strip_prefix("pbkdf2").ok_or(UnusableHash::Unreadable)?;
                let digest = digest.strip_prefix('-').unwrap_or(digest);
                pbkdf2(digest, costs, decoded(salt)?, decoded(expected)?)
            }
            // Django hashes the salt as it is written.
            [name, rounds, salt, expected] => {
                let digest = name.strip_prefix("pbkdf2_").ok_or(UnusableHash::Unreadable)?;
                pbkdf2(digest, rounds, salt.as_bytes().to_vec(), decoded(expected)?)
            }
            _ => Err(UnusableHash::Unreadable),
        }
    }

    /// Whether the password has this hash.
    pub(super) fn verify(&self, password: &str) -> Result<bool, AuthError> {
        match self {
            Self::Bcrypt(stored) => {
                // What bcrypt does not look at, or takes for an end, must not be free to choose. The hash is computed all the
                // same, so that the answer takes as long.
                let is_seen_whole = password.len() <= BCRYPT_BYTES && !password.contains('\0');
                Ok(bcrypt::verify(password, stored).map_err(|error| defect("bcrypt", error))? && is_seen_whole)
            }
            Self::Scrypt { params, salt, expected } => {
                let mut output = vec![0; expected.len()];
                scrypt::scrypt(password.as_bytes(), salt, params, &mut output)
                    .map_err(|error| defect("scrypt", error))?;
                Ok(verify_slices_are_equal(&output, expected).is_ok())
            }
            Self::Pbkdf2 { digest, rounds, salt, expected } => {
                Ok(pbkdf2::verify(*digest, *rounds, salt, password.as_bytes(), expected).is_ok())
            }
        }
    }
}

fn bcrypt(stored: &str) -> Result<Foreign, UnusableHash> {
    let parts: bcrypt::HashParts = stored.parse().map_err(|_| UnusableHash::Unreadable)?;
    within("the cost of bcrypt", parts.get_cost().into(), MAX_BCRYPT_COST.into())?;
    // Fewer rounds than these are not defined.
    if parts.get_cost() < 4 {
        return Err(UnusableHash::Unreadable);
    }
    Ok(Foreign::Bcrypt(stored.to_owned()))
}

fn scrypt(costs: &str, salt: Vec<u8>, expected: Vec<u8>) -> Result<Foreign, UnusableHash> {
    let (log_n, r, p): (u8, u32, u32) = (cost(costs, "ln")?, cost(costs, "r")?, cost(costs, "p")?);
    let n = 1_u64.checked_shl(log_n.into()).ok_or(UnusableHash::Unreadable)?;
    let blocks = n.saturating_mul(r.into());
    within("the memory of scrypt in blocks", blocks, MAX_SCRYPT_BLOCKS)?;
    within("the work of scrypt in blocks", blocks.saturating_mul(p.into()), MAX_SCRYPT_WORK)?;
    let params = scrypt::Params::new(log_n, r, p, fit(&expected)?).map_err(|_| UnusableHash::Unreadable)?;
    Ok(Foreign::Scrypt { params, salt, expected })
}

/// `costs` are the rounds, or parameters of which `i` is their number.
fn pbkdf2(digest: &str, costs: &str, salt: Vec<u8>, expected: Vec<u8>) -> Result<Foreign, UnusableHash> {
    let (digest, size) = match digest {
        "" | "sha1" => (pbkdf2::PBKDF2_HMAC_SHA1, 20),
        "sha256" => (pbkdf2::PBKDF2_HMAC_SHA256, 32),
        "sha512" => (pbkdf2::PBKDF2_HMAC_SHA512, 64),
        _ => return Err(UnusableHash::Unreadable),
    };
    let rounds: NonZeroU32 = match costs.parse() {
        Ok(rounds) => rounds,
        Err(_) => cost(costs, "i")?,
    };
    let output_blocks = fit(&expected)?.div_ceil(size) as u64;
    within("the rounds of PBKDF2", u64::from(rounds.get()) * output_blocks, MAX_PBKDF2_ROUNDS)?;
    Ok(Foreign::Pbkdf2 { digest, rounds, salt, expected })
}

/// The length of what is compared, which must be neither easy to meet nor dear to make.
fn fit(expected: &[u8]) -> Result<usize, UnusableHash> {
    if OUTPUT.contains(&expected.len()) { Ok(expected.len()) } else { Err(UnusableHash::Unreadable) }
}

/// A parameter of a list such as `ln=16,r=8,p=1`.
fn cost<T: std::str::FromStr>(costs: &str, name: &str) -> Result<T, UnusableHash> {
    let mut pairs = costs.split(',').filter_map(|pair| pair.split_once('='));
    pairs.find(|(key, _)| *key == name).and_then(|(_, value)| value.parse().ok()).ok_or(UnusableHash::Unreadable)
}

fn within(what: &'static str, value: u64, most: u64) -> Result<(), UnusableHash> {
    if value > most { Err(UnusableHash::TooCostly(what, value, most)) } else { Ok(()) }
}

/// Passlib writes a point where others write a plus.
fn decoded(text: &str) -> Result<Vec<u8>, UnusableHash> {
    BASE64.decode(text.replace('.', "+")).map_err(|_| UnusableHash::Unreadable)
}

#[cfg(test)]
mod tests {
    use super::super::{StoredHash, verify};
    use super::*;

    const PASSWORD: &str = "correct horse battery staple";
    const SALT: &str = "c2FsdHNhbHRzYWx0c2FsdA";
    const OUTPUT_256: &str = "31ltvuXrbs8POP2F4tw9851NSNQCQpm0sCwu2eEvId8";

    fn has(stored: &str, password: &str) -> bool {
        let parsed = StoredHash::parse(stored).unwrap_or_else(|error| panic!("{stored}: {error}"));
        verify(password, &parsed, &mut orion_infra::huge_pages::LargeBuffer::default()).expect("computed")
    }

    /// Made by Python's bcrypt, argon2-cffi, passlib and hashlib.
    #[test]
    fn hashes_of_other_systems_match_the_one_password_and_count_as_old() {
        let ours = crate::domain::Parameters::new(&crate::tests::config(64)).expect("valid");
        for stored in [
            "$2b$04$qOxtTCs3eWzxCjyzBjJIbunqFBXkP2ejUZwrCUe25i72TJRMfe7/u",
            "$2y$04$qOxtTCs3eWzxCjyzBjJIbunqFBXkP2ejUZwrCUe25i72TJRMfe7/u",
            "$2a$04$gb1PQOEwIO6MpGMnQZMfAOxNa75lqoMrCG0RgKOR7LBbuh6GYYWmy",
            "$argon2i$v=16$m=64,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$yG0oksu3LIyfVuqzWy7M/wjauW2YrJfDY+RxZl/x0Z4",
            "$argon2i$v=19$m=64,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$srLNsQDd94mkFUV7I1nVxTmZBq5k1EiH1MJKIJ+j0A4",
            "$argon2d$v=16$m=64,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$5Q133GqLhfq0f4uzcv9Q8HYDdoULFxC1rD7NJ68EYr0",
            "$argon2d$v=19$m=64,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$igE8uO7oewEHvjPyWt4y+0QX8B3Jie0SRQeqxrMVgFA",
            "$argon2id$v=16$m=64,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$dp89PoiSFT/vTVGAlwjBEHqcAOu/Td6d5yH23BFfoiA",
            "$argon2id$m=64,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$dp89PoiSFT/vTVGAlwjBEHqcAOu/Td6d5yH23BFfoiA",
            "$pbkdf2-sha256$1000$znnvvbdW6p3Tei.ltJbyng$BLwkqUu0cXcDOUfNGddOLPEyToOvpYmBzOlc7UbDFAA",
            "$pbkdf2$1000$hrD2XssZo/R.T0mJ8R5jLA$K5OYQind6yhJwW7t6t96K4dXuEI",
            "$pbkdf2-sha512$1000$eU.p9X5PiTGGsJYyBmBsTQ$n4DvnljEVCOaxGzUiPkDvKI8VOSEExlDRoqHeotus5ZGVQ7uSZBuUVMe.Rxxy2qyCBQsUUXELIlOSB31mqzYTw",
            "$scrypt$ln=5,r=8,p=1$1ToHIIRwjtE6Z8yZU4pxDg$YSBac3Y8tbTNzLo7d2yaBbw958mSYmCi4WlKuEce3NQ",
            "pbkdf2_sha256$1000$QrstUVwxyz012$kK//XfTQ/1lQVryrao5a4k4hci3zHzdkLf20dYLupdo=",
            "pbkdf2_sha1$1000$QrstUVwxyz012$zZfoSTeZmCwcllbkN3doIaAUC+k=",
            &format!("$pbkdf2-sha256$i=1000,l=32${SALT}${OUTPUT_256}"),
        ] {
            assert!(has(stored, PASSWORD), "{stored}");
            assert!(!has(stored, "correct horse battery stapl"), "{stored}");
            assert!(!ours.made(&StoredHash::parse(stored).expect("usable")), "{stored} is replaced");
        }
    }

    #[test]
    fn bcrypt_takes_no_password_for_another_one_that_it_cannot_tell_apart() {
        let stored = "$2b$04$ddeAa8fjMMP7ZWs6HqHABuqgRFx.BAn69kCIJItIXQARlj/ITk14G";
        assert!(has(stored, &"a".repeat(72)));
        assert!(!has(stored, &"a".repeat(73)), "what follows the 72nd byte counts");
        assert!(!has(stored, &format!("{}b", "a".repeat(72))));
        let short = "$2b$04$qOxtTCs3eWzxCjyzBjJIbunqFBXkP2ejUZwrCUe25i72TJRMfe7/u";
        assert!(!has(short, &format!("{PASSWORD}\0{PASSWORD}")), "its end is no part of it");
    }

    #[test]
    fn what_would_cost_too_much_is_not_computed() {
        let tail = format!("{SALT}${OUTPUT_256}");
        let of = |stored: &str| Foreign::parse(stored).err();
        let bcrypt = "qOxtTCs3eWzxCjyzBjJIbunqFBXkP2ejUZwrCUe25i72TJRMfe7/u";
        for (fits, too_costly) in [
            (format!("$2b$15${bcrypt}"), format!("$2b$16${bcrypt}")),
            (format!("$scrypt$ln=18,r=8,p=2${tail}"), format!("$scrypt$ln=19,r=8,p=1${tail}")),
            (format!("$scrypt$ln=17,r=8,p=4${tail}"), format!("$scrypt$ln=17,r=8,p=5${tail}")),
            (format!("$scrypt$ln=10,r=8,p=1${tail}"), format!("$scrypt$ln=1,r=4294967295,p=4294967295${tail}")),
            (format!("$pbkdf2-sha256$i=5000000${tail}"), format!("$pbkdf2-sha256$i=5000001${tail}")),
            (format!("$pbkdf2-sha1$2500000${tail}"), format!("$pbkdf2-sha1$2500001${tail}")),
        ] {
            assert_eq!(of(&fits), None, "{fits}");
            assert!(matches!(of(&too_costly), Some(UnusableHash::TooCostly(..))), "{too_costly}");
        }
    }

    #[test]
    fn what_no_system_writes_is_unreadable() {
        for stored in [
            "$2b$03$qOxtTCs3eWzxCjyzBjJIbunqFBXkP2ejUZwrCUe25i72TJRMfe7/u",
            "$2x$04$qOxtTCs3eWzxCjyzBjJIbunqFBXkP2ejUZwrCUe25i72TJRMfe7/u",
            "$2b$04$qOxt",
            "$scrypt$ln=255,r=8,p=1$1ToHIIRwjtE6Z8yZU4pxDg$YSBac3Y8tbTNzLo7d2yaBbw958mSYmCi4WlKuEce3NQ",
            "$scrypt$ln=5,r=8$1ToHIIRwjtE6Z8yZU4pxDg$YSBac3Y8tbTNzLo7d2yaBbw958mSYmCi4WlKuEce3NQ",
            "$scrypt$ln=5,r=0,p=1$1ToHIIRwjtE6Z8yZU4pxDg$YSBac3Y8tbTNzLo7d2yaBbw958mSYmCi4WlKuEce3NQ",
            "$pbkdf2-md5$1000$c2FsdA$31ltvuXrbs8POP2F4tw9851NSNQCQpm0sCwu2eEvId8",
            "$pbkdf2-sha256$0$c2FsdA$31ltvuXrbs8POP2F4tw9851NSNQCQpm0sCwu2eEvId8",
            "$pbkdf2-sha256$1000$c2FsdA$MQ",
            "pbkdf2_sha256$1000$salt$",
            "$$$$",
            "",
        ] {
            assert_eq!(StoredHash::parse(stored).err(), Some(UnusableHash::Unreadable), "{stored}");
        }
    }
}
