use super::Outliers;
use crate::upstream::balance::{Member, Members};
use crate::upstream::config::{Balance, OutlierConfig};
use crate::upstream::endpoint::{Endpoint, Place};
use std::sync::Arc;
use std::time::Duration;
use url::Url;

fn members(count: usize) -> Members {
    let member = |index| {
        let url = Url::parse(&format!("http://10.0.0.{index}:80")).expect("a URL");
        let place = Place::of_url(&url).expect("a place");
        Member { endpoint: Arc::new(Endpoint::new(place, Duration::ZERO, Duration::from_secs(10))), weight: 1 }
    };
    Members::new((0..count).map(member).collect(), Balance::RoundRobin)
}

/// Five in a row, one second, three at most, half of all.
fn outliers(change: impl FnOnce(&mut OutlierConfig)) -> Outliers {
    let mut config = OutlierConfig {
        consecutive_failures: 5,
        failure_percent: 0,
        ejection_ms: 1_000,
        max_ejection_ms: 3_000,
        max_ejected_percent: 50,
        ..OutlierConfig::default()
    };
    change(&mut config);
    Outliers::new(config)
}

const fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

fn fail(outliers: &Outliers, members: &Members, index: usize, times: usize, now: Duration) -> Option<Duration> {
    let endpoint = &members.list[index].endpoint;
    (0..times).filter_map(|_| outliers.failed(members, endpoint, now)).last()
}

#[test]
fn failures_in_a_row_leave_an_endpoint_out_for_a_while() {
    let (outliers, members) = (outliers(|_| {}), members(4));
    let endpoint = &members.list[0].endpoint;
    assert_eq!(fail(&outliers, &members, 0, 4, ms(10)), None);
    outliers.good(endpoint, ms(10));
    assert_eq!(fail(&outliers, &members, 0, 4, ms(10)), None, "they are not in a row");
    assert_eq!(fail(&outliers, &members, 0, 1, ms(10)), Some(ms(1_000)));
    assert!(!endpoint.is_well(ms(1_009)) && endpoint.is_well(ms(1_010)));
    assert_eq!(endpoint.since(1_010), 1_010, "it starts slowly");
}

#[test]
fn each_time_is_longer_and_being_well_makes_it_shorter_again() {
    let (outliers, members) = (outliers(|_| {}), members(4));
    let out = |now| fail(&outliers, &members, 0, 5, ms(now));
    assert_eq!(out(0), Some(ms(1_000)));
    assert_eq!(out(1_001), Some(ms(2_000)));
    assert_eq!(out(3_002), Some(ms(3_000)));
    assert_eq!(out(6_003), Some(ms(3_000)), "but never longer than that");
    // Well for two times the first ejection, until 9,003 + 2,000.
    assert_eq!(out(11_003), Some(ms(3_000)));
    assert_eq!(out(14_003 + 60_000), Some(ms(1_000)));
}

#[test]
fn no_more_than_a_share_is_left_out_and_never_the_only_one() {
    let (outliers, many, one) = (outliers(|_| {}), members(4), members(1));
    for (index, out) in [(0, true), (1, true), (2, false), (3, false)] {
        assert_eq!(fail(&outliers, &many, index, 20, ms(10)).is_some(), out, "{index}");
    }
    assert_eq!(fail(&outliers, &one, 0, 100, ms(10)), None);
    // When the first is back another one may go.
    assert!(fail(&outliers, &many, 2, 5, ms(1_010)).is_some());
}

#[test]
fn what_fails_now_and_then_is_found_by_its_share() {
    let (members, outliers) = (
        members(4),
        outliers(|config| {
            (config.consecutive_failures, config.failure_percent, config.minimum_requests) = (0, 40, 50);
        }),
    );
    let endpoint = &members.list[0].endpoint;
    let failed = |number: u64| number % 5 < 2;
    for number in 0..49 {
        let out = if failed(number) {
            outliers.failed(&members, endpoint, ms(10))
        } else {
            outliers.good(endpoint, ms(10));
            None
        };
        assert_eq!(out, None, "{number}: too few have ended");
    }
    outliers.good(endpoint, ms(10));
    outliers.good(endpoint, ms(10));
    assert_eq!(outliers.failed(&members, endpoint, ms(10)), Some(ms(1_000)), "21 of 52");
    assert_eq!(outliers.failed(&members, endpoint, ms(1_011)), None, "and begins anew");
}

#[test]
fn cores_that_fail_at_once_leave_out_no_more_than_may_be() {
    for _ in 0..50 {
        let (outliers, members) = (outliers(|config| config.consecutive_failures = 1), members(8));
        std::thread::scope(|scope| {
            for first in 0..4 {
                let (outliers, members) = (&outliers, &members);
                scope.spawn(move || {
                    for index in [first, first + 4, first] {
                        fail(outliers, members, index, 3, ms(10));
                    }
                });
            }
        });
        let out = members.list.iter().filter(|member| !member.endpoint.is_well(ms(10))).count();
        assert!((1..=4).contains(&out), "{out}");
    }
}
