//! `/openapi.json` and `/docs`: OpenAPI 3.1 made from the code, and Swagger UI from this binary.

mod examples;
mod ids;
mod pages;
mod refusals;
mod security;

use crate::service::{Describing, Documenting};
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use axum::{Json, Router, routing::get};
use http::{HeaderValue, StatusCode, header};
use orion_contracts::ServiceName;
use std::sync::{Arc, LazyLock};
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::{InfoBuilder, OpenApi, Server};
use utoipa_swagger_ui::Config;

/// Swagger UI sets styles of its own; nothing on the page comes from elsewhere.
const DOCS_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
    img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The document of a service: its name, what calls are named by, how callers prove who they are, and what every endpoint
/// refuses are filled in.
fn document(service: ServiceName, mut api: OpenApi) -> OpenApi {
    api.info = InfoBuilder::new()
        .title(format!("ORION {service}"))
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some("Errors are problem+json (RFC 9457); lists have opaque cursors; ids are UUIDv7."))
        .build();
    api.servers = Some(vec![Server::new("/")]);
    ids::give(&mut api);
    entitle(&mut api);
    security::complete(&mut api);
    refusals::complete(&mut api);
    api
}

/// A summary is a title: the first line of a handler's words, without its full stop.
fn entitle(api: &mut OpenApi) {
    for summary in api.paths.paths.values_mut().flat_map(operations).filter_map(|call| call.summary.as_mut()) {
        summary.truncate(summary.trim_end_matches('.').len());
    }
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    let PathItem { get, put, post, delete, patch, .. } = item;
    [get, put, post, delete, patch].into_iter().flatten()
}

/// The two routes. The document is made once somebody asks for it: a start does not wait for that, and a process that nobody
/// asks does not hold it.
pub fn routes(service: ServiceName, described: Describing, complete: Documenting) -> Router {
    let api = Arc::new(LazyLock::new(move || {
        let mut document = serde_json::to_value(document(service, described())).unwrap_or_default();
        pages::name(&mut document);
        examples::give(&mut document);
        complete(document)
    }));
    let config = Arc::new(Config::from("/openapi.json"));
    Router::new()
        .route("/openapi.json", get(move || async move { Json((**api).clone()) }))
        .route("/docs", get(|| async { axum::response::Redirect::permanent("/docs/") }))
        .route(
            "/docs/",
            get({
                let config = config.clone();
                move || async move { asset("", config) }
            }),
        )
        .route("/docs/{*file}", get(move |Path(file): Path<String>| async move { asset(&file, config) }))
}

fn asset(file: &str, config: Arc<Config<'static>>) -> Response {
    match utoipa_swagger_ui::serve(file, config) {
        Ok(Some(found)) => {
            let mut response = (StatusCode::OK, [(header::CONTENT_TYPE, found.content_type)], found.bytes.into_owned())
                .into_response();
            response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(DOCS_POLICY));
            response
        }
        Ok(None) => StatusCode::NOT_FOUND.into_response(),
        Err(error) => {
            tracing::error!(%error, "Swagger UI cannot be served");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
