//! `/auth/logo`: the product's logo.

use super::versioned::Versioned;
use crate::domain::Auth;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header;
use orion_contracts::Problem;
use orion_http::ApiProblem;

/// An SVG image that somebody opens by itself runs nothing.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; sandbox";

pub(super) async fn show(State(auth): State<Auth>, asked: Versioned) -> Response {
    match &auth.logo {
        Some(logo) => {
            let headers = [
                (header::CONTENT_TYPE, logo.media_type),
                (header::CACHE_CONTROL, asked.kept(&logo.hash)),
                (header::CONTENT_SECURITY_POLICY, POLICY),
            ];
            (headers, logo.bytes.clone()).into_response()
        }
        None => ApiProblem(Problem::not_found().detail("There is no logo: auth.logo_path is empty.")).into_response(),
    }
}
