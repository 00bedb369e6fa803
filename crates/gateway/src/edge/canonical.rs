//! One canonical path and host. Router, authorisation, limiter and upstream all read these, so that no two of them can
//! understand a request differently.
//!
//! - Percent-encoded unreserved characters are decoded, other encodings get upper-case digits (RFC 3986, section 6.2.2).
//! - Dot segments are removed; a path that climbs above its root is refused.
//! - Repeated slashes become one, as most upstreams read them anyway.
//! - Refused: encoded `/`, `\` and NUL, once or repeatedly encoded; repeatedly encoded dots; broken encodings; and dot
//!   segments with parameters (`..;x`), which servlet containers take for dot segments.
//! - The host is lower-case, without port and without a trailing dot.

use std::borrow::Cow;
use std::fmt;

/// Why a target or host has no canonical form. Always a 400.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotCanonical {
    /// It does not start with a slash.
    NotAbsolute,
    /// A `%` without two hexadecimal digits.
    BrokenEncoding,
    /// An encoded separator, NUL or repeatedly encoded dot.
    ForbiddenEncoding,
    /// A byte that may not stand in a path, such as a backslash.
    ForbiddenByte,
    /// More `..` than there are segments before it.
    AboveRoot,
    /// A dot segment with parameters.
    DotParameters,
    /// The host is not a name or address with an optional port.
    Host,
}

impl fmt::Display for NotCanonical {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotAbsolute => "The path must start with a slash",
            Self::BrokenEncoding => "The path has a % without two hexadecimal digits",
            Self::ForbiddenEncoding => "The path has an encoded slash, backslash or NUL, or repeatedly encoded dots",
            Self::ForbiddenByte => "The path has a byte that must be encoded",
            Self::AboveRoot => "The path climbs above its root",
            Self::DotParameters => "The path has a dot segment with parameters",
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
            b'/' | b'\\' | 0 => return Err(NotCanonical::ForbiddenEncoding),
            b'%' if hides_structure(bytes, at + 3) => return Err(NotCanonical::ForbiddenEncoding),
            _ if value.is_ascii_alphanumeric() || matches!(value, b'-' | b'.' | b'_' | b'~') => {
                out.push(char::from(value));
            }
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
fn encoded(bytes: &[u8], at: usize) -> Option<u8> {
    let digit = |at: usize| bytes.get(at).and_then(|&digit| char::from(digit).to_digit(16));
    Some((digit(at)? * 16 + digit(at + 1)?) as u8)
}

/// Whether an encoded `%` is followed by what another decoding would make a separator, NUL or dot of.
fn hides_structure(bytes: &[u8], mut at: usize) -> bool {
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
        Some(b'/' | b'\\' | b'.' | 0) => true,
        Some(b'%') => hides_structure(bytes, at),
        _ => false,
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
            _ if segment.starts_with(".;") || segment.starts_with("..;") => return Err(NotCanonical::DotParameters),
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
    let port_valid = port.is_empty() || port.strip_prefix(':').is_some_and(|digits| digits.parse::<u16>().is_ok());
    let name = if name.starts_with('[') { name } else { name.strip_suffix('.').unwrap_or(name) };
    let valid = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let dots_valid = !name.starts_with('.') && !name.ends_with('.') && !name.contains("..");
    let name_valid = name.starts_with('[') || (name.bytes().all(valid) && dots_valid);
    if !port_valid || name.is_empty() || name.len() > 255 || !name_valid {
        return Err(NotCanonical::Host);
    }
    if name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return Ok(Cow::Owned(name.to_ascii_lowercase()));
    }
    Ok(Cow::Borrowed(name))
}

#[cfg(test)]
#[path = "canonical_tests.rs"]
mod tests;
