//! One call on a connection: a request goes out, an answer comes in, both at once if need be.

use super::connection::Connection;
use super::head::{self, Body as Framing};
use crate::wire::put_trailers;
use bytes::{Buf, Bytes, BytesMut};
use http::header::{CONNECTION, HeaderValue};
use http::{HeaderMap, Response, StatusCode};
use http_body::{Body, Frame};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// Answers that only announce another one (1xx), of one request.
const MAX_INTERIM: u8 = 100;
/// Bytes of a request's body that may wait to be written before more are taken from the client.
const MAX_WAITING: usize = 64 * 1024;
/// Room that is made for reading: for most answers ([`SHORT`]), and for long bodies ([`LONG`]).
const SHORT: usize = 4 * 1024;
const LONG: usize = 64 * 1024;

/// Why there is no answer, or not all of it. `E` is what may go wrong with the request's own body.
#[derive(Debug, thiserror::Error)]
pub enum Failure<E> {
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
    #[error("the request's body broke off")]
    Request(E),
}

/// What a call waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waits {
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

/// How much of a request has gone out: what may be tried again depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sent {
    /// Nothing of the body, if there is one.
    Head,
    /// Some of the body, or all of it.
    Body,
}

/// What comes next of an answer.
pub type NextFrame<E> = Result<Frame<Bytes>, Failure<E>>;

/// One call on a connection.
pub struct Call<B> {
    connection: Box<Connection>,
    /// The request's body, while there is more of it.
    sending: Option<B>,
    /// Whether it is sent in chunks.
    chunked: bool,
    sent: Sent,
    /// What is left of the answer.
    body: Framing,
    trailers: Option<HeaderMap>,
    /// Whether HEAD was asked.
    of_head: bool,
    interim: u8,
    /// Whether the request has a body.
    has_body: bool,
    /// An upstream may answer before it has the whole request, and close (RFC 9112, section 9.6): "too large", most often.
    /// Writing then fails while the answer lies there to be read. What is still sent goes nowhere.
    deaf: bool,
    /// Whether the body waits for the upstream's 100, or for [`Call::release`].
    held: bool,
    /// Whether the upstream has taken bytes since that was last asked.
    moved: bool,
    /// Whether an encrypted stream may hold back bytes that it has taken.
    unflushed: bool,
    /// Whether both sides speak another protocol by now, and whether our side of it has ended.
    tunnel: bool,
    shut: bool,
    /// Whether the request's body has broken off: the upstream may wait for the rest of it for ever.
    cut: bool,
}

impl<B: Body<Data = Bytes> + Unpin> Call<B> {
    /// Begins a request on a connection that is ready for one: its head, and its body in chunks if its length is not known.
    /// With `held` the body waits until the upstream asks for it.
    pub fn begin(mut connection: Box<Connection>, head: &[u8], body: B, of_head: bool, held: bool) -> Self {
        connection.outgoing.extend_from_slice(head);
        let chunked = body.size_hint().exact().is_none();
        let has_body = !body.is_end_stream();
        Self {
            connection,
            sending: has_body.then_some(body),
            chunked,
            sent: Sent::Head,
            body: Framing::Fixed(0),
            trailers: None,
            of_head,
            interim: 0,
            has_body,
            deaf: false,
            held: held && has_body,
            moved: false,
            unflushed: false,
            tunnel: false,
            shut: false,
            cut: false,
        }
    }

    /// Lets the body go although the upstream has not asked for it.
    pub fn release(&mut self) {
        self.held = false;
    }

    /// How much of the request has gone out.
    pub fn sent(&self) -> Sent {
        self.sent
    }

    /// What the call waits for, when it has been polled and is pending.
    pub fn waits(&mut self) -> Waits {
        match &self.sending {
            Some(_) if self.held => Waits::Leave,
            Some(_) if self.connection.outgoing.is_empty() && !self.unflushed => Waits::Client,
            _ => Waits::Upstream { moved: std::mem::take(&mut self.moved) },
        }
    }

