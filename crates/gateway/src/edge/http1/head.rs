//! Reads the head of a request line by line (RFC 9112).
//!
//! Nothing is repaired and nothing is guessed: what two parsers could read differently is refused.

use crate::edge::Refusal;
use crate::wire::{TOKEN, is_token};
use bytes::Bytes;
use http::header::{CONNECTION, EXPECT, HeaderName, HeaderValue};
use http::{HeaderMap, Method, Request, Uri, Version};
use memchr::memchr;

/// How large a head may be.
#[derive(Debug, Clone, Copy)]
pub struct HeadLimits {
    /// Bytes of the request line.
    pub line: usize,
    /// Bytes of the whole head.
    pub head: usize,
    /// Number of headers.
    pub fields: u16,
}

impl Default for HeadLimits {
    fn default() -> Self {
        Self { line: 8 * 1024, head: 32 * 1024, fields: 96 }
    }
}

/// How the body of a request is framed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Framed {
    /// There is none.
    Empty,
    /// That many bytes.
    Fixed(u64),
    /// In chunks.
    Chunked,
}

/// Where something stands in a head: from its first byte to the one behind its last.
type Place = (usize, usize);

/// Options that all `Connection` headers of a request may have: each names a header that is looked for.
const MOST_OPTIONS: usize = 32;
/// Headers that the gateway adds to no request, but that routes may: room for them is made at once.
const ADDED: usize = 4;

/// A head as far as it has been read. Positions count from the head's first byte.
#[derive(Debug, Default)]
pub(super) struct Head {
    line_start: usize,
    searched: usize,
    /// Names and values.
    fields: Vec<(Place, Place)>,
    blank_lines: u8,
    /// Where method and target stand, once the request line has been read.
    request_line: Option<(Place, Place)>,
    version_1_0: bool,
    authority: Option<(usize, usize)>,
    host: Option<(usize, usize)>,
    content_length: Option<u64>,
    chunked: bool,
}

/// Whether the bytes have a control character other than a tab. Written so that the compiler can use vector instructions.
fn has_control(bytes: &[u8]) -> bool {
    bytes.iter().fold(false, |found, &byte| found | ((byte < 0x20) & (byte != b'\t')) | (byte == 0x7f))
}

/// Bytes that a target may have: visible ASCII without those that URIs exclude and parsers disagree on. In a query nobody
/// disagrees on `\` and `` ` ``, and browsers send them as they are.
fn is_target(bytes: &[u8]) -> bool {
    let (path, query) = bytes.split_at(memchr(b'?', bytes).unwrap_or(bytes.len()));
    let is_hidden = |byte: u8| (byte <= 0x20) | (byte >= 0x7f) | matches!(byte, b'#' | b'<' | b'>');
    let forbidden = path.iter().fold(false, |found, &byte| found | is_hidden(byte) | matches!(byte, b'`' | b'\\'));
    !bytes.is_empty() && !query.iter().fold(forbidden, |found, &byte| found | is_hidden(byte))
}

impl Head {
    /// Reads on. `bytes` starts at the head's first byte and has at least what it had in the call before.
    /// Answers the head's length and how the body is framed, or `None` when more bytes are needed.
    pub(super) fn read(&mut self, bytes: &[u8], limits: &HeadLimits) -> Result<Option<(usize, Framed)>, Refusal> {
        while let Some(found) = memchr(b'\n', &bytes[self.searched..]) {
            let start = self.line_start;
            let feed = self.searched + found;
            self.searched = feed + 1;
            self.line_start = feed + 1;
            self.check_size(feed + 1, limits)?;
            if feed == start || bytes[feed - 1] != b'\r' {
                return Err(Refusal::BareLineFeed);
            }
            let line = &bytes[start..feed - 1];
            if self.request_line.is_none() {
                self.first_line(line, start)?;
            } else if line.is_empty() {
                return self.finish(bytes).map(|framed| Some((feed + 1, framed)));
            } else {
                self.field(line, start, limits)?;
            }
        }
        self.searched = bytes.len();
        self.check_size(bytes.len(), limits)?;
        match bytes.get(self.line_start) {
            // What does not start like a request, a TLS handshake for instance, is not waited for.
            Some(&byte) if self.request_line.is_none() && byte != b'\r' && !TOKEN[usize::from(byte)] => {
                Err(Refusal::RequestLine)
            }
            _ => Ok(None),
        }
    }

