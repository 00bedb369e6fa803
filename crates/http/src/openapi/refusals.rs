//! The answers that no endpoint has to name, because every endpoint of its kind gives them: a body that cannot be read, a
//! missing token, a part that is away. What an endpoint does name stays as it is.

use super::security;
use http::StatusCode;
use orion_contracts::Problem;
use utoipa::openapi::path::{Operation, ParameterIn};
use utoipa::openapi::{Components, Content, ContentBuilder, OpenApi, Ref, RefOr, Response, ResponseBuilder};
use utoipa::{PartialSchema, ToSchema};

/// The media type of a problem (RFC 9457).
const PROBLEM: &str = "application/problem+json";

const UNREADABLE: (StatusCode, &str) = (StatusCode::BAD_REQUEST, "The request cannot be read");
const INVALID: (StatusCode, &str) = (StatusCode::UNPROCESSABLE_ENTITY, "A field or a parameter is not valid");
const TOO_LARGE: (StatusCode, &str) = (StatusCode::PAYLOAD_TOO_LARGE, "The body is larger than the service takes");
const NOT_JSON: (StatusCode, &str) = (StatusCode::UNSUPPORTED_MEDIA_TYPE, "The body is not application/json");
const NO_TOKEN: (StatusCode, &str) = (StatusCode::UNAUTHORIZED, "No access token, or one that is not valid any more");
const NO_SESSION: (StatusCode, &str) = (StatusCode::UNAUTHORIZED, "No session of the console, or one that has ended");
const NOT_ALLOWED: (StatusCode, &str) = (StatusCode::FORBIDDEN, "The caller lacks the permission");
const NOT_FOUND: (StatusCode, &str) =
    (StatusCode::NOT_FOUND, "There is nothing of this name, or nothing that the caller may see");
const CHANGED: (StatusCode, &str) = (StatusCode::PRECONDITION_FAILED, "Somebody else has changed it since");
const UNDER_WAY: (StatusCode, &str) =
    (StatusCode::CONFLICT, "The same request is under way, or what it wants does not fit what is there");
const UNAVAILABLE: (StatusCode, &str) =
    (StatusCode::SERVICE_UNAVAILABLE, "A part that this needs is away; ask again later");

/// Adds to every operation what all of its kind refuse, says of every refusal that it is a problem, and describes what
/// has no words of its own.
pub(super) fn complete(api: &mut OpenApi) {
    let components = api.components.get_or_insert_with(Components::new);
    let mut schemas = Vec::new();
    Problem::schemas(&mut schemas);
    schemas.push((schema_name(), Problem::schema()));
    components.schemas.extend(schemas);
    for operation in api.paths.paths.values_mut().flat_map(super::operations) {
        for (status, description) in refusals(operation) {
            let response = || RefOr::T(ResponseBuilder::new().description(description).build());
            operation.responses.responses.entry(status.as_str().to_owned()).or_insert_with(response);
        }
        for (status, response) in &mut operation.responses.responses {
            if let RefOr::T(response) = response {
                describe(status, response);
            }
        }
    }
}

fn refusals(operation: &Operation) -> Vec<(StatusCode, &'static str)> {
    let mut all = vec![UNAVAILABLE];
    if operation.request_body.is_some() {
        all.extend([UNREADABLE, TOO_LARGE, NOT_JSON, INVALID]);
    }
    if operation.parameters.as_ref().is_some_and(|parameters| !parameters.is_empty()) {
        all.extend([UNREADABLE, INVALID]);
    }
    for parameter in operation.parameters.iter().flatten() {
        let RefOr::T(parameter) = parameter else { continue };
        match (&parameter.parameter_in, &*parameter.name) {
            (ParameterIn::Path, _) => all.push(NOT_FOUND),
            (ParameterIn::Header, "If-Match") => all.push(CHANGED),
            (ParameterIn::Header, "Idempotency-Key") => all.push(UNDER_WAY),
            _ => {}
        }
    }
    if security::is_by_token(operation) {
        all.extend([NO_TOKEN, NOT_ALLOWED]);
    }
    if security::is_by_session(operation) {
        all.extend([NO_SESSION, NOT_ALLOWED]);
    }
    all
}

/// A refusal is a problem, whatever its endpoint says, and every answer has a description: OpenAPI demands one.
fn describe(status: &str, response: &mut Response) {
    let code = status.parse::<StatusCode>().ok();
    if response.description.is_empty() {
        response.description = code.and_then(|code| code.canonical_reason()).unwrap_or("A problem").to_owned();
    }
    let is_refusal = code.is_none_or(|code| code.is_client_error() || code.is_server_error());
    if is_refusal && !response.content.contains_key("text/html") {
        response.content = [(PROBLEM.to_owned(), RefOr::T(problem()))].into_iter().collect();
    }
}

fn problem() -> Content {
    ContentBuilder::new().schema(Some(Ref::from_schema_name(schema_name()))).build()
}

fn schema_name() -> String {
    <Problem as ToSchema>::name().into_owned()
}
