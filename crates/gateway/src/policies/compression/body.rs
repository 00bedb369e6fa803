//! A body that is compressed on its way: never collected, and never held back while its source pauses.

use super::coding::Coding;
use super::encoder::{CodecFailed, Encoder};
use bytes::{Buf, Bytes};
use http::HeaderMap;
use http_body::{Body, Frame, SizeHint};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// How much of a body is compressed at once, in bytes: a few hundred microseconds.
const SLICE: usize = 16 * 1024;
/// How much of it without a break in which others get their turn, when nothing comes of it yet.
const TURN: usize = 8 * SLICE;

/// A body, compressed. It passes trailers on behind its end; where its source fails, it breaks off.
pub struct Compressed<B> {
    source: B,
    /// `None` once the body has ended.
    encoder: Option<Encoder>,
    /// What has come and is not compressed yet.
    came: Bytes,
    /// Whether something may be held back.
    holds: bool,
    trailers: Option<HeaderMap>,
}

impl<B> Compressed<B> {
    /// Compresses a body, of `length` bytes if that is known.
    pub fn new(source: B, coding: Coding, length: Option<u64>) -> Result<Self, CodecFailed> {
        let encoder = Some(Encoder::new(coding, length)?);
        Ok(Self { source, encoder, came: Bytes::new(), holds: false, trailers: None })
    }

    /// What is compressed.
    pub fn source(&self) -> &B {
        &self.source
    }
}

impl<B> Body for Compressed<B>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: From<CodecFailed>,
{
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let this = self.get_mut();
        let polled = ready!(this.poll(context));
        if polled.as_ref().is_some_and(Result::is_err) {
            // Without its end, so that whoever reads it knows that it broke off.
            (this.encoder, this.trailers) = (None, None);
        }
        Poll::Ready(polled)
    }

    fn is_end_stream(&self) -> bool {
        self.encoder.is_none() && self.trailers.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::default()
    }
}

impl<B> Compressed<B>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: From<CodecFailed>,
{
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let mut turn = 0;
        loop {
            let Some(encoder) = &mut self.encoder else {
                return Poll::Ready(self.trailers.take().map(|trailers| Ok(Frame::trailers(trailers))));
            };
            if self.came.has_remaining() {
                if turn >= TURN {
                    context.waker().wake_by_ref();
                    return Poll::Pending;
                }
                let slice = self.came.split_to(self.came.len().min(SLICE));
                turn += slice.len();
                encoder.write(&slice)?;
                self.holds = true;
                let out = encoder.take();
                if !out.is_empty() {
                    return Poll::Ready(Some(Ok(Frame::data(out))));
                }
                continue;
            }
            match Pin::new(&mut self.source).poll_frame(context) {
                Poll::Ready(Some(Ok(frame))) => match frame.into_data() {
                    Ok(data) => self.came = data,
                    Err(frame) => {
                        self.trailers = frame.into_trailers().ok();
                        return Poll::Ready(Some(self.end().map(Frame::data).map_err(B::Error::from)));
                    }
                },
                Poll::Ready(Some(Err(error))) => return Poll::Ready(Some(Err(error))),
                Poll::Ready(None) => return Poll::Ready(Some(self.end().map(Frame::data).map_err(B::Error::from))),
                Poll::Pending if !self.holds => return Poll::Pending,
                Poll::Pending => {
                    self.holds = false;
                    encoder.flush()?;
                    let out = encoder.take();
                    match out.is_empty() {
                        true => return Poll::Pending,
                        false => return Poll::Ready(Some(Ok(Frame::data(out)))),
                    }
                }
            }
        }
    }

    /// The last of what has come of it.
    fn end(&mut self) -> Result<Bytes, CodecFailed> {
        let Some(mut encoder) = self.encoder.take() else { return Ok(Bytes::new()) };
        encoder.finish()?;
        Ok(encoder.take())
    }
}
