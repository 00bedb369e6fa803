//! One canonical path and host. Router, authorisation, limiter and upstream all read these, so that no two of them can
//! understand a request differently.
//!
//! - Percent-encoded unreserved characters are decoded, other encodings get upper-case digits (RFC 3986, section 6.2.2).
//! - Dot segments are removed; a path that climbs above its root is refused.
//! - Repeated slashes become one, as most upstreams read them anyway.
//! - Refused: encoded `\` and control characters, once or repeatedly encoded; a repeatedly encoded `/`, also as an overlong UTF-8 sequence;
//!   repeatedly encoded letters, digits, `-`, `.`, `_`, `~` and `;`, which nobody needs to encode once; broken encodings; and
//!   dot segments with parameters (`..;x`) or between encoded slashes, which some servers take for dot segments.
//! - Encoded slashes (`%2F`) and parameters of segments (`;x`) stay, but no path is routed otherwise than without them, and
//!   few routes take the former (`routing/table.rs`).
//! - The host is lower-case, without a trailing dot, and with the port that was named.

use std::borrow::Cow;
use std::fmt;

/// An encoded slash, in its canonical form.
pub const SLASH: &str = "%2F";

/// Why a target or host has no canonical form. Always a 400.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotCanonical {
    /// It does not start with a slash.
    NotAbsolute,
    /// A `%` without two hexadecimal digits.
    BrokenEncoding,
    /// An encoded backslash or control character, or something encoded repeatedly.
    ForbiddenEncoding,
    /// A byte that may not stand in a path, such as a backslash.
    ForbiddenByte,
    /// More `..` than there are segments before it.
    AboveRoot,
    /// A dot segment with parameters, or between encoded slashes.
    HiddenDots,
    /// The host is not a name or address with an optional port.
    Host,
}

impl fmt::Display for NotCanonical {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotAbsolute => "The path must start with a slash",
            Self::BrokenEncoding => "The path has a % without two hexadecimal digits",
            Self::ForbiddenEncoding => {
                "The path has an encoded backslash or control character, or something that is encoded repeatedly"
            }
            Self::ForbiddenByte => "The path has a byte that must be encoded",
            Self::AboveRoot => "The path climbs above its root",
            Self::HiddenDots => "The path has a dot segment with parameters, or between encoded slashes",
            Self::Host => "Host is not a name or address with an optional port",
        })
    }
}

impl std::error::Error for NotCanonical {}

/// The canonical form of a path (without query). Borrowed when it is canonical already.
pub fn path(path: &str) -> Result<Cow<'_, str>, NotCanonical> {
    let bytes = path.as_bytes();
    if bytes.first() != Some(&b'/') {
        return Err(NotCanonical::NotAbsolute);
    }
    let mut suspicious = false;
    let mut previous = 0;
    for &byte in bytes {
        if byte <= 0x20 || byte >= 0x7f || matches!(byte, b'\\' | b'?' | b'#') {
            return Err(NotCanonical::ForbiddenByte);
        }
        suspicious |= byte == b'%' || (previous == b'/' && matches!(byte, b'/' | b'.'));
        previous = byte;
    }
    if !suspicious {
        return Ok(Cow::Borrowed(path));
    }
    remove_dot_segments(&decode(bytes)?).map(Cow::Owned)
}

/// The form of a path that has a canonical one and double slashes, with these; `None` when it has none. Dot segments beside
/// them have no form, for servers count differently what they climb above.
pub fn with_double_slashes(path: &str) -> Result<Option<String>, NotCanonical> {
    if !path.contains("//") {
        return Ok(None);
    }
    let decoded = decode(path.as_bytes())?;
    if decoded.split('/').any(|segment| matches!(segment, "." | "..")) {
        return Err(NotCanonical::HiddenDots);
    }
    Ok(Some(decoded))
}

/// Decodes what is unreserved, and refuses what may not be encoded.
fn decode(bytes: &[u8]) -> Result<String, NotCanonical> {
    let mut out = String::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        if byte != b'%' {
            out.push(char::from(byte));
            at += 1;
            continue;
        }
        let value = encoded(bytes, at + 1).ok_or(NotCanonical::BrokenEncoding)?;
        match value {
            b'\\' | 0..=0x1F | 0x7F => return Err(NotCanonical::ForbiddenEncoding),
            b'%' if hides_something(bytes, at + 3) => return Err(NotCanonical::ForbiddenEncoding),
            0xC0 | 0xC1 | 0xE0 | 0xF0 if is_overlong(value, bytes, at + 3) => {
                return Err(NotCanonical::ForbiddenEncoding);
            }
            _ if is_unreserved(value) => out.push(char::from(value)),
            _ => {
                out.push('%');
                out.extend(bytes[at + 1..at + 3].iter().map(|digit| char::from(digit.to_ascii_uppercase())));
            }
        }
        at += 3;
    }
    Ok(out)
}

/// The value of two hexadecimal digits.
pub(super) fn encoded(bytes: &[u8], at: usize) -> Option<u8> {
    let digit = |at: usize| bytes.get(at).and_then(|&digit| char::from(digit).to_digit(16));
    Some((digit(at)? * 16 + digit(at + 1)?) as u8)
}

/// What means the same encoded and plain (RFC 3986, section 2.3).
fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// Whether an encoded byte and the next one spell a character in more bytes than it has: some decoders take `%C0%AF` for `/`.
fn is_overlong(first: u8, bytes: &[u8], at: usize) -> bool {
    let second = if bytes.get(at) == Some(&b'%') { encoded(bytes, at + 1) } else { None };
    let last = match first {
        0xE0 => 0x9F,
        0xF0 => 0x8F,
        _ => 0xBF,
    };
    second.is_some_and(|second| (0x80..=last).contains(&second))
}

