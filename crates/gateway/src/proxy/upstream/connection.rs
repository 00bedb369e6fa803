//! One connection: a request goes out, an answer comes in, both at once if need be.

use super::head::{self, Body};
use crate::proxy::body::{BodyError, RequestBody};
use bytes::{Buf, Bytes, BytesMut};
use http::header::{CONNECTION, HeaderValue};
use http::{Response, StatusCode};
use hyper::body::Body as _;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::net::TcpStream;
use tokio_util::io::{poll_read_buf, poll_write_buf};

/// Answers that only announce another one (1xx), of one request. They are not passed on: hyper sends none but its own 100.
const MAX_INTERIM: u8 = 100;
/// Bytes of a request's body that may wait to be written before more are taken from the client.
const MAX_WAITING: usize = 64 * 1024;
/// Room that is made for reading: for most answers ([`SHORT`]), and for long bodies ([`LONG`]).
const SHORT: usize = 4 * 1024;
const LONG: usize = 64 * 1024;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(in crate::proxy) enum Failure {
    /// The upstream closed before a byte of it came.
    #[error("the upstream closed without an answer")]
    Closed,
    /// The upstream broke off in the middle of it, or what came cannot be read.
    #[error("{0}")]
    Broken(&'static str),
    /// The connection failed.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The request's own body broke off.
    #[error(transparent)]
    Request(BodyError),
}

/// What an exchange waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::proxy) enum Waits {
    /// For the upstream's leave to send the body.
    Leave,
    /// For more of the client's body.
    Client,
    /// For the upstream: to take more, or to answer.
    Upstream {
        /// Whether it has taken something since it was last asked.
        moved: bool,
    },
}

/// A request's body on its way.
struct Sending {
    body: RequestBody,
    chunked: bool,
}

/// A connection to an upstream.
pub(in crate::proxy) struct UpstreamConnection {
    stream: TcpStream,
    outgoing: BytesMut,
    incoming: BytesMut,
    sending: Option<Sending>,
    /// What is left of the present answer.
    body: Body,
    /// Whether HEAD was asked.
    of_head: bool,
    interim: u8,
    /// Whether it can be used again after the present answer.
    keep: bool,
    /// Whether the request has one.
    has_body: bool,
    /// An upstream may answer before it has the whole request, and close (RFC 9112, section 9.6): "too large", most often.
    /// Writing then fails while the answer lies there to be read. What is still sent goes nowhere.
    deaf: bool,
    /// Whether the body waits for the upstream's 100, or for [`UpstreamConnection::release`].
    held: bool,
    /// Whether the upstream has taken bytes since that was last asked.
    moved: bool,
}

impl UpstreamConnection {
    pub(super) fn new(stream: TcpStream) -> Self {
        Self {
            stream,
            outgoing: BytesMut::new(),
            incoming: BytesMut::new(),
            sending: None,
            body: Body::Fixed(0),
            of_head: false,
            interim: 0,
            keep: true,
            has_body: false,
            deaf: false,
            held: false,
            moved: false,
        }
    }

    /// Begins a request on a connection that is ready for one: its head, and its body in chunks if its length is not known.
    /// With `held` the body waits until the upstream asks for it.
    pub(in crate::proxy) fn begin(&mut self, head: &[u8], body: RequestBody, of_head: bool, held: bool) {
        self.outgoing.extend_from_slice(head);
        let chunked = body.size_hint().exact().is_none();
        self.has_body = !body.is_end_stream();
        self.sending = self.has_body.then_some(Sending { body, chunked });
        (self.of_head, self.interim, self.held) = (of_head, 0, held && self.sending.is_some());
    }

    /// Lets the body go although the upstream has not asked for it.
    pub(in crate::proxy) fn release(&mut self) {
        self.held = false;
    }

    /// What the exchange waits for, when it has been polled and is pending.
    pub(in crate::proxy) fn waits(&mut self) -> Waits {
        match &self.sending {
            Some(_) if self.held => Waits::Leave,
            Some(_) if self.outgoing.is_empty() => Waits::Client,
            _ => Waits::Upstream { moved: std::mem::take(&mut self.moved) },
        }
    }

    /// Sends, and reads the answer's head.
    pub(in crate::proxy) fn poll_answer(&mut self, cx: &mut Context<'_>) -> Poll<Result<Response<()>, Failure>> {
        loop {
            self.send(cx).map_err(Failure::Request)?;
            if !self.incoming.is_empty()
                && let Some(mut head) = head::take(&mut self.incoming, self.of_head).map_err(broken)?
            {
                let status = head.response.status();
                if status.is_informational() && status != StatusCode::SWITCHING_PROTOCOLS {
                    self.interim += 1;
                    self.held &= status != StatusCode::CONTINUE;
                    if self.interim > MAX_INTERIM {
                        return Poll::Ready(Err(Failure::Broken("it announced too many answers")));
                    }
                    continue;
                }
                if std::mem::take(&mut self.held) {
                    // It does not want the body, which the client has not sent: neither connection can be used again.
                    (self.sending, self.keep) = (None, false);
                    head.response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
                }
                // Who refuses may do so before the body has come, and close: the next request must not meet that.
                let is_refused = self.has_body && (status.is_client_error() || status.is_server_error());
                self.keep &= head.keep && !is_refused;
                self.body = head.body;
                return Poll::Ready(Ok(head.response));
            }
            let nothing_came = self.incoming.is_empty() && self.interim == 0;
            match ready!(self.poll_fill(cx)) {
                Ok(0) | Err(_) if nothing_came => return Poll::Ready(Err(Failure::Closed)),
                Ok(0) => return Poll::Ready(Err(Failure::Broken("it closed in the middle of its answer's head"))),
                Ok(_) => {}
                Err(error) => return Poll::Ready(Err(error.into())),
            }
        }
    }

