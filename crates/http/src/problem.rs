//! Problems as responses (RFC 9457).

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use orion_contracts::Problem;
use orion_infra::request::RequestContext;

/// The media type of a problem.
pub const MEDIA_TYPE: HeaderValue = HeaderValue::from_static("application/problem+json");

/// What an endpoint answers when it cannot do it. Whatever turns into a [`Problem`] turns into this with `?`.
#[derive(Debug)]
pub struct ApiProblem(pub Problem);

impl<E: Into<Problem>> From<E> for ApiProblem {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for ApiProblem {
    fn into_response(self) -> Response {
        let mut problem = self.0;
        problem.request_id = problem.request_id.or_else(|| RequestContext::current().request_id.clone());
        let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let retry_after = problem.retry_after;
        let challenge = (status == StatusCode::UNAUTHORIZED).then(|| challenge(problem.name(), problem.acr_values));
        let mut response = (status, Json(problem)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, MEDIA_TYPE);
        if let Some(seconds) = retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(challenge) = challenge {
            headers.insert(header::WWW_AUTHENTICATE, challenge);
        }
        response
    }
}

/// What a 401 demands (RFC 6750, section 3; RFC 9470, section 3; of a service RFC 6749, section 5.2).
fn challenge(problem: &str, acr_values: Option<&str>) -> HeaderValue {
    HeaderValue::from_static(match problem {
        "insufficient-user-authentication" if acr_values == Some("aal2") => {
            "Bearer error=\"insufficient_user_authentication\", \
             error_description=\"A sign-in with two factors, of the last five minutes, is needed\", \
             acr_values=\"aal2\", max_age=\"300\""
        }
        "invalid-token" | "invalid-api-key" | "api-key-expired" | "api-key-revoked" | "api-key-suspended" => {
            "Bearer error=\"invalid_token\""
        }
        "insufficient-user-authentication" => {
            "Bearer error=\"insufficient_user_authentication\", \
             error_description=\"A sign-in of the last five minutes is needed\", max_age=\"300\""
        }
        "invalid-client" => "Basic realm=\"ORION\", charset=\"UTF-8\"",
        _ => "Bearer",
    })
}
