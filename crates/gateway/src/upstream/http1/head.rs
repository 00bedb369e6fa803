//! The head of an answer, and how its body is framed.

use crate::wire::Chunked;
use crate::wire::fields::is_hop_by_hop;
use bytes::{Bytes, BytesMut};
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{Response, StatusCode};
use httparse::{ParserConfig, Status};
use orion_contracts::gateway::identity_headers;
use std::mem::MaybeUninit;
use std::time::Duration;

const KEEP_ALIVE: HeaderName = HeaderName::from_static("keep-alive");
/// Fields that a head may have.
const MAX_FIELDS: usize = 100;
/// Bytes that a head may have.
const MAX_HEAD: usize = 64 * 1024;
/// Fields that the gateway adds to every answer: room for them is made at once.
const ADDED: usize = 8;

/// What is left of a body.
#[derive(Debug)]
pub(super) enum Body {
    /// So many bytes; none are left of a body that has ended.
    Fixed(u64),
    /// What its chunks hold.
    Chunked(Chunked),
    /// Whatever comes until the upstream closes.
    UntilClose,
}

impl Body {
    /// Whether all of it has been read.
    pub(super) fn is_ended(&self) -> bool {
        matches!(self, Self::Fixed(0))
    }
}

/// A head.
pub(super) struct Head {
    pub(super) response: Response<()>,
    pub(super) body: Body,
    /// Whether the connection can be used again after it.
    pub(super) keep: bool,
    /// For how long the upstream keeps it idle, if it says so.
    pub(super) kept_for: Option<Duration>,
}

/// What came is no HTTP, or could be read in two ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Invalid(pub(super) &'static str);

/// Takes a head from the bytes that have come; none while it is not whole. `of_head` says that HEAD was asked. Fields that
/// concern this connection alone stay behind, and so does what only ORION may say.
pub(super) fn take(bytes: &mut BytesMut, of_head: bool) -> Result<Option<Head>, Invalid> {
    let mut places = [(0, 0, 0, 0); MAX_FIELDS];
    let Some(parsed) = parse(bytes, &mut places)? else {
        return if bytes.len() > MAX_HEAD { Err(Invalid("its head is too long")) } else { Ok(None) };
    };
    let text = bytes.split_to(parsed.length).freeze();
    let mut fields = Fields::new(&places[..parsed.fields], &text)?;
    let body = fields.body(parsed.status, of_head, parsed.version)?;
    let asked = !fields.close && (parsed.version == 1 || fields.keep_alive);
    let keep = asked && fields.keep && !matches!(body, Body::UntilClose);
    let mut response = Response::new(());
    *response.status_mut() = parsed.status;
    *response.headers_mut() = fields.map;
    Ok(Some(Head { response, body, keep, kept_for: fields.kept_for }))
}

/// Where a field's name and value start and end.
type Place = (usize, usize, usize, usize);

struct Parsed {
    length: usize,
    fields: usize,
    status: StatusCode,
    version: u8,
}

fn parse(bytes: &[u8], places: &mut [Place; MAX_FIELDS]) -> Result<Option<Parsed>, Invalid> {
    let mut space = [const { MaybeUninit::uninit() }; MAX_FIELDS];
    let mut head = httparse::Response::new(&mut []);
    let parsed = ParserConfig::default().parse_response_with_uninit_headers(&mut head, bytes, &mut space);
    let Status::Complete(length) = parsed.map_err(|_| Invalid("its head cannot be read"))? else { return Ok(None) };
    let status = head.code.and_then(|code| StatusCode::from_u16(code).ok()).ok_or(Invalid("its status is none"))?;
    let start = bytes.as_ptr() as usize;
    for (place, field) in places.iter_mut().zip(head.headers.iter()) {
        let (name, value) = (field.name.as_ptr() as usize - start, field.value.as_ptr() as usize - start);
        *place = (name, name + field.name.len(), value, value + field.value.len());
    }
    Ok(Some(Parsed { length, fields: head.headers.len(), status, version: head.version.unwrap_or(1) }))
}

#[derive(Default)]
struct Fields {
    map: HeaderMap,
    length: Option<u64>,
    chunked: bool,
    close: bool,
    keep_alive: bool,
    keep: bool,
    kept_for: Option<Duration>,
}

