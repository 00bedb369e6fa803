//! Bodies on their way through: counted, bounded, never collected.

use super::exchange::Exchange;
use super::upstream::{UpstreamConnection, Waits};
use crate::edge::connection::Connection;
use crate::edge::deadlines::NEVER;
use crate::observe::Outcome;
use bytes::Bytes;
use http_body_util::Full;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};

/// Why a body ended before its end.
#[derive(Debug, thiserror::Error)]
pub enum BodyError {
    /// It is larger than allowed.
    #[error("the body is larger than allowed")]
    TooLarge,
    /// The upstream was silent for too long.
    #[error("the upstream was silent for too long")]
    Silent,
    /// The client did not send it well.
    #[error(transparent)]
    Broken(#[from] hyper::Error),
    /// The upstream did not send it well.
    #[error("{0}")]
    Upstream(String),
    /// One of the gateway's own pages failed.
    #[error(transparent)]
    Page(#[from] axum::Error),
}

/// A client's body on its way to the upstream.
pub struct RequestBody {
    incoming: Option<Incoming>,
    connection: Rc<Connection>,
    /// Bytes that it may have.
    limit: u64,
}

impl RequestBody {
    pub(super) fn new(incoming: Incoming, connection: Rc<Connection>, limit: u64) -> Self {
        Self { incoming: (!incoming.is_end_stream()).then_some(incoming), connection, limit }
    }

    /// No body, as the first one had none.
    pub(super) fn empty(connection: Rc<Connection>) -> Self {
        Self { incoming: None, connection, limit: 0 }
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let this = self.get_mut();
        let Some(incoming) = &mut this.incoming else { return Poll::Ready(None) };
        let frame = std::task::ready!(Pin::new(&mut *incoming).poll_frame(context));
        let frame = frame.transpose()?;
        let length = frame.as_ref().and_then(Frame::data_ref).map_or(0, Bytes::len) as u64;
        let received = this.connection.received.get() + length;
        this.connection.received.set(received);
        if received > this.limit {
            return Poll::Ready(Some(Err(BodyError::TooLarge)));
        }
        if frame.is_none() || incoming.is_end_stream() {
            this.incoming = None;
        }
        Poll::Ready(frame.map(Ok))
    }

    fn is_end_stream(&self) -> bool {
        self.incoming.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.as_ref().map_or(SizeHint::with_exact(0), Body::size_hint)
    }
}

/// An upstream's body, and the connection that it comes by.
pub(super) struct UpstreamBody {
    pub(super) connection: Option<Box<UpstreamConnection>>,
    pub(super) address: Arc<str>,
    /// How long it may be silent, in milliseconds.
    pub(super) silence: u64,
    /// Whether more of it is waited for.
    pub(super) waiting: bool,
}

/// Where an answer's body comes from.
pub(super) enum Source {
    /// The gateway itself.
    Full(Full<Bytes>),
    /// One of the gateway's pages.
    Page(axum::body::Body),
    /// An upstream.
    Upstream(UpstreamBody),
}

/// An answer's body. Its end is the request's end: what is counted and logged then.
pub struct AnswerBody {
    pub(super) source: Source,
    pub(super) exchange: Exchange,
}

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let this = self.get_mut();
        let frame = match &mut this.source {
            Source::Full(body) => Pin::new(body).poll_frame(context).map_err(|never| match never {}),
            Source::Page(body) => Pin::new(body).poll_frame(context).map_err(BodyError::from),
            Source::Upstream(body) => body.poll_frame(context, &this.exchange),
        };
        match &frame {
            Poll::Ready(Some(Ok(frame))) => this.exchange.sent += frame.data_ref().map_or(0, Bytes::len) as u64,
            Poll::Ready(Some(Err(error))) => this.exchange.breaks_off(error.outcome()),
            _ => {}
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        match &self.source {
            Source::Full(body) => body.is_end_stream(),
            Source::Page(body) => body.is_end_stream(),
            Source::Upstream(body) => body.connection.as_ref().is_none_or(|connection| connection.is_ended()),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.source {
            Source::Full(body) => body.size_hint(),
            Source::Page(body) => body.size_hint(),
            Source::Upstream(body) => match body.connection.as_ref().map_or(Some(0), |connection| connection.left()) {
                Some(left) => SizeHint::with_exact(left),
                None => SizeHint::default(),
            },
        }
    }
}

impl UpstreamBody {
    fn poll_frame(
        &mut self,
        context: &mut Context<'_>,
        exchange: &Exchange,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let Some(connection) = &mut self.connection else { return Poll::Ready(None) };
        let deadlines = &exchange.connection.deadlines;
        if let Poll::Ready(data) = connection.poll_data(context) {
            // While the client does not ask for more, the upstream is not waited for.
            self.waiting = false;
            deadlines.answer.set(NEVER);
            let data =
                data.map(|data| data.map(Frame::data).map_err(|failure| BodyError::Upstream(failure.to_string())));
            return Poll::Ready(data.inspect(|data| self.report(exchange, data)));
        }
        let moved = match connection.waits() {
            Waits::Upstream { moved } => moved,
            // It may well wait for the rest of the request before it says more.
            Waits::Client | Waits::Leave => {
                self.waiting = false;
                deadlines.answer.set(NEVER);
                return Poll::Pending;
            }
        };
        if moved || !self.waiting {
            self.waiting = true;
            deadlines.answer.set(deadlines.now() + self.silence);
        } else if deadlines.answer.get() <= deadlines.now() {
            let silent = Err(BodyError::Silent);
            self.report(exchange, &silent);
            return Poll::Ready(Some(silent));
        }
        Poll::Pending
    }

    /// Tells operators of an answer that breaks off.
    fn report(&self, exchange: &Exchange, data: &Result<Frame<Bytes>, BodyError>) {
        if let Err(error) = data {
            let route = exchange.route().map_or("none", |route| &*route.name);
            tracing::warn!(route, upstream = %self.address, %error, "the upstream's answer broke off");
        }
    }
}

impl BodyError {
    /// How an exchange ends by it.
    pub(super) fn outcome(&self) -> Outcome {
        match self {
            Self::TooLarge => Outcome::Refused,
            Self::Silent => Outcome::UpstreamSilent,
            Self::Broken(_) => Outcome::ClientGone,
            Self::Upstream(_) => Outcome::UpstreamBroke,
            Self::Page(_) => Outcome::Failed,
        }
    }
}

impl Drop for AnswerBody {
    fn drop(&mut self) {
        let Source::Upstream(body) = &mut self.source else { return };
        let Some(connection) = body.connection.take() else { return };
        let exchange = &mut self.exchange;
        if connection.is_ended() {
            exchange.completes();
        } else if exchange.old && connection.left().is_none() {
            exchange.connection.resets.set(true);
        }
        exchange.core.pool.put(&body.address, connection, exchange.core.monotonic());
    }
}
