//! `/api/v1/routes/test`: which route a request would take, without its being sent.

use crate::routing::{Asked, RouteTable, canonical};
use axum::Json;
use axum::extract::State;
use http::header::HOST;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri};
use orion_contracts::permissions::GatewayRead;
use orion_contracts::route_test::{RouteExplanation, RouteRefusal, RouteTest};
use orion_contracts::{FieldCode, Problem};
use orion_http::snapshot::Snapshot;
use orion_http::{ApiProblem, Require, Valid};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The host of a request that names none.
const LOCALHOST: &str = "localhost";

/// The endpoint.
pub(super) fn routes(table: Arc<Snapshot<RouteTable>>) -> OpenApiRouter {
    OpenApiRouter::new().routes(routes!(test)).with_state(table)
}

/// Says which route a request would take.
///
/// And why, which others were near and what each lacks, and what applies: who may use it, limits, times, and where it goes with
/// which path. Nothing is sent, and nobody's token is looked at. Needs the permission `gateway.read`.
#[utoipa::path(
    post, path = "/api/v1/routes/test", tag = "gateway", security(("bearer" = [])),
    request_body = RouteTest,
    responses((status = 200, description = "The route, or why there is none", body = RouteExplanation))
)]
async fn test(
    _: Require<GatewayRead>,
    State(table): State<Arc<Snapshot<RouteTable>>>,
    request: Valid<RouteTest>,
) -> Result<Json<RouteExplanation>, ApiProblem> {
    Ok(Json(explain(&table.get(), &request)?))
}

/// Asks the table as the edge would: what the edge refuses before is told as it answers it.
fn explain(table: &RouteTable, request: &RouteTest) -> Result<RouteExplanation, Problem> {
    let fault = |field: String, message: &str| Problem::validation().field(field, FieldCode::Invalid, message);
    let method = match request.method.as_deref().map(|method| Method::from_bytes(method.as_bytes())) {
        None => Method::GET,
        Some(Ok(method)) => method,
        Some(Err(_)) => return Err(fault("method".to_owned(), "must be a method, such as GET")),
    };
    let mut headers = HeaderMap::with_capacity(request.headers.len());
    for (index, header) in request.headers.iter().enumerate() {
        let name = HeaderName::from_bytes(header.name.as_bytes())
            .map_err(|_| fault(format!("headers[{index}].name"), "must be the name of a header"))?;
        let value = HeaderValue::from_str(&header.value).map_err(|_| {
            fault(format!("headers[{index}].value"), "must have no line ends and no control characters")
        })?;
        headers.append(name, value);
    }
    let uri = target(&request.url).map_err(|message| fault("url".to_owned(), message))?;
    let named = headers.get(HOST).and_then(|host| host.to_str().ok());
    let host = uri.authority().map(http::uri::Authority::as_str).or(named).unwrap_or(LOCALHOST);
    let refused = |reason: canonical::NotCanonical| RouteExplanation {
        method: method.to_string(),
        host: host.to_owned(),
        path: uri.path().to_owned(),
        route: None,
        refused: Some(RouteRefusal { status: 400, reason: format!("{reason}.") }),
        others: Vec::new(),
    };
    let (host, path) = match (canonical::host(host), canonical::path(uri.path())) {
        (Ok(host), Ok(path)) => (host, path),
        (Err(reason), _) | (_, Err(reason)) => return Ok(refused(reason)),
    };
    Ok(table.explain(&Asked {
        method: &method,
        host: &host,
        path: &path,
        raw_path: uri.path(),
        query: uri.query(),
        headers: &headers,
        client: request.client.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST)),
    }))
}

/// A URL or a path as it would stand in a request: its bytes are left as they are.
fn target(url: &str) -> Result<Uri, &'static str> {
    const MESSAGE: &str = "must be a URL such as https://shop.example.com/cart, or a path such as /cart";
    if url.contains('#') {
        return Err("must have no fragment (#): a client keeps it to itself");
    }
    let uri: Uri = url.parse().map_err(|_| MESSAGE)?;
    let is_url = uri.scheme().is_some_and(|scheme| matches!(scheme.as_str(), "http" | "https"));
    match uri.authority() {
        Some(authority) if is_url && !authority.as_str().contains('@') => Ok(uri),
        None if url.starts_with('/') => Ok(uri),
        Some(_) | None => Err(MESSAGE),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_url_or_a_path_is_asked_about() {
        for (url, path) in [
            ("https://shop.example.com", "/"),
            ("http://shop.example.com:8080/a//b;x?c=%2F", "/a//b;x"),
            ("/%2e%2E/a", "/%2e%2E/a"),
            ("/", "/"),
        ] {
            assert_eq!(target(url).map(|uri| uri.path().to_owned()).as_deref(), Ok(path), "{url}");
        }
        for url in ["", "shop", "shop.example.com/a", "ftp://a/b", "http://", "http://user@a/b", "/a b", "*", "/a#b"] {
            assert!(target(url).is_err(), "{url}");
        }
    }
}