    fn check_size(&self, length: usize, limits: &HeadLimits) -> Result<(), Refusal> {
        match self.request_line.is_some() {
            false if length > limits.line => Err(Refusal::TargetTooLong),
            true if length > limits.head => Err(Refusal::HeadTooLarge),
            _ => Ok(()),
        }
    }

    /// The request line, or one blank line before it (RFC 9112, section 2.2).
    fn first_line(&mut self, line: &[u8], start: usize) -> Result<(), Refusal> {
        if line.is_empty() {
            self.blank_lines += 1;
            return if self.blank_lines == 1 { Ok(()) } else { Err(Refusal::RequestLine) };
        }
        let method_end = memchr(b' ', line).ok_or(Refusal::RequestLine)?;
        let (method, rest) = (&line[..method_end], &line[method_end + 1..]);
        let target_end = memchr(b' ', rest).ok_or(Refusal::RequestLine)?;
        let (target, version) = (&rest[..target_end], &rest[target_end + 1..]);
        if !is_token(method) || method.len() > 32 {
            return Err(Refusal::RequestLine);
        }
        self.version_1_0 = match version {
            b"HTTP/1.1" => false,
            b"HTTP/1.0" => true,
            _ if version.starts_with(b"HTTP/") && memchr(b' ', version).is_none() => return Err(Refusal::Version),
            _ => return Err(Refusal::RequestLine),
        };
        if matches!(method, b"CONNECT" | b"TRACE") {
            return Err(Refusal::Method);
        }
        if !is_target(target) {
            return Err(Refusal::Target);
        }
        if target[0] != b'/' && !(target == b"*" && method == b"OPTIONS") {
            self.authority = Some(absolute_authority(target, start + method_end + 1)?);
        }
        let target_start = start + method_end + 1;
        self.request_line = Some(((start, start + method_end), (target_start, target_start + target_end)));
        Ok(())
    }

    fn field(&mut self, line: &[u8], start: usize, limits: &HeadLimits) -> Result<(), Refusal> {
        if matches!(line[0], b' ' | b'\t') {
            return Err(Refusal::Folding);
        }
        if self.fields.len() >= usize::from(limits.fields) {
            return Err(Refusal::HeadTooLarge);
        }
        let colon = memchr(b':', line).ok_or(Refusal::FieldName)?;
        let (name, value) = (&line[..colon], &line[colon + 1..]);
        if !is_token(name) {
            return Err(Refusal::FieldName);
        }
        if has_control(value) {
            return Err(Refusal::FieldValue);
        }
        let place = trim(value, start + colon + 1);
        self.fields.push(((start, start + colon), place));
        match name.len() {
            4 if name.eq_ignore_ascii_case(b"host") => {
                let value = place;
                if value.0 == value.1 || self.host.replace(value).is_some() {
                    return Err(Refusal::Host);
                }
            }
            14 if name.eq_ignore_ascii_case(b"content-length") => {
                let length = number(value.trim_ascii()).ok_or(Refusal::ContentLength)?;
                if self.content_length.replace(length).is_some() {
                    return Err(Refusal::ContentLength);
                }
            }
            17 if name.eq_ignore_ascii_case(b"transfer-encoding") => {
                if self.chunked || self.version_1_0 || !value.trim_ascii().eq_ignore_ascii_case(b"chunked") {
                    return Err(Refusal::TransferEncoding);
                }
                self.chunked = true;
            }
            _ => {}
        }
        Ok(())
    }

    fn finish(&self, bytes: &[u8]) -> Result<Framed, Refusal> {
        let host = self.host.ok_or(Refusal::Host)?;
        if let Some(authority) = self.authority
            && !bytes[authority.0..authority.1].eq_ignore_ascii_case(&bytes[host.0..host.1])
        {
            return Err(Refusal::Host);
        }
        match (self.chunked, self.content_length) {
            (true, Some(_)) => Err(Refusal::TransferEncoding),
            (true, None) => Ok(Framed::Chunked),
            (false, None | Some(0)) => Ok(Framed::Empty),
            (false, Some(length)) => Ok(Framed::Fixed(length)),
        }
    }

