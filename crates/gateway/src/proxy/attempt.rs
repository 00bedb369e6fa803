//! One try: a connection to an endpoint, the request on it, and the head of the answer.

use super::body::{RequestBody, RequestError};
use super::exchange::Exchange;
use super::headers::Outgoing;
use crate::edge::{BodyError, Refusal};
use crate::observe::Outcome;
use crate::routing::Route;
use crate::upstream::http1::{Call, Connection, Failure, Waits};
use crate::upstream::{FRESH, Picked, Pool, Verdict};
use bytes::Bytes;
use http::Response;
use orion_contracts::Problem;
use std::task::{Poll, ready};
use std::time::Duration;

/// How long, in milliseconds, a body that its client was told to wait with waits for the upstream's leave. Many servers do
/// not know the question (RFC 9110, section 10.1.1).
const LEAVE: u64 = 1_000;

/// What a try needs to know of its request.
pub(super) struct Request<'a> {
    pub(super) route: &'a Route,
    /// How long the answer may take to begin, in milliseconds.
    pub(super) answer_in: u64,
    /// The head as its endpoint gets it.
    pub(super) outgoing: Outgoing<'a>,
    /// Whether HEAD is asked.
    pub(super) of_head: bool,
    /// Whether it may be sent again when nobody knows whether it was done: it has no body and changes nothing by being repeated.
    pub(super) is_repeatable: bool,
}

/// The head of an answer, and the call by which the rest of it comes.
pub(super) struct Answered {
    pub(super) call: Box<Call<RequestBody>>,
    pub(super) response: Response<()>,
}

/// Why there is no answer.
#[derive(Debug)]
pub(super) enum Failed {
    /// There was no connection.
    Unreachable(Option<std::io::Error>),
    /// The upstream gave none, or the client's body broke off.
    Upstream(Failure<RequestError>),
    /// The upstream gave up while the client's body was waited for.
    GaveUp(Failure<RequestError>),
    /// The upstream neither took nor said anything in time.
    Silent,
    /// All the time that the request may take is over, and the upstream has not answered.
    /// It had so much of it.
    Late(Duration),
    /// All of that time is over, and the client has not sent its body.
    Slow,
}

impl Request<'_> {
    /// Sends the request to an endpoint and waits for the head of the answer.
    pub(super) async fn send(
        &self,
        exchange: &Exchange,
        picked: &mut Picked,
        body: RequestBody,
    ) -> Result<Answered, Failed> {
        let (proxy, endpoint) = (&exchange.proxy, picked.endpoint().clone());
        let head = proxy.core.write_head(|out| self.outgoing.write(exchange, &endpoint.place, out));
        let now = proxy.core.monotonic();
        let since = if self.is_repeatable { Duration::ZERO } else { now.saturating_sub(FRESH) };
        let body = match proxy.pool.take(endpoint.id, since, now) {
            None => body,
            Some(connection) => match self.on(exchange, picked, connection, &head, body).await {
                // A connection that lay idle may be closed by its other end at any moment: once more, on a new one.
                Err(Failed::Upstream(Failure::Closed)) if self.is_repeatable => {
                    RequestBody::empty(exchange.received.clone())
                }
                outcome => return outcome,
            },
        };
        let connection = self.connect(exchange, picked).await?;
        self.on(exchange, picked, connection, &head, body).await
    }

    async fn on(
        &self,
        exchange: &Exchange,
        picked: &mut Picked,
        connection: Box<Connection>,
        head: &Bytes,
        body: RequestBody,
    ) -> Result<Answered, Failed> {
        let mut call = Box::new(Call::begin(connection, head, body, self.of_head, self.outgoing.expects));
        let response = self.answer_of(exchange, picked, &mut call).await?;
        exchange.deadline.clear();
        Ok(Answered { call, response })
    }

    async fn connect(&self, exchange: &Exchange, picked: &Picked) -> Result<Box<Connection>, Failed> {
        let (cluster, place) = (picked.cluster(), &picked.endpoint().place);
        let of_route = self.route.config.as_ref().and_then(|config| config.connect_ms);
        let time = of_route.or(cluster.config().connect_ms).unwrap_or(self.route.connect);
        let tls = cluster.tls().filter(|_| place.is_tls).map(|tls| (tls, &*place.host_name));
        exchange.waits(Some(time));
        let connected = exchange.deadline.cut(Pool::connect(&place.address, tls)).await;
        exchange.deadline.clear();
        match connected {
            Some(Ok(connection)) => Ok(connection),
            Some(Err(error)) => Err(Failed::Unreachable(Some(error))),
            None if exchange.is_late() => Err(Failed::Late(Duration::ZERO)),
            None => Err(Failed::Unreachable(None)),
        }
    }

    /// Waits for the head of the answer. While the client's body is waited for, the edge looks after the time that takes.
    async fn answer_of(
        &self,
        exchange: &Exchange,
        picked: &mut Picked,
        call: &mut Call<RequestBody>,
    ) -> Result<Response<()>, Failed> {
        let deadline = &exchange.deadline;
        let leave = deadline.now() + LEAVE;
        // Since when the upstream is waited for, without a break.
        let mut since = None;
        let mut waits = Waits::Leave;
        std::future::poll_fn(|context| {
            loop {
                let answer = call.poll_answer(context, |interim| exchange.client.inform(&interim));
                if let Poll::Ready(outcome) = answer {
                    return Poll::Ready(outcome.map_err(|failure| match failure {
                        failure @ Failure::Request(_) => Failed::Upstream(failure),
                        failure if waits == Waits::Client => Failed::GaveUp(failure),
                        failure => Failed::Upstream(failure),
                    }));
                }
                waits = call.waits();
                match waits {
                    Waits::Leave if leave <= deadline.now() => {
                        call.release();
                        continue;
                    }
                    Waits::Leave => deadline.set(leave),
                    Waits::Client => {
                        picked.waits_for_client();
                        exchange.waits(None);
                    }
                    Waits::Upstream { moved } if moved || since.is_none() => exchange.waits(Some(self.answer_in)),
                    Waits::Upstream { .. } => {}
                }
                since = since.or(Some(deadline.now())).filter(|_| matches!(waits, Waits::Upstream { .. }));
                ready!(deadline.poll(context));
                if exchange.is_late() {
                    let waited = since.map_or(0, |since| deadline.now().saturating_sub(since));
                    let late = Failed::Late(Duration::from_millis(waited));
                    return Poll::Ready(Err(if waits == Waits::Client { Failed::Slow } else { late }));
                }
                if waits != Waits::Leave {
                    return Poll::Ready(Err(Failed::Silent));
                }
            }
        })
        .await
    }
}

