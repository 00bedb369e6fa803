//! The bytes of a client's connection: what has come, what waits to be sent, and how far the request's body has been read.

use super::head::Head;
use crate::edge::Refusal;
use crate::edge::client::{Broke, Client};
use crate::wire::{BadChunk, Chunked, Stream};
use bytes::{Buf, BufMut, Bytes, BytesMut};
use http::{HeaderMap, Response};
use std::task::{Context, Poll};

/// Room that is made for reading heads, and for reading bodies.
pub(super) const SHORT: usize = 4 * 1024;
pub(super) const LONG: usize = 64 * 1024;
/// Bytes of an answer's short pieces that may wait to be sent together.
const MOST_WAITING: usize = 16 * 1024;

/// A client's connection.
pub(in crate::edge) struct Io {
    pub(super) stream: Stream,
    pub(super) incoming: BytesMut,
    pub(super) outgoing: BytesMut,
    /// A piece of an answer that stands behind what is in `outgoing`, and what stands behind it.
    pub(super) piece: Bytes,
    pub(super) behind: &'static [u8],
    pub(super) head: Head,
    /// What is left of the present request's body.
    pub(in crate::edge) body: Framing,
    pub(super) pace: Pace,
    /// Whether the client has ended its side. It may do that and wait for its answers.
    pub(super) is_ended: bool,
    /// Whether it waits to be asked for its body.
    pub(super) expects: bool,
    /// Whether it knows announcements (1xx).
    pub(super) is_informed: bool,
    /// Whether an answer is under way that ends with the connection: if it is not whole then, only a reset tells.
    pub(super) is_open_ended: bool,
}

/// How the rest of a request's body is framed.
#[derive(Debug, Default)]
pub(in crate::edge) enum Framing {
    /// There is nothing left.
    #[default]
    Ended,
    /// So many bytes.
    Fixed(u64),
    /// Chunks.
    Chunked(Box<Chunked>),
    /// Whatever comes: no HTTP any more.
    Raw,
    /// It was malformed: nobody knows where it ends.
    Bad,
}

impl Framing {
    pub(in crate::edge) fn is_ended(&self) -> bool {
        matches!(self, Self::Ended)
    }

    pub(in crate::edge) fn become_raw(&mut self) {
        *self = Self::Raw;
    }

    /// Bytes that are left, if that is known.
    pub(in crate::edge) fn left(&self) -> Option<u64> {
        match self {
            Self::Ended => Some(0),
            Self::Fixed(left) => Some(*left),
            Self::Chunked(_) | Self::Raw | Self::Bad => None,
        }
    }

    /// Takes what there is of the body from the bytes that have come: data, or trailers. Nothing when more must come first.
    pub(super) fn take(&mut self, incoming: &mut BytesMut) -> Result<Taken, BadChunk> {
        let length = match self {
            Self::Ended => return Ok(Taken::Nothing),
            Self::Bad => return Err(BadChunk),
            Self::Raw => incoming.len(),
            Self::Fixed(left) => {
                let length = incoming.len().min(usize::try_from(*left).unwrap_or(usize::MAX));
                *left -= length as u64;
                if *left == 0 {
                    *self = Self::Ended;
                }
                length
            }
            Self::Chunked(chunked) => {
                let Ok(piece) = chunked.next(incoming) else {
                    *self = Self::Bad;
                    return Err(BadChunk);
                };
                incoming.advance(piece.framing);
                if piece.end {
                    let trailers = chunked.trailers();
                    *self = Self::Ended;
                    return Ok(trailers.map_or(Taken::Nothing, Taken::Trailers));
                }
                piece.data
            }
        };
        Ok(if length == 0 { Taken::Nothing } else { Taken::Data(incoming.split_to(length).freeze()) })
    }
}

/// What there is of a body.
pub(super) enum Taken {
    Nothing,
    Data(Bytes),
    Trailers(HeaderMap),
}

/// How much time a body has left, in milliseconds. It runs while its bytes are asked for: an upstream that takes no more, or
/// an answer that is under way before, is not the client's delay.
#[derive(Debug, Default)]
pub(super) struct Pace {
    left: u64,
    of_whole: u64,
    since: Option<u64>,
}

impl Pace {
    pub(super) fn new(body: u64, whole: u64) -> Self {
        Self { left: body, of_whole: whole, since: None }
    }

    /// Bytes are waited for; when they must have come, if that was not known yet.
    pub(super) fn waits(&mut self, now: u64) -> Option<u64> {
        if self.since.is_some() {
            return None;
        }
        self.since = Some(now);
        Some(now.saturating_add(self.left.min(self.of_whole)))
    }

