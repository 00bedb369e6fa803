//! Texts with `{names}`: compiled once, filled for a request. A name that is not known is told when the route is saved.

use std::fmt::Write;
use std::net::IpAddr;

/// What a policy may say of a request. All of it is as the router read it: canonical, never as the client spelled it.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// `http` or `https`, as the client sees it.
    pub scheme: &'a str,
    /// The canonical host with its port, if one was sent.
    pub authority: &'a str,
    /// The canonical path, percent-encoded; it begins with a slash.
    pub path: &'a str,
    /// The query without its `?`, as it came.
    pub query: Option<&'a str>,
    /// What the parts of the route's path matched, in the order in which the path names them; percent-encoded.
    pub captures: &'a [&'a str],
    /// The request's id.
    pub request_id: &'a str,
    /// Who the client is.
    pub client: IpAddr,
    /// Which user calls, if that is known.
    pub user_id: Option<&'a str>,
}

impl<'a> Facts<'a> {
    /// The host without its port.
    pub fn host(&self) -> &'a str {
        match self.authority.rfind(':') {
            // The last colon of an address in brackets may be one of its own.
            Some(colon) if !self.authority.ends_with(']') => &self.authority[..colon],
            _ => self.authority,
        }
    }
}

/// A fact that has a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fact {
    Scheme,
    Host,
    Authority,
    Path,
    Query,
    RequestId,
    Client,
    UserId,
}

impl Fact {
    /// How it is written.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Scheme => "scheme",
            Self::Host => "host",
            Self::Authority => "authority",
            Self::Path => "path",
            Self::Query => "query",
            Self::RequestId => "request_id",
            Self::Client => "client",
            Self::UserId => "user_id",
        }
    }

    /// Writes it; tells whether the request has it.
    pub(super) fn write(self, out: &mut String, facts: &Facts<'_>) -> bool {
        let text = match self {
            Self::Client => return write!(out, "{}", facts.client).is_ok(),
            Self::Scheme => Some(facts.scheme),
            Self::Host => Some(facts.host()),
            Self::Authority => Some(facts.authority),
            Self::Path => Some(facts.path),
            Self::Query => facts.query,
            Self::RequestId => Some(facts.request_id),
            Self::UserId => facts.user_id,
        };
        out.push_str(text.unwrap_or_default());
        text.is_some()
    }
}

/// A piece of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    /// As it stands.
    Literal(String),
    /// A fact.
    Fact(Fact),
    /// What the route's path matched at this place.
    Capture(usize),
}

/// The pieces of a text that may name these facts, and these captures of the route's path; or what is wrong with it.
/// `{{` and `}}` are braces.
pub(super) fn compile(text: &str, facts: &[Fact], captures: &[&str]) -> Result<Vec<Part>, String> {
    let mut parts = Vec::new();
    let mut literal = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        let (before, found) = rest.split_at(at);
        literal.push_str(before);
        if let Some(after) = found.strip_prefix("{{") {
            literal.push('{');
            rest = after;
        } else if let Some(after) = found.strip_prefix("}}") {
            literal.push('}');
            rest = after;
        } else if let Some((name, after)) = found.strip_prefix('{').and_then(|inner| inner.split_once('}')) {
            if !literal.is_empty() {
                parts.push(Part::Literal(std::mem::take(&mut literal)));
            }
            parts.push(named(name, facts, captures)?);
            rest = after;
        } else {
            return Err("has a brace without its other one; write {{ for { and }} for }".to_owned());
        }
    }
    literal.push_str(rest);
    if !literal.is_empty() {
        parts.push(Part::Literal(literal));
    }
    Ok(parts)
}

fn named(name: &str, facts: &[Fact], captures: &[&str]) -> Result<Part, String> {
    let fact = facts.iter().find(|fact| fact.name() == name);
    let capture = captures.iter().position(|capture| *capture == name);
    match (fact, capture) {
        (Some(fact), None) => Ok(Part::Fact(*fact)),
        (None, Some(place)) => Ok(Part::Capture(place)),
        (Some(_), Some(_)) => Err(format!(
            "names {{{name}}}, which is a fact of every request and a part of the path; call the part otherwise"
        )),
        (None, None) => {
            let known = facts.iter().map(|fact| fact.name()).chain(captures.iter().copied());
            let known = known.map(|name| format!("{{{name}}}")).collect::<Vec<_>>().join(", ");
            Err(format!("names {{{name}}}, which nothing is called; there are {known}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Fact, Facts, Part, compile};
    use std::net::{IpAddr, Ipv4Addr};

    #[test]
    fn a_text_falls_into_what_stands_and_what_is_named() {
        let parts = compile("a{{b}}-{id}{host}", &[Fact::Host], &["kind", "id"]);
        let expected = vec![Part::Literal("a{b}-".to_owned()), Part::Capture(1), Part::Fact(Fact::Host)];
        assert_eq!(parts, Ok(expected));
        assert_eq!(compile("", &[], &[]), Ok(vec![]));
    }

    #[test]
    fn what_nothing_is_called_is_told_with_what_there_is() {
        let told = compile("{ids}", &[Fact::Host], &["id"]).expect_err("no such name");
        assert!(told.contains("{ids}") && told.contains("{host}, {id}"), "{told}");
        for broken in ["{", "}", "a{id", "id}", "{id}}", "{{id}", "{}"] {
            assert!(compile(broken, &[Fact::Host], &["id"]).is_err(), "{broken}");
        }
        assert!(compile("{host}", &[Fact::Host], &["host"]).is_err(), "two of one name");
        assert!(compile("{user_id}", &[Fact::Host], &[]).is_err(), "a fact that is not for here");
    }

    #[test]
    fn a_host_is_told_from_its_port() {
        for (authority, host) in
            [("a.example", "a.example"), ("a.example:8443", "a.example"), ("[::1]", "[::1]"), ("[::1]:80", "[::1]")]
        {
            let facts = Facts {
                scheme: "http",
                authority,
                path: "/",
                query: None,
                captures: &[],
                request_id: "1",
                client: IpAddr::V4(Ipv4Addr::LOCALHOST),
                user_id: None,
            };
            assert_eq!(facts.host(), host);
        }
    }
}