    /// Sends, and reads the answer's head. `inform` is told of answers that only announce it, but for the leave to send the body.
    pub fn poll_answer(
        &mut self,
        context: &mut Context<'_>,
        mut inform: impl FnMut(Response<()>),
    ) -> Poll<Result<Response<()>, Failure<B::Error>>> {
        loop {
            self.send(context).map_err(Failure::Request)?;
            if !self.connection.incoming.is_empty()
                && let Some(mut head) = head::take(&mut self.connection.incoming, self.of_head).map_err(broken)?
            {
                let status = head.response.status();
                if status.is_informational() && status != StatusCode::SWITCHING_PROTOCOLS {
                    self.interim += 1;
                    if self.interim > MAX_INTERIM {
                        return Poll::Ready(Err(Failure::Broken("it announced too many answers")));
                    }
                    match status {
                        // The client is asked for its body when that is asked for.
                        StatusCode::CONTINUE => self.held = false,
                        _ => inform(head.response),
                    }
                    continue;
                }
                if std::mem::take(&mut self.held) {
                    // It does not want the body, which the client has not sent: neither connection can be used again.
                    (self.sending, self.connection.keep) = (None, false);
                    head.response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
                }
                // Who refuses may do so before the body has come, and close: the next request must not meet that.
                let is_refused = self.has_body && (status.is_client_error() || status.is_server_error());
                self.connection.keep &= head.keep && !is_refused;
                self.connection.kept_for = head.kept_for.or(self.connection.kept_for);
                self.body = head.body;
                return Poll::Ready(Ok(head.response));
            }
            let nothing_came = self.connection.incoming.is_empty() && self.interim == 0;
            match ready!(self.poll_fill(context)) {
                Ok(0) | Err(_) if nothing_came => return Poll::Ready(Err(Failure::Closed)),
                Ok(0) => return Poll::Ready(Err(Failure::Broken("it closed in the middle of its answer's head"))),
                Ok(_) => {}
                Err(error) => return Poll::Ready(Err(error.into())),
            }
        }
    }

    /// Both sides have agreed on another protocol (101): what comes from now on is passed as it is, and so is `body`, whatever it
    /// holds, until either side ends.
    pub fn become_tunnel(&mut self, body: B) {
        (self.sending, self.chunked, self.held) = (Some(body), false, false);
        (self.body, self.connection.keep, self.tunnel) = (Framing::UntilClose, false, true);
    }

    /// Reads on in the answer's body; `None` at its end.
    pub fn poll_frame(&mut self, context: &mut Context<'_>) -> Poll<Option<NextFrame<B::Error>>> {
        let unsent = self.sending.is_some()
            || !self.connection.outgoing.is_empty()
            || self.unflushed
            || (self.tunnel && !self.shut);
        if unsent && self.send(context).is_err() {
            (self.sending, self.connection.keep, self.cut) = (None, false, true);
        }
        loop {
            match self.data() {
                Ok(Some(data)) => return Poll::Ready(Some(Ok(Frame::data(data)))),
                Ok(None) if self.body.is_ended() => {
                    return Poll::Ready(self.trailers.take().map(|trailers| Ok(Frame::trailers(trailers))));
                }
                Ok(None) => {}
                Err(failure) => return Poll::Ready(Some(Err(failure))),
            }
            match (ready!(self.poll_fill(context)), &self.body) {
                (Ok(0), Framing::UntilClose) => self.body = Framing::Fixed(0),
                (Ok(0), _) => {
                    return Poll::Ready(Some(Err(Failure::Broken("it closed in the middle of its answer"))));
                }
                (Ok(_), _) => {}
                (Err(error), _) => return Poll::Ready(Some(Err(error.into()))),
            }
        }
    }

    /// Whether the request's body has broken off after the answer began.
    pub fn is_cut(&self) -> bool {
        self.cut
    }

    /// Whether the answer has been read to its end.
    pub fn is_ended(&self) -> bool {
        self.body.is_ended() && self.trailers.is_none()
    }

    /// Bytes that are left of the answer's body, if that is known.
    pub fn left(&self) -> Option<u64> {
        match self.body {
            Framing::Fixed(left) if self.trailers.is_none() => Some(left),
            _ => None,
        }
    }

