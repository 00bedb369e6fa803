//! The console's cookie: an opaque id that JavaScript cannot read.

use crate::domain::origin::ConsoleOrigin;
use http::{HeaderMap, HeaderValue, header};
use orion_contracts::Secret;
use orion_contracts::auth::MAX_TOKEN;

/// How long a device is known at most, in seconds.
const YEAR: i64 = 31_536_000;

/// The cookie's value, when the browser sent exactly one.
pub(super) fn read<'a>(headers: &'a HeaderMap, origin: &ConsoleOrigin) -> Option<&'a str> {
    read_named(headers, origin.cookie_name())
}

/// The cookie of a sign-in under way.
pub(super) fn read_flow<'a>(headers: &'a HeaderMap, origin: &ConsoleOrigin) -> Option<&'a str> {
    read_named(headers, origin.flow_cookie_name())
}

/// What the device is known by, from its cookie.
pub(super) fn read_device(headers: &HeaderMap, origin: &ConsoleOrigin) -> Option<Secret> {
    let token = read_named(headers, origin.device_cookie_name())?;
    (!token.is_empty() && token.len() <= MAX_TOKEN).then(|| Secret::new(token))
}

/// Keeps what the device is known by, for a year.
pub(super) fn set_device(origin: &ConsoleOrigin, token: &Secret) -> Option<HeaderValue> {
    set_named(origin, origin.device_cookie_name(), token.expose(), YEAR)
}

fn read_named<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut values = headers
        .get_all(header::COOKIE)
        .iter()
        .flat_map(|value| value.as_bytes().split(|byte| *byte == b';'))
        // Cookies of other programs on this host may hold anything.
        .filter_map(|pair| std::str::from_utf8(pair).ok())
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(key, _)| *key == name)
        .map(|(_, value)| value);
    let value = values.next()?;
    values.next().is_none().then_some(value)
}

/// Sets the cookie for as long as a session can live.
pub(super) fn set(origin: &ConsoleOrigin, value: &str, max_age: i64) -> Option<HeaderValue> {
    set_named(origin, origin.cookie_name(), value, max_age)
}

/// Sets the cookie of a sign-in for as long as it may take, in seconds.
pub(super) fn set_flow(origin: &ConsoleOrigin, value: &str, max_age: u64) -> Option<HeaderValue> {
    set_named(origin, origin.flow_cookie_name(), value, i64::try_from(max_age).unwrap_or(0))
}

/// Takes the cookie of a sign-in away.
pub(super) fn clear_flow(origin: &ConsoleOrigin) -> Option<HeaderValue> {
    set_flow(origin, "", 0)
}

fn set_named(origin: &ConsoleOrigin, name: &str, value: &str, max_age: i64) -> Option<HeaderValue> {
    let secure = if origin.is_secure() { "; Secure" } else { "" };
    let text = format!("{name}={value}; Path=/; Max-Age={max_age}; HttpOnly; SameSite=Strict{secure}");
    let mut value = HeaderValue::try_from(text).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// Takes the cookie away.
pub(super) fn clear(origin: &ConsoleOrigin) -> Option<HeaderValue> {
    set(origin, "", 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(url: &str) -> ConsoleOrigin {
        ConsoleOrigin::new(&url.parse().expect("a URL")).expect("usable")
    }

    #[test]
    fn the_cookie_is_strict_and_on_https_bound_to_the_host() {
        let text = |url| set(&origin(url), "x", 60).expect("a header").to_str().expect("text").to_owned();
        assert_eq!(
            text("https://console.example.com"),
            "__Host-orion_admin=x; Path=/; Max-Age=60; HttpOnly; SameSite=Strict; Secure"
        );
        assert_eq!(text("http://localhost:3004"), "orion_admin_3004=x; Path=/; Max-Age=60; HttpOnly; SameSite=Strict");
    }

    #[test]
    fn exactly_one_cookie_of_the_name_counts() {
        let local = origin("http://localhost:3004");
        let value = |cookie: &'static str| {
            let headers = HeaderMap::from_iter([(header::COOKIE, HeaderValue::from_static(cookie))]);
            read(&headers, &local).map(str::to_owned)
        };
        assert_eq!(value("a=b; orion_admin_3004=x").as_deref(), Some("x"));
        assert_eq!(value("orion_admin_3004=x; orion_admin_3004=y"), None);
        let foreign = HeaderValue::from_bytes(b"name=Jos\xe9; orion_admin_3004=x").expect("a value");
        assert_eq!(read(&HeaderMap::from_iter([(header::COOKIE, foreign)]), &local), Some("x"));
        assert_eq!(value("xorion_admin_3004=x; __Host-orion_admin=y; orion_admin=z; orion_admin_3005=other"), None);
    }
}