    /// Reads on in the answer's body; `None` at its end.
    pub(in crate::proxy) fn poll_data(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Failure>>> {
        if (self.sending.is_some() || !self.outgoing.is_empty()) && self.send(cx).is_err() {
            (self.sending, self.keep) = (None, false);
        }
        loop {
            match self.data() {
                Ok(Some(data)) => return Poll::Ready(Some(Ok(data))),
                Ok(None) if self.is_ended() => return Poll::Ready(None),
                Ok(None) => {}
                Err(failure) => return Poll::Ready(Some(Err(failure))),
            }
            match (ready!(self.poll_fill(cx)), &self.body) {
                (Ok(0), Body::UntilClose) => self.body = Body::Fixed(0),
                (Ok(0), _) => {
                    return Poll::Ready(Some(Err(Failure::Broken("it closed in the middle of its answer"))));
                }
                (Ok(_), _) => {}
                (Err(error), _) => return Poll::Ready(Some(Err(error.into()))),
            }
        }
    }

    /// Whether the answer has been read to its end.
    pub(in crate::proxy) fn is_ended(&self) -> bool {
        matches!(self.body, Body::Fixed(0))
    }

    /// Bytes that are left of the answer's body, if that is known.
    pub(in crate::proxy) fn left(&self) -> Option<u64> {
        match self.body {
            Body::Fixed(left) => Some(left),
            Body::Chunked(_) | Body::UntilClose => None,
        }
    }

    /// Whether another request may follow the answer that was read.
    pub(super) fn is_reusable(&self) -> bool {
        let quiet = self.outgoing.is_empty() && self.incoming.is_empty() && self.sending.is_none();
        self.is_ended() && self.keep && !self.deaf && quiet
    }

    /// Whether the upstream has kept quiet while the connection lay idle: it has neither closed nor spoken unasked.
    pub(super) fn is_quiet(&self) -> bool {
        // A byte that is taken is not missed: the connection is not used then.
        matches!(self.stream.try_read(&mut [0]), Err(error) if error.kind() == io::ErrorKind::WouldBlock)
    }

    /// Writes what can be written now. The reading side says how the exchange ends when the upstream takes no more.
    fn send(&mut self, cx: &mut Context<'_>) -> Result<(), BodyError> {
        loop {
            // What there is of the body goes out with the head.
            let waits = self.fetch(cx)?;
            if self.deaf {
                self.outgoing.clear();
            }
            while !self.outgoing.is_empty() {
                match poll_write_buf(Pin::new(&mut self.stream), cx, &mut self.outgoing) {
                    Poll::Ready(Ok(1..)) => self.moved = true,
                    Poll::Ready(_) => {
                        self.deaf = true;
                        self.outgoing.clear();
                    }
                    Poll::Pending => return Ok(()),
                }
            }
            if waits {
                return Ok(());
            }
        }
    }

    /// Takes more of the request's body, as much as may wait to be written. True when there is no more of it now.
    fn fetch(&mut self, cx: &mut Context<'_>) -> Result<bool, BodyError> {
        while self.outgoing.len() < MAX_WAITING {
            let Some(sending) = self.sending.as_mut().filter(|_| !self.held) else { return Ok(true) };
            match Pin::new(&mut sending.body).poll_frame(cx) {
                Poll::Pending => return Ok(true),
                Poll::Ready(Some(frame)) => {
                    // Trailers are not passed on.
                    if let Ok(data) = frame?.into_data() {
                        put(&mut self.outgoing, &data, sending.chunked);
                    }
                }
                Poll::Ready(None) => {
                    if sending.chunked {
                        self.outgoing.extend_from_slice(b"0\r\n\r\n");
                    }
                    self.sending = None;
                }
            }
        }
        Ok(false)
    }

    /// What has come of the body.
    fn data(&mut self) -> Result<Option<Bytes>, Failure> {
        let length = match &mut self.body {
            Body::Fixed(left) => {
                let length = self.incoming.len().min(usize::try_from(*left).unwrap_or(usize::MAX));
                *left -= length as u64;
                length
            }
            Body::UntilClose => self.incoming.len(),
            Body::Chunked(chunked) => {
                let piece = chunked.next(&self.incoming).map_err(|_| Failure::Broken("its chunks cannot be read"))?;
                self.incoming.advance(piece.framing);
                if piece.end {
                    self.body = Body::Fixed(0);
                }
                piece.data
            }
        };
        Ok((length > 0).then(|| self.incoming.split_to(length).freeze()))
    }

    fn poll_fill(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let room = match self.body {
            Body::Fixed(left) if left <= SHORT as u64 => SHORT,
            _ => LONG,
        };
        if self.incoming.capacity() - self.incoming.len() < SHORT {
            self.incoming.reserve(room);
        }
        poll_read_buf(Pin::new(&mut self.stream), cx, &mut self.incoming)
    }
}

/// Puts a piece of a body behind what waits to be written.
fn put(outgoing: &mut BytesMut, data: &[u8], chunked: bool) {
    if !chunked {
        return outgoing.extend_from_slice(data);
    }
    // An empty chunk would be the last one.
    if !data.is_empty() {
        outgoing.extend_from_slice(format!("{:x}\r\n", data.len()).as_bytes());
        outgoing.extend_from_slice(data);
        outgoing.extend_from_slice(b"\r\n");
    }
}

fn broken(head::Invalid(why): head::Invalid) -> Failure {
    Failure::Broken(why)
}
