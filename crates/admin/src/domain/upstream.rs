//! Calls to other services on behalf of a browser: what they get to know of it is its address, its program and its
//! token, never what it claims in headers.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, Response, header};
use orion_contracts::auth::CreateAdministrator;
use orion_contracts::internal::MakeAdministrator;
use orion_contracts::{Problem, Secret, ServiceName, UserId};
use orion_http::server::tell_client;
use orion_infra::Infra;
use orion_infra::peers::{Body, PeerError, read};
use orion_infra::request::RequestContext;
use serde::{Serialize, de::DeserializeOwned};
use std::net::{IpAddr, SocketAddr};

/// The largest answer that is read here, in bytes. Forwarded answers are streamed and not bounded by this.
const MAX_ANSWER: usize = 8 * 1024 * 1024;

/// One service, called for a browser.
pub(crate) struct Upstream<'a> {
    infra: &'a Infra,
    service: ServiceName,
    token: Option<&'a Secret>,
}

impl<'a> Upstream<'a> {
    /// The service, called without a token.
    pub(crate) fn new(infra: &'a Infra, service: ServiceName) -> Self {
        Self { infra, service, token: None }
    }

    /// Calls with an access token.
    pub(crate) fn with(mut self, token: &'a Secret) -> Self {
        self.token = Some(token);
        self
    }

    /// `GET`, answered with JSON.
    pub(crate) async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Problem> {
        let request = Request::builder().method(Method::GET).uri(path).body(Bytes::new());
        self.json(self.send(request.map_err(unsendable)?).await?).await
    }

    /// `POST` of JSON, answered with JSON.
    pub(crate) async fn post<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<T, Problem> {
        self.json(self.send(json_request(Method::POST, path, body)?).await?).await
    }

    /// `PUT` of JSON, answered with JSON.
    pub(crate) async fn put<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<T, Problem> {
        self.json(self.send(json_request(Method::PUT, path, body)?).await?).await
    }

    /// `POST` of nothing, answered with nothing.
    pub(crate) async fn post_empty(&self, path: &str) -> Result<(), Problem> {
        self.order(Method::POST, path).await
    }

    /// `DELETE`, answered with nothing.
    pub(crate) async fn delete(&self, path: &str) -> Result<(), Problem> {
        self.order(Method::DELETE, path).await
    }

    async fn order(&self, method: Method, path: &str) -> Result<(), Problem> {
        let request = Request::builder().method(method).uri(path).body(Bytes::new());
        accepted(self.send(request.map_err(unsendable)?).await?).await.map(drop)
    }

    /// Sends a request as it is, the browser's address, program and token put in.
    pub(crate) async fn send(&self, mut request: Request<Bytes>) -> Result<Response<Body>, PeerError> {
        let headers = request.headers_mut();
        if let Some(token) = self.token
            && let Ok(mut value) = HeaderValue::try_from(format!("Bearer {}", token.expose()))
        {
            value.set_sensitive(true);
            headers.insert(header::AUTHORIZATION, value);
        }
        let client = RequestContext::current();
        if let Some(agent) = client.user_agent.as_deref().and_then(|agent| HeaderValue::from_str(agent).ok()) {
            headers.insert(header::USER_AGENT, agent);
        }
        if let Some(address) = client.ip_address.as_deref().and_then(|address| address.parse::<IpAddr>().ok()) {
            tell_address(&mut request, address);
        }
        self.infra.peers.to(self.service).forward(request).await
    }

    async fn json<T: DeserializeOwned>(&self, response: Response<Body>) -> Result<T, Problem> {
        let bytes = accepted(response).await?;
        serde_json::from_slice(&bytes).map_err(|error| {
            tracing::error!(service = %self.service, %error, "unexpected answer");
            Problem::internal()
        })
    }
}

/// Over the network a trusted peer is believed by its header; in this process the connection itself is told.
fn tell_address(request: &mut Request<Bytes>, address: IpAddr) {
    if let Ok(value) = HeaderValue::try_from(address.to_string()) {
        request.headers_mut().insert("x-forwarded-for", value);
    }
    tell_client(request, SocketAddr::new(address, 0));
}