    /// So many have come: they are worth some more time, but never more than a fresh body would have. True when they were waited for.
    pub(super) fn came(&mut self, bytes: usize, now: u64, least_rate: u64, most: u64) -> bool {
        let since = self.since.take();
        let took = since.map_or(0, |since| now.saturating_sub(since));
        self.of_whole = self.of_whole.saturating_sub(took);
        let worth = bytes as u64 * 1000 / least_rate.max(1);
        self.left = self.left.saturating_sub(took).saturating_add(worth).min(most);
        since.is_some()
    }
}

impl Io {
    pub(in crate::edge) fn new(stream: Stream) -> Self {
        Self {
            stream,
            incoming: BytesMut::new(),
            outgoing: BytesMut::new(),
            piece: Bytes::new(),
            behind: b"",
            head: Head::default(),
            body: Framing::Ended,
            pace: Pace::default(),
            is_ended: false,
            expects: false,
            is_informed: false,
            is_open_ended: false,
        }
    }

    pub(in crate::edge) fn is_secure(&self) -> bool {
        matches!(self.stream, Stream::Tls(_))
    }

    /// Puts an announcement behind what waits to be sent.
    pub(in crate::edge) fn inform(&mut self, interim: &Response<()>) {
        if !self.is_informed || interim.status().as_u16() == 101 {
            return;
        }
        super::answer::put_status(&mut self.outgoing, interim.status(), false);
        interim.headers().iter().for_each(|(name, value)| super::answer::put_line(&mut self.outgoing, name, value));
        self.outgoing.put_slice(b"\r\n");
    }

    /// Asks the client for its body, if it waits for that.
    pub(super) fn ask(&mut self) {
        if std::mem::take(&mut self.expects) {
            self.outgoing.put_slice(b"HTTP/1.1 100 Continue\r\n\r\n");
        }
    }

    /// Whether what waits to be sent must go before there may be more.
    pub(super) fn is_full(&self) -> bool {
        !self.piece.is_empty() || !self.behind.is_empty() || self.outgoing.len() >= MOST_WAITING
    }

    pub(super) fn has_outgoing(&self) -> bool {
        !self.outgoing.is_empty() || !self.piece.is_empty() || !self.behind.is_empty()
    }
}

impl Drop for Io {
    fn drop(&mut self) {
        if self.is_open_ended {
            self.stream.reset();
        }
    }
}

impl Client {
    /// Sends what waits to be sent; ready once all of it is with the kernel, or the client is none any more.
    pub(super) fn poll_send(&self, context: &mut Context<'_>) -> Poll<Result<(), Broke>> {
        let io = &mut *self.io.borrow_mut();
        let times = &self.core.settings.timeouts;
        while io.has_outgoing() {
            match io.stream.poll_write(context, &mut io.outgoing, &mut io.piece, &mut io.behind) {
                Poll::Ready(Ok(bytes)) => {
                    if let Some(at) = self.departure.at() {
                        let more = bytes as u64 * 1000 / times.least_rate.max(1);
                        self.departure.set(at.saturating_add(more).min(self.departure.now() + times.body));
                    }
                }
                Poll::Ready(Err(_)) => return Poll::Ready(Err(self.breaks(Broke::Gone))),
                Poll::Pending => return self.poll_departure(context),
            }
        }
        match io.stream.poll_flush(context) {
            Poll::Ready(Ok(())) => {
                self.departure.clear();
                if io.outgoing.capacity() > MOST_WAITING {
                    // What was large once is not kept for a connection that may be idle now.
                    io.outgoing = BytesMut::new();
                }
                Poll::Ready(Ok(()))
            }
            Poll::Ready(Err(_)) => Poll::Ready(Err(self.breaks(Broke::Gone))),
            Poll::Pending => self.poll_departure(context),
        }
    }

    /// Waits for the client to take something; ready when it has taken too long.
    fn poll_departure(&self, context: &mut Context<'_>) -> Poll<Result<(), Broke>> {
        if self.departure.at().is_none() {
            self.departure.set_in(self.core.settings.timeouts.body);
        }
        self.departure.poll(context).map(|()| Err(self.breaks(Broke::Slow)))
    }

    pub(super) fn breaks(&self, broke: Broke) -> Broke {
        self.broke.set(Some(broke));
        broke
    }
}

/// A request that is refused while its body is read.
impl From<BadChunk> for Refusal {
    fn from(_: BadChunk) -> Self {
        Self::Chunk
    }
}
