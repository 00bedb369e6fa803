use super::{NotCanonical, host, path, read_otherwise};
use proptest::prelude::*;
use std::borrow::Cow;

#[test]
fn paths_get_their_canonical_form() {
    for (given, canonical) in [
        ("/", "/"),
        ("/a/b", "/a/b"),
        ("/a/b/", "/a/b/"),
        ("/%61%2D%7e", "/a-~"),
        ("/a%c3%a9", "/a%C3%A9"),
        ("/100%25", "/100%25"),
        ("/a%20b", "/a%20b"),
        ("//a///b//", "/a/b/"),
        ("/a/./b/.", "/a/b/"),
        ("/a/../b", "/b"),
        ("/a/b/..", "/a/"),
        ("/a/..", "/"),
        ("/a/%2e%2E/b", "/b"),
        ("/.hidden/..rc", "/.hidden/..rc"),
        ("/...", "/..."),
        ("/a;v=1/b", "/a;v=1/b"),
        ("//", "/"),
        ("/a%252", "/a%252"),
        ("/a%2520b", "/a%2520b"),
        ("/caf%E9", "/caf%E9"),
        ("/a%3bv=1", "/a%3Bv=1"),
        ("/a%2fb", "/a%2Fb"),
        ("/a%2F.hidden", "/a%2F.hidden"),
    ] {
        assert_eq!(path(given).as_deref(), Ok(canonical), "{given}");
    }
    assert!(matches!(path("/a/b"), Ok(Cow::Borrowed(_))));
}

#[test]
fn ambiguous_paths_are_refused() {
    for (given, reason) in [
        ("", NotCanonical::NotAbsolute),
        ("*", NotCanonical::NotAbsolute),
        ("a", NotCanonical::NotAbsolute),
        ("/%", NotCanonical::BrokenEncoding),
        ("/%4", NotCanonical::BrokenEncoding),
        ("/%zz", NotCanonical::BrokenEncoding),
        ("/a%2f..%2fb", NotCanonical::HiddenDots),
        ("/a/..%2F..%2Fb", NotCanonical::HiddenDots),
        ("/a%2F%2e", NotCanonical::HiddenDots),
        ("/a%2F..;x", NotCanonical::HiddenDots),
        ("/a%5cb", NotCanonical::ForbiddenEncoding),
        ("/a%00", NotCanonical::ForbiddenEncoding),
        ("/a%0A", NotCanonical::ForbiddenEncoding),
        ("/a%7f", NotCanonical::ForbiddenEncoding),
        ("/a/%252e%252e/b", NotCanonical::ForbiddenEncoding),
        ("/%+f", NotCanonical::BrokenEncoding),
        ("/a%2541", NotCanonical::ForbiddenEncoding),
        ("/a%25%37%65", NotCanonical::ForbiddenEncoding),
        ("/a%253Bb", NotCanonical::ForbiddenEncoding),
        ("/a%c0%afb", NotCanonical::ForbiddenEncoding),
        ("/a%E0%80%AFb", NotCanonical::ForbiddenEncoding),
        ("/a%252fb", NotCanonical::ForbiddenEncoding),
        ("/a%25252Fb", NotCanonical::ForbiddenEncoding),
        ("/a%25%32%66b", NotCanonical::ForbiddenEncoding),
        ("/a%2500", NotCanonical::ForbiddenEncoding),
        ("/a\\b", NotCanonical::ForbiddenByte),
        ("/a b", NotCanonical::ForbiddenByte),
        ("/a\u{e9}", NotCanonical::ForbiddenByte),
        ("/..", NotCanonical::AboveRoot),
        ("/a/../../b", NotCanonical::AboveRoot),
        ("/%2e%2e/etc", NotCanonical::AboveRoot),
        ("/a/..;/b", NotCanonical::HiddenDots),
        ("/a/.;x/b", NotCanonical::HiddenDots),
        ("/a/..%3bx/b", NotCanonical::HiddenDots),
        ("/a/%2e%2E%3B", NotCanonical::HiddenDots),
    ] {
        assert_eq!(path(given), Err(reason), "{given}");
    }
}

#[test]
fn hosts_get_their_canonical_form() {
    for (given, canonical) in [
        ("a.example", Ok("a.example")),
        ("A.Example.:8080", Ok("a.example:8080")),
        ("a.example:080", Ok("a.example:80")),
        ("[::1]:3000", Ok("[::1]:3000")),
        ("[2001:DB8::1]", Ok("[2001:db8::1]")),
        ("127.0.0.1:3000", Ok("127.0.0.1:3000")),
        ("a:+80", Err(NotCanonical::Host)),
        ("a b", Err(NotCanonical::Host)),
        ("a,b", Err(NotCanonical::Host)),
        ("a/b", Err(NotCanonical::Host)),
        ("u@a", Err(NotCanonical::Host)),
        ("a:", Err(NotCanonical::Host)),
        ("a:b", Err(NotCanonical::Host)),
        ("a:99999", Err(NotCanonical::Host)),
        ("a..b", Err(NotCanonical::Host)),
        (".", Err(NotCanonical::Host)),
        ("[::1", Err(NotCanonical::Host)),
        ("[x]", Err(NotCanonical::Host)),
        ("[::1]x", Err(NotCanonical::Host)),
    ] {
        assert_eq!(host(given).as_deref().map_err(|error| *error), canonical, "{given}");
    }
}

#[test]
fn what_servers_read_differently_is_told() {
    for (given, cut) in [
        ("/a;v=1/b", Some("/a/b")),
        ("/a%3Bv=1/b/", Some("/a/b/")),
        ("/;/a", Some("/a")),
        ("/a/;x", Some("/a/")),
        ("/;", Some("/")),
        ("/a%2Fb;c%2Fd/e", Some("/a/b/d/e")),
        ("/a%2F", Some("/a/")),
        ("/a%3/b", None),
        ("/a/b", None),
    ] {
        assert_eq!(read_otherwise(given).as_deref(), cut, "{given}");
    }
}

proptest! {
    #[test]
    fn a_canonical_path_is_its_own_canonical_form_and_has_no_hidden_structure(
        given in "/([a-c./;%]|%2[0-9a-fA-F]|%25|%[0-9a-f]{2}|/\\.\\.){0,24}",
    ) {
        if let Ok(canonical) = path(&given) {
            let again = path(&canonical);
            prop_assert_eq!(again.as_deref(), Ok(&*canonical));
            prop_assert!(canonical.starts_with('/'));
            prop_assert!(!canonical.contains("//") && !canonical.contains('\\'));
            prop_assert!(!canonical.split('/').any(|segment| segment == "." || segment == ".."));
            prop_assert!(!read_otherwise(&canonical).is_some_and(|cut| cut.split('/').any(|part| matches!(part, "." | ".."))));
            let lower = canonical.to_ascii_lowercase();
            for forbidden in ["%5c", "%00", "%2e", "%252e", "%252f", "%253b", "%2561"] {
                prop_assert!(!lower.contains(forbidden), "{} in {}", forbidden, canonical);
            }
        }
    }

    #[test]
    fn a_canonical_host_is_its_own_canonical_form(given in "[A-Ca-c.:0-9\\[\\]-]{0,12}") {
        if let Ok(canonical) = host(&given) {
            let again = host(&canonical);
            prop_assert_eq!(again.as_deref(), Ok(&*canonical));
        }
    }
}
