//! What is known of a request when its route is looked for.

use http::{HeaderMap, Method};
use std::borrow::Cow;
use std::net::IpAddr;

/// What is known of a request when its route is looked for: all of it borrowed.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// Its method.
    pub method: &'a Method,
    /// Its canonical host ([`super::canonical::host`]), with a port or without.
    pub host: &'a str,
    /// Its canonical path ([`super::canonical::path`]).
    pub path: &'a str,
    /// Its path as it came.
    pub raw_path: &'a str,
    /// Its query as it came, without the `?`.
    pub query: Option<&'a str>,
    /// Its headers.
    pub headers: &'a HeaderMap,
    /// The client's address.
    pub client: IpAddr,
}

impl<'a> Asked<'a> {
    /// Its host without a port, in which an address of IPv6 has its brackets.
    pub fn host_name(&self) -> &'a str {
        let end = match self.host.find(']') {
            Some(bracket) => bracket + 1,
            None => self.host.find(':').unwrap_or(self.host.len()),
        };
        self.host.get(..end).unwrap_or(self.host)
    }

    /// The parameters of its query, decoded, in their order (as forms write them, WHATWG URL, section 5.1).
    pub fn parameters(&self) -> impl Iterator<Item = (Cow<'a, str>, Cow<'a, str>)> + use<'a> {
        url::form_urlencoded::parse(self.query.unwrap_or_default().as_bytes())
    }
}

/// How what is said more than once is read: some servers take the first of them, others the last, or all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Repeated {
    /// It is what any of them is.
    Any,
    /// It is what all of them are.
    All,
    /// It is the first of them.
    First,
    /// It is the last.
    Last,
}
