//! What comes from a client: the next request, its body, and whether the client is still there.

use super::head::{Framed, Taken as Head};
use super::io::{Framing, LONG, Pace, SHORT, Taken};
use crate::edge::Refusal;
use crate::edge::client::{BodyError, Broke, Client};
use bytes::{Bytes, BytesMut};
use http_body::Frame;
use std::task::{Context, Poll, ready};

/// Bytes of further requests that are read ahead while one is answered.
const AHEAD: usize = 16 * 1024;
/// How long, in milliseconds, the first request of a connection is waited for once the edge drains: it was made before, and
/// its client may not know.
const FIRST_REQUEST: u64 = 500;

impl Client {
    /// The next request's head; nothing when none comes any more.
    pub(super) fn poll_arrival(&self, context: &mut Context<'_>) -> Poll<Option<Result<Head, Refusal>>> {
        let io = &mut *self.io.borrow_mut();
        let settings = &self.core.settings;
        loop {
            let was_begun = io.head.is_begun();
            if !io.incoming.is_empty() {
                match io.head.read(&io.incoming, &settings.head) {
                    Ok(Some((length, framed))) => {
                        self.arrival.clear();
                        let bytes = io.incoming.split_to(length).freeze();
                        return Poll::Ready(Some(io.head.take(&bytes).inspect(|head| {
                            self.begun.set(true);
                            io.body = match framed {
                                Framed::Empty => Framing::Ended,
                                Framed::Fixed(length) => Framing::Fixed(length),
                                Framed::Chunked => Framing::Chunked(Box::default()),
                            };
                            io.pace = Pace::new(settings.timeouts.body, settings.timeouts.whole_body);
                            io.expects = head.expects && !io.body.is_ended();
                            io.is_informed = head.request.version() == http::Version::HTTP_11;
                        })));
                    }
                    Ok(None) if !was_begun => self.arrival.set_in(settings.timeouts.head),
                    Ok(None) => {}
                    Err(refusal) => return Poll::Ready(Some(Err(refusal))),
                }
            }
            // An unfinished head is no request.
            if io.is_ended {
                return Poll::Ready(None);
            }
            if self.core.draining.get() && !io.head.is_begun() {
                if self.begun.get() {
                    // What has arrived already is still answered.
                    match io.stream.poll_read(context, &mut io.incoming, SHORT) {
                        Poll::Ready(Ok(1..)) => continue,
                        _ => return Poll::Ready(None),
                    }
                }
                let latest = self.arrival.now() + FIRST_REQUEST;
                self.arrival.set(self.arrival.at().map_or(latest, |at| at.min(latest)));
            }
            if self.arrival.poll(context).is_ready() {
                return Poll::Ready(io.head.is_begun().then_some(Err(Refusal::Timeout)));
            }
            if io.incoming.is_empty() {
                // A connection that waits holds no memory.
                io.incoming = BytesMut::new();
                if io.outgoing.is_empty() {
                    io.outgoing = BytesMut::new();
                }
            }
            match ready!(io.stream.poll_read(context, &mut io.incoming, SHORT)) {
                Ok(0) => io.is_ended = true,
                Ok(_) => {}
                Err(_) => return Poll::Ready(None),
            }
        }
    }

    /// More of the present request's body.
    pub(in crate::edge) fn poll_body(
        &self,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let timeouts = &self.core.settings.timeouts;
        if self.io.borrow().expects {
            self.io.borrow_mut().ask();
            // What cannot be sent at once is sent by whoever looks after the connection.
            let _ = self.poll_send(context);
        }
        let io = &mut *self.io.borrow_mut();
        loop {
            if !io.incoming.is_empty() {
                match io.body.take(&mut io.incoming) {
                    Ok(Taken::Data(data)) => return Poll::Ready(Some(Ok(Frame::data(data)))),
                    Ok(Taken::Trailers(trailers)) => return Poll::Ready(Some(Ok(Frame::trailers(trailers)))),
                    Ok(Taken::Nothing) => {}
                    Err(bad) => return Poll::Ready(Some(Err(BodyError::Refused(bad.into())))),
                }
            }
            match &io.body {
                Framing::Ended => return Poll::Ready(None),
                Framing::Raw if io.is_ended => {
                    io.body = Framing::Ended;
                    return Poll::Ready(None);
                }
                _ if io.is_ended => return Poll::Ready(Some(Err(BodyError::Gone))),
                _ => {}
            }
            let is_raw = matches!(io.body, Framing::Raw);
            match io.stream.poll_read(context, &mut io.incoming, LONG) {
                Poll::Ready(Ok(0)) => io.is_ended = true,
                Poll::Ready(Ok(bytes)) => {
                    if io.pace.came(bytes, self.arrival.now(), timeouts.least_rate, timeouts.body) {
                        self.arrival.clear();
                    }
                }
                Poll::Ready(Err(_)) => {
                    self.breaks(Broke::Gone);
                    return Poll::Ready(Some(Err(BodyError::Gone)));
                }
                // What is no HTTP any more has no pace of its own.
                Poll::Pending if is_raw => return Poll::Pending,
                Poll::Pending => {
                    if let Some(latest) = io.pace.waits(self.arrival.now()) {
                        self.arrival.set(latest);
                    }
                    ready!(self.arrival.poll(context));
                    return Poll::Ready(Some(Err(BodyError::Refused(Refusal::Timeout))));
                }
            }
        }
    }

    /// Looks after the connection while a request of it is answered: ready when the client is gone. One that has ended its side
    /// is not, for it may only be done with asking: `shutdown` and `close` look alike until something is sent to it.
    pub(super) fn poll_gone(&self, context: &mut Context<'_>) -> Poll<()> {
        if self.io.borrow().has_outgoing() && matches!(self.poll_send(context), Poll::Ready(Err(_))) {
            return Poll::Ready(());
        }
        let io = &mut *self.io.borrow_mut();
        // Who reads the body learns of it by itself.
        while io.body.is_ended() && !io.is_ended && io.incoming.len() < AHEAD {
            match ready!(io.stream.poll_read(context, &mut io.incoming, SHORT)) {
                Ok(0) => io.is_ended = true,
                Ok(_) => {}
                Err(_) => {
                    self.breaks(Broke::Gone);
                    return Poll::Ready(());
                }
            }
        }
        Poll::Pending
    }
}
