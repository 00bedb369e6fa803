//! The filter as a stream.

use super::{HeadLimits, Messages, Phase, Refusal, Seen};
use crate::edge::deadlines::{Deadlines, NEVER};
use std::cell::Cell;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Bytes that are read and thrown away after the last answer, so that the client gets to read it before a reset.
const MAX_DISCARDED: usize = 256 * 1024;
/// How long that may take, in milliseconds.
const DISCARD_TIME: u64 = 2_000;

/// How long a client may take, in milliseconds. Body and answer get more time with every byte, at `least_rate`.
#[derive(Debug, Clone, Copy)]
pub struct StreamTimeouts {
    /// From a head's first byte to its last.
    pub head: u64,
    /// For a request's body, and for the client to take the answer.
    pub body: u64,
    /// Bytes per second that a body or answer must make to be given more time.
    pub least_rate: u64,
    /// For the whole of a request's body, however steadily it comes.
    pub whole_body: u64,
}

/// A stream of which only checked messages can be read.
pub struct CheckedStream<T> {
    inner: T,
    messages: Messages,
    /// Bytes not given to the reader yet: first `ready` good ones, then an unfinished head.
    held: Vec<u8>,
    ready: usize,
    phase: Phase,
    stop: Option<Stop>,
    discarded: usize,
    timeouts: StreamTimeouts,
    deadlines: Rc<Deadlines>,
    seen: Rc<Seen>,
    /// When the whole of the present body must be here.
    body_ends: u64,
    paused: Option<Paused>,
    /// Whether the client has ended its side.
    ended: bool,
    /// Whether the reader was woken to learn of that.
    woken: bool,
    /// Whether bytes of an answer may be waiting to be written.
    unflushed: bool,
}

/// A message whose time stands still, for nobody asks for its bytes.
#[derive(Clone, Copy)]
struct Paused {
    since: u64,
    receive: u64,
}

#[derive(Clone, Copy)]
enum Stop {
    /// A stand-in has been given; nothing follows.
    Refused,
    /// The body is bad, or did not come in time.
    Broken(Refusal),
}

impl<T> CheckedStream<T> {
    /// Checks a new connection, and tells what it sees to whoever answers its requests.
    pub fn new(
        inner: T,
        limits: HeadLimits,
        timeouts: StreamTimeouts,
        deadlines: Rc<Deadlines>,
        seen: Rc<Seen>,
    ) -> Self {
        Self {
            inner,
            messages: Messages::new(limits),
            held: Vec::new(),
            ready: 0,
            phase: Phase::Between,
            stop: None,
            discarded: 0,
            timeouts,
            deadlines,
            seen,
            body_ends: NEVER,
            paused: None,
            ended: false,
            woken: false,
            unflushed: false,
        }
    }

    /// The stream that is checked.
    pub fn get_ref(&self) -> &T {
        &self.inner
    }

    /// Keeps the stand-in for the reader, behind what is ready.
    fn refuse_head(&mut self, refusal: Refusal) {
        self.held.truncate(self.ready);
        self.held.extend_from_slice(refusal.stand_in());
        self.ready = self.held.len();
        self.stop = Some(Stop::Refused);
        self.seen.passed(1);
        self.deadlines.receive.set(NEVER);
    }

    fn refuse_body(&mut self, refusal: Refusal) {
        self.stop = Some(Stop::Broken(refusal));
        self.seen.refusal.set(Some(refusal));
        self.deadlines.receive.set(NEVER);
    }

    fn refuse(&mut self, refusal: Option<(Refusal, bool)>) {
        match refusal {
            Some((refusal, true)) => self.refuse_head(refusal),
            Some((refusal, false)) => self.refuse_body(refusal),
            None => {}
        }
    }

