//! An authenticator app (RFC 6238, SHA-1, six digits, thirty seconds), made without the product's own library.

use aws_lc_rs::hmac;
use chrono::{DateTime, Utc};

/// An app that holds one key.
#[derive(Clone)]
pub struct Authenticator {
    key: Vec<u8>,
}

impl Authenticator {
    /// Takes a key as it is typed: in Base32 (RFC 4648).
    pub fn with(secret: &str) -> Self {
        let (mut key, mut bits, mut held) = (Vec::new(), 0_u32, 0_u32);
        for letter in secret.bytes() {
            let value = match letter {
                b'A'..=b'Z' => letter - b'A',
                b'2'..=b'7' => letter - b'2' + 26,
                _ => panic!("{secret} is no Base32"),
            };
            (bits, held) = (bits << 5 | u32::from(value), held + 5);
            if held >= 8 {
                held -= 8;
                key.push(u8::try_from(bits >> held & 0xff).unwrap());
            }
        }
        Self { key }
    }

    /// The code that it shows at a moment.
    pub fn code(&self, now: DateTime<Utc>) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &self.key);
        let tag = hmac::sign(&key, &(now.timestamp() / 30).to_be_bytes());
        let bytes = tag.as_ref();
        let at = usize::from(bytes[19] & 0xf);
        let number = u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap()) & 0x7fff_ffff;
        format!("{:06}", number % 1_000_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The last six digits of those in RFC 6238, appendix B.
    #[test]
    fn codes_are_those_of_the_standard() {
        let app = Authenticator::with("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        for (time, code) in [(59, "287082"), (1_111_111_109, "081804"), (20_000_000_000, "353130")] {
            assert_eq!(app.code(DateTime::from_timestamp(time, 0).unwrap()), code);
        }
    }
}
