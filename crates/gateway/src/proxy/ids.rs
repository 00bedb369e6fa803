//! Ids of requests and traces. A core draws its random bytes in bulk.

use chrono::{DateTime, Utc};
use http::HeaderValue;
use orion_infra::Random;
use std::cell::RefCell;

const POOL: usize = 4096;

/// One core's ids.
pub(super) struct Ids {
    random: Random,
    pool: RefCell<(Box<[u8; POOL]>, usize)>,
}

impl Ids {
    /// Ids from a source of randomness.
    pub(super) fn new(random: Random) -> Self {
        Self { random, pool: RefCell::new((Box::new([0; POOL]), POOL)) }
    }

    fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut pool = self.pool.borrow_mut();
        let (bytes, used) = &mut *pool;
        if *used + N > POOL {
            self.random.fill(&mut bytes[..]);
            *used = 0;
        }
        let mut taken = [0; N];
        taken.copy_from_slice(&bytes[*used..*used + N]);
        *used += N;
        taken
    }

    /// A new request id: a UUIDv7.
    pub(super) fn request_id(&self, now: DateTime<Utc>) -> HeaderValue {
        let id = uuid::Builder::from_unix_timestamp_millis(now.timestamp_millis().unsigned_abs(), &self.bytes());
        let mut text = [0; uuid::fmt::Hyphenated::LENGTH];
        value(id.into_uuid().as_hyphenated().encode_lower(&mut text).as_bytes())
    }

    /// A number by chance.
    pub(super) fn number(&self) -> u64 {
        u64::from_le_bytes(self.bytes())
    }

    /// A new `traceparent` (W3C trace context).
    pub(super) fn traceparent(&self) -> [u8; 55] {
        let bytes: [u8; 24] = self.bytes();
        let mut text = *b"00-00000000000000000000000000000000-0000000000000000-01";
        let (trace, span) = (3..35, 36..52);
        for (at, byte) in trace.chain(span).step_by(2).zip(bytes) {
            text[at..at + 2].copy_from_slice(&hex(byte));
        }
        text
    }
}

fn hex(byte: u8) -> [u8; 2] {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]
}

fn value(bytes: &[u8]) -> HeaderValue {
    HeaderValue::from_bytes(bytes).unwrap_or(HeaderValue::from_static(""))
}

/// Whether a `traceparent` is valid: version 00, lower-case hexadecimal, neither id zero.
pub(super) fn is_traceparent(value: &HeaderValue) -> bool {
    let bytes = value.as_bytes();
    let digits = |bytes: &[u8]| bytes.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let zero = |bytes: &[u8]| bytes.iter().all(|byte| *byte == b'0');
    bytes.len() == 55
        && bytes.starts_with(b"00-")
        && bytes[35] == b'-'
        && bytes[52] == b'-'
        && [&bytes[3..35], &bytes[36..52], &bytes[53..]].into_iter().all(digits)
        && !zero(&bytes[3..35])
        && !zero(&bytes[36..52])
}

#[cfg(test)]
mod tests {
    use super::{Ids, is_traceparent};
    use chrono::DateTime;
    use http::HeaderValue;
    use orion_http::headers::is_request_id;
    use orion_infra::Random;
    use std::collections::HashSet;

    #[test]
    fn ids_are_valid_and_differ_over_many_refills() {
        let ids = Ids::new(Random::seeded(1));
        let now = DateTime::from_timestamp(1_800_000_000, 0).expect("a time");
        let mut seen = HashSet::new();
        for _ in 0..1000 {
            let request = ids.request_id(now);
            let trace = HeaderValue::from_bytes(&ids.traceparent()).expect("text");
            assert!(is_request_id(request.as_bytes()) && is_traceparent(&trace), "{request:?} {trace:?}");
            assert!(uuid::Uuid::parse_str(request.to_str().expect("text")).is_ok());
            assert!(seen.insert(request) && seen.insert(trace));
        }
    }

    #[test]
    fn ids_of_clients_are_kept_only_when_they_are_safe() {
        let value = |text: &'static str| HeaderValue::from_static(text);
        assert!(is_traceparent(&value("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")));
        for bad in [
            "",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-x",
        ] {
            assert!(!is_traceparent(&value(bad)), "{bad}");
        }
    }
}