/// Whether an encoded `%` is followed by what another decoding would make a separator, NUL, or a part of a name of.
fn hides_something(bytes: &[u8], mut at: usize) -> bool {
    // The digits after an encoded % may themselves be encoded: %25%32%65 is %2e after one decoding.
    let mut digits = Vec::with_capacity(2);
    while digits.len() < 2 {
        let (byte, next) = match bytes.get(at) {
            Some(b'%') => match encoded(bytes, at + 1) {
                Some(byte) => (byte, at + 3),
                None => return false,
            },
            Some(&byte) => (byte, at + 1),
            None => return false,
        };
        digits.push(byte);
        at = next;
    }
    match encoded(&digits, 0) {
        Some(b'/' | b'\\' | b';' | 0) => true,
        Some(b'%') => hides_something(bytes, at),
        Some(byte) => is_unreserved(byte),
        None => false,
    }
}

fn remove_dot_segments(path: &str) -> Result<String, NotCanonical> {
    let mut out = String::with_capacity(path.len());
    let mut segments = path.split('/').skip(1).peekable();
    while let Some(segment) = segments.next() {
        let last = segments.peek().is_none();
        match segment {
            ".." => {
                let parent = out.rfind('/').ok_or(NotCanonical::AboveRoot)?;
                out.truncate(parent);
            }
            "." => {}
            "" if !last => continue,
            _ if segment.split(SLASH).any(|part| matches!(plain(part), "." | "..")) => {
                return Err(NotCanonical::HiddenDots);
            }
            _ => {
                out.push('/');
                out.push_str(segment);
                continue;
            }
        }
        if last {
            out.push('/');
        }
    }
    // A trailing slash after nothing is the root itself.
    if out.is_empty() {
        out.push('/');
    }
    Ok(out)
}

/// A segment without its parameters (RFC 3986, section 3.3), encoded ones included, and without what a server that decodes
/// first takes for a query or fragment.
pub fn plain(segment: &str) -> &str {
    let bytes = segment.as_bytes();
    let is_encoded = |code: &[u8]| [b"%3b", b"%3f", b"%23"].iter().any(|end| code.eq_ignore_ascii_case(*end));
    let starts = |at: &usize| bytes[*at] == b';' || bytes[*at..].get(..3).is_some_and(is_encoded);
    match (0..bytes.len()).find(starts) {
        // Both ways to write it begin with ASCII, so this is where a character begins.
        Some(end) => segment.get(..end).unwrap_or_default(),
        None => segment,
    }
}

/// A segment without the dots, blanks and tabs at its end.
pub(super) fn trimmed(mut segment: &str) -> &str {
    while let Some(shorter) = [".", "%20", "%09"].iter().find_map(|end| segment.strip_suffix(end)) {
        segment = shorter;
    }
    segment
}

/// A canonical path as servers read it that cut parameters off its segments, dots and blanks off their ends (as file
/// systems of Windows do), and take encoded slashes for slashes; `None` when there is nothing of it.
pub fn read_otherwise(path: &str) -> Option<String> {
    let cut = |segment| trimmed(plain(segment));
    if !path.contains(SLASH) && !path.split('/').any(|segment| cut(segment).len() < segment.len()) {
        return None;
    }
    let segments = || path.split('/').flat_map(|segment| segment.split(SLASH)).map(cut);
    let mut out = String::with_capacity(path.len());
    for segment in segments().filter(|segment| !segment.is_empty()) {
        out.push('/');
        out.push_str(segment);
    }
    if segments().last().is_some_and(str::is_empty) {
        out.push('/');
    }
    Some(out)
}

/// The canonical form of a Host header's value. Borrowed when it is canonical already.
pub fn host(value: &str) -> Result<Cow<'_, str>, NotCanonical> {
    let (name, port) = match value.strip_prefix('[') {
        Some(rest) => {
            let end = rest.find(']').ok_or(NotCanonical::Host)?;
            rest[..end].parse::<std::net::Ipv6Addr>().map_err(|_| NotCanonical::Host)?;
            (&value[..end + 2], &rest[end + 1..])
        }
        None => match value.find(':') {
            Some(colon) => (&value[..colon], &value[colon..]),
            None => (value, ""),
        },
    };
    let name = if name.starts_with('[') { name } else { name.strip_suffix('.').unwrap_or(name) };
    let valid = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let dots_valid = !name.starts_with('.') && !name.ends_with('.') && !name.contains("..");
    let name_valid = name.starts_with('[') || (name.bytes().all(valid) && dots_valid);
    if name.is_empty() || name.len() > 255 || !name_valid {
        return Err(NotCanonical::Host);
    }
    let as_it_came = name.len() + port.len() == value.len() && !name.bytes().any(|byte| byte.is_ascii_uppercase());
    if port.is_empty() {
        return Ok(if as_it_came { Cow::Borrowed(value) } else { Cow::Owned(name.to_ascii_lowercase()) });
    }
    let digits = port.strip_prefix(':').filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
    let number: u16 = digits.and_then(|digits| digits.parse().ok()).ok_or(NotCanonical::Host)?;
    if as_it_came && !port.starts_with(":0") {
        return Ok(Cow::Borrowed(value));
    }
    Ok(Cow::Owned(format!("{}:{number}", name.to_ascii_lowercase())))
}

#[cfg(test)]
#[path = "canonical_tests.rs"]
mod tests;
