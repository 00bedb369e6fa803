//! Which origins are allowed. An origin is what a browser sends (RFC 6454, section 6.2): it is compared byte by byte, never
//! searched in, so that `https://app.example.com.evil.example` is another one.

use super::faults::Faults;
use orion_contracts::FieldCode;
use std::collections::BTreeSet;
use url::Url;

/// Allowed origins.
#[derive(Debug, Clone, Default)]
pub(super) struct Origins {
    any: bool,
    /// Each as it is sent.
    exact: BTreeSet<Box<[u8]>>,
    below: Vec<Below>,
}

/// All names below a domain.
#[derive(Debug, Clone)]
struct Below {
    /// What stands before them, such as `https://`.
    start: String,
    /// What stands behind them, such as `.example.com:8443`.
    end: String,
}

impl Origins {
    pub(super) fn prepare(origins: &[String], credentials: bool, faults: &mut Faults<'_>) -> Self {
        let mut all = Self::default();
        if origins.is_empty() {
            faults.add(
                "origins",
                FieldCode::Required,
                "must name an origin, such as \"https://app.example.com\", or be [\"*\"]",
            );
        }
        for (at, origin) in origins.iter().enumerate() {
            if let Err(message) = all.add(origin, credentials, origins.len() == 1) {
                faults.add(format_args!("origins[{at}]"), FieldCode::Invalid, message);
            }
        }
        all
    }

    fn add(&mut self, origin: &str, credentials: bool, is_alone: bool) -> Result<(), String> {
        match origin {
            "*" if credentials => {
                return Err(
                    "must not be * where credentials are allowed: every page could act as whoever looks at it; \
                            name the origins"
                        .to_owned(),
                );
            }
            "*" if !is_alone => return Err("* is for every origin, and must be the only one".to_owned()),
            "*" => self.any = true,
            "null" if credentials => {
                return Err("must not be null where credentials are allowed: every page can take that origin by a \
                            sandboxed frame"
                    .to_owned());
            }
            "null" => _ = self.exact.insert(b"null".as_slice().into()),
            _ => match origin.split_once("://*.") {
                Some((scheme, domain)) => self.below.push(below(scheme, domain)?),
                None => _ = self.exact.insert(exact(origin)?.into_bytes().into()),
            },
        }
        Ok(())
    }

    /// Whether every origin is allowed, without credentials.
    pub(super) fn is_any(&self) -> bool {
        self.any
    }

    /// Whether an origin is allowed.
    pub(super) fn allow(&self, origin: &[u8]) -> bool {
        self.exact.contains(origin)
            || self.below.iter().any(|Below { start, end }| {
                origin
                    .strip_prefix(start.as_bytes())
                    .and_then(|rest| rest.strip_suffix(end.as_bytes()))
                    .is_some_and(are_labels)
            })
    }
}

/// Whether bytes are one or more labels of a host as browsers send them, and nothing that could end a host.
fn are_labels(bytes: &[u8]) -> bool {
    let is_label = |label: &[u8]| {
        !label.is_empty()
            && label
                .iter()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_'))
    };
    bytes.split(|byte| *byte == b'.').all(is_label)
}

/// An origin in the form in which browsers send it, if it is written so.
fn exact(origin: &str) -> Result<String, String> {
    const EXAMPLE: &str = "is not an origin, such as \"https://app.example.com\" or \"http://localhost:5173\"";
    if origin.contains('*') {
        return Err("may have a * only in the place of the names below a domain: \"https://*.example.com\"".to_owned());
    }
    let url = Url::parse(origin).map_err(|_| EXAMPLE.to_owned())?;
    let sent = match url.scheme() {
        "http" | "https" => url.origin().ascii_serialization(),
        // Apps have origins of their own, such as capacitor://localhost.
        scheme => {
            let host = url.host_str().filter(|host| !host.is_empty()).ok_or(EXAMPLE)?.to_ascii_lowercase();
            url.port().map_or_else(|| format!("{scheme}://{host}"), |port| format!("{scheme}://{host}:{port}"))
        }
    };
    match sent == origin {
        true => Ok(sent),
        false => Err(format!("must be written as browsers send it: \"{sent}\"")),
    }
}

/// All names below a domain, which must be one that somebody can have.
fn below(scheme: &str, domain: &str) -> Result<Below, String> {
    if !matches!(scheme, "http" | "https") {
        return Err("must begin with https:// or http://".to_owned());
    }
    let plain = exact(&format!("{scheme}://{domain}")).map_err(|message| message.replacen("://", "://*.", 1))?;
    let host = Url::parse(&plain).ok().and_then(|url| url.domain().map(str::to_owned));
    let labels = host.map_or(0, |host| host.split('.').filter(|label| !label.is_empty()).count());
    if labels < 2 {
        return Err("must name a domain of two parts at least, as in \"https://*.example.com\"".to_owned());
    }
    Ok(Below { start: format!("{scheme}://"), end: format!(".{domain}") })
}