    /// Sets the time by which the rest of the message must be here, after `bytes` good ones.
    fn set_deadline(&mut self, bytes: usize) {
        let phase = self.messages.phase();
        let receive = &self.deadlines.receive;
        match phase {
            Phase::Between if self.phase == Phase::Between => {}
            Phase::Between => receive.set(NEVER),
            Phase::Head if self.phase == Phase::Head => {}
            Phase::Head => receive.set(self.deadlines.now() + self.timeouts.head),
            Phase::Body if self.phase == Phase::Body => {
                self.extend(receive, bytes);
                receive.set(receive.get().min(self.body_ends));
            }
            Phase::Body => {
                self.body_ends = self.deadlines.now() + self.timeouts.whole_body;
                receive.set(self.deadlines.now() + self.timeouts.body);
            }
        }
        self.phase = phase;
    }

    /// Gives a deadline the time that `bytes` are worth, but never more than a fresh one would have.
    fn extend(&self, deadline: &Cell<u64>, bytes: usize) {
        let more = bytes as u64 * 1000 / self.timeouts.least_rate.max(1);
        deadline.set(deadline.get().saturating_add(more).min(self.deadlines.now() + self.timeouts.body));
    }

    /// The time of a message stands still while nobody asks for its bytes: an upstream that takes no more of a body, or an
    /// answer that is under way before it, is not the client's delay.
    fn pause(&mut self) {
        let (since, receive) = (self.deadlines.now(), self.deadlines.receive.replace(NEVER));
        if receive != NEVER {
            self.paused = Some(Paused { since, receive });
        }
    }

    fn resume(&mut self) {
        if let Some(Paused { since, receive }) = self.paused.take() {
            let stood_still = self.deadlines.now() - since;
            self.deadlines.receive.set(receive + stood_still);
            self.body_ends = self.body_ends.saturating_add(stood_still);
        }
    }

    /// Whether the reader is told that the client has ended its side. It may do that and wait for its answers; a reader that
    /// is told while it has some to give takes it for a client that is gone.
    fn may_tell_end(&self) -> bool {
        self.messages.phase() == Phase::Body || self.seen.unanswered.get() == 0 && !self.unflushed
    }

    /// Acts on a deadline that has passed. True when the stream ends here, as if the client had closed it.
    fn check_deadlines(&mut self) -> bool {
        let now = self.deadlines.now();
        match self.phase {
            Phase::Between => return self.deadlines.idle.get() <= now,
            Phase::Head if self.deadlines.receive.get() <= now => self.refuse_head(Refusal::Timeout),
            Phase::Body if self.deadlines.receive.get() <= now => self.refuse_body(Refusal::Timeout),
            _ => {}
        }
        false
    }

    /// Gives the client time for what it has not taken, of `wanted` bytes.
    fn written(&self, wanted: usize, result: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        let send = &self.deadlines.send;
        match &result {
            Poll::Ready(Ok(bytes)) if *bytes == wanted => send.set(NEVER),
            Poll::Pending if send.get() == NEVER => send.set(self.deadlines.now() + self.timeouts.body),
            Poll::Ready(Ok(bytes)) if send.get() != NEVER => self.extend(send, *bytes),
            _ => {}
        }
        result
    }
}

impl<T: AsyncRead + Unpin> CheckedStream<T> {
    /// Reads into the reader's own buffer, and cuts off what may not be seen yet. False at the end of the stream.
    fn poll_direct(&mut self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<bool>> {
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.inner).poll_read(cx, buf))?;
        let bytes = &buf.filled()[before..];
        if bytes.is_empty() {
            return Poll::Ready(Ok(false));
        }
        let found = self.messages.read(bytes);
        self.seen.passed(found.heads);
        if found.refused.is_none() {
            self.held.extend_from_slice(&bytes[found.good..]);
        }
        buf.set_filled(before + found.good);
        self.set_deadline(found.good);
        self.refuse(found.refused);
        Poll::Ready(Ok(true))
    }

    /// Reads more of an unfinished head. False at the end of the stream.
    fn poll_held(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<bool>> {
        let mut space = [std::mem::MaybeUninit::uninit(); 4096];
        let mut more = ReadBuf::uninit(&mut space);
        ready!(Pin::new(&mut self.inner).poll_read(cx, &mut more))?;
        if more.filled().is_empty() {
            self.held = Vec::new();
            return Poll::Ready(Ok(false));
        }
        self.held.extend_from_slice(more.filled());
        let found = self.messages.read(&self.held);
        self.seen.passed(found.heads);
        self.ready = found.good;
        self.set_deadline(found.good);
        self.refuse(found.refused);
        Poll::Ready(Ok(true))
    }

    /// Reads and throws away what still comes, for a while.
    fn poll_discard(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let mut space = [std::mem::MaybeUninit::uninit(); 4096];
        while self.discarded < MAX_DISCARDED {
            let mut more = ReadBuf::uninit(&mut space);
            match Pin::new(&mut self.inner).poll_read(cx, &mut more) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Ok(())) if !more.filled().is_empty() => self.discarded += more.filled().len(),
                Poll::Ready(_) => break,
            }
        }
        Poll::Ready(())
    }
}

