//! What has been read of a request's body, so that it can be sent again.

use bytes::{Bytes, BytesMut};

/// The beginning of a body, as far as it was read. Beyond its bound it is let go: then the request is sent once.
#[derive(Debug)]
pub struct Kept {
    bytes: Option<BytesMut>,
    limit: usize,
}

impl Kept {
    /// Keeps up to so many bytes ([`Retries::keeps`](super::Retries::keeps)).
    pub fn up_to(limit: usize) -> Self {
        Self { bytes: Some(BytesMut::new()), limit }
    }

    /// Keeps what was read. It is copied, for a slice of what was received would hold all of its buffer.
    pub fn keep(&mut self, read: &[u8]) {
        let Some(bytes) = &mut self.bytes else { return };
        match bytes.len() + read.len() <= self.limit {
            true => bytes.extend_from_slice(read),
            false => self.bytes = None,
        }
    }

    /// All that was read so far, to be sent before what is read from now on; nothing where that was too much.
    pub fn read(&self) -> Option<Bytes> {
        self.bytes.as_ref().map(|bytes| Bytes::copy_from_slice(bytes))
    }

    /// Whether all that was read so far is there.
    pub fn is_whole(&self) -> bool {
        self.bytes.is_some()
    }

    /// Lets it go: an answer has begun.
    pub fn let_go(&mut self) {
        self.bytes = None;
    }
}

#[cfg(test)]
mod tests {
    use super::Kept;

    #[test]
    fn what_was_read_is_there_up_to_its_bound() {
        let mut kept = Kept::up_to(4);
        assert_eq!(kept.read().as_deref(), Some(&b""[..]));
        kept.keep(b"ab");
        kept.keep(b"cd");
        assert_eq!((kept.read().as_deref(), kept.read().as_deref()), (Some(&b"abcd"[..]), Some(&b"abcd"[..])));
        kept.keep(b"");
        assert!(kept.read().is_some());
        kept.keep(b"e");
        assert_eq!(kept.read(), None);
        kept.keep(b"f");
        assert_eq!(kept.read(), None);
    }

    #[test]
    fn nothing_is_kept_once_an_answer_has_begun() {
        let mut kept = Kept::up_to(4);
        kept.keep(b"ab");
        kept.let_go();
        kept.keep(b"c");
        assert_eq!(kept.read(), None);
    }
}