impl Fields {
    fn new(places: &[Place], text: &Bytes) -> Result<Self, Invalid> {
        let mut fields = Self { map: HeaderMap::with_capacity(places.len() + ADDED), keep: true, ..Self::default() };
        let mut named = Vec::new();
        for (name, name_end, value, value_end) in places {
            let name = HeaderName::from_bytes(&text[*name..*name_end]).map_err(|_| Invalid("a field has no name"))?;
            let value = HeaderValue::from_maybe_shared(text.slice(*value..*value_end))
                .map_err(|_| Invalid("a field has no valid value"))?;
            match name {
                header::CONTENT_LENGTH => fields.set_length(value)?,
                header::TRANSFER_ENCODING if fields.chunked || !value.as_bytes().eq_ignore_ascii_case(b"chunked") => {
                    return Err(Invalid("its transfer coding is not just \"chunked\""));
                }
                header::TRANSFER_ENCODING => fields.chunked = true,
                header::CONNECTION => fields.connection(&value, &mut named),
                name if name == KEEP_ALIVE => fields.keep_alive(&value),
                name if stays_behind(name.as_str()) => {}
                name => drop(fields.map.append(name, value)),
            }
        }
        for name in named {
            fields.map.remove(name);
        }
        Ok(fields)
    }

    /// Several lengths must be one and the same.
    fn set_length(&mut self, value: HeaderValue) -> Result<(), Invalid> {
        let text = value.as_bytes();
        let digits = !text.is_empty() && text.len() <= 18 && text.iter().all(u8::is_ascii_digit);
        let length = value.to_str().ok().filter(|_| digits).and_then(|text| text.parse().ok());
        match (length, self.length) {
            (Some(length), None) => {
                self.length = Some(length);
                self.map.insert(header::CONTENT_LENGTH, value);
                Ok(())
            }
            (Some(again), Some(length)) if again == length => Ok(()),
            _ => Err(Invalid("its length is not clear")),
        }
    }

    fn connection(&mut self, value: &HeaderValue, named: &mut Vec<HeaderName>) {
        for option in value.as_bytes().split(|byte| *byte == b',').map(<[u8]>::trim_ascii) {
            match option {
                option if option.eq_ignore_ascii_case(b"close") => self.close = true,
                option if option.eq_ignore_ascii_case(b"keep-alive") => self.keep_alive = true,
                option => named.extend(HeaderName::from_bytes(option)),
            }
        }
    }

    /// What the upstream says of how long it keeps the connection, and for how many more requests (`timeout=5, max=99`; RFC 2068,
    /// section 19.7.1.1, which servers still follow).
    fn keep_alive(&mut self, value: &HeaderValue) {
        let text = value.to_str().unwrap_or_default();
        for (name, number) in text.split([',', ';']).filter_map(|parameter| parameter.split_once('=')) {
            match (name.trim().to_ascii_lowercase().as_str(), number.trim().trim_matches('"').parse::<u32>()) {
                ("timeout", Ok(seconds)) => self.kept_for = Some(Duration::from_secs(seconds.into())),
                ("max", Ok(0)) => self.keep = false,
                _ => {}
            }
        }
    }

    /// How the body is framed (RFC 9112, section 6.3).
    fn body(&mut self, status: StatusCode, of_head: bool, version: u8) -> Result<Body, Invalid> {
        if self.chunked && version == 0 {
            return Err(Invalid("chunks are not of HTTP/1.0"));
        }
        if self.chunked && self.map.remove(header::CONTENT_LENGTH).is_some() {
            // Chunks win, but whoever says both is not asked again on this connection.
            self.keep = false;
        }
        if status.is_informational() || status == StatusCode::NO_CONTENT {
            self.map.remove(header::CONTENT_LENGTH);
            // What must have no body may have one all the same: it would be read as the next answer.
            self.keep &= !self.chunked && self.length.unwrap_or(0) == 0;
            return Ok(Body::Fixed(0));
        }
        Ok(match self.length {
            _ if of_head || status == StatusCode::NOT_MODIFIED => {
                // Chunks that are announced and must not come may come all the same.
                self.keep &= !self.chunked;
                Body::Fixed(0)
            }
            _ if self.chunked => Body::Chunked(Chunked::default()),
            Some(length) => Body::Fixed(length),
            None => Body::UntilClose,
        })
    }
}

/// Fields that concern this connection only (RFC 9110, section 7.6.1), and those that are ORION's own.
fn stays_behind(name: &str) -> bool {
    is_hop_by_hop(name) || name.starts_with(identity_headers::PREFIX)
}

#[cfg(test)]
mod tests {
    use super::{Body, Head, Invalid, take};
    use bytes::BytesMut;
    use std::collections::BTreeSet;

    fn read(text: &str) -> Result<Option<Head>, Invalid> {
        take(&mut BytesMut::from(text), false)
    }

