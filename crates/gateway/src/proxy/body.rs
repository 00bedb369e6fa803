//! Bodies on their way through: counted, bounded, never collected.

use super::exchange::Exchange;
use crate::edge::{self, Client};
use crate::observe::Outcome;
use crate::policies::{CodecFailed, Kept};
use crate::upstream::http1::{Call, Failure, Waits};
use crate::upstream::{Picked, Verdict};
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::Full;
use std::cell::{Cell, RefCell};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

/// Why a request's body ended before its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RequestError {
    /// It is larger than allowed.
    TooLarge,
    /// The client did not send it well.
    Client(edge::BodyError),
}

/// A client's body on its way to the upstream.
pub(super) struct RequestBody {
    /// What an earlier try has read.
    before: Bytes,
    /// Where what is read is kept for another try.
    kept: Option<Rc<RefCell<Kept>>>,
    inner: Option<edge::RequestBody>,
    /// Bytes of it that have come.
    received: Rc<Cell<u64>>,
    /// Bytes that it may have.
    limit: u64,
    /// Whether it came without a length. It stays so when all of it has been read: each try says in its head how it is framed, by what
    /// was known at first.
    is_open: bool,
}

impl RequestBody {
    /// The body of one try of several: behind what an earlier one has read; and what is read is kept. `is_open` is whether it came
    /// without a length.
    pub(super) fn of_try(
        inner: edge::RequestBody,
        (received, limit): (Rc<Cell<u64>>, u64),
        before: Bytes,
        kept: Option<Rc<RefCell<Kept>>>,
        is_open: bool,
    ) -> Self {
        let inner = (is_open || !inner.is_end_stream()).then_some(inner);
        Self { before, kept, inner, received, limit, is_open }
    }

    /// No body, as the first one had none.
    pub(super) fn empty(received: Rc<Cell<u64>>) -> Self {
        Self { before: Bytes::new(), kept: None, inner: None, received, limit: 0, is_open: false }
    }

