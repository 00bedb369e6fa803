use super::{Known, pause};
use crate::upstream::config::DnsConfig;
use crate::upstream::discovery::{Answer, Found};
use std::time::Duration;

/// Kept for a minute, and for ten seconds when there is nothing.
fn config() -> DnsConfig {
    serde_json::from_value(serde_json::json!({
        "url": "http://shop.internal:80", "refresh_ms": 30_000, "keep_ms": 60_000, "keep_empty_ms": 10_000,
    }))
    .expect("a configuration")
}

fn found(last: &[u8]) -> Vec<Found> {
    last.iter().map(|last| Found { address: ([10, 0, 0, *last], 80).into(), weight: 1 }).collect()
}

fn whole(last: &[u8]) -> Answer {
    Answer { found: found(last), is_whole: true, lasts: None }
}

fn part(last: &[u8]) -> Answer {
    Answer { is_whole: false, ..whole(last) }
}

fn second(second: u64) -> Duration {
    Duration::from_secs(second)
}

#[test]
fn an_answer_takes_the_place_of_the_one_before() {
    let mut known = Known::default();
    assert!(known.take(Ok(&whole(&[2, 1])), &config(), second(1)));
    assert_eq!(known.found, found(&[1, 2]));
    assert!(!known.take(Ok(&whole(&[1, 2, 1])), &config(), second(2)), "the order of an answer says nothing");
    assert!(known.take(Ok(&whole(&[2])), &config(), second(3)));
    assert_eq!(known.found, found(&[2]), "who left is let go");
}

#[test]
fn the_last_good_answer_counts_while_there_is_none_but_not_for_ever() {
    let mut known = Known::default();
    known.take(Ok(&whole(&[1])), &config(), second(100));
    assert!(!known.take(Err(()), &config(), second(159)));
    assert!(known.take(Err(()), &config(), second(160)));
    assert_eq!(known.found, []);
    assert!(known.take(Ok(&whole(&[1])), &config(), second(161)));
}

#[test]
fn that_there_is_nothing_is_believed_when_it_is_said_for_a_while() {
    let mut known = Known::default();
    known.take(Ok(&whole(&[1])), &config(), second(100));
    assert!(!known.take(Ok(&whole(&[])), &config(), second(109)));
    assert!(known.take(Ok(&whole(&[])), &config(), second(110)));
    assert_eq!(known.found, []);
}

#[test]
fn half_an_answer_lets_nobody_go() {
    let mut known = Known::default();
    assert!(known.take(Ok(&part(&[1])), &config(), second(100)), "it is better than none");
    known.take(Ok(&whole(&[1, 2])), &config(), second(101));
    assert!(known.take(Ok(&part(&[3])), &config(), second(102)));
    assert_eq!(known.found, found(&[1, 2, 3]));
    // Until the last whole one is too old.
    assert!(known.take(Ok(&part(&[3])), &config(), second(161)));
    assert_eq!(known.found, found(&[3]));
}

#[test]
fn it_is_looked_up_again_when_the_answer_says_so_within_bounds() {
    let lasts = |lasts| pause(Ok(&Answer { lasts: Some(second(lasts)), ..whole(&[1]) }), &config());
    assert_eq!([lasts(0), lasts(5), lasts(300)], [second(1), second(5), second(30)]);
    assert_eq!(pause(Err(()), &config()), second(30));
}
