//! Writes an answer: head, body, trailers (RFC 9112, sections 4 and 6).

use super::io::Io;
use crate::edge::client::Client;
use crate::wire::put_trailers;
use bytes::{BufMut, Bytes, BytesMut};
use http::header::{CONNECTION, CONTENT_LENGTH, DATE, HeaderName, HeaderValue, TRANSFER_ENCODING};
use http::{HeaderMap, Response, StatusCode};
use http_body::{Body, Frame};
use std::future::poll_fn;
use std::pin::pin;
use std::task::{Poll, ready};

/// Pieces of a body up to this size are copied behind the head, longer ones are written from where they are.
const COPIED: usize = 1024;

/// What an answer must know of its request.
#[derive(Debug, Clone, Copy)]
pub(super) struct About {
    /// Whether the client speaks HTTP/1.0.
    pub(super) is_old: bool,
    /// Whether HEAD was asked.
    pub(super) of_head: bool,
    /// Whether the connection ends behind the answer.
    pub(super) closes: bool,
}

/// How an answer's body is framed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Framed {
    /// There is none.
    Empty,
    /// Its length stands in the head.
    Fixed,
    /// In chunks.
    Chunked,
    /// It ends with the connection.
    UntilClose,
}

impl Client {
    /// Sends an answer. True when another request may follow.
    pub(super) async fn send<B: Body<Data = Bytes>>(&self, response: Response<B>, about: About) -> bool {
        let (parts, body) = response.into_parts();
        let mut body = pin!(body);
        let framed = framed(parts.status, body.size_hint().exact(), about);
        let is_last = about.closes || self.core.draining.get();
        let closes = is_last || framed == Framed::UntilClose || says_close(&parts.headers);
        {
            let io = &mut *self.io.borrow_mut();
            // Nobody is asked for a body behind the answer.
            io.expects = false;
            io.outgoing.reserve(1024);
            put_status(&mut io.outgoing, parts.status, about.is_old);
            let length = body.size_hint().exact().filter(|length| *length > 0 || framed == Framed::Fixed);
            put_fields(io, &parts.headers, framed, length.filter(|_| has_length(parts.status)));
            if !parts.headers.contains_key(DATE) {
                io.outgoing.put_slice(&self.core.date());
            }
            match (closes, about.is_old, parts.status == StatusCode::SWITCHING_PROTOCOLS) {
                (true, false, false) => io.outgoing.put_slice(b"connection: close\r\n"),
                (false, true, _) => io.outgoing.put_slice(b"connection: keep-alive\r\n"),
                _ => {}
            }
            io.outgoing.put_slice(b"\r\n");
            io.is_open_ended = framed == Framed::UntilClose;
        }
        let mut is_read = framed == Framed::Empty || body.is_end_stream();
        poll_fn(|context| {
            loop {
                // A longer piece stands behind what waits: all of that must be gone before the next. So must many short ones, or a
                // client that does not read would have them pile up here.
                if is_read || self.io.borrow().is_full() {
                    if ready!(self.poll_send(context)).is_err() {
                        return Poll::Ready(false);
                    }
                    if is_read {
                        self.io.borrow_mut().is_open_ended = false;
                        return Poll::Ready(!closes);
                    }
                }
                match body.as_mut().poll_frame(context) {
                    Poll::Ready(Some(Ok(frame))) => {
                        is_read = self.put(frame, framed) || (framed == Framed::Fixed && body.is_end_stream());
                    }
                    Poll::Ready(None) => {
                        if framed == Framed::Chunked {
                            put_trailers(&mut self.io.borrow_mut().outgoing, None);
                        }
                        is_read = true;
                    }
                    Poll::Ready(Some(Err(_))) => {
                        // What there is of it is still sent, if that can be done now.
                        let _ = self.poll_send(context);
                        return Poll::Ready(false);
                    }
                    Poll::Pending => {
                        if let Poll::Ready(Err(_)) = self.poll_send(context) {
                            return Poll::Ready(false);
                        }
                        return Poll::Pending;
                    }
                }
            }
        })
        .await
    }

