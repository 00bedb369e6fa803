//! Bodies on their way through: counted, bounded, never collected.

use super::exchange::Exchange;
use super::upstream::UpstreamConnection;
use crate::edge::connection::Connection;
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
    /// How long the upstream may take to answer after the body's end, in milliseconds.
    timeout: u64,
}

impl RequestBody {
    pub(super) fn new(incoming: Incoming, connection: Rc<Connection>, limit: u64, timeout: u64) -> Self {
        let body = Self { incoming: (!incoming.is_end_stream()).then_some(incoming), connection, limit, timeout };
        if body.is_end_stream() {
            body.ended();
        }
        body
    }

    /// No body, as the first one had none.
    pub(super) fn empty(connection: Rc<Connection>, timeout: u64) -> Self {
        let body = Self { incoming: None, connection, limit: 0, timeout };
        body.ended();
        body
    }

    /// From now on it is the upstream that is waited for.
    fn ended(&self) {
        let deadlines = &self.connection.deadlines;
        deadlines.answer.set(deadlines.now() + self.timeout);
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let this = self.get_mut();
        let Some(incoming) = &mut this.incoming else { return Poll::Ready(None) };
        let frame = std::task::ready!(Pin::new(&mut *incoming).poll_frame(context));
        let frame = frame.transpose().inspect_err(|_| this.connection.body_failed.set(true))?;
        let length = frame.as_ref().and_then(Frame::data_ref).map_or(0, Bytes::len) as u64;
        let received = this.connection.received.get() + length;
        this.connection.received.set(received);
        if received > this.limit {
            this.connection.too_large.set(true);
            return Poll::Ready(Some(Err(BodyError::TooLarge)));
        }
        if frame.is_none() || incoming.is_end_stream() {
            this.incoming = None;
            this.ended();
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
    pub(super) timeout: u64,
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
        if let Poll::Ready(Some(Ok(frame))) = &frame {
            this.exchange.sent += frame.data_ref().map_or(0, Bytes::len) as u64;
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
        match connection.poll_data(context) {
            Poll::Ready(data) => {
                deadlines.answer.set(deadlines.now() + self.timeout);
                let data = data.map(|data| data.map(Frame::data));
                Poll::Ready(data.map(|data| data.map_err(|failure| BodyError::Upstream(failure.to_string()))))
            }
            Poll::Pending if deadlines.answer.get() <= deadlines.now() => Poll::Ready(Some(Err(BodyError::Silent))),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl Drop for AnswerBody {
    fn drop(&mut self) {
        let Source::Upstream(body) = &mut self.source else { return };
        if let Some(connection) = body.connection.take() {
            let core = &self.exchange.core;
            core.pool.put(&body.address, connection, core.monotonic());
        }
    }
}
