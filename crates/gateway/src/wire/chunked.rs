//! Reads a body in chunks byte by byte (RFC 9112, section 7.1); data is skipped over, not looked at.

use super::token::TOKEN;
use super::trailers::Trailers;
use http::HeaderMap;

/// Bytes that one chunk's extension may have.
const MAX_EXTENSION: u16 = 256;
/// Bytes that all extensions of a body may have together.
const MAX_EXTENSIONS: u32 = 8 * 1024;
/// Bytes that the trailer section may have.
const MAX_TRAILERS: u32 = 8 * 1024;
/// Trailers that a body may have.
const MAX_TRAILER_FIELDS: u8 = 64;
/// Hexadecimal digits of a size; 15 cannot overflow.
const MAX_DIGITS: u8 = 15;

#[derive(Debug, Clone, Copy)]
enum State {
    Size { value: u64, digits: u8 },
    Extension { value: u64, length: u16 },
    SizeFeed(u64),
    Data(u64),
    DataReturn,
    DataFeed,
    LineStart,
    Name,
    Value,
    ValueFeed,
    LastFeed,
}

/// Where in a chunked body its reader stands.
#[derive(Debug)]
pub struct Chunked {
    state: State,
    extensions: u32,
    trailers: u32,
    trailer_fields: u8,
    section: Trailers,
}

/// What comes next in a body.
#[derive(Debug)]
pub struct Piece {
    /// Bytes of framing.
    pub framing: usize,
    /// Bytes of data behind them.
    pub data: usize,
    /// Whether the body ends there.
    pub end: bool,
}

/// A byte that may not stand where it does: the body is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadChunk;

impl Default for Chunked {
    fn default() -> Self {
        Self {
            state: State::Size { value: 0, digits: 0 },
            extensions: 0,
            trailers: 0,
            trailer_fields: 0,
            section: Trailers::default(),
        }
    }
}

impl Chunked {
    /// Reads on to the end of the next piece of data, or as far as there are bytes.
    pub fn next(&mut self, bytes: &[u8]) -> Result<Piece, BadChunk> {
        let mut at = 0;
        while at < bytes.len() {
            if let State::Data(left) = self.state {
                let here = left.min((bytes.len() - at) as u64);
                self.state = if here == left { State::DataReturn } else { State::Data(left - here) };
                return Ok(Piece { framing: at, data: here as usize, end: false });
            }
            let last = matches!(self.state, State::LastFeed);
            let trails = matches!(self.state, State::Name | State::Value | State::ValueFeed);
            self.state = self.step(bytes[at]).ok_or(BadChunk)?;
            if trails || matches!(self.state, State::Name) {
                self.section.push(bytes[at]);
            }
            at += 1;
            if last {
                return Ok(Piece { framing: at, data: 0, end: true });
            }
        }
        Ok(Piece { framing: at, data: 0, end: false })
    }

    /// What stood behind the body, once it has ended; nothing most often.
    pub fn trailers(&self) -> Option<HeaderMap> {
        self.section.fields()
    }

    /// The state after one byte that is not data; `None` when it may not stand there.
    fn step(&mut self, byte: u8) -> Option<State> {
        match (self.state, byte) {
            (State::Size { value, digits }, byte) if byte.is_ascii_hexdigit() && digits < MAX_DIGITS => {
                let digit = char::from(byte).to_digit(16).map(u64::from)?;
                Some(State::Size { value: value * 16 + digit, digits: digits + 1 })
            }
            (State::Size { value, digits: 1.. }, b'\r') => Some(State::SizeFeed(value)),
            (State::Size { value, digits: 1.. }, b';') => Some(State::Extension { value, length: 0 }),
            (State::Extension { value, .. }, b'\r') => Some(State::SizeFeed(value)),
            (State::Extension { value, length }, byte) if is_text(byte) && length < MAX_EXTENSION => {
                self.extensions += 1;
                (self.extensions <= MAX_EXTENSIONS).then_some(State::Extension { value, length: length + 1 })
            }
            (State::SizeFeed(0), b'\n') => Some(State::LineStart),
            (State::SizeFeed(size), b'\n') => Some(State::Data(size)),
            (State::DataReturn, b'\r') => Some(State::DataFeed),
            (State::DataFeed, b'\n') => Some(State::Size { value: 0, digits: 0 }),
            (State::LineStart, b'\r') => Some(State::LastFeed),
            (State::LineStart, byte) if TOKEN[usize::from(byte)] => {
                self.trailer_fields += 1;
                (self.trailer_fields <= MAX_TRAILER_FIELDS).then(|| self.trailer(State::Name)).flatten()
            }
            (State::Name, byte) if TOKEN[usize::from(byte)] => self.trailer(State::Name),
            (State::Name, b':') => self.trailer(State::Value),
            (State::Value, b'\r') => Some(State::ValueFeed),
            (State::Value, byte) if is_text(byte) => self.trailer(State::Value),
            (State::ValueFeed, b'\n') => Some(State::LineStart),
            (State::LastFeed, b'\n') => Some(State::LastFeed),
            _ => None,
        }
    }

