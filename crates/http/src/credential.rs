//! Where an API key stands in a request. One key is one key, whatever header it comes in; a request with more than one credential is
//! refused, for who calls would depend on who reads it.

use http::{HeaderMap, HeaderName, header};
use orion_contracts::Problem;
use orion_contracts::api_keys::{API_KEY_HEADER, is_api_key};

/// The header beside `Authorization`.
pub const X_API_KEY: HeaderName = HeaderName::from_static(API_KEY_HEADER);

/// The API key of ORION's that a request carries, if it does. Other values of `X-API-Key` are none of ORION's: products behind
/// the gateway may have keys of their own.
pub fn api_key(headers: &HeaderMap) -> Result<Option<&str>, Problem> {
    let mut found = None;
    for value in headers.get_all(header::AUTHORIZATION) {
        found = found.or(bearer(value.as_bytes()).filter(|token| is_api_key(token)));
    }
    for value in headers.get_all(X_API_KEY) {
        found = found.or(Some(value.as_bytes().trim_ascii()).filter(|key| is_api_key(key)));
    }
    let Some(found) = found else { return Ok(None) };
    let credentials = headers.get_all(header::AUTHORIZATION).iter().chain(headers.get_all(X_API_KEY)).count();
    if credentials > 1 {
        return Err(Problem::bad_request().detail(
            "There is more than one credential. Send an API key once, as Authorization: Bearer or as X-API-Key.",
        ));
    }
    // What is no text is no key either, and refused as one.
    Ok(Some(std::str::from_utf8(found).unwrap_or_default()))
}

/// The token of a `Bearer` credential (RFC 6750).
fn bearer(value: &[u8]) -> Option<&[u8]> {
    let (scheme, rest) = value.split_at_checked(7)?;
    scheme.eq_ignore_ascii_case(b"Bearer ").then(|| rest.trim_ascii())
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn found(lines: &[(&'static str, &str)]) -> Result<Option<String>, u16> {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(HeaderName::from_static(name), HeaderValue::from_str(value).expect("a value"));
        }
        api_key(&headers).map(|key| key.map(str::to_owned)).map_err(|problem| problem.status)
    }

    #[test]
    fn a_key_is_the_same_in_each_header_and_spelling() {
        let key = || Ok(Some("orion_x".to_owned()));
        for line in [
            ("authorization", "Bearer orion_x"),
            ("authorization", "bearer   orion_x "),
            ("x-api-key", "orion_x"),
            ("x-api-key", " orion_x "),
        ] {
            assert_eq!(found(&[line]), key(), "{line:?}");
        }
    }

    #[test]
    fn a_key_and_any_other_credential_are_refused_and_others_are_not_ours() {
        for two in [
            [("authorization", "Bearer orion_x"), ("x-api-key", "orion_x")],
            [("authorization", "Bearer orion_x"), ("authorization", "Bearer orion_x")],
            [("x-api-key", "orion_x"), ("x-api-key", "orion_y")],
            [("x-api-key", "theirs"), ("x-api-key", "orion_y")],
            [("authorization", "Bearer eyJ"), ("x-api-key", "orion_x")],
            [("authorization", "Basic YTpi"), ("x-api-key", "orion_x")],
        ] {
            assert_eq!(found(&two), Err(400), "{two:?}");
        }
        for none in [("authorization", "Bearer eyJ"), ("authorization", "Basic orion_"), ("x-api-key", "theirs")] {
            assert_eq!(found(&[none]), Ok(None), "{none:?}");
        }
        assert_eq!(found(&[("authorization", "Bearer eyJ"), ("x-api-key", "theirs")]), Ok(None));
    }
}
