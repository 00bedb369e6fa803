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
        // Several lines are one list (RFC 9110, section 5.3).
        let lines: Vec<_> = parts.headers.get_all(header::IF_MATCH).iter().map(|line| line.to_str()).collect();
        if lines.is_empty() {
            return Ok(Self(SeenVersions::ANY));
        }
        let text = lines.into_iter().map(Result::unwrap_or_default).collect::<Vec<_>>().join(", ");
        if text.trim() == "*" {
            return Ok(Self(SeenVersions::ANY));
        }
        match tags(text.trim()) {
            Some((versions, weak)) => Ok(Self(SeenVersions::one_of(versions, weak))),
            None => Err(Problem::bad_request().detail("If-Match must be the ETag as it was given.").into()),
        }
    }
}

/// The versions among the tags of a list, and among its weak tags; none when it is no list of tags. Tags that are no version
/// match nothing.
fn tags(mut text: &str) -> Option<(Vec<i64>, Vec<i64>)> {
    let (mut versions, mut weak) = (Vec::new(), Vec::new());
    loop {
        // Elements that are empty count for nothing (RFC 9110, section 5.6.1).
        text = text.trim_start_matches([',', ' ', '\t']);
        let (of_kind, rest) = text.strip_prefix("W/").map_or((&mut versions, text), |rest| (&mut weak, rest));
        let (tag, rest) = rest.strip_prefix('"')?.split_once('"')?;
        of_kind.extend(tag.parse::<i64>().ok().filter(|version| version.to_string() == tag));
        text = rest.trim_start();
        if !text.is_empty() && !text.starts_with(',') {
            return None;
        }
        if text.trim_matches([',', ' ', '\t']).is_empty() {
            return Some((versions, weak));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn seen(header: &str) -> Result<IfMatch, u16> {
        seen_in(&[header]).await
    }

    async fn seen_in(lines: &[&str]) -> Result<IfMatch, u16> {
        let request = http::Request::builder();
        let request = lines.iter().fold(request, |request, line| request.header(header::IF_MATCH, *line));
        let (mut parts, ()) = request.body(()).expect("a request").into_parts();
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
            ("\"+3\"", Some(412)),
            ("\"03\"", Some(412)),
            (", \"3\",,", None),
        ] {
            let seen = seen(header).await.expect(header);
            assert_eq!(seen.check(3).err().map(|problem| problem.status), status, "{header}");
        }
        for header in ["3", "\"3", "W/3", "w/\"3\"", "\"3\" \"4\"", "\"3\",,x", ""] {
            assert_eq!(seen(header).await.expect_err(header), 400, "{header}");
        }
    }

    #[tokio::test]
    async fn several_lines_are_one_list() {
        let seen = seen_in(&["\"1\"", "W/\"2\", \"3\""]).await.expect("a list");
        assert!(seen.check(1).is_ok() && seen.check(3).is_ok() && seen.check(2).is_err());
        for lines in [&["\"1\"", "*"][..], &["\"1\"", "x"]] {
            assert_eq!(seen_in(lines).await.expect_err("refused"), 400, "{lines:?}");
        }
    }

    #[tokio::test]
    async fn who_sends_a_weak_tag_is_told_what_to_send() {
        let told = |header| async move {
            let seen = seen(header).await.expect(header);
            seen.check(5).expect_err("refused").detail.unwrap_or_default()
        };
        let weak = told("W/\"5\"").await;
        assert!(weak.contains("a weak tag") && weak.contains("If-Match: \"5\""), "{weak}");
        assert!(told("W/\"4\"").await.contains("Read it again"), "somebody has changed it");
    }
}
