//! What an answer depends on, for caches (RFC 9110, section 12.5.5).

use http::header::{HeaderMap, HeaderName, HeaderValue, VARY};

/// Says that an answer depends on a header of its request, unless it says so already.
pub(super) fn on(headers: &mut HeaderMap, name: &HeaderName) {
    let values = headers.get_all(VARY).iter();
    let mut named = values.flat_map(|value| value.as_bytes().split(|byte| *byte == b',')).map(<[u8]>::trim_ascii);
    if !named.any(|said| said == b"*" || said.eq_ignore_ascii_case(name.as_str().as_bytes())) {
        headers.append(VARY, HeaderValue::from_name(name.clone()));
    }
}

#[cfg(test)]
mod tests {
    use super::on;
    use http::header::{ACCEPT_ENCODING, HeaderMap, HeaderValue, ORIGIN, VARY};

    #[test]
    fn a_header_is_named_once() {
        for (was, becomes) in [
            ("", vec!["", "origin"]),
            ("accept-encoding", vec!["accept-encoding", "origin"]),
            ("accept-encoding, Origin", vec!["accept-encoding, Origin"]),
            ("*", vec!["*"]),
            ("x-origin", vec!["x-origin", "origin"]),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(VARY, HeaderValue::from_static(was));
            on(&mut headers, &ORIGIN);
            on(&mut headers, &ORIGIN);
            assert_eq!(headers.get_all(VARY).iter().collect::<Vec<_>>(), becomes, "{was}");
        }
        let mut headers = HeaderMap::new();
        on(&mut headers, &ORIGIN);
        on(&mut headers, &ACCEPT_ENCODING);
        assert_eq!(headers.get_all(VARY).iter().collect::<Vec<_>>(), ["origin", "accept-encoding"]);
    }
}