impl Failed {
    /// What it says of the upstream.
    pub(super) fn verdict(&self) -> Verdict {
        match self {
            Self::Upstream(Failure::Request(_)) | Self::GaveUp(_) | Self::Slow => Verdict::Cancelled,
            Self::Unreachable(_) | Self::Upstream(_) | Self::Silent | Self::Late(_) => Verdict::Failed,
        }
    }

    /// What the client is told, by whose failure it is.
    pub(super) fn problem(&self, route: &Route, upstream: &str) -> (Outcome, Problem) {
        let name = &route.name;
        match self {
            Self::Unreachable(Some(error)) => {
                tracing::warn!(route = %name, upstream, %error, "no connection to the upstream");
                let problem = Problem::bad_gateway();
                (
                    Outcome::UpstreamUnreachable,
                    problem.detail(format!("The service of the route \"{name}\" cannot be reached.")),
                )
            }
            Self::Unreachable(None) => {
                tracing::warn!(route = %name, upstream, "no connection to the upstream in time");
                let detail = format!("The service of the route \"{name}\" cannot be reached in time.");
                (Outcome::UpstreamUnreachable, Problem::gateway_timeout().detail(detail))
            }
            Self::Upstream(Failure::Request(RequestError::TooLarge)) => (Outcome::Refused, too_large(route.max_body)),
            Self::Upstream(Failure::Request(RequestError::Client(BodyError::Refused(refusal)))) => {
                let outcome = if *refusal == Refusal::Timeout { Outcome::ClientSlow } else { Outcome::Refused };
                (outcome, refusal.problem())
            }
            Self::Upstream(Failure::Request(RequestError::Client(BodyError::Gone))) => {
                (Outcome::ClientGone, Problem::bad_request().detail("The body broke off before its end."))
            }
            Self::Upstream(error) | Self::GaveUp(error) => {
                tracing::warn!(route = %name, upstream, %error, "the upstream gave no valid answer");
                (Outcome::UpstreamBroke, Problem::bad_gateway())
            }
            Self::Silent => (Outcome::UpstreamSilent, Problem::gateway_timeout()),
            Self::Slow => (Outcome::ClientSlow, Refusal::Timeout.problem()),
            Self::Late(_) => {
                let detail = format!("All the time that a request of the route \"{name}\" may take is over.");
                (Outcome::UpstreamSilent, Problem::gateway_timeout().detail(detail))
            }
        }
    }
}

pub(super) fn too_large(limit: u64) -> Problem {
    Problem::payload_too_large().detail(format!("The body may have at most {limit} bytes."))
}
