use super::{Ended, GaveUp, Next, Retries, RetryConfig, Tried};
use http::{Method, StatusCode};
use proptest::prelude::*;
use std::time::Duration;

const LONG: Duration = Duration::from_secs(30);

fn prepared(text: &str) -> Retries {
    let config: RetryConfig = toml::from_str(text).expect("an example");
    config.prepare("retry").unwrap_or_else(|faults| panic!("{text}: {faults:?}"))
}

fn answered(status: u16) -> Ended {
    Ended::Answered { status: StatusCode::from_u16(status).expect("a status"), retry_after: None }
}

fn tried(method: &Method) -> Tried<'_> {
    Tried { tries: 1, method, has_key: false, has_body: true, is_answered: false, left: LONG }
}

/// What comes next with no wait at all, as a word.
fn word(retries: &Retries, tried: &Tried<'_>, ended: Ended) -> &'static str {
    match retries.next(tried, ended, 0) {
        Next::Again(_) => "again",
        Next::GiveUp(GaveUp::NotAsked) => "not asked",
        Next::GiveUp(GaveUp::Answered) => "answered",
        Next::GiveUp(GaveUp::Unsafe) => "unsafe",
        Next::GiveUp(GaveUp::NoBody) => "no body",
        Next::GiveUp(GaveUp::Attempts) => "attempts",
        Next::GiveUp(GaveUp::NoTime) => "no time",
    }
}

#[test]
fn only_what_cannot_be_done_twice_by_it_is_repeated() {
    let all = "on = [\"connect\", \"refused\", \"reset\", \"timeout\", \"5xx\", \"429\"]\nper_try_ms = 100\n";
    let keyed = format!("{all}keyed = true");
    let reads = format!("{all}methods = [\"GET\"]");
    for (text, method, has_key, untouched, touched) in [
        (all, Method::GET, false, "again", "again"),
        (all, Method::HEAD, false, "again", "again"),
        (all, Method::OPTIONS, false, "again", "again"),
        (all, Method::PUT, false, "again", "again"),
        (all, Method::DELETE, false, "again", "again"),
        (all, Method::POST, false, "again", "unsafe"),
        (all, Method::PATCH, false, "again", "unsafe"),
        // A key counts only where the route says so: the upstream may not know it.
        (all, Method::POST, true, "again", "unsafe"),
        (&keyed, Method::POST, true, "again", "again"),
        (&keyed, Method::PATCH, true, "again", "again"),
        (&keyed, Method::POST, false, "again", "unsafe"),
        (&keyed, Method::CONNECT, true, "again", "unsafe"),
        (&reads, Method::PUT, false, "again", "unsafe"),
        (&reads, Method::GET, false, "again", "again"),
    ] {
        let retries = prepared(text);
        let tried = Tried { has_key, ..tried(&method) };
        for ended in [Ended::NotConnected, Ended::NotTaken] {
            assert_eq!(word(&retries, &tried, ended), untouched, "{method} {ended:?}");
        }
        for ended in [Ended::Reset, Ended::TimedOut, answered(500), answered(503), answered(429)] {
            assert_eq!(word(&retries, &tried, ended), touched, "{method} {ended:?}");
        }
    }
}

#[test]
fn only_what_the_route_names_is_repeated() {
    for (on, repeated) in [
        ("connect", vec![Ended::NotConnected]),
        ("refused", vec![Ended::NotTaken]),
        ("reset", vec![Ended::Reset]),
        ("timeout", vec![Ended::TimedOut]),
        ("5xx", vec![answered(500), answered(503), answered(599)]),
        ("503", vec![answered(503)]),
        ("429", vec![answered(429)]),
    ] {
        let retries = prepared(&format!("on = [\"{on}\"]\nper_try_ms = 100"));
        for ended in [Ended::NotConnected, Ended::NotTaken, Ended::Reset, Ended::TimedOut]
            .into_iter()
            .chain([200, 404, 429, 500, 503, 599].map(answered))
        {
            let expected = if repeated.contains(&ended) { "again" } else { "not asked" };
            assert_eq!(word(&retries, &tried(&Method::GET), ended), expected, "{on}: {ended:?}");
        }
    }
}

#[test]
fn nothing_is_repeated_without_a_body_time_or_tries_or_once_the_client_has_an_answer() {
    let retries = prepared("attempts = 3");
    let first = tried(&Method::GET);
    for (tried, expected) in [
        (first, "again"),
        (Tried { tries: 2, ..first }, "again"),
        (Tried { tries: 3, ..first }, "attempts"),
        (Tried { has_body: false, ..first }, "no body"),
        (Tried { is_answered: true, ..first }, "answered"),
        (Tried { left: Duration::ZERO, ..first }, "no time"),
    ] {
        assert_eq!(word(&retries, &tried, Ended::Reset), expected, "{tried:?}");
    }
    assert_eq!(word(&prepared("attempts = 1"), &first, Ended::NotConnected), "attempts");
}

#[test]
fn an_upstream_that_asks_for_patience_is_given_it_or_left_alone() {
    let retries = prepared("on = [\"503\"]\nlongest_backoff_ms = 2000");
    let ended = |seconds| Ended::Answered {
        status: StatusCode::SERVICE_UNAVAILABLE,
        retry_after: Some(Duration::from_secs(seconds)),
    };
    let get = tried(&Method::GET);
    assert_eq!(retries.next(&get, ended(2), u64::MAX), Next::Again(Duration::from_secs(2)));
    assert_eq!(retries.next(&get, ended(3), 0), Next::GiveUp(GaveUp::NoTime));
    let hurried = Tried { left: Duration::from_secs(1), ..get };
    assert_eq!(retries.next(&hurried, ended(1), 0), Next::GiveUp(GaveUp::NoTime));
}

#[test]
fn the_longest_wait_doubles_up_to_its_bound() {
    let retries = prepared("attempts = 5\nbackoff_ms = 100\nlongest_backoff_ms = 350");
    for (tries, longest) in [(1, 100), (2, 200), (3, 350), (4, 350)] {
        let tried = Tried { tries, ..tried(&Method::GET) };
        assert_eq!(retries.next(&tried, Ended::Reset, u64::MAX), Next::Again(Duration::from_millis(longest)));
        assert_eq!(retries.next(&tried, Ended::Reset, 0), Next::Again(Duration::ZERO));
        let half = Next::Again(Duration::from_micros(longest * 500));
        assert_eq!(retries.next(&tried, Ended::Reset, u64::MAX / 2), half);
    }
}

#[test]
fn a_body_is_kept_only_where_that_can_help() {
    let usual = prepared("");
    assert_eq!(usual.keeps(&Method::PUT, false, Some(65_536)), Some(65_536));
    assert_eq!(usual.keeps(&Method::PUT, false, Some(65_537)), None);
    assert_eq!(usual.keeps(&Method::PUT, false, None), Some(65_536));
    // Even what may not be done twice can be repeated when it was not taken.
    assert_eq!(usual.keeps(&Method::POST, false, Some(1)), Some(65_536));
    assert_eq!(prepared("attempts = 1").keeps(&Method::PUT, false, Some(1)), None);
    let connect = prepared("on = [\"connect\"]");
    assert_eq!(connect.keeps(&Method::PUT, false, Some(1)), None);
    let reset = prepared("on = [\"reset\"]");
    assert_eq!((reset.keeps(&Method::PUT, false, None), reset.keeps(&Method::POST, false, None)), (Some(65_536), None));
}

#[test]
fn every_fault_is_told_with_its_key() {
    for (text, keys) in [
        ("attempts = 0", vec!["r.attempts"]),
        ("attempts = 6", vec!["r.attempts"]),
        ("on = []", vec!["r.on"]),
        ("on = [\"connect\", \"404\", \"5XX\", \"600\", \"\"]", vec!["r.on[1]", "r.on[2]", "r.on[3]", "r.on[4]"]),
        ("on = [\"timeout\"]", vec!["r.per_try_ms"]),
        ("per_try_ms = 0", vec!["r.per_try_ms"]),
        ("backoff_ms = 2000", vec!["r.backoff_ms"]),
        ("longest_backoff_ms = 60001", vec!["r.longest_backoff_ms"]),
        ("methods = [\"POST\", \"get\"]", vec!["r.methods[0]", "r.methods[1]"]),
        ("max_body_bytes = 1048577", vec!["r.max_body_bytes"]),
    ] {
        let config: RetryConfig = toml::from_str(text).expect(text);
        let faults = config.prepare("r").expect_err(text);
        assert_eq!(faults.iter().map(|fault| &*fault.key).collect::<Vec<_>>(), keys, "{text}");
    }
    assert!(toml::from_str::<RetryConfig>("attempt = 2").is_err());
}

proptest! {
    #[test]
    fn a_request_ends_and_is_never_done_twice_by_chance(
        random in any::<u64>(),
        attempts in 1_u32..=5,
        keyed in any::<bool>(),
        has_key in any::<bool>(),
        left in 0_u64..5000,
        method in prop::sample::select(vec![Method::GET, Method::PUT, Method::POST, Method::PATCH, Method::TRACE]),
        ended in prop::sample::select(vec![Ended::NotConnected, Ended::NotTaken, Ended::Reset, Ended::TimedOut, answered(503)]),
    ) {
        let retries = prepared(&format!(
            "attempts = {attempts}\nkeyed = {keyed}\non = [\"connect\", \"refused\", \"reset\", \"timeout\", \"5xx\"]\nper_try_ms = 100"
        ));
        let left = Duration::from_millis(left);
        let mut tries = 1;
        while let Next::Again(pause) = retries.next(&Tried { tries, has_key, left, ..tried(&method) }, ended, random) {
            prop_assert!(pause <= Duration::from_secs(1) && pause < left);
            let is_same_twice = matches!(method, Method::GET | Method::PUT) || (keyed && has_key && method != Method::TRACE);
            prop_assert!(is_same_twice || matches!(ended, Ended::NotConnected | Ended::NotTaken));
            tries += 1;
        }
        prop_assert!(tries <= attempts);
    }
}