    /// Whether any byte of this head has been seen.
    pub(super) fn is_begun(&self) -> bool {
        self.searched > 0
    }

    /// The request of a head that has been read whole; `bytes` are all of it. What is known of its connection comes beside it.
    pub(super) fn take(&mut self, bytes: &Bytes) -> Result<Taken, Refusal> {
        let (method, target) = self.request_line.ok_or(Refusal::RequestLine)?;
        let mut request = Request::new(());
        *request.method_mut() = Method::from_bytes(&bytes[method.0..method.1]).map_err(|_| Refusal::RequestLine)?;
        // Of what is no URI, `"` in a path for instance, other parsers make what they like.
        *request.uri_mut() = Uri::from_maybe_shared(bytes.slice(target.0..target.1)).map_err(|_| Refusal::Target)?;
        *request.version_mut() = if self.version_1_0 { Version::HTTP_10 } else { Version::HTTP_11 };
        let mut headers = HeaderMap::with_capacity(self.fields.len() + ADDED);
        let (mut closes, mut keeps, mut expects, mut named) = (false, false, false, 0);
        for (name, value) in self.fields.drain(..) {
            let name = HeaderName::from_bytes(&bytes[name.0..name.1]).map_err(|_| Refusal::FieldName)?;
            let value =
                HeaderValue::from_maybe_shared(bytes.slice(value.0..value.1)).map_err(|_| Refusal::FieldValue)?;
            if name == CONNECTION {
                let mut options = value.as_bytes().split(|byte| *byte == b',').map(<[u8]>::trim_ascii);
                named += options.clone().count();
                if named > MOST_OPTIONS {
                    return Err(Refusal::Connection);
                }
                closes |= options.clone().any(|option| option.eq_ignore_ascii_case(b"close"));
                keeps |= options.any(|option| option.eq_ignore_ascii_case(b"keep-alive"));
            }
            expects |= name == EXPECT && value.as_bytes().eq_ignore_ascii_case(b"100-continue");
            headers.append(name, value);
        }
        *request.headers_mut() = headers;
        let is_old = self.version_1_0;
        let taken = Taken { request, closes: closes || (is_old && !keeps), expects: expects && !is_old };
        // Its room is used again.
        let fields = std::mem::take(&mut self.fields);
        *self = Self { fields, ..Self::default() };
        Ok(taken)
    }
}

/// A request's head, and what it says of its connection.
pub(super) struct Taken {
    pub(super) request: Request<()>,
    /// Whether the connection ends behind its answer.
    pub(super) closes: bool,
    /// Whether the client waits to be asked for the body; HTTP/1.0 knows no such thing.
    pub(super) expects: bool,
}

/// Where the authority of an absolute target stands; user information is refused.
fn absolute_authority(target: &[u8], start: usize) -> Result<(usize, usize), Refusal> {
    let scheme = ["http://", "https://"]
        .into_iter()
        .find(|scheme| target.get(..scheme.len()).is_some_and(|prefix| prefix.eq_ignore_ascii_case(scheme.as_bytes())));
    let after = scheme.ok_or(Refusal::Target)?.len();
    let rest = &target[after..];
    let length = rest.iter().position(|byte| matches!(byte, b'/' | b'?')).unwrap_or(rest.len());
    if length == 0 || rest[..length].contains(&b'@') {
        return Err(Refusal::Target);
    }
    Ok((start + after, start + after + length))
}

/// The range of `value` without the white space around it; `start` is where it stands in the head.
fn trim(value: &[u8], start: usize) -> (usize, usize) {
    let begin = start + (value.len() - value.trim_ascii_start().len());
    (begin, begin + value.trim_ascii().len())
}

/// Digits and nothing else; 18 of them cannot overflow.
fn number(digits: &[u8]) -> Option<u64> {
    let valid = (1..=18).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit);
    valid.then(|| digits.iter().fold(0, |value, digit| value * 10 + u64::from(digit - b'0')))
}
