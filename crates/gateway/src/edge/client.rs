//! A client, as whoever answers a request of theirs sees them: where they are, what is left of their request, and how their
//! connection fares.

use super::Refusal;
use super::core::Core;
use super::http1::Io;
use crate::wire::{Deadline, Stream};
use bytes::Bytes;
use http::{HeaderValue, Response};
use http_body::{Body, Frame, SizeHint};
use std::cell::{Cell, RefCell};
use std::net::IpAddr;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

/// How a client ceased to be one before it had its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Broke {
    /// It is gone.
    Gone,
    /// It did not take its answer in time.
    Slow,
}

/// A client's connection, one request of which is answered at a time.
pub struct Client {
    /// The address at the other end.
    pub peer: IpAddr,
    /// That address as a header.
    pub peer_header: HeaderValue,
    pub(super) core: Rc<Core>,
    pub(super) io: RefCell<Io>,
    /// When what is waited for from the client must have come: a head, a body, the next request.
    pub(super) arrival: Deadline,
    /// When the client must have taken what waits to be sent.
    pub(super) departure: Deadline,
    pub(super) broke: Cell<Option<Broke>>,
    /// Whether it has had a request.
    pub(super) begun: Cell<bool>,
}

impl Client {
    pub(super) fn new(core: Rc<Core>, stream: Stream, peer: IpAddr) -> Rc<Self> {
        core.connections.set(core.connections.get() + 1);
        let (arrival, departure) = (core.ticker.deadline(), core.ticker.deadline());
        arrival.set_in(core.settings.timeouts.head);
        Rc::new(Self {
            peer,
            peer_header: HeaderValue::from_str(&peer.to_string()).unwrap_or(HeaderValue::from_static("unknown")),
            io: RefCell::new(Io::new(stream)),
            arrival,
            departure,
            broke: Cell::new(None),
            begun: Cell::new(false),
            core,
        })
    }

    /// Whether the connection is encrypted.
    pub fn is_secure(&self) -> bool {
        self.io.borrow().is_secure()
    }

    /// How it ceased to be a client, if it has.
    pub fn broke(&self) -> Option<Broke> {
        self.broke.get()
    }

    /// Whether its connection is cut because the process ends.
    pub fn is_cut(&self) -> bool {
        self.core.cut.get()
    }

    /// Tells it of an answer that is to come (1xx, RFC 9110, section 15.2); HTTP/1.0 knows no such thing.
    pub fn inform(&self, interim: &Response<()>) {
        self.io.borrow_mut().inform(interim);
    }

    /// What it sends from now on, whatever it is, until it ends its side: for a protocol that both sides have agreed on (101).
    pub fn tunnel(self: &Rc<Self>) -> RequestBody {
        self.io.borrow_mut().body.become_raw();
        RequestBody(Some(self.clone()))
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.core.connections.set(self.core.connections.get() - 1);
    }
}

/// Why a request's body ends before its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// It is malformed, or does not come in time.
    #[error("the body is refused: {0:?}")]
    Refused(Refusal),
    /// The client is gone.
    #[error("the client broke its body off")]
    Gone,
}

/// The body of a request, read from its client's connection as it is asked for. What one of several has read, no other one reads.
#[derive(Clone)]
pub struct RequestBody(Option<Rc<Client>>);

impl RequestBody {
    /// The body that the connection's framing says, if it says that there is one.
    pub(super) fn of(client: &Rc<Client>) -> Self {
        let has_body = !client.io.borrow().body.is_ended();
        Self(has_body.then(|| client.clone()))
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        match &self.0 {
            Some(client) => client.poll_body(context),
            None => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.0.as_ref().is_none_or(|client| client.io.borrow().body.is_ended())
    }

    fn size_hint(&self) -> SizeHint {
        match self.0.as_ref().map_or(Some(0), |client| client.io.borrow().body.left()) {
            Some(left) => SizeHint::with_exact(left),
            None => SizeHint::default(),
        }
    }
}
