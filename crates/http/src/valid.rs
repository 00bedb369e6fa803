//! Input that has been checked: bodies, queries and path parameters. What is wrong is told by field.

use crate::caller::Caller;
use crate::page;
use crate::problem::ApiProblem;
use crate::service::Context;
use crate::words::plain;
use axum::body::Bytes;
use axum::extract::path::ErrorKind;
use axum::extract::rejection::{BytesRejection, PathRejection};
use axum::extract::{FromRequest, FromRequestParts, OptionalFromRequest, Path, Request};
use garde::Validate;
use http::{HeaderMap, header, request::Parts};
use orion_contracts::{FieldCode, FieldFault, Problem};
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::error::Category;

/// A JSON body of the right shape with valid values.
#[derive(Debug)]
pub struct Valid<T> {
    /// The value.
    pub value: T,
}

impl<T> std::ops::Deref for Valid<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.value
    }
}

impl<S, T> FromRequest<S> for Valid<T>
where
    S: Send + Sync,
    T: DeserializeOwned + Validate<Context = ()>,
{
    type Rejection = ApiProblem;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiProblem> {
        Self::checked(json(request, state).await?)
    }
}

/// A JSON body of the right shape, its values not looked at: what a peer sends.
pub(crate) async fn json<T: DeserializeOwned>(request: Request, state: &(impl Send + Sync)) -> Result<T, ApiProblem> {
    if !is_json(request.headers()) {
        return Err(not_json());
    }
    Ok(parse(&body(request, state).await?)?)
}

/// The whole body. Its caller is asked for once more when it has come: whoever holds the last byte back does nothing by a session
/// that has ended meanwhile.
async fn body(request: Request, state: &(impl Send + Sync)) -> Result<Bytes, ApiProblem> {
    let extensions = request.extensions();
    let caller = extensions.get::<Caller>().cloned().zip(extensions.get::<Context>().cloned());
    let bytes = Bytes::from_request(request, state).await.map_err(body_problem)?;
    if let Some((caller, context)) = caller {
        context.identity.refuse_ended(&caller).await?;
    }
    Ok(bytes)
}

/// A body that may be left out: none is none, whatever its type is said to be.
impl<S, T> OptionalFromRequest<S> for Valid<T>
where
    S: Send + Sync,
    T: DeserializeOwned + Validate<Context = ()>,
{
    type Rejection = ApiProblem;

    async fn from_request(request: Request, state: &S) -> Result<Option<Self>, ApiProblem> {
        let json = is_json(request.headers());
        let bytes = body(request, state).await?;
        match (bytes.is_empty(), json) {
            (true, _) => Ok(None),
            (false, true) => Self::checked(parse(&bytes)?).map(Some),
            (false, false) => Err(not_json()),
        }
    }
}

impl<T: Validate<Context = ()>> Valid<T> {
    /// The value, if all of its fields are valid.
    pub fn checked(value: T) -> Result<Self, ApiProblem> {
        value.validate().map_err(|report| {
            report.iter().fold(Problem::validation(), |problem, (path, error)| {
                let FieldFault { code, message } = plain(error.message());
                problem.field(path.to_string(), code, message)
            })
        })?;
        Ok(Self { value })
    }
}

fn not_json() -> ApiProblem {
    Problem::unsupported_media_type().detail("Send the body as Content-Type: application/json.").into()
}

fn is_json(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .is_some_and(|media| media.trim().eq_ignore_ascii_case("application/json"))
}

fn body_problem(rejection: BytesRejection) -> Problem {
    if rejection.status() == http::StatusCode::PAYLOAD_TOO_LARGE {
        Problem::payload_too_large()
    } else {
        Problem::bad_request().detail("The body broke off.")
    }
}

/// Reads a JSON object: 400 when it is no JSON, 422 with the field when it is of another shape.
fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    // A byte order mark is ignored, as RFC 8259 (8.1) allows: some editors put one before what they save.
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    // A list of the right length would pass for an object, its values taken in the order of the fields.
    if bytes.iter().find(|byte| !byte.is_ascii_whitespace()).is_some_and(|first| *first != b'{') {
        serde_json::from_slice::<IgnoredAny>(bytes)
            .map_err(|error| Problem::malformed_json().detail(error.to_string()))?;
        return Err(Problem::validation().field("body", FieldCode::WrongType, "must be a JSON object"));
    }
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let path = error.path().to_string();
        let inner = error.into_inner();
        match inner.classify() {
            // serde_json's message holds a position and, for wrong types, the value's kind; never the whole input.
            Category::Data => {
                let message = without_position(&inner);
                let fault = plain(&message);
                Problem::validation().field(field_of(&path, &message), fault.code, fault.message)
            }
            _ => Problem::malformed_json().detail(inner.to_string()),
        }
    })?;
    reader.end().map_err(|error| Problem::malformed_json().detail(error.to_string()))?;
    Ok(value)
}

