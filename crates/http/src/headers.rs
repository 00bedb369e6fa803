//! What the gateway and the services say and keep alike in headers.

use http::{HeaderName, HeaderValue, header};

/// On every answer that does not say otherwise itself.
pub const SECURITY: [(HeaderName, HeaderValue); 4] = [
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
];

/// Whether a client's `X-Request-Id` is kept: short, and of characters that are safe in every log.
pub fn is_request_id(id: &[u8]) -> bool {
    let is_safe = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    (1..=128).contains(&id.len()) && id.iter().all(is_safe)
}

#[cfg(test)]
mod tests {
    use super::is_request_id;

    #[test]
    fn request_ids_are_short_and_safe_in_logs() {
        for good in ["a", "01a21e86-c3a3-7ea8-ab82-b9067adca927", "A_b.c"] {
            assert!(is_request_id(good.as_bytes()), "{good}");
        }
        for bad in ["", "a b", "a\"", "\n", &"a".repeat(129)] {
            assert!(!is_request_id(bad.as_bytes()), "{bad:?}");
        }
    }
}
