//! An answer, taken apart.

use std::io::Read;
use std::net::TcpStream;

/// An answer as a client got it.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    /// Its head, in lower case.
    pub head: String,
    /// Its body, without chunks around it.
    pub body: Vec<u8>,
    /// Whether the body has its end.
    pub is_whole: bool,
}

impl Answer {
    /// Reads until the gateway closes; nothing when it says nothing.
    pub fn read(stream: &mut TcpStream) -> Option<Self> {
        let mut bytes = Vec::new();
        let mut space = [0; 4096];
        while let Ok(length @ 1..) = stream.read(&mut space) {
            bytes.extend_from_slice(&space[..length]);
        }
        Self::of(&bytes)
    }

    /// What has come so far.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")? + 4;
        let head = String::from_utf8_lossy(&bytes[..end]).to_ascii_lowercase();
        let status = head.split(' ').nth(1)?.parse().ok()?;
        let mut answer = Self { status, head, body: bytes[end..].to_vec(), is_whole: true };
        if answer.header("transfer-encoding") == Some("chunked") {
            (answer.body, answer.is_whole) = unchunked(&answer.body);
        } else if let Some(length) = answer.header("content-length") {
            answer.is_whole = length.parse() == Ok(answer.body.len());
        }
        Some(answer)
    }

    /// The first value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers(name).next()
    }

    /// All values of a header.
    pub fn headers(&self, name: &str) -> impl Iterator<Item = &str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.filter(move |(own, _)| *own == name).map(|(_, value)| value)
    }

    /// Its body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// What is in chunks, and whether the last of them is there.
fn unchunked(mut bytes: &[u8]) -> (Vec<u8>, bool) {
    let mut body = Vec::new();
    while let Some(end) = bytes.windows(2).position(|window| window == b"\r\n") {
        let size = std::str::from_utf8(&bytes[..end]).ok().and_then(|text| usize::from_str_radix(text, 16).ok());
        let Some(size) = size.filter(|size| bytes.len() >= end + 2 + size) else { break };
        if size == 0 {
            return (body, true);
        }
        body.extend_from_slice(&bytes[end + 2..end + 2 + size]);
        bytes = &bytes[(end + 4 + size).min(bytes.len())..];
    }
    (body, false)
}