    /// The connection, when another call may follow the answer that was read.
    pub fn into_connection(mut self) -> Option<Box<Connection>> {
        let connection = &self.connection;
        let sent = connection.outgoing.is_empty() && !self.unflushed && self.sending.is_none();
        let quiet = sent && connection.incoming.is_empty();
        let is_reusable = self.is_ended() && connection.keep && !self.deaf && quiet;
        self.connection.calls += 1;
        self.connection.forget_buffers();
        is_reusable.then_some(self.connection)
    }

    /// Writes what can be written now. The reading side says how the call ends when the upstream takes no more.
    fn send(&mut self, context: &mut Context<'_>) -> Result<(), B::Error> {
        loop {
            // What there is of the body goes out with the head.
            let waits = self.fetch(context)?;
            let connection = &mut *self.connection;
            if self.deaf {
                connection.outgoing.clear();
            }
            while !connection.outgoing.is_empty() {
                match connection.stream.poll_write(context, &mut connection.outgoing, &mut Bytes::new(), &mut &b""[..])
                {
                    Poll::Ready(Ok(_)) => (self.moved, self.unflushed) = (true, true),
                    Poll::Ready(Err(_)) => {
                        self.deaf = true;
                        connection.outgoing.clear();
                    }
                    Poll::Pending => return Ok(()),
                }
            }
            if self.unflushed {
                match connection.stream.poll_flush(context) {
                    Poll::Ready(Ok(())) => self.unflushed = false,
                    Poll::Ready(Err(_)) => (self.deaf, self.unflushed) = (true, false),
                    Poll::Pending => return Ok(()),
                }
            }
            if self.tunnel && self.sending.is_none() && !self.shut {
                // The client has ended its side; the other one may go on.
                self.shut = connection.stream.poll_shutdown(context).is_ready();
            }
            if waits {
                return Ok(());
            }
        }
    }

    /// Takes more of the request's body, as much as may wait to be written. True when there is no more of it now.
    fn fetch(&mut self, context: &mut Context<'_>) -> Result<bool, B::Error> {
        while self.connection.outgoing.len() < MAX_WAITING {
            let Some(body) = self.sending.as_mut().filter(|_| !self.held) else { return Ok(true) };
            match Pin::new(body).poll_frame(context) {
                Poll::Pending => return Ok(true),
                Poll::Ready(Some(frame)) => {
                    self.sent = Sent::Body;
                    match frame?.into_data() {
                        Ok(data) => put(&mut self.connection.outgoing, &data, self.chunked),
                        // Behind a body of a known length there is no place for them.
                        Err(frame) if self.chunked => {
                            put_trailers(&mut self.connection.outgoing, frame.into_trailers().ok().as_ref());
                            self.sending = None;
                        }
                        Err(_) => {}
                    }
                }
                Poll::Ready(None) => {
                    if self.chunked {
                        put_trailers(&mut self.connection.outgoing, None);
                    }
                    self.sending = None;
                    self.sent = Sent::Body;
                }
            }
        }
        Ok(false)
    }

    /// What has come of the body.
    fn data(&mut self) -> Result<Option<Bytes>, Failure<B::Error>> {
        let incoming = &mut self.connection.incoming;
        let length = match &mut self.body {
            Framing::Fixed(left) => {
                let length = incoming.len().min(usize::try_from(*left).unwrap_or(usize::MAX));
                *left -= length as u64;
                length
            }
            Framing::UntilClose => incoming.len(),
            Framing::Chunked(chunked) => {
                let piece = chunked.next(incoming).map_err(|_| Failure::Broken("its chunks cannot be read"))?;
                incoming.advance(piece.framing);
                if piece.end {
                    self.trailers = chunked.trailers();
                    self.body = Framing::Fixed(0);
                }
                piece.data
            }
        };
        Ok((length > 0).then(|| incoming.split_to(length).freeze()))
    }

    fn poll_fill(&mut self, context: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let room = match self.body {
            Framing::Fixed(left) if left <= SHORT as u64 => SHORT,
            _ => LONG,
        };
        let connection = &mut *self.connection;
        connection.stream.poll_read(context, &mut connection.incoming, room)
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

fn broken<E>(head::Invalid(why): head::Invalid) -> Failure<E> {
    Failure::Broken(why)
}