/// The field that the error is about. For unknown and missing fields it stands in the message, not in the path.
fn field_of(path: &str, message: &str) -> String {
    let named = ["unknown field `", "missing field `", "duplicate field `"]
        .iter()
        .find_map(|start| message.strip_prefix(start)?.split('`').next().map(str::to_owned));
    match (path, named) {
        (".", Some(name)) => name,
        // The path of an unknown field already ends with its name.
        (path, Some(name)) if path == name || path.ends_with(&format!(".{name}")) => path.to_owned(),
        (path, Some(name)) => format!("{path}.{name}"),
        (path, None) => path.to_owned(),
    }
}

fn without_position(error: &serde_json::Error) -> String {
    let message = error.to_string();
    message.rsplit_once(" at line ").map_or(message.clone(), |(text, _)| text.to_owned())
}

/// A query string of the right shape.
#[derive(Debug)]
pub struct ValidQuery<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for ValidQuery<T> {
    type Rejection = ApiProblem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiProblem> {
        Ok(Self(parse_query(parts.uri.query().unwrap_or_default())?))
    }
}

/// Reads a query string: 422 with the field when it is of another shape. There is no string that is not a query.
fn parse_query<T: DeserializeOwned>(query: &str) -> Result<T, Problem> {
    let reader = serde_urlencoded::Deserializer::new(url::form_urlencoded::parse(query.as_bytes()));
    serde_path_to_error::deserialize(reader).map_err(|error| {
        let (path, message) = (error.path().to_string(), error.inner().to_string());
        let field = field_of(&path, &message);
        let fault = plain(&message);
        let is_of_limit = field == "limit" && fault.message.contains("number");
        let words = if is_of_limit { page::limit_message().into() } else { fault.message };
        Problem::validation().field(field, fault.code, words)
    })
}

/// Path parameters of the right shape.
#[derive(Debug)]
pub struct ValidPath<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for ValidPath<T> {
    type Rejection = ApiProblem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiProblem> {
        match Path::<T>::from_request_parts(parts, state).await {
            Ok(Path(value)) => Ok(Self(value)),
            Err(rejection) => Err(Problem::bad_request().detail(path_message(rejection)).into()),
        }
    }
}

/// Which part of the path is wrong, and how.
fn path_message(rejection: PathRejection) -> String {
    let PathRejection::FailedToDeserializePathParams(failed) = rejection else { return rejection.body_text() };
    match failed.kind() {
        ErrorKind::ParseErrorAtKey { key, expected_type, .. } => {
            format!("In the path, {key} {}.", plain(&format!("expected {expected_type}")).message)
        }
        ErrorKind::DeserializeError { key, message, .. } => format!("In the path, {key} {}.", plain(message).message),
        ErrorKind::InvalidUtf8InPathParam { key } => format!("In the path, {key} is no UTF-8."),
        _ => failed.body_text(),
    }
}

#[cfg(test)]
mod tests {
    use super::{parse, parse_query};
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Outer {
        #[allow(dead_code)]
        name: String,
        #[allow(dead_code)]
        inner: Option<Inner>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Inner {
        #[allow(dead_code)]
        count: u8,
    }

    #[test]
    fn what_is_wrong_is_told_by_field() {
        for (body, status, field) in [
            (r#"{"name": 1}"#, 422, "name"),
            (r#"{}"#, 422, "name"),
            (r#"{"name": "a", "extra": 1}"#, 422, "extra"),
            (r#"{"name": "a", "inner": {"count": 300}}"#, 422, "inner.count"),
            (r#"{"name": "a", "inner": {}}"#, 422, "inner.count"),
            (r#"{"name": "a", "inner": {"count": 1, "x": 1}}"#, 422, "inner.x"),
        ] {
            let problem = parse::<Outer>(body.as_bytes()).expect_err(body);
            assert_eq!((problem.status, problem.errors[0].field.as_str()), (status, field), "{body}");
        }
        for body in [r#"["a", {"count": 1}]"#, "[]", " \"a\"", "7", "null"] {
            let problem = parse::<Outer>(body.as_bytes()).expect_err(body);
            assert_eq!((problem.status, problem.errors[0].field.as_str()), (422, "body"), "{body}");
        }
        assert!(parse::<Outer>("\u{feff}{\"name\": \"a\"}".as_bytes()).is_ok(), "a byte order mark");
        for body in ["{", "", r#"{"name": "a"} x"#, "nul", "[", "[1,]"] {
            assert_eq!(parse::<Outer>(body.as_bytes()).expect_err(body).status, 400, "{body}");
        }
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct List {
        after: i64,
        #[allow(dead_code)]
        limit: Option<u32>,
    }

    #[test]
    fn what_is_wrong_with_a_query_is_told_by_field() {
        for (query, field) in [
            ("after=x", "after"),
            ("after=1&limit=-1", "limit"),
            ("after=1&limit=", "limit"),
            ("limit=1", "after"),
            ("", "after"),
            ("after=1&after=2", "after"),
            ("after=1&extra=1", "extra"),
            ("after=1&%ff=1", "\u{fffd}"),
        ] {
            let problem = parse_query::<List>(query).expect_err(query);
            assert_eq!((problem.status, problem.errors[0].field.as_str()), (422, field), "{query}");
        }
        assert_eq!(parse_query::<List>("after=%31&limit=2").expect("a query").after, 1);
    }
}