    fn trailer(&mut self, next: State) -> Option<State> {
        self.trailers += 1;
        (self.trailers <= MAX_TRAILERS).then_some(next)
    }
}

fn is_text(byte: u8) -> bool {
    byte == b'\t' || (byte >= 0x20 && byte != 0x7f)
}

#[cfg(test)]
mod tests {
    use super::{Chunked, MAX_EXTENSION, MAX_TRAILER_FIELDS};

    /// Whether the body is good, read in pieces of the given size; and how many bytes it took.
    fn read(body: &[u8], piece: usize) -> Option<usize> {
        let mut chunked = Chunked::default();
        let mut at = 0;
        for bytes in body.chunks(piece) {
            let mut rest = bytes;
            while !rest.is_empty() {
                let read = chunked.next(rest).ok()?;
                at += read.framing + read.data;
                rest = &rest[read.framing + read.data..];
                if read.end {
                    return Some(at);
                }
            }
        }
        None
    }

    #[test]
    fn good_bodies_end_where_they_end() {
        for body in [
            &b"0\r\n\r\n"[..],
            b"5\r\nhello\r\n0\r\n\r\n",
            b"A;name=value\r\n0123456789\r\n00\r\n\r\n",
            b"1\r\nx\r\n0\r\nDigest: abc\r\nOther:\r\n\r\n",
        ] {
            for piece in 1..=body.len() {
                assert_eq!(read(body, piece), Some(body.len()), "{}", body.escape_ascii());
            }
            let mut longer = body.to_vec();
            longer.extend_from_slice(b"GET / HTTP/1.1\r\n");
            assert_eq!(read(&longer, longer.len()), Some(body.len()));
        }
    }

    #[test]
    fn bad_bodies_are_refused() {
        let long = format!("1;{}\r\nx\r\n0\r\n\r\n", "e".repeat(usize::from(MAX_EXTENSION) + 1));
        let many = format!("0\r\n{}\r\n", "T:\r\n".repeat(usize::from(MAX_TRAILER_FIELDS) + 1));
        for body in [
            &b"\r\n"[..],
            b"g\r\n",
            b" 5\r\nhello\r\n0\r\n\r\n",
            b"5 \r\nhello\r\n0\r\n\r\n",
            b"0x5\r\nhello\r\n0\r\n\r\n",
            b"-1\r\n\r\n",
            b"5\nhello\r\n0\r\n\r\n",
            b"5\r\nhello0\r\n\r\n",
            b"5\r\nhello\n0\r\n\r\n",
            b"5\r\nhelloXX0\r\n\r\n",
            b"ffffffffffffffff\r\n",
            b"0000000000000000\r\n\r\n",
            b"5;a\nb\r\nhello\r\n0\r\n\r\n",
            b"5;a\0\r\nhello\r\n0\r\n\r\n",
            b"0\r\nName : value\r\n\r\n",
            b"0\r\n folded\r\n\r\n",
            b"0\r\nName: value\n\r\n",
            b"0\r\n\n",
            long.as_bytes(),
            many.as_bytes(),
        ] {
            for piece in [1, 2, 3, body.len()] {
                assert_eq!(read(body, piece), None, "{}", body.escape_ascii());
            }
        }
    }
}