impl<T: AsyncRead + Unpin> CheckedStream<T> {
    fn poll_checked(&mut self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self;
        loop {
            if this.ready > 0 {
                let length = this.ready.min(buf.remaining());
                buf.put_slice(&this.held[..length]);
                this.held.drain(..length);
                this.ready -= length;
                if this.held.is_empty() {
                    this.held = Vec::new();
                }
                return Poll::Ready(Ok(()));
            }
            match this.stop {
                // hyper closes once the stand-in is answered; a wake-up is not needed.
                Some(Stop::Refused) => return Poll::Pending,
                Some(Stop::Broken(Refusal::Timeout)) => return Poll::Ready(Err(io::ErrorKind::TimedOut.into())),
                Some(Stop::Broken(_)) => return Poll::Ready(Err(io::ErrorKind::InvalidData.into())),
                None => {}
            }
            if this.ended {
                return if this.may_tell_end() { Poll::Ready(Ok(())) } else { Poll::Pending };
            }
            if this.check_deadlines() {
                return Poll::Ready(Ok(()));
            }
            if this.stop.is_some() {
                continue;
            }
            let before = buf.filled().len();
            let open = match this.held.is_empty() {
                true => ready!(this.poll_direct(cx, buf))?,
                false => ready!(this.poll_held(cx))?,
            };
            if !open {
                this.ended = true;
                this.deadlines.receive.set(NEVER);
                continue;
            }
            if buf.filled().len() > before {
                return Poll::Ready(Ok(()));
            }
        }
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for CheckedStream<T> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        this.resume();
        let result = this.poll_checked(cx, buf);
        if result.is_ready() {
            this.pause();
        }
        result
    }
}

impl<T: AsyncRead + AsyncWrite + Unpin> AsyncWrite for CheckedStream<T> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        this.unflushed = true;
        let result = Pin::new(&mut this.inner).poll_write(cx, bytes);
        this.written(bytes.len(), result)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        this.unflushed = true;
        let result = Pin::new(&mut this.inner).poll_write_vectored(cx, slices);
        this.written(slices.iter().map(|slice| slice.len()).sum(), result)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(Pin::new(&mut this.inner).poll_flush(cx))?;
        this.unflushed = false;
        if this.ended && !this.woken && this.may_tell_end() {
            // The reader waits for more, and nothing else will wake it.
            this.woken = true;
            cx.waker().wake_by_ref();
        }
        Poll::Ready(Ok(()))
    }

    /// Closes our side. When the client is not done sending, its bytes are read for a while: closing at once would
    /// reset the connection and could take the answer from it.
    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(Pin::new(&mut this.inner).poll_shutdown(cx))?;
        if this.stop.is_some() || this.messages.phase() != Phase::Between {
            if this.discarded == 0 {
                let latest = this.deadlines.now() + DISCARD_TIME;
                this.deadlines.send.set(this.deadlines.send.get().min(latest));
            }
            ready!(this.poll_discard(cx));
        }
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
#[path = "stream_tests.rs"]
mod tests;
