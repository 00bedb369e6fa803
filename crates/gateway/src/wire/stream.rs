//! A connection's bytes, whatever carries them: to a client or to an upstream.

use bytes::{Buf, Bytes, BytesMut};
use socket2::{SockRef, TcpKeepalive};
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsStream;
use tokio_util::io::poll_read_buf;

/// Room that there is for reading at least.
const LEAST_ROOM: usize = 4 * 1024;

/// A byte stream.
pub enum Stream {
    /// Plain.
    Tcp(TcpStream),
    /// Encrypted, from either side.
    Tls(Box<TlsStream<TcpStream>>),
}

/// How long a connection may be without a sign of the other side before it is asked for one, how often, and how many times.
const QUIET: Duration = Duration::from_secs(60);
const ASKS_EACH: Duration = Duration::from_secs(10);
const ASKS: u32 = 3;

/// Sets what all connections have: small pieces do not wait for acknowledgements, and another side that has vanished is noticed,
/// which a tunnel would not notice otherwise. If it fails the socket is gone.
pub fn prepare(stream: &TcpStream) {
    let _ = stream.set_nodelay(true);
    let keepalive = TcpKeepalive::new().with_time(QUIET).with_interval(ASKS_EACH).with_retries(ASKS);
    let _ = SockRef::from(stream).set_tcp_keepalive(&keepalive);
}

impl Stream {
    /// Reads what has come, behind what `buffer` holds; 0 at the end. Room for `room` bytes is made only once there is something to
    /// read, so that a connection that waits holds none.
    pub fn poll_read(
        &mut self,
        context: &mut Context<'_>,
        buffer: &mut BytesMut,
        room: usize,
    ) -> Poll<io::Result<usize>> {
        if let Self::Tcp(stream) = self {
            ready!(stream.poll_read_ready(context))?;
        }
        if buffer.capacity() - buffer.len() < LEAST_ROOM {
            buffer.reserve(room);
        }
        match self {
            Self::Tcp(stream) => poll_read_buf(Pin::new(stream), context, buffer),
            Self::Tls(stream) => poll_read_buf(Pin::new(&mut **stream), context, buffer),
        }
    }

    /// Writes some of `head`, and behind it of `data` and `tail`, and takes away what was written.
    pub fn poll_write(
        &mut self,
        context: &mut Context<'_>,
        head: &mut BytesMut,
        data: &mut Bytes,
        tail: &mut &'static [u8],
    ) -> Poll<io::Result<usize>> {
        let written = if data.is_empty() && tail.is_empty() {
            match self {
                Self::Tcp(stream) => ready!(Pin::new(stream).poll_write(context, head))?,
                Self::Tls(stream) => ready!(Pin::new(&mut **stream).poll_write(context, head))?,
            }
        } else {
            let slices = [IoSlice::new(head), IoSlice::new(data), IoSlice::new(tail)];
            let slices = if head.is_empty() { &slices[1..] } else { &slices[..] };
            match self {
                Self::Tcp(stream) => ready!(Pin::new(stream).poll_write_vectored(context, slices))?,
                Self::Tls(stream) => ready!(Pin::new(&mut **stream).poll_write_vectored(context, slices))?,
            }
        };
        let (of_head, rest) = (written.min(head.len()), written.saturating_sub(head.len()));
        head.advance(of_head);
        let of_data = rest.min(data.len());
        data.advance(of_data);
        tail.advance(rest - of_data);
        Poll::Ready(if written == 0 { Err(io::ErrorKind::WriteZero.into()) } else { Ok(written) })
    }

    /// Hands on what an encrypted stream holds back.
    pub fn poll_flush(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Self::Tcp(_) => Poll::Ready(Ok(())),
            Self::Tls(stream) => Pin::new(&mut **stream).poll_flush(context),
        }
    }

    /// Ends our side.
    pub fn poll_shutdown(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Self::Tcp(stream) => Pin::new(stream).poll_shutdown(context),
            Self::Tls(stream) => Pin::new(&mut **stream).poll_shutdown(context),
        }
    }

    /// Whether the other side has kept quiet: it has neither closed nor said anything. A byte that it has said may be lost by
    /// asking, so a connection that is not quiet is of no more use.
    pub fn is_quiet(&mut self) -> bool {
        match self {
            Self::Tcp(stream) => {
                matches!(stream.try_read(&mut [0]), Err(error) if error.kind() == io::ErrorKind::WouldBlock)
            }
            Self::Tls(stream) => {
                let (mut space, mut context) = ([0], Context::from_waker(Waker::noop()));
                Pin::new(&mut **stream).poll_read(&mut context, &mut ReadBuf::new(&mut space)).is_pending()
            }
        }
    }

    /// Lets the connection end by a reset, so that the other side knows that something is missing.
    pub fn reset(&self) {
        let stream = match self {
            Self::Tcp(stream) => stream,
            Self::Tls(stream) => stream.get_ref().0,
        };
        // If this fails the connection is gone already.
        let _ = stream.set_zero_linger();
    }
}

impl AsyncRead for Stream {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_read(context, buffer),
            Self::Tls(stream) => Pin::new(&mut **stream).poll_read(context, buffer),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_write(context, bytes),
            Self::Tls(stream) => Pin::new(&mut **stream).poll_write(context, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Stream::poll_flush(self.get_mut(), context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Stream::poll_shutdown(self.get_mut(), context)
    }
}
