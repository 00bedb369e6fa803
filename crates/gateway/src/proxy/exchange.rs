//! A request and its answer, from the first look to the last byte: what the log and the metrics are told.

use super::body::Source;
use super::core::Proxy;
use super::policy::Wants;
use crate::edge::{Broke, Client};
use crate::identity::Verified;
use crate::limits::Decision;
use crate::observe::metrics::Observed;
use crate::observe::{AccessEntry, Outcome};
use crate::routing::Route;
use crate::wire::Deadline;
use http::uri::PathAndQuery;
use http::{HeaderName, HeaderValue, Method, Request, StatusCode};
use orion_http::headers::is_request_id;
use std::cell::Cell;
use std::net::IpAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// A request and its answer.
pub(super) struct Exchange {
    pub(super) proxy: Rc<Proxy>,
    pub(super) client: Rc<Client>,
    /// When whoever is waited for must have done something: the upstream, most often.
    pub(super) deadline: Deadline,
    /// When all of it must be over.
    pub(super) ends: Option<u64>,
    pub(super) started: Duration,
    pub(super) method: Method,
    pub(super) path: Option<PathAndQuery>,
    pub(super) request_id: HeaderValue,
    /// Where the client is, as far as that can be believed.
    pub(super) address: IpAddr,
    pub(super) refused: bool,
    pub(super) route: Option<(Arc<Route>, usize)>,
    /// The version of that table.
    pub(super) version: u64,
    pub(super) identity: Option<Rc<Verified>>,
    /// What the policies of its route want of the answer.
    pub(super) wants: Option<Box<Wants>>,
    /// What the limit of an API key by itself says, and how many requests a minute it is.
    pub(super) key_limit: Option<(Decision, u32)>,
    /// Bytes of the request's body that have come.
    pub(super) received: Rc<Cell<u64>>,
    /// What the client was told; none before it was told anything.
    answered: Option<u16>,
    /// Whether that is all that there is to tell it: what breaks off has another status in the end.
    whole: bool,
    /// How it ended, once that is known.
    outcome: Option<Outcome>,
    pub(super) sent: u64,
}

impl Exchange {
    /// A request arrives; or something that is none, and is refused.
    pub(super) fn begin<B>(proxy: Rc<Proxy>, client: Rc<Client>, request: Option<&Request<B>>) -> Self {
        let started = proxy.core.monotonic();
        let sent_id = request.and_then(|request| request.headers().get(REQUEST_ID));
        let sent_id = sent_id.filter(|value| is_request_id(value.as_bytes()));
        let request_id = sent_id.cloned().unwrap_or_else(|| proxy.ids.request_id(proxy.core.wall_at(started)));
        Self {
            started,
            method: request.map_or_else(no_method, |request| request.method().clone()),
            path: request.and_then(|request| request.uri().path_and_query().cloned()),
            request_id,
            address: client.peer,
            deadline: proxy.core.ticker.deadline(),
            ends: None,
            refused: request.is_none(),
            route: None,
            version: 0,
            identity: None,
            wants: None,
            key_limit: None,
            received: Rc::default(),
            answered: None,
            whole: false,
            outcome: None,
            sent: 0,
            proxy,
            client,
        }
    }

    /// The request's route, once it is known.
    pub(super) fn route(&self) -> Option<&Route> {
        self.route.as_ref().map(|(route, _)| &**route)
    }

    /// Something is waited for that may take so long, in milliseconds, if that is known, and never longer than all of the request may.
    pub(super) fn waits(&self, time: Option<u64>) {
        let at = time.map(|time| self.deadline.now() + time);
        match (at, self.ends) {
            (Some(at), Some(ends)) => self.deadline.set(at.min(ends)),
            (Some(at), None) | (None, Some(at)) => self.deadline.set(at),
            (None, None) => self.deadline.clear(),
        }
    }

