//! Concurrent edits: a version as an ETag, and `If-Match` (RFC 9110, section 13.1.1).

use crate::problem::ApiProblem;
use axum::extract::FromRequestParts;
use http::request::Parts;
use http::{HeaderName, HeaderValue, header};
use orion_contracts::Problem;
use orion_infra::versions::SeenVersions;

/// The ETag header of a version.
pub fn etag(version: i64) -> [(HeaderName, HeaderValue); 1] {
    let value = HeaderValue::from_str(&format!("\"{version}\"")).unwrap_or(HeaderValue::from_static("\"0\""));
    [(header::ETAG, value)]
}

/// The versions that the caller has seen, by the header.
#[derive(Debug, Clone)]
pub struct IfMatch(pub SeenVersions);

impl std::ops::Deref for IfMatch {
    type Target = SeenVersions;
    fn deref(&self) -> &SeenVersions {
        &self.0
    }
}

impl<S: Send + Sync> FromRequestParts<S> for IfMatch {
    type Rejection = ApiProblem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiProblem> {
        let Some(value) = parts.headers.get(header::IF_MATCH) else { return Ok(Self(SeenVersions::ANY)) };
        let text = value.to_str().unwrap_or_default().trim();
        if text == "*" {
            return Ok(Self(SeenVersions::ANY));
        }
        match versions(text) {
            Some(versions) => Ok(Self(SeenVersions::one_of(versions))),
            None => Err(Problem::bad_request().detail("If-Match must be the ETag as it was given.").into()),
        }
    }
}

/// The versions among the tags of a list; none when it is no list of tags. Weak tags match nothing, nor do tags that are
/// no version.
fn versions(mut text: &str) -> Option<Vec<i64>> {
    let mut versions = Vec::new();
    loop {
        let (weak, rest) = text.strip_prefix("W/").map_or((false, text), |rest| (true, rest));
        let (tag, rest) = rest.strip_prefix('"')?.split_once('"')?;
        versions.extend(tag.parse::<i64>().ok().filter(|_| !weak));
        match rest.trim_start() {
            "" => return Some(versions),
            rest => text = rest.strip_prefix(',')?.trim_start(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn seen(header: &str) -> Result<IfMatch, u16> {
        let request = http::Request::builder().header(header::IF_MATCH, header).body(()).expect("a request");
        let (mut parts, ()) = request.into_parts();
        IfMatch::from_request_parts(&mut parts, &()).await.map_err(|problem| problem.0.status)
    }

    #[tokio::test]
    async fn an_edit_goes_on_when_one_of_the_tags_is_the_version_and_strong() {
        for (header, status) in [
            ("\"3\"", None),
            ("*", None),
            ("\"2\", \"3\"", None),
            ("W/\"2\",\"3\"", None),
            ("\"2\"", Some(412)),
            // Weak tags never match here (RFC 9110, section 13.1.1), and a tag of somebody else is no version of ours.
            ("W/\"3\"", Some(412)),
            ("\"abc, 3\"", Some(412)),
            ("\"\"", Some(412)),
        ] {
            let seen = seen(header).await.expect(header);
            assert_eq!(seen.check(3).err().map(|problem| problem.status), status, "{header}");
        }
        for header in ["3", "\"3", "W/3", "w/\"3\"", "\"3\" \"4\"", "\"3\",,x", ""] {
            assert_eq!(seen(header).await.expect_err(header), 400, "{header}");
        }
    }
}
