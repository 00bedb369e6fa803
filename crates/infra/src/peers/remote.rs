//! A peer in another process: time-out, one retry of what is safe to repeat within a budget, breaker.

use super::{Body, BodyError, PeerConfigError, PeerError, breaker::Breaker, is_failure};
use crate::config::place_of;
use bytes::Bytes;
use http::{Method, Request, Response};
use http_body_util::BodyExt;
use orion_contracts::ServiceName;
use std::sync::Arc;
use std::time::Duration;
use tower::retry::budget::{Budget, TpsBudget};

/// How long connecting may take; everything is in one data centre.
const CONNECT: Duration = Duration::from_secs(1);

pub(super) fn client(timeout: Duration) -> Result<reqwest::Client, reqwest::Error> {
    reqwest::Client::builder()
        .connect_timeout(CONNECT)
        // Of each piece of an answer, not of all of them: an export is as long as it is. How long it takes to begin is bounded below.
        .read_timeout(timeout)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()
}

pub(super) struct Remote {
    service: ServiceName,
    client: reqwest::Client,
    timeout: Duration,
    base: String,
    breaker: Breaker,
    budget: Arc<TpsBudget>,
}

impl Remote {
    pub(super) fn new(
        service: ServiceName,
        client: reqwest::Client,
        timeout: Duration,
        url: &str,
        breaker: Breaker,
    ) -> Result<Self, PeerConfigError> {
        let parsed = url::Url::parse(url).ok().filter(|parsed| matches!(parsed.scheme(), "http" | "https"));
        if parsed.is_none() {
            return Err(PeerConfigError::Url { service, url: url.to_owned() });
        }
        // A fifth more calls than without retries, at most.
        let budget = Arc::new(TpsBudget::new(Duration::from_secs(10), 5, 0.2));
        Ok(Self { service, client, timeout, base: url.trim_end_matches('/').to_owned(), breaker, budget })
    }

    pub(super) async fn call(&self, request: Request<Bytes>) -> Result<Response<Body>, PeerError> {
        let safe = matches!(*request.method(), Method::GET | Method::PUT | Method::HEAD | Method::DELETE);
        self.budget.deposit();
        let first = self.attempt(&request).await;
        if first.is_err() && safe && self.budget.withdraw() {
            return self.attempt(&request).await;
        }
        first
    }

    async fn attempt(&self, request: &Request<Bytes>) -> Result<Response<Body>, PeerError> {
        let Some(permit) = self.breaker.admit() else {
            let place = place_of(&self.base);
            return Err(self.unavailable(format!("{place}: it failed repeatedly; the circuit is open")));
        };
        let outcome = self.send(request).await;
        permit.record(outcome.as_ref().is_ok_and(|response| !is_failure(response.status())));
        outcome
    }

    /// One try that the breaker neither refuses nor counts.
    pub(super) async fn probe(&self, request: Request<Bytes>) -> Result<Response<Body>, PeerError> {
        self.send(&request).await
    }

    async fn send(&self, request: &Request<Bytes>) -> Result<Response<Body>, PeerError> {
        let path = request.uri().path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
        let call = self
            .client
            .request(request.method().clone(), format!("{}{path}", self.base))
            .headers(request.headers().clone())
            .body(request.body().clone());
        let answer = tokio::time::timeout(self.timeout, call.send()).await;
        match answer.map_err(|_| self.unavailable(format!("{}: no answer in time", place_of(&self.base))))? {
            Ok(response) => Ok(http::Response::from(response)
                .map(|body| body.map_err(|error| BodyError(error.to_string())).boxed_unsync())),
            Err(error) => Err(self.unavailable(reason(&self.base, &error))),
        }
    }

    fn unavailable(&self, reason: String) -> PeerError {
        PeerError::Unavailable { service: self.service, reason }
    }
}

/// What it comes down to, and where: the client's own words leave out both.
fn reason(base: &str, error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    let place = place_of(base);
    if error.is_timeout() { format!("{place}: no answer in time") } else { format!("{place}: {cause}") }
}