    /// How much time it has left.
    pub(super) fn left(&self) -> Duration {
        let left = |ends: u64| Duration::from_millis(ends.saturating_sub(self.deadline.now()));
        self.ends.map_or(Duration::MAX, left)
    }

    /// Whether all the time that it may take is over.
    pub(super) fn is_late(&self) -> bool {
        self.ends.is_some_and(|ends| ends <= self.deadline.now())
    }

    /// There will be no answer but the gateway's own, for this reason.
    pub(super) fn fails(&mut self, outcome: Outcome) {
        self.outcome = Some(outcome);
    }

    /// An answer begins. Of one that the gateway gives itself the end is known, unless the reason for it is.
    pub(super) fn answers(&mut self, status: StatusCode, source: &Source) {
        self.answered = Some(status.as_u16());
        let outcome = match source {
            // Its end will tell.
            Source::Upstream(_) => return,
            Source::Page(_) => Outcome::Complete,
            Source::Full(_) if status.is_server_error() => Outcome::Failed,
            Source::Full(_) if status.is_client_error() => Outcome::Refused,
            Source::Full(_) => Outcome::Complete,
        };
        self.whole = true;
        self.outcome.get_or_insert(outcome);
    }

    /// The answer has been read to its end: it is complete, unless the client did not get all of it.
    pub(super) fn completes(&mut self) {
        let is_delivered = self.client.broke().is_none() && !self.client.is_cut();
        (self.whole, self.outcome) = (is_delivered, is_delivered.then_some(Outcome::Complete));
    }

    /// The answer breaks off half-way.
    pub(super) fn breaks_off(&mut self, outcome: Outcome) {
        (self.whole, self.outcome) = (false, Some(outcome));
    }

    /// How it ended when nobody has said so: the client took no more, or went.
    fn unsaid(&self) -> Outcome {
        match self.client.broke() {
            _ if self.client.is_cut() => Outcome::Cut,
            _ if std::thread::panicking() => Outcome::Failed,
            Some(Broke::Slow) => Outcome::ClientSlow,
            Some(Broke::Gone) | None => Outcome::ClientGone,
        }
    }

    fn label(&self) -> &str {
        match self.route() {
            Some(route) => &route.name,
            None if self.refused => "refused",
            None => "none",
        }
    }
}

/// What stands where a method would, of what is no request.
fn no_method() -> Method {
    Method::from_bytes(b"-").unwrap_or_default()
}

impl Drop for Exchange {
    /// The answer has been sent, or the client is gone.
    fn drop(&mut self) {
        let outcome = self.outcome.unwrap_or_else(|| self.unsaid());
        let status = match self.answered {
            Some(told) if self.whole => told,
            _ => outcome.status(),
        };
        let now = self.proxy.core.monotonic();
        let duration = now.saturating_sub(self.started);
        self.proxy.metrics.observe(&Observed {
            route: self.route.as_ref().map_or(usize::MAX - usize::from(self.refused), |(_, index)| *index),
            version: self.version,
            name: self.label(),
            method: &self.method,
            status,
            outcome,
            duration,
            received: self.received.get(),
            sent: self.sent,
        });
        if !self.proxy.access.is_on() {
            return;
        }
        let forwarded = (self.address != self.client.peer).then(|| self.address.to_string());
        self.proxy.access.write(&AccessEntry {
            time: self.proxy.core.wall_at(now),
            request_id: self.request_id.to_str().unwrap_or_default(),
            client: forwarded.as_deref().or(self.client.peer_header.to_str().ok()).unwrap_or("-"),
            user: self.identity.as_ref().and_then(|identity| identity.user_header.to_str().ok()),
            method: self.method.as_str(),
            path: self.path.as_ref().map_or("-", PathAndQuery::path),
            route: self.label(),
            status,
            answered: self.answered.filter(|told| *told != status),
            outcome,
            duration,
            received: self.received.get(),
            sent: self.sent,
        });
    }
}
