//! Redirects: the gateway answers where else to look (RFC 9110, section 15.4). Where that is cannot be chosen by whoever asks:
//! the authority is written by the operator, or the host that was asked.

use super::faults::Faults;
use super::template::{Fact, Facts, Part, compile};
use http::header::{CONTENT_LENGTH, LOCATION};
use http::{HeaderMap, HeaderValue, StatusCode};
use orion_contracts::FieldCode;
use orion_infra::config::ConfigFault;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The longest target as it is written, in bytes.
const LONGEST: usize = 2048;
/// Statuses that lead elsewhere and say nothing else.
const STATUSES: [u16; 5] = [301, 302, 303, 307, 308];
/// What a target may name, beside the parts of the route's path.
const FACTS: [Fact; 5] = [Fact::Scheme, Fact::Host, Fact::Authority, Fact::Path, Fact::Query];

/// An answer that leads elsewhere. The route needs no upstream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RedirectConfig {
    /// Where to: a path (`/new/{id}`), or a URL (`https://www.example.com{path}{query}`, `https://{host}{path}{query}`).
    ///
    /// It may name parts of the route's path and `{scheme}`, `{host}`, `{authority}` (the host with its port), `{path}`, and at
    /// its end `{query}`: the query with its `?`, or with `&` where the target has one of its own. The authority of a URL is
    /// written out, or `{host}`, `{host}:8443` or `{authority}`, so that nobody can be led to where the operator has not
    /// said. `{{` and `}}` are braces.
    #[schema(example = "https://{host}{path}{query}")]
    pub to: String,
    /// 301 and 308 for good, which browsers remember; 302, 303 and 307 for now. 307 and 308 keep method and body; 303 asks by
    /// GET, as most do for 301 and 302.
    #[serde(default = "for_now")]
    #[schemars(range(min = 301, max = 308))]
    pub status: u16,
}

/// Can be taken back, and loses no body.
fn for_now() -> u16 {
    307
}

/// A redirect that is ready to be answered.
#[derive(Debug, Clone)]
pub struct Redirect {
    status: StatusCode,
    start: Start,
    path: Vec<Part>,
    /// What follows the `?` of the target's own.
    search: Option<Vec<Part>>,
    /// Whether the request's query follows.
    with_query: bool,
}