    /// What a client sends once both sides speak another protocol.
    pub(super) fn tunnel(client: &Rc<Client>, received: Rc<Cell<u64>>) -> Self {
        let inner = Some(client.tunnel());
        Self { before: Bytes::new(), kept: None, inner, received, limit: u64::MAX, is_open: true }
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = RequestError;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, RequestError>>> {
        let this = self.get_mut();
        if !this.before.is_empty() {
            return Poll::Ready(Some(Ok(Frame::data(std::mem::take(&mut this.before)))));
        }
        let Some(inner) = &mut this.inner else { return Poll::Ready(None) };
        let frame = ready!(Pin::new(inner).poll_frame(context)).transpose().map_err(RequestError::Client)?;
        let Some(frame) = frame else {
            this.inner = None;
            return Poll::Ready(None);
        };
        let received = this.received.get() + frame.data_ref().map_or(0, Bytes::len) as u64;
        this.received.set(received);
        match (&this.kept, frame.data_ref()) {
            (Some(kept), Some(data)) => kept.borrow_mut().keep(data),
            // Trailers are not kept: what has them is sent once.
            (Some(kept), None) => kept.borrow_mut().let_go(),
            (None, _) => {}
        }
        Poll::Ready(Some(if received > this.limit { Err(RequestError::TooLarge) } else { Ok(frame) }))
    }

    fn is_end_stream(&self) -> bool {
        self.before.is_empty() && self.inner.as_ref().is_none_or(|inner| !self.is_open && inner.is_end_stream())
    }

    fn size_hint(&self) -> SizeHint {
        match self.inner.as_ref().map_or(Some(0), |inner| inner.size_hint().exact()) {
            Some(left) if !self.is_open => SizeHint::with_exact(self.before.len() as u64 + left),
            _ => SizeHint::default(),
        }
    }
}

/// Why an answer's body ended before its end.
#[derive(Debug, thiserror::Error)]
pub enum AnswerError {
    /// The upstream was silent for too long.
    #[error("the upstream was silent for too long")]
    Silent,
    /// All the time that the request may take is over.
    #[error("all the time that the request may take is over")]
    Late,
    /// The upstream did not send it well.
    #[error("{0}")]
    Upstream(String),
    /// It could not be compressed.
    #[error(transparent)]
    Compression(CodecFailed),
    /// One of the gateway's own pages failed.
    #[error(transparent)]
    Page(#[from] axum::Error),
}

/// How long, in milliseconds, a client may be busy before what its upstream does is its doing.
const PATIENCE: u64 = 1_000;

/// An upstream's body, and the call that it comes by.
pub(super) struct UpstreamBody {
    pub(super) call: Option<Box<Call<RequestBody>>>,
    /// The endpoint that it comes from, where it counts for as long as this lives.
    pub(super) picked: Picked,
    /// How long it may be silent, in milliseconds.
    pub(super) silence: u64,
    /// Whether more of it is waited for.
    pub(super) waiting: bool,
    /// Whether it is another protocol by now: how that ends is nobody's failure.
    pub(super) is_tunnel: bool,
    /// When the client was last given something, in milliseconds of the core's coarse time.
    pub(super) given: u64,
    /// Whether the client has kept it waiting: an upstream that gives up then has not failed.
    pub(super) is_kept_waiting: bool,
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

impl Source {
    /// Bytes that it has, if that is known.
    pub(super) fn length(&self) -> Option<u64> {
        match self {
            Self::Full(body) => body.size_hint().exact(),
            Self::Page(body) => body.size_hint().exact(),
            Self::Upstream(body) => body.call.as_ref().map_or(Some(0), |call| call.left()),
        }
    }
}

/// An answer's body. Its end is the request's end: what is counted and logged then.
pub struct AnswerBody {
    pub(super) source: Source,
    pub(super) exchange: Exchange,
}

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = AnswerError;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, AnswerError>>> {
        let this = self.get_mut();
        let frame = match &mut this.source {
            Source::Full(body) => Pin::new(body).poll_frame(context).map_err(|never| match never {}),
            Source::Page(body) => Pin::new(body).poll_frame(context).map_err(AnswerError::from),
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
            Source::Upstream(body) => body.call.is_none(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        self.source.length().map_or(SizeHint::default(), SizeHint::with_exact)
    }
}

impl UpstreamBody {
    fn poll_frame(
        &mut self,
        context: &mut Context<'_>,
        exchange: &Exchange,
    ) -> Poll<Option<Result<Frame<Bytes>, AnswerError>>> {
        let Some(call) = &mut self.call else { return Poll::Ready(None) };
        // Looked at here as well, for a stream that never pauses waits for nothing.
        if exchange.is_late() {
            return Poll::Ready(Some(Err(AnswerError::Late)));
        }
        let deadline = &exchange.deadline;
        let now = deadline.now();
        self.is_kept_waiting |= !self.waiting && now.saturating_sub(self.given) > PATIENCE;
        if let Poll::Ready(frame) = call.poll_frame(context) {
            self.given = now;
            // While the client does not ask for more, the upstream is not waited for.
            if std::mem::take(&mut self.waiting) {
                deadline.clear();
            }
            let frame = frame.map(|frame| frame.map_err(|failure| AnswerError::Upstream(describe(&failure))));
            match &frame {
                Some(Err(error)) => self.report(exchange, error),
                _ => self.release(exchange),
            }
            return Poll::Ready(frame);
        }
        let moved = match call.waits() {
            Waits::Upstream { moved } => moved,
            // It may well wait for the rest of the request before it says more.
            Waits::Client | Waits::Leave => {
                self.waiting = false;
                exchange.waits(None);
                ready!(deadline.poll(context));
                true
            }
        };
        if moved || !self.waiting {
            self.waiting = true;
            exchange.waits(Some(self.silence));
        }
        ready!(deadline.poll(context));
        // A stream that is as long as its route allows is no failure of its upstream.
        if exchange.is_late() {
            return Poll::Ready(Some(Err(AnswerError::Late)));
        }
        self.report(exchange, &AnswerError::Silent);
        Poll::Ready(Some(Err(AnswerError::Silent)))
    }

    /// Tells the upstream's cluster and operators of an answer that breaks off; the cluster not, where the client may have had a part in
    /// it: nobody shall open a breaker from outside.
    fn report(&mut self, exchange: &Exchange, error: &AnswerError) {
        let is_cut = self.call.as_ref().is_some_and(|call| call.is_cut());
        if !self.is_tunnel && !self.is_kept_waiting && !is_cut {
            self.picked.judge(Verdict::Failed, Duration::ZERO, exchange.proxy.core.monotonic());
        }
        let route = exchange.route().map_or("none", |route| &*route.name);
        tracing::warn!(route, upstream = %self.picked.endpoint().place.address, %error, "the upstream's answer broke off");
    }

    /// Gives the connection back once the answer has been read to its end: the client may take its time.
    pub(super) fn release(&mut self, exchange: &Exchange) {
        let Some(call) = self.call.take_if(|call| call.is_ended()) else { return };
        // The client may take its time; the upstream has nothing more to do.
        self.picked.leaves();
        if let Some(connection) = call.into_connection() {
            let config = self.picked.cluster().config();
            let most = config.max_requests_per_connection;
            if most == 0 || connection.calls() < most {
                let keep = Duration::from_millis(config.idle_ms);
                exchange.proxy.pool.put(self.picked.endpoint().id, connection, keep, exchange.proxy.core.monotonic());
            }
        }
    }
}

fn describe(failure: &Failure<RequestError>) -> String {
    failure.to_string()
}

impl AnswerError {
    /// How an exchange ends by it.
    fn outcome(&self) -> Outcome {
        match self {
            Self::Silent => Outcome::UpstreamSilent,
            Self::Late => Outcome::Late,
            Self::Upstream(_) => Outcome::UpstreamBroke,
            Self::Page(_) | Self::Compression(_) => Outcome::Failed,
        }
    }
}

impl Drop for AnswerBody {
    fn drop(&mut self) {
        if let Source::Upstream(body) = &self.source
            && body.call.is_none()
        {
            self.exchange.completes();
        }
    }
}