/// Has auth make an administrator, or give this one another password.
pub(super) async fn put_administrator(infra: &Infra, id: UserId, order: &CreateAdministrator) -> Result<(), Problem> {
    infra.peers.call(&MakeAdministrator { id }, order).await?;
    Ok(())
}

/// A request with a JSON body.
fn json_request(method: Method, path: &str, body: &impl Serialize) -> Result<Request<Bytes>, Problem> {
    let bytes = serde_json::to_vec(body).map_err(unsendable)?;
    Request::builder()
        .method(method)
        .uri(path)
        .header(header::CONTENT_TYPE, "application/json")
        .body(Bytes::from(bytes))
        .map_err(unsendable)
}

fn unsendable(error: impl std::fmt::Display) -> Problem {
    tracing::error!(%error, "a request could not be made");
    Problem::internal()
}

/// The body of a successful answer; the other service's own problem otherwise.
async fn accepted(response: Response<Body>) -> Result<Bytes, Problem> {
    let (parts, body) = response.into_parts();
    let bytes = read(body, MAX_ANSWER).await.map_err(|error| {
        tracing::warn!(%error, "an answer broke off");
        Problem::unavailable().retry_after(1)
    })?;
    if parts.status.is_success() {
        return Ok(bytes);
    }
    match serde_json::from_slice::<Problem>(&bytes) {
        Ok(problem) if problem.status < 500 || problem.status == 503 => Err(problem),
        Ok(problem) => {
            tracing::error!(%problem, "a peer failed");
            Err(Problem::internal())
        }
        Err(_) => {
            tracing::error!(status = %parts.status, "an answer that is no problem");
            Err(Problem::internal())
        }
    }
}

/// Request headers of the browser that a service behind gets to see. A list of what passes cannot forget an identity,
/// forwarding or hop-by-hop header, however it is spelt.
const PASSED_ON: &[&str] = &[
    "accept",
    "accept-language",
    "content-type",
    "idempotency-key",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "prefer",
];

/// The headers of a forwarded request.
pub(crate) fn passed_on(headers: &HeaderMap) -> HeaderMap {
    PASSED_ON
        .iter()
        .filter_map(|name| Some((http::HeaderName::from_static(name), headers.get(*name)?.clone())))
        .collect()
}

/// Response headers that end at this hop (RFC 9110, section 7.6.1), and cookies: the console has only its own.
const ENDS_HERE: &[&str] = &[
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-connection",
    "set-cookie",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// Takes the headers away that must not reach the browser.
pub(crate) fn strip_answer(headers: &mut HeaderMap) {
    let named: Vec<String> = headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|name| name.trim().to_ascii_lowercase())
        .collect();
    for name in ENDS_HERE.iter().copied().chain(named.iter().map(String::as_str)) {
        headers.remove(name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_known_headers_pass_to_a_service() {
        let mut headers = HeaderMap::new();
        for name in [
            "cookie",
            "authorization",
            "x-orion-user-id",
            "x_orion_user_id",
            "x-forwarded-for",
            "forwarded",
            "connection",
            "te",
            "host",
            "content-length",
            "accept",
            "if-match",
        ] {
            headers.insert(http::HeaderName::try_from(name).expect("a name"), HeaderValue::from_static("x"));
        }
        let passed = passed_on(&headers);
        let mut names: Vec<_> = passed.keys().map(http::HeaderName::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["accept", "if-match"]);
    }

    #[test]
    fn cookies_and_hop_by_hop_headers_do_not_reach_the_browser() {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("set-cookie", "a=b"),
            ("connection", "close, X-Hop"),
            ("x-hop", "1"),
            ("transfer-encoding", "chunked"),
            ("etag", "\"1\""),
        ] {
            headers.insert(http::HeaderName::try_from(name).expect("a name"), HeaderValue::from_static(value));
        }
        strip_answer(&mut headers);
        assert_eq!(headers.keys().map(http::HeaderName::as_str).collect::<Vec<_>>(), ["etag"]);
    }
}
