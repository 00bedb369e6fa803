//! Which coding a client wants (RFC 9110, section 12.5.3).

use super::coding::Coding;
use http::HeaderMap;
use http::header::ACCEPT_ENCODING;

/// The quality of a coding in thousandths; 1000 where none is said, nothing where it is not understood.
fn quality(parameters: &[u8]) -> Option<u16> {
    let mut quality = 1000;
    for parameter in
        parameters.split(|byte| *byte == b';').map(<[u8]>::trim_ascii).filter(|parameter| !parameter.is_empty())
    {
        let value = parameter.strip_prefix(b"q=").or_else(|| parameter.strip_prefix(b"Q="))?;
        quality = match value {
            [b'0'] | [b'0', b'.'] => 0,
            [b'1'] | [b'1', b'.'] => 1000,
            [b'1', b'.', rest @ ..] if rest.len() <= 3 && rest.iter().all(|digit| *digit == b'0') => 1000,
            [b'0', b'.', rest @ ..] if rest.len() <= 3 && rest.iter().all(u8::is_ascii_digit) => {
                let digit = |place: usize| rest.get(place).map_or(0, |digit| u16::from(digit - b'0'));
                digit(0) * 100 + digit(1) * 10 + digit(2)
            }
            _ => return None,
        };
    }
    Some(quality)
}

/// The best of these codings for a client, none where it wants the answer as it is. Of codings that it likes alike, the first
/// of these is taken. What is not understood is not wanted; a client that says nothing at all may not know any coding.
pub(super) fn best(codings: &[Coding], headers: &HeaderMap) -> Option<Coding> {
    let mut said = [None; Coding::ALL.len()];
    let (mut others, mut identity) = (None, None);
    let elements =
        headers.get_all(ACCEPT_ENCODING).iter().flat_map(|value| value.as_bytes().split(|byte| *byte == b','));
    for element in elements.map(<[u8]>::trim_ascii) {
        let (name, parameters) = match element.iter().position(|byte| *byte == b';') {
            Some(at) => (element[..at].trim_ascii_end(), &element[at + 1..]),
            None => (element, &[][..]),
        };
        let quality = quality(parameters).unwrap_or(0);
        match Coding::of_token(name) {
            Some(coding) => said[coding as usize] = Some(quality),
            None if name == b"*" => others = Some(quality),
            None if name.eq_ignore_ascii_case(b"identity") => identity = Some(quality),
            None => {}
        }
    }
    // Unless a client says how much it likes the answer as it is, that is what it likes least.
    let least = identity.unwrap_or(0).max(1);
    let wanted = codings.iter().map(|coding| (*coding, said[*coding as usize].or(others).unwrap_or(0)));
    let best = wanted.filter(|(_, quality)| *quality >= least).rev().max_by_key(|(_, quality)| *quality);
    best.map(|(coding, _)| coding)
}

#[cfg(test)]
mod tests {
    use super::best;
    use crate::policies::compression::Coding::{self, Brotli, Gzip, Zstd};
    use http::header::{ACCEPT_ENCODING, HeaderMap, HeaderValue};
    use proptest::prelude::*;

    fn of(codings: &[Coding], lines: &[&str]) -> Option<Coding> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(ACCEPT_ENCODING, HeaderValue::from_str(line).expect("a value"));
        }
        best(codings, &headers)
    }

    #[test]
    fn the_best_coding_is_the_one_that_the_client_likes_most() {
        for (accepted, expected) in [
            ("gzip, deflate, br, zstd", Some(Zstd)),
            ("gzip, deflate, br", Some(Brotli)),
            ("gzip", Some(Gzip)),
            ("GZIP", Some(Gzip)),
            ("x-gzip", Some(Gzip)),
            ("br;q=0.5, gzip;q=0.8", Some(Gzip)),
            ("br;q=0.800, gzip;q=0.8", Some(Brotli)),
            ("zstd;q=0, br;q=0.001", Some(Brotli)),
            ("gzip;Q=1.000", Some(Gzip)),
            ("gzip ; q=0.3 , br;q=0.2", Some(Gzip)),
            ("*", Some(Zstd)),
            ("*;q=0.1, zstd;q=0", Some(Brotli)),
            ("*, br;q=0.5", Some(Zstd)),
            ("identity;q=0, *", Some(Zstd)),
            ("identity, gzip", Some(Gzip)),
            ("identity;q=0.5, gzip;q=0.4", None),
            ("identity;q=0.5, gzip;q=0.5", Some(Gzip)),
            ("identity;q=0", None),
            ("identity", None),
            ("*;q=0", None),
            ("gzip;q=0", None),
            ("gzip;q=0.0", None),
            ("gzip;q=0.000", None),
            ("deflate", None),
            ("brotli", None),
            ("gzipped", None),
            ("", None),
            (",,;", None),
            // What is not understood is not wanted.
            ("gzip;q=2", None),
            ("gzip;q=-1", None),
            ("gzip;q=0.1234", None),
            ("gzip;q=1.001", None),
            ("gzip;q=", None),
            ("gzip;level=9", None),
        ] {
            assert_eq!(of(&Coding::ALL, &[accepted]), expected, "{accepted}");
        }
    }

    #[test]
    fn a_client_that_says_nothing_is_sent_the_answer_as_it_is() {
        assert_eq!(of(&Coding::ALL, &[]), None);
    }

    #[test]
    fn several_lines_are_one_list() {
        assert_eq!(of(&Coding::ALL, &["zstd;q=0", "br"]), Some(Brotli));
    }

    #[test]
    fn the_routes_order_decides_between_what_is_liked_alike() {
        assert_eq!(of(&[Gzip, Zstd], &["zstd, gzip, br"]), Some(Gzip));
        assert_eq!(of(&[Zstd], &["gzip, br"]), None);
    }

    proptest! {
        #[test]
        fn whatever_a_client_says_it_is_given_nothing_that_it_refuses(said in "[ -~]{0,40}", coding in "gzip|br|zstd") {
            let is_said = |coding: Coding| {
                let token = coding.token();
                said.to_ascii_lowercase().contains(token.to_str().unwrap_or_default()) || said.contains('*')
            };
            prop_assert!(of(&Coding::ALL, &[&said]).is_none_or(is_said));
            let refusing = format!("{said}, {coding};q=0");
            let refused = Coding::of_token(coding.as_bytes());
            prop_assert!(of(&Coding::ALL, &[&refusing]) != refused);
        }
    }
}