    fn good(text: &str) -> Head {
        read(text).expect("valid").expect("whole")
    }

    #[test]
    fn a_head_is_taken_when_it_is_whole_and_its_body_is_left() {
        let whole = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nETag: \"a\"\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n\r\n";
        for end in 0..whole.len() {
            assert!(read(&whole[..end]).expect("valid").is_none(), "{end}");
        }
        let mut bytes = BytesMut::from(format!("{whole}hello").as_str());
        let head = take(&mut bytes, false).expect("valid").expect("whole");
        assert_eq!(&bytes[..], b"hello");
        assert!(head.keep && matches!(head.body, Body::Fixed(5)));
        assert_eq!(head.response.headers()["etag"], "\"a\"");
        assert_eq!(head.response.headers().get_all("set-cookie").iter().count(), 2);
    }

    #[test]
    fn framing_follows_rfc_9112() {
        let fixed = |text: &str| match good(text) {
            Head { body: Body::Fixed(length), keep, .. } => (length, keep),
            other => panic!("{:?}", other.body),
        };
        assert_eq!(fixed("HTTP/1.1 204 No Content\r\n\r\n"), (0, true));
        assert_eq!(fixed("HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n"), (0, false));
        assert_eq!(fixed("HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n"), (0, false));
        assert_eq!(fixed("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n"), (0, true));
        assert_eq!(fixed("HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n"), (0, false));
        assert_eq!(fixed("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n"), (5, true));
        assert_eq!(fixed("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\n"), (5, false));
        assert_eq!(fixed("HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\n"), (5, false));
        assert_eq!(fixed("HTTP/1.0 200 OK\r\nContent-Length: 5\r\nConnection: Keep-Alive\r\n\r\n"), (5, true));
        assert_eq!(fixed("HTTP/1.0 200 OK\r\nContent-Length: 5\r\nConnection: keep-alive, close\r\n\r\n"), (5, false));
        let closing = good("HTTP/1.1 200 OK\r\n\r\n");
        assert!(!closing.keep && matches!(closing.body, Body::UntilClose));
        let both = good("HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\nContent-Length: 5\r\n\r\n");
        assert!(!both.keep && matches!(both.body, Body::Chunked(_)));
        assert!(both.response.headers().is_empty());
        let of_head = take(&mut BytesMut::from("HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n"), true);
        let of_head = of_head.expect("valid").expect("whole");
        assert!(of_head.keep && matches!(of_head.body, Body::Fixed(0)));
        assert_eq!(of_head.response.headers()["content-length"], "7");
        let of_head = take(&mut BytesMut::from("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"), true);
        assert!(!of_head.expect("valid").expect("whole").keep);
    }

    #[test]
    fn an_upstream_says_for_how_long_it_keeps_a_connection() {
        let says = |text: &str| {
            let head = good(&format!("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nKeep-Alive: {text}\r\n\r\n"));
            (head.kept_for.map(|kept| kept.as_secs()), head.keep)
        };
        assert_eq!(says("timeout=5, max=99"), (Some(5), true));
        assert_eq!(says("max=0"), (None, false));
        assert_eq!(says("Timeout=\"72\""), (Some(72), true));
        assert_eq!(says("5"), (None, true));
        assert_eq!(says("timeout=-1, max"), (None, true));
    }

    #[test]
    fn what_could_be_read_in_two_ways_is_refused() {
        for text in [
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
            "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
            "HTTP/1.1 200 OK\r\nA : 1\r\n\r\n",
            "HTTP/1.1 20 OK\r\n\r\n",
            "NOT HTTP AT ALL\r\n\r\n",
        ] {
            assert!(read(text).is_err(), "{text:?}");
        }
        let long = format!("HTTP/1.1 200 OK\r\nA: {}", "a".repeat(70_000));
        assert_eq!(read(&long).err(), Some(Invalid("its head is too long")));
        let many = format!("HTTP/1.1 200 OK\r\n{}\r\n", "A: 1\r\n".repeat(101));
        assert!(read(&many).is_err());
    }

    #[test]
    fn fields_of_the_connection_and_orions_own_stay_behind() {
        let head = good(
            "HTTP/1.1 200 OK\r\nConnection: X-Hop, close\r\nX-Hop: 1\r\nKeep-Alive: timeout=5\r\n\
             X-Orion-User-Id: forged\r\nETag: \"1\"\r\nContent-Length: 0\r\n\r\n",
        );
        let names: BTreeSet<_> = head.response.headers().keys().map(|name| name.as_str()).collect();
        assert_eq!(names, BTreeSet::from(["content-length", "etag"]));
    }
}
