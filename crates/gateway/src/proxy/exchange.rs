//! A request and its answer, from the first look to the last byte: what the log and the metrics are told.

use super::body::Source;
use crate::edge::connection::Connection;
use crate::edge::core::Core;
use crate::identity::Verified;
use crate::limits::Decision;
use crate::observe::metrics::Observed;
use crate::observe::{AccessEntry, Outcome};
use crate::routing::{Route, RouteTable};
use http::uri::PathAndQuery;
use http::{HeaderName, HeaderValue, Method, Request, StatusCode, Version};
use orion_http::headers::is_request_id;
use orion_http::snapshot::Held;
use std::net::IpAddr;
use std::rc::Rc;
use std::time::Duration;

pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// A request and its answer.
pub(super) struct Exchange {
    pub(super) core: Rc<Core>,
    pub(super) connection: Rc<Connection>,
    pub(super) started: Duration,
    pub(super) method: Method,
    pub(super) path: Option<PathAndQuery>,
    pub(super) request_id: HeaderValue,
    pub(super) client: IpAddr,
    pub(super) refused: bool,
    pub(super) route: Option<(Held<RouteTable>, usize)>,
    /// The version of that table.
    pub(super) version: u64,
    pub(super) identity: Option<Rc<Verified>>,
    /// What the limit of an API key by itself says, and how many requests a minute it is.
    pub(super) key_limit: Option<(Decision, u32)>,
    /// Whether the client speaks HTTP/1.0: of an answer whose length is not said it knows the end by the connection's.
    pub(super) old: bool,
    /// What the client was told; none before it was told anything.
    answered: Option<u16>,
    /// Whether that is all that there is to tell it: what breaks off has another status in the end.
    whole: bool,
    /// How it ended, once that is known.
    outcome: Option<Outcome>,
    pub(super) sent: u64,
}

impl Exchange {
    /// A request arrives.
    pub(super) fn begin<B>(core: Rc<Core>, connection: Rc<Connection>, request: &Request<B>) -> Self {
        connection.begin();
        let started = core.monotonic();
        let sent_id = request.headers().get(REQUEST_ID).filter(|value| is_request_id(value.as_bytes()));
        let request_id = sent_id.cloned().unwrap_or_else(|| core.ids.request_id(core.wall_at(started)));
        Self {
            started,
            method: request.method().clone(),
            path: request.uri().path_and_query().cloned(),
            request_id,
            client: connection.peer,
            refused: false,
            route: None,
            version: 0,
            identity: None,
            key_limit: None,
            old: request.version() == Version::HTTP_10,
            answered: None,
            whole: false,
            outcome: None,
            sent: 0,
            core,
            connection,
        }
    }

    /// The request's route, once it is known.
    pub(super) fn route(&self) -> Option<&Route> {
        self.route.as_ref().and_then(|(table, index)| table.route(*index))
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

    /// The answer has been handed over whole.
    pub(super) fn completes(&mut self) {
        (self.whole, self.outcome) = (true, Some(Outcome::Complete));
    }

    /// The answer breaks off half-way.
    pub(super) fn breaks_off(&mut self, outcome: Outcome) {
        (self.whole, self.outcome) = (false, Some(outcome));
    }

    /// How it ended when nobody has said so: the client took no more, or went.
    fn unsaid(&self) -> Outcome {
        let deadlines = &self.connection.deadlines;
        match () {
            () if self.core.cut.get() => Outcome::Cut,
            () if std::thread::panicking() => Outcome::Failed,
            () if deadlines.send.get() <= deadlines.now() => Outcome::ClientSlow,
            () => Outcome::ClientGone,
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

impl Drop for Exchange {
    /// The answer has been sent, or the client is gone.
    fn drop(&mut self) {
        let outcome = self.outcome.unwrap_or_else(|| self.unsaid());
        let status = match self.answered {
            Some(told) if self.whole => told,
            _ => outcome.status(),
        };
        self.connection.end(self.core.settings.idle.as_millis() as u64);
        let now = self.core.monotonic();
        let duration = now.saturating_sub(self.started);
        self.core.metrics.observe(&Observed {
            route: self.route.as_ref().map_or(usize::MAX - usize::from(self.refused), |(_, index)| *index),
            version: self.version,
            name: self.label(),
            method: &self.method,
            status,
            outcome,
            duration,
            received: self.connection.received.get(),
            sent: self.sent,
        });
        if !self.core.access.is_on() {
            return;
        }
        let forwarded = (self.client != self.connection.peer).then(|| self.client.to_string());
        self.core.access.write(&AccessEntry {
            time: self.core.wall_at(now),
            request_id: self.request_id.to_str().unwrap_or_default(),
            client: forwarded.as_deref().or(self.connection.peer_header.to_str().ok()).unwrap_or("-"),
            user: self.identity.as_ref().and_then(|identity| identity.user_header.to_str().ok()),
            method: if self.refused { "-" } else { self.method.as_str() },
            path: if self.refused { "-" } else { self.path.as_ref().map_or("-", PathAndQuery::path) },
            route: self.label(),
            status,
            answered: self.answered.filter(|told| *told != status),
            outcome,
            duration,
            received: self.connection.received.get(),
            sent: self.sent,
        });
    }
}
