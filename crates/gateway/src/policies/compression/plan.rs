//! Whether an answer is compressed, and what its head says then.

use super::accept;
use super::coding::Coding;
use super::media::{Media, is_one_of};
use crate::policies::vary;
use http::header::{
    ACCEPT_ENCODING, ACCEPT_RANGES, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE,
    COOKIE, ETAG,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};

/// Digests of what is sent, byte by byte (RFC 9530, and what came before it).
const DIGESTS: [&str; 4] = ["content-digest", "repr-digest", "digest", "content-md5"];
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Compression that is ready to be asked.
#[derive(Debug, Clone)]
pub struct Compression {
    codings: Vec<Coding>,
    types: Vec<Media>,
    min_bytes: u64,
    cross_site: bool,
}

/// What a request wants of it. It is asked before the request goes its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    /// What the client takes best.
    coding: Option<Coding>,
    /// Whether its answer may be compressed at all.
    may: bool,
}

impl Compression {
    pub(super) fn new(codings: Vec<Coding>, types: Vec<Media>, min_bytes: u64, cross_site: bool) -> Self {
        Self { codings, types, min_bytes, cross_site }
    }

    /// What a request wants.
    pub fn wanted(&self, method: &Method, headers: &HeaderMap) -> Wanted {
        let is_guessed = !self.cross_site && is_of_another_site(headers);
        let may = *method != Method::HEAD && !is_guessed && !forbids(headers);
        Wanted { coding: accept::best(&self.codings, headers), may }
    }

    /// Decides about an answer: by which coding its body has to be compressed, if it has to. Its head says so then; and
    /// caches are told what it depends on in any case. `length` is what the body is known to have, in bytes.
    pub fn begin(
        &self,
        wanted: Wanted,
        status: StatusCode,
        headers: &mut HeaderMap,
        length: Option<u64>,
    ) -> Option<Coding> {
        if status == StatusCode::NOT_MODIFIED {
            // What the client has is what it was sent: compressed, with the weak tag.
            vary::on(headers, &ACCEPT_ENCODING);
            if wanted.coding.is_some() {
                weaken(headers);
            }
            return None;
        }
        if !self.is_eligible(status, headers, length) {
            return None;
        }
        vary::on(headers, &ACCEPT_ENCODING);
        let coding = wanted.coding.filter(|_| wanted.may)?;
        headers.insert(CONTENT_ENCODING, coding.token());
        headers.remove(CONTENT_LENGTH);
        // Parts of what is compressed here cannot be had.
        headers.remove(ACCEPT_RANGES);
        weaken(headers);
        Some(coding)
    }

    /// Whether an answer would be compressed for a client that takes it.
    fn is_eligible(&self, status: StatusCode, headers: &HeaderMap, length: Option<u64>) -> bool {
        const WITHOUT_BODY: [StatusCode; 3] =
            [StatusCode::NO_CONTENT, StatusCode::RESET_CONTENT, StatusCode::PARTIAL_CONTENT];
        let is_worth_it = headers.get(CONTENT_TYPE).is_some_and(|kind| is_one_of(&self.types, kind.as_bytes()));
        is_worth_it
            && length.is_none_or(|length| length >= self.min_bytes.max(1))
            && !status.is_informational()
            && !WITHOUT_BODY.contains(&status)
            && !headers.contains_key(CONTENT_ENCODING)
            && !headers.contains_key(CONTENT_RANGE)
            && !DIGESTS.iter().any(|digest| headers.contains_key(*digest))
            && !forbids(headers)
    }
}

/// Whether a head asks that nobody changes the content on its way (RFC 9111, section 5.2).
fn forbids(headers: &HeaderMap) -> bool {
    let values = headers.get_all(CACHE_CONTROL).iter();
    let mut directives = values.flat_map(|value| value.as_bytes().split(|byte| *byte == b',')).map(<[u8]>::trim_ascii);
    directives.any(|directive| directive.eq_ignore_ascii_case(b"no-transform"))
}

/// Whether a page of another site made a browser send this with its cookies. A site's own pages, what people typed, and
/// programs are none.
fn is_of_another_site(headers: &HeaderMap) -> bool {
    headers.contains_key(COOKIE)
        && headers.get_all(SEC_FETCH_SITE).iter().any(|site| *site != "same-origin" && *site != "none")
}

/// Says that the answer is the same in meaning, no longer in each byte (RFC 9110, section 8.8.1).
fn weaken(headers: &mut HeaderMap) {
    let Some(tag) = headers.get(ETAG).filter(|tag| tag.as_bytes().starts_with(b"\"")) else { return };
    let weak = HeaderValue::from_bytes(&[b"W/", tag.as_bytes()].concat());
    match weak {
        Ok(weak) => _ = headers.insert(ETAG, weak),
        Err(_) => _ = headers.remove(ETAG),
    }
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