/// What a target begins with, before its path.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Start {
    /// Nothing: the host that was asked.
    Here,
    /// A URL's scheme and authority.
    Url(Scheme, Authority),
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Scheme {
    Fixed(&'static str),
    Asked,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Authority {
    Fixed(String),
    Asked,
    /// The host that was asked, with this port and its colon, or without one.
    Host(String),
}

impl RedirectConfig {
    /// Prepares the redirect of a route whose path has these parts; or all that is wrong, with keys below `key`.
    pub fn prepare(&self, key: &str, captures: &[&str]) -> Result<Redirect, Vec<ConfigFault>> {
        let mut faults = Faults::of(key);
        let status = STATUSES.contains(&self.status).then(|| StatusCode::from_u16(self.status).ok()).flatten();
        if status.is_none() {
            faults.add("status", FieldCode::NotOneOf, "must be 301, 302, 303, 307 or 308");
        }
        let target = Target::read(&self.to, captures).map_err(|message| faults.add("to", FieldCode::Invalid, message));
        let prepared = status.zip(target.ok()).map(|(status, target)| Redirect {
            status,
            start: target.start,
            path: target.path,
            search: target.search,
            with_query: target.with_query,
        });
        match prepared {
            Some(redirect) => faults.or(redirect),
            None => Err(faults.all()),
        }
    }
}

/// A target that was read.
struct Target {
    start: Start,
    path: Vec<Part>,
    search: Option<Vec<Part>>,
    with_query: bool,
}

impl Target {
    fn read(to: &str, captures: &[&str]) -> Result<Self, String> {
        if to.is_empty() || to.len() > LONGEST {
            return Err(format!("must have 1 to {LONGEST} bytes"));
        }
        let is_printed =
            |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'\\' | b'"' | b'<' | b'>' | b'^' | b'`' | b'|');
        if !to.bytes().all(is_printed) {
            return Err("must be ASCII without blanks and marks that no URL has; percent-encode them".to_owned());
        }
        let (start, rest) = Start::read(to)?;
        let (rest, with_query) = match rest.strip_suffix("{query}") {
            Some(before) => (before, true),
            None => (rest, false),
        };
        let (path, search) = match rest.split_once('?') {
            Some((path, search)) => (path, Some(search)),
            None => (rest, None),
        };
        if path.contains('#') || search.is_some_and(|search| search.contains('#')) {
            return Err("must have no fragment (#), which says nothing before a query".to_owned());
        }
        // A part of the request's path right behind an authority could make another authority of it: `.evil.example`.
        if !(path.is_empty() || path.starts_with('/') || path.starts_with("{path}")) {
            return Err("needs a slash before its path, which is / or {path} at the start".to_owned());
        }
        if path.starts_with("//") {
            return Err("must not begin with two slashes, after which a host is named; write https://".to_owned());
        }
        if start == Start::Here && path.is_empty() {
            return Err("must begin with a path, as /new or {path}, or be a URL".to_owned());
        }
        if matches!(start, Start::Here | Start::Url(Scheme::Asked, Authority::Asked))
            && path == "{path}"
            && search.is_none()
        {
            return Err("leads back to what was asked, without end".to_owned());
        }
        Ok(Self {
            start,
            path: pieces(path, captures)?,
            search: search.map(|search| pieces(search, captures)).transpose()?,
            with_query,
        })
    }
}

/// The pieces of a path or of a query of the target's own.
fn pieces(text: &str, captures: &[&str]) -> Result<Vec<Part>, String> {
    let parts = compile(text, &FACTS, captures)?;
    match parts.contains(&Part::Fact(Fact::Query)) {
        true => Err("may name {query} only at its end".to_owned()),
        false => Ok(parts),
    }
}

impl Start {
    /// What a target begins with, and the rest of it.
    fn read(to: &str) -> Result<(Self, &str), String> {
        let Some((scheme, rest)) = to.split_once("://").filter(|(scheme, _)| !scheme.contains(['/', '?', '#'])) else {
            return match to.starts_with('/') || to.starts_with("{path}") {
                true => Ok((Self::Here, to)),
                false => Err("must begin with /, {path}, https://, http:// or {scheme}://".to_owned()),
            };
        };
        let scheme = match scheme {
            "https" => Scheme::Fixed("https"),
            "http" => Scheme::Fixed("http"),
            "{scheme}" => Scheme::Asked,
            _ => return Err("must begin with https://, http:// or {scheme}://".to_owned()),
        };
        // `{path}` begins with a slash of its own.
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let end = ["{path}", "{query}"].iter().filter_map(|name| rest.find(name)).fold(end, usize::min);
        let (authority, path) = rest.split_at(end);
        let authority = if authority == "{authority}" {
            Authority::Asked
        } else if let Some(port) = authority.strip_prefix("{host}") {
            let number = port.strip_prefix(':').and_then(|digits| digits.parse::<u16>().ok());
            if !port.is_empty() && number.is_none_or(|number| port != format!(":{number}")) {
                return Err("may have only a port behind {host}, as {host}:8443".to_owned());
            }
            Authority::Host(port.to_owned())
        } else {
            match crate::routing::canonical::host(authority) {
                Ok(host) if host == authority => Authority::Fixed(authority.to_owned()),
                Ok(host) => return Err(format!("must name its host as \"{host}\"")),
                Err(_) => {
                    return Err(
                        "must name its host in letters of its own, or be {host}, {host}:PORT or {authority}".to_owned()
                    );
                }
            }
        };
        Ok((Self::Url(scheme, authority), path))
    }

    fn write(&self, out: &mut String, facts: &Facts<'_>) {
        let Self::Url(scheme, authority) = self else { return };
        out.push_str(match scheme {
            Scheme::Fixed(scheme) => scheme,
            Scheme::Asked => facts.scheme,
        });
        out.push_str("://");
        match authority {
            Authority::Fixed(authority) => out.push_str(authority),
            Authority::Asked => out.push_str(facts.authority),
            Authority::Host(port) => {
                out.push_str(facts.host());
                out.push_str(port);
            }
        }
    }
}

impl Redirect {
    /// The status, and the headers of an answer without a body.
    pub fn answer(&self, facts: &Facts<'_>) -> (StatusCode, HeaderMap) {
        let mut headers = HeaderMap::with_capacity(8);
        let location = HeaderValue::try_from(self.location(facts));
        headers.insert(LOCATION, location.unwrap_or(HeaderValue::from_static("/")));
        headers.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
        (self.status, headers)
    }

    /// Where it leads. Whatever the request says, it is a URL's path and query, never its authority.
    pub fn location(&self, facts: &Facts<'_>) -> String {
        let mut out = String::with_capacity(128);
        self.start.write(&mut out, facts);
        let path = out.len();
        fill(&mut out, &self.path, facts, is_path);
        if self.start == Start::Here {
            // Two slashes at the start name a host.
            let slashes = out.bytes().take_while(|byte| *byte == b'/').count();
            out.replace_range(..slashes, "/");
        } else if !out[path..].is_empty() && !out[path..].starts_with('/') {
            out.insert(path, '/');
        }
        if let Some(search) = &self.search {
            out.push('?');
            fill(&mut out, search, facts, is_unreserved);
        }
        if let Some(query) = facts.query.filter(|query| self.with_query && !query.is_empty()) {
            out.push(if self.search.is_some() { '&' } else { '?' });
            encode(&mut out, query, is_query);
        }
        out
    }
}

fn fill(out: &mut String, parts: &[Part], facts: &Facts<'_>, stands: fn(u8) -> bool) {
    for part in parts {
        match part {
            // Braces that were written as such may not stand in a URL.
            Part::Literal(literal) => encode(out, literal, is_query),
            Part::Capture(place) => encode(out, facts.captures.get(*place).unwrap_or(&""), stands),
            Part::Fact(fact) => {
                let mut text = String::new();
                fact.write(&mut text, facts);
                encode(out, &text, stands);
            }
        }
    }
}

/// Writes a text that may be percent-encoded already; what may not stand in this place is encoded.
fn encode(out: &mut String, text: &str, stands: fn(u8) -> bool) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let bytes = text.as_bytes();
    for (at, &byte) in bytes.iter().enumerate() {
        let is_code = || bytes.get(at + 1..at + 3).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit));
        if stands(byte) || (byte == b'%' && is_code()) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.push(char::from(DIGITS[usize::from(byte >> 4)]));
            out.push(char::from(DIGITS[usize::from(byte & 15)]));
        }
    }
}

/// RFC 3986, section 2.3.
fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// RFC 3986, section 3.3, with its slashes.
fn is_path(byte: u8) -> bool {
    is_unreserved(byte)
        || matches!(
            byte,
            b'!' | b'$' | b'&' | b'\'' | b'(' | b')' | b'*' | b'+' | b',' | b';' | b'=' | b':' | b'@' | b'/'
        )
}

/// RFC 3986, section 3.4.
fn is_query(byte: u8) -> bool {
    is_path(byte) || byte == b'?'
}

#[cfg(test)]
#[path = "redirect_tests.rs"]
mod tests;
