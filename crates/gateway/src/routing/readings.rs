//! How servers may read a canonical path otherwise than it stands there: by cutting parameters, dots or blanks off segments,
//! by taking encoded slashes for slashes, or large letters for small ones.

use super::canonical::{self, SLASH};
use std::borrow::Cow;

/// What a server may do to a path before it looks what it has there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Reading {
    cuts_parameters: bool,
    trims_ends: bool,
    decodes_slashes: bool,
}

/// Whether nobody reads the path in another way, as it is with most paths.
pub(super) fn is_read_in_one_way(path: &str) -> bool {
    let mut before = 0;
    let is_odd = |byte: u8| {
        let ends_with_dot = before == b'.' && byte == b'/';
        before = byte;
        ends_with_dot || matches!(byte, b';' | b'%') || byte.is_ascii_uppercase()
    };
    !path.bytes().any(is_odd) && !path.ends_with('.')
}

/// All other readings of a path, but for letters; without those that cut parameters where the upstream is known not to.
pub(super) fn readings(path: &str, cuts_parameters: bool) -> impl Iterator<Item = String> {
    let segments = || path.split('/').flat_map(|segment| segment.split(SLASH));
    let may_cut = cuts_parameters && segments().any(|segment| canonical::plain(segment).len() < segment.len());
    let may_trim = segments().any(|segment| {
        let plain = canonical::plain(segment);
        canonical::trimmed(plain).len() < plain.len() || canonical::trimmed(segment).len() < segment.len()
    });
    let may_decode = path.contains(SLASH);
    (1_u8..8).filter_map(move |bits| {
        let reading =
            Reading { cuts_parameters: bits & 1 != 0, trims_ends: bits & 2 != 0, decodes_slashes: bits & 4 != 0 };
        let may = (may_cut || !reading.cuts_parameters)
            && (may_trim || !reading.trims_ends)
            && (may_decode || !reading.decodes_slashes);
        may.then(|| reading.of(path)).filter(|other| other != path)
    })
}

impl Reading {
    fn of(self, path: &str) -> String {
        let cut = |segment| {
            let segment = if self.cuts_parameters { canonical::plain(segment) } else { segment };
            if self.trims_ends { canonical::trimmed(segment) } else { segment }
        };
        let mut out = String::with_capacity(path.len());
        let mut is_last_empty = false;
        for segment in path.split('/').skip(1) {
            let (first, mut rest) = match segment.split_once(SLASH).filter(|_| self.decodes_slashes) {
                Some((first, rest)) => (first, Some(rest)),
                None => (segment, None),
            };
            let mut part = Some(first);
            while let Some(segment) = part.map(cut) {
                is_last_empty = segment.is_empty();
                if !is_last_empty {
                    out.push('/');
                    out.push_str(segment);
                }
                part = rest.map(|text| match text.split_once(SLASH) {
                    Some((next, behind)) => {
                        rest = Some(behind);
                        next
                    }
                    None => {
                        rest = None;
                        text
                    }
                });
            }
        }
        if is_last_empty {
            out.push('/');
        }
        out
    }
}

/// A path or segment as servers have it that make no difference between large and small letters, and decode what is encoded
/// without need (`%40` for `@`).
pub(super) fn loosened(path: &str) -> Cow<'_, str> {
    if !path.bytes().any(|byte| byte == b'%' || byte.is_ascii_uppercase()) {
        return Cow::Borrowed(path);
    }
    let bytes = path.as_bytes();
    let mut out = String::with_capacity(path.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let decoded = (byte == b'%').then(|| canonical::encoded(bytes, at + 1)).flatten();
        match decoded.filter(|decoded| decoded.is_ascii_graphic() && !matches!(decoded, b'/' | b'%')) {
            Some(decoded) => {
                out.push(char::from(decoded.to_ascii_lowercase()));
                at += 3;
            }
            None => {
                out.push(char::from(byte.to_ascii_lowercase()));
                at += 1;
            }
        }
    }
    Cow::Owned(out)
}
