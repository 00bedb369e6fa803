use crate::policies::compression::{Coding, Compression, CompressionConfig};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};

fn prepared(text: &str) -> Compression {
    let config: CompressionConfig = toml::from_str(text).expect("an example");
    config.prepare("compression").unwrap_or_else(|faults| panic!("{text}: {faults:?}"))
}

fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
    let pair = |(name, value): &(&str, &str)| {
        (HeaderName::try_from(*name).expect("a name"), HeaderValue::from_str(value).expect("a value"))
    };
    pairs.iter().map(pair).collect()
}

/// What an answer of JSON becomes.
struct Became {
    coding: Option<Coding>,
    headers: HeaderMap,
}

impl Became {
    fn get(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

/// An answer to a request that takes gzip.
fn answer(
    text: &str,
    method: &Method,
    asked: &[(&str, &str)],
    status: u16,
    said: &[(&str, &str)],
    length: Option<u64>,
) -> Became {
    let compression = prepared(text);
    let mut asked = headers(asked);
    asked.entry("accept-encoding").or_insert(HeaderValue::from_static("gzip"));
    let mut headers = headers(said);
    headers.entry("content-type").or_insert(HeaderValue::from_static("application/json"));
    let status = StatusCode::from_u16(status).expect("a status");
    let coding = compression.begin(compression.wanted(method, &asked), status, &mut headers, length);
    Became { coding, headers }
}

fn get(said: &[(&str, &str)]) -> Became {
    answer("", &Method::GET, &[], 200, said, Some(5000))
}

#[test]
fn an_answer_that_is_compressed_says_so() {
    let became = get(&[("content-length", "5000"), ("etag", "\"v1\""), ("accept-ranges", "bytes"), ("vary", "origin")]);
    assert_eq!(became.coding, Some(Coding::Gzip));
    assert_eq!(became.get("content-encoding"), Some("gzip"));
    assert_eq!((became.get("content-length"), became.get("accept-ranges")), (None, None));
    assert_eq!(became.get("etag"), Some("W/\"v1\""));
    assert_eq!(became.headers.get_all("vary").iter().collect::<Vec<_>>(), ["origin", "accept-encoding"]);
}

#[test]
fn tags_that_are_weak_or_none_stay_as_they_are() {
    assert_eq!(get(&[("etag", "W/\"v1\"")]).get("etag"), Some("W/\"v1\""));
    assert_eq!(get(&[("etag", "v1")]).get("etag"), Some("v1"));
    assert_eq!(get(&[]).get("etag"), None);
}

#[test]
fn what_may_not_be_compressed_passes_as_it_is() {
    for said in [
        ("content-encoding", "br"),
        ("content-range", "bytes 0-9/10"),
        ("cache-control", "public, No-Transform"),
        ("content-digest", "sha-256=:AA==:"),
        ("repr-digest", "sha-256=:AA==:"),
        ("digest", "sha-256=AA"),
        ("content-md5", "AA"),
        ("content-type", "image/png"),
        ("content-type", "text/event-stream"),
        ("content-type", ""),
    ] {
        let became = get(&[said, ("etag", "\"v1\""), ("content-length", "5000"), ("accept-ranges", "bytes")]);
        assert_eq!(became.coding, None, "{said:?}");
        assert_eq!((became.get("vary"), became.get("etag")), (None, Some("\"v1\"")), "{said:?}");
        assert_eq!((became.get("content-length"), became.get("accept-ranges")), (Some("5000"), Some("bytes")));
    }
    for status in [101, 103, 204, 205, 206] {
        assert_eq!(answer("", &Method::GET, &[], status, &[], Some(5000)).coding, None, "{status}");
    }
    for status in [200, 201, 203, 400, 404, 422, 500] {
        assert!(answer("", &Method::GET, &[], status, &[], Some(5000)).coding.is_some(), "{status}");
    }
}

#[test]
fn caches_are_told_also_of_an_answer_that_is_not_compressed_this_time() {
    let plain =
        answer("", &Method::GET, &[("accept-encoding", "identity")], 200, &[("content-length", "5000")], Some(5000));
    assert_eq!(
        (plain.coding, plain.get("vary"), plain.get("content-length")),
        (None, Some("accept-encoding"), Some("5000"))
    );
    let head = answer("", &Method::HEAD, &[], 200, &[("content-length", "5000")], Some(5000));
    assert_eq!(
        (head.coding, head.get("vary"), head.get("content-length")),
        (None, Some("accept-encoding"), Some("5000"))
    );
}

#[test]
fn what_is_small_is_not_worth_it_and_what_is_unknown_may_be() {
    for (min, length, is_compressed) in [
        (1024, Some(1023), false),
        (1024, Some(1024), true),
        (1024, None, true),
        (0, Some(0), false),
        (0, Some(1), true),
    ] {
        let became = answer(&format!("min_bytes = {min}"), &Method::GET, &[], 200, &[], length);
        assert_eq!(became.coding.is_some(), is_compressed, "{min} {length:?}");
    }
}

#[test]
fn a_client_that_wants_nothing_changed_is_obeyed() {
    assert_eq!(answer("", &Method::GET, &[("cache-control", "no-transform")], 200, &[], None).coding, None);
}

#[test]
fn an_answer_that_was_not_modified_has_the_tag_that_was_given() {
    let modified = answer("", &Method::GET, &[], 304, &[("etag", "\"v1\"")], None);
    assert_eq!(
        (modified.coding, modified.get("etag"), modified.get("vary")),
        (None, Some("W/\"v1\""), Some("accept-encoding"))
    );
    let plain = answer("", &Method::GET, &[("accept-encoding", "")], 304, &[("etag", "\"v1\"")], None);
    assert_eq!((plain.get("etag"), plain.get("vary")), (Some("\"v1\""), Some("accept-encoding")));
}

#[test]
fn strangers_cannot_guess_from_lengths_what_cookies_show() {
    let asked = |site, cookie| {
        let all = [("sec-fetch-site", site), ("cookie", "session=1")];
        answer("", &Method::GET, &all[..if cookie { 2 } else { 1 }], 200, &[], None).coding.is_some()
    };
    for site in ["cross-site", "same-site", "something-new"] {
        assert!(!asked(site, true), "{site}");
        assert!(asked(site, false), "{site}");
    }
    assert!(asked("same-origin", true) && asked("none", true));
    let told = [("sec-fetch-site", "cross-site"), ("cookie", "session=1")];
    assert!(answer("cross_site = true", &Method::GET, &told, 200, &[], None).coding.is_some());
    let twice = [("sec-fetch-site", "same-origin"), ("sec-fetch-site", "cross-site"), ("cookie", "a=1")];
    assert_eq!(answer("", &Method::GET, &twice, 200, &[], None).coding, None);
}

#[test]
fn every_fault_is_told_with_its_key() {
    for (text, keys) in [
        ("codings = []", vec!["c.codings"]),
        ("codings = [\"gzip\", \"zstd\", \"gzip\"]", vec!["c.codings[2]"]),
        ("types = []", vec!["c.types"]),
        ("types = [\"text/*\", \"*/*\", \"html\"]", vec!["c.types[1]", "c.types[2]"]),
        ("min_bytes = 1048577", vec!["c.min_bytes"]),
    ] {
        let config: CompressionConfig = toml::from_str(text).expect(text);
        let faults = config.prepare("c").expect_err(text);
        assert_eq!(faults.iter().map(|fault| &*fault.key).collect::<Vec<_>>(), keys, "{text}");
    }
    for text in ["codings = [\"deflate\"]", "level = 9"] {
        assert!(toml::from_str::<CompressionConfig>(text).is_err(), "{text}");
    }
}
