//! Trailers: fields behind a body in chunks (RFC 9110, section 6.5).

use super::fields::may_trail;
use bytes::{BufMut, BytesMut};
use http::{HeaderMap, HeaderName, HeaderValue};

/// Fields that are read in a trailer section: as many as [`super::Chunked`] lets pass.
const MOST: usize = 64;

/// A trailer section as it came, line by line; its grammar has been looked at.
#[derive(Debug, Default)]
pub struct Trailers(Vec<u8>);

impl Trailers {
    /// The next byte of the section, line ends included.
    pub fn push(&mut self, byte: u8) {
        self.0.push(byte);
    }

    /// Its fields, if there are any and all can be read. What frames, routes or authenticates is left out: nobody looks at it
    /// that late, and a server that merges trailers into headers would take it for a header.
    pub fn fields(&self) -> Option<HeaderMap> {
        if self.0.is_empty() {
            return None;
        }
        let mut section = self.0.clone();
        section.extend_from_slice(b"\r\n");
        let mut places = [httparse::EMPTY_HEADER; MOST];
        let httparse::Status::Complete((_, fields)) = httparse::parse_headers(&section, &mut places).ok()? else {
            return None;
        };
        let mut map = HeaderMap::new();
        for field in fields {
            let name = HeaderName::from_bytes(field.name.as_bytes()).ok()?;
            if may_trail(name.as_str()) {
                map.append(name, HeaderValue::from_bytes(field.value).ok()?);
            }
        }
        (!map.is_empty()).then_some(map)
    }
}

/// Writes the end of a body in chunks, with its trailers.
pub fn put_trailers(out: &mut BytesMut, trailers: Option<&HeaderMap>) {
    out.put_slice(b"0\r\n");
    for (name, value) in trailers.into_iter().flatten() {
        out.put_slice(name.as_str().as_bytes());
        out.put_slice(b": ");
        out.put_slice(value.as_bytes());
        out.put_slice(b"\r\n");
    }
    out.put_slice(b"\r\n");
}

#[cfg(test)]
mod tests {
    use super::{Trailers, put_trailers};
    use bytes::BytesMut;

    #[test]
    fn what_trails_passes_and_what_must_not_is_left_out() {
        let mut trailers = Trailers::default();
        let refused = [
            "X-Orion-User-Id: forged",
            "content-length: 5",
            "x_orion_roles: 1",
            "x.orion.user.id: 1",
            "Remote-User: root",
            "x-real-ip: 10.0.0.1",
            "X-Original-URL: /admin",
            "X!HTTP-Method-Override: PUT",
        ];
        for byte in format!("Digest: abc\r\n{}\r\nGrpc-Status: 0\r\n", refused.join("\r\n")).bytes() {
            trailers.push(byte);
        }
        let fields = trailers.fields().expect("fields");
        let mut out = BytesMut::new();
        put_trailers(&mut out, Some(&fields));
        assert_eq!(out, "0\r\ndigest: abc\r\ngrpc-status: 0\r\n\r\n");
        assert!(Trailers::default().fields().is_none());
    }
}