    /// Puts a frame behind what waits to be sent. True when it was the last.
    fn put(&self, frame: Frame<Bytes>, framed: Framed) -> bool {
        let io = &mut *self.io.borrow_mut();
        match frame.into_data() {
            Ok(data) if data.is_empty() => false,
            Ok(data) => {
                let is_chunked = framed == Framed::Chunked;
                if is_chunked {
                    put_size(&mut io.outgoing, data.len());
                }
                if data.len() > COPIED {
                    io.piece = data;
                    io.behind = if is_chunked { b"\r\n" } else { b"" };
                } else {
                    io.outgoing.put_slice(&data);
                    io.outgoing.put_slice(if is_chunked { b"\r\n" } else { b"" });
                }
                false
            }
            Err(frame) => {
                let trailers = frame.into_trailers().ok();
                if framed == Framed::Chunked {
                    put_trailers(&mut io.outgoing, trailers.as_ref());
                }
                true
            }
        }
    }
}

fn framed(status: StatusCode, length: Option<u64>, about: About) -> Framed {
    match length {
        _ if status == StatusCode::SWITCHING_PROTOCOLS => Framed::UntilClose,
        _ if about.of_head || status == StatusCode::NO_CONTENT || status == StatusCode::NOT_MODIFIED => Framed::Empty,
        Some(_) => Framed::Fixed,
        None if about.is_old => Framed::UntilClose,
        None => Framed::Chunked,
    }
}

/// Whether answers of a status have a length (RFC 9110, section 8.6).
fn has_length(status: StatusCode) -> bool {
    !matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED | StatusCode::SWITCHING_PROTOCOLS)
}

fn says_close(headers: &HeaderMap) -> bool {
    headers.get(CONNECTION).is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"close"))
}

/// Writes a status line. Clients of HTTP/1.0 are told their own version.
pub(super) fn put_status(out: &mut BytesMut, status: StatusCode, is_old: bool) {
    out.put_slice(if is_old { b"HTTP/1.0 " } else { b"HTTP/1.1 " });
    out.put_slice(status.as_str().as_bytes());
    out.put_slice(b" ");
    out.put_slice(status.canonical_reason().unwrap_or("").as_bytes());
    out.put_slice(b"\r\n");
}

/// Writes a header.
pub(super) fn put_line(out: &mut BytesMut, name: &HeaderName, value: &HeaderValue) {
    out.put_slice(name.as_str().as_bytes());
    out.put_slice(b": ");
    out.put_slice(value.as_bytes());
    out.put_slice(b"\r\n");
}

/// Writes the headers of an answer, with those that frame its body.
fn put_fields(io: &mut Io, headers: &HeaderMap, framed: Framed, length: Option<u64>) {
    let out = &mut io.outgoing;
    let mut says_length = false;
    for (name, value) in headers {
        match *name {
            // Said behind the others.
            CONNECTION if value.as_bytes().eq_ignore_ascii_case(b"close") => {}
            TRANSFER_ENCODING => {}
            // The length of an answer to HEAD, or of what was not modified, is that of what is not sent.
            CONTENT_LENGTH if !matches!(framed, Framed::Empty | Framed::Fixed) => {}
            CONTENT_LENGTH => {
                says_length = true;
                put_line(out, name, value);
            }
            _ => put_line(out, name, value),
        }
    }
    match (framed, length) {
        (Framed::Chunked, _) => out.put_slice(b"transfer-encoding: chunked\r\n"),
        (Framed::Empty | Framed::Fixed, Some(length)) if !says_length => {
            out.put_slice(b"content-length: ");
            out.put_slice(itoa::Buffer::new().format(length).as_bytes());
            out.put_slice(b"\r\n");
        }
        _ => {}
    }
}

/// Writes the size of a chunk.
fn put_size(out: &mut BytesMut, size: usize) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let places = (usize::BITS - size.leading_zeros()).div_ceil(4).max(1);
    for place in (0..places).rev() {
        out.put_u8(DIGITS[(size >> (place * 4)) & 15]);
    }
    out.put_slice(b"\r\n");
}
