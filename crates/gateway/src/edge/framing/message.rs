//! Follows the messages of a connection: head, body, next head.

use super::chunked::Chunked;
use super::head::{Framed, Head, HeadLimits};
use super::refusal::Refusal;

#[derive(Debug)]
enum State {
    Head,
    Fixed(u64),
    Chunked(Chunked),
}

/// Where in its messages a connection stands.
#[derive(Debug)]
pub struct Messages {
    limits: HeadLimits,
    head: Head,
    state: State,
}

/// What has been found in some bytes.
#[derive(Debug, PartialEq, Eq)]
pub struct Found {
    /// Bytes from the start that are checked. What follows them is an unfinished head, or what is refused.
    pub good: usize,
    /// Heads that end there.
    pub heads: u32,
    /// Why the next byte is refused, and whether it belongs to a head (or else to a body whose head has passed).
    pub refused: Option<(Refusal, bool)>,
}

/// What a connection is in the middle of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Nothing: the next byte starts a message.
    Between,
    /// A head has started.
    Head,
    /// A body has not ended.
    Body,
}

impl Messages {
    /// A connection before its first byte.
    pub fn new(limits: HeadLimits) -> Self {
        Self { limits, head: Head::default(), state: State::Head }
    }

    /// What the connection is in the middle of.
    pub fn phase(&self) -> Phase {
        match self.state {
            State::Head if self.head.started() => Phase::Head,
            State::Head => Phase::Between,
            State::Fixed(_) | State::Chunked(_) => Phase::Body,
        }
    }

    /// Reads on. `bytes` starts behind the last good byte: an unfinished head is given again, with more behind it.
    pub fn read(&mut self, bytes: &[u8]) -> Found {
        let (mut good, mut heads) = (0, 0);
        while good < bytes.len() {
            let rest = &bytes[good..];
            match &mut self.state {
                State::Head => match self.head.read(rest, &self.limits) {
                    Ok(None) => break,
                    Ok(Some((length, framed))) => {
                        good += length;
                        heads += 1;
                        self.head = Head::default();
                        self.state = match framed {
                            Framed::Empty => State::Head,
                            Framed::Fixed(length) => State::Fixed(length),
                            Framed::Chunked => State::Chunked(Chunked::default()),
                        };
                    }
                    Err(refusal) => return Found { good, heads, refused: Some((refusal, true)) },
                },
                State::Fixed(left) => {
                    let here = (*left).min(rest.len() as u64);
                    good += here as usize;
                    *left -= here;
                    if *left == 0 {
                        self.state = State::Head;
                    }
                }
                State::Chunked(chunked) => match chunked.read(rest) {
                    Ok((length, end)) => {
                        good += length;
                        if end {
                            self.state = State::Head;
                        }
                    }
                    Err((length, refusal)) => {
                        return Found { good: good + length, heads, refused: Some((refusal, false)) };
                    }
                },
            }
        }
        Found { good, heads, refused: None }
    }
}

#[cfg(test)]
#[path = "message_tests.rs"]
mod tests;
