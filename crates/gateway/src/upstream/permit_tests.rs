use super::{Admission, Ask, Permit, Refused, Verdict};
use crate::upstream::{Changes, Cluster, Held, UpstreamConfig};
use orion_contracts::upstreams::CircuitState;
use proptest::prelude::*;
use std::sync::Arc;
use std::time::Duration;

const FAST: Duration = Duration::from_millis(3);

fn cluster(text: &str) -> Arc<Cluster> {
    let config: UpstreamConfig = toml::from_str(text).expect("a configuration");
    let cluster = Cluster::of_config(&config, "", &Changes::default()).unwrap_or_else(|faults| panic!("{faults:?}"));
    Arc::new(cluster)
}

/// Two endpoints; four requests at once, two wait.
fn shop() -> Arc<Cluster> {
    cluster(
        r#"
        name = "shop"
        endpoints = [{ url = "http://10.0.0.1:80" }, { url = "http://10.0.0.2:80" }]
        max_requests = 4
        max_queued = 2
        breaker = { minimum_requests = 4, half_open_requests = 2, open_ms = 1000 }
        outliers = { consecutive_failures = 0, failure_percent = 0 }
        "#,
    )
}

fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

fn ask<'a>(now: Duration) -> Ask<'a> {
    Ask { now, random: 7, key: None, tried: &[] }
}

fn admit(cluster: &Arc<Cluster>, now: Duration) -> Permit {
    match cluster.admit(now) {
        Ok(Admission::Permit(permit)) => permit,
        Ok(Admission::Queued(_)) => panic!("it waits"),
        Err(refused) => panic!("{refused}"),
    }
}

fn request(cluster: &Arc<Cluster>, verdict: Verdict, now: Duration) {
    let picked = admit(cluster, now).pick(&ask(now)).unwrap_or_else(|_| panic!("no endpoint"));
    picked.ended(verdict, FAST, now);
}

#[test]
fn what_became_of_a_request_counts_at_its_endpoint_and_for_the_breaker() {
    let cluster = shop();
    request(&cluster, Verdict::Good, ms(1));
    request(&cluster, Verdict::Cancelled, ms(1));
    request(&cluster, Verdict::Failed, ms(1));
    drop(admit(&cluster, ms(1)).pick(&ask(ms(1))));
    let shown = cluster.snapshot(ms(1));
    let sum = |of: fn(&orion_contracts::upstreams::EndpointInfo) -> u64| shown.endpoints.iter().map(of).sum::<u64>();
    assert_eq!((sum(|one| one.good), sum(|one| one.failed), sum(|one| one.cancelled)), (1, 1, 2));
    assert_eq!((shown.breaker.requests, shown.breaker.failed), (2, 1), "who hangs up counts neither way");
    assert_eq!((shown.in_flight, sum(|one| one.in_flight.into())), (0, 0));
}

#[test]
fn a_stream_counts_when_its_head_is_there_and_once_more_when_it_breaks() {
    let cluster = shop();
    let mut picked = admit(&cluster, ms(1)).pick(&ask(ms(1))).unwrap_or_else(|_| panic!("no endpoint"));
    picked.judge(Verdict::Good, FAST, ms(5));
    let counts = || {
        let breaker = cluster.snapshot(ms(5)).breaker;
        (breaker.requests, breaker.failed)
    };
    assert_eq!(counts(), (1, 0));
    picked.ended(Verdict::Good, FAST, ms(5));
    assert_eq!(counts(), (1, 0));
    let mut picked = admit(&cluster, ms(5)).pick(&ask(ms(5))).unwrap_or_else(|_| panic!("no endpoint"));
    picked.judge(Verdict::Good, FAST, ms(5));
    picked.ended(Verdict::Failed, FAST, ms(5));
    assert_eq!(counts(), (3, 1));
}

#[test]
fn another_try_goes_elsewhere_by_the_same_permit() {
    let cluster = shop();
    let picked = admit(&cluster, ms(1)).pick(&ask(ms(1))).unwrap_or_else(|_| panic!("no endpoint"));
    let first = picked.endpoint().id;
    let permit = picked.ended(Verdict::Failed, FAST, ms(2));
    assert!(permit.may_retry(ms(2)));
    let picked = permit.pick(&Ask { tried: &[first], ..ask(ms(2)) }).unwrap_or_else(|_| panic!("no endpoint"));
    assert_ne!(picked.endpoint().id, first);
    assert_eq!((cluster.snapshot(ms(2)).in_flight, cluster.snapshot(ms(2)).recent_retries), (1, 1));
}

#[test]
fn nothing_is_tried_again_once_the_breaker_is_open() {
    let cluster = shop();
    let late = admit(&cluster, ms(1));
    (0..4).for_each(|_| request(&cluster, Verdict::Failed, ms(1)));
    assert!(!late.may_retry(ms(1)));
    assert_eq!(cluster.admit(ms(501)).err(), Some(Refused::Open { retry_after: ms(500) }));
}

#[test]
fn an_open_breaker_refuses_before_anybody_waits() {
    let cluster = shop();
    let _permits: Vec<_> = (0..4).map(|_| admit(&cluster, ms(1))).collect();
    assert!(matches!(cluster.admit(ms(1)), Ok(Admission::Queued(_))));
    cluster.breaker().open(Held { by: "ada".to_owned(), reason: "maintenance".to_owned() });
    assert!(matches!(cluster.admit(ms(1)), Err(Refused::Open { .. })));
    assert_eq!(cluster.snapshot(ms(1)).queued, 0);
}

#[tokio::test]
async fn whoever_waits_goes_on_when_it_is_their_turn_unless_the_breaker_opened() {
    let cluster = shop();
    let mut permits: Vec<_> = (0..4).map(|_| admit(&cluster, ms(1))).collect();
    let (first, second) = (cluster.admit(ms(1)), cluster.admit(ms(1)));
    let (Ok(Admission::Queued(first)), Ok(Admission::Queued(second))) = (first, second) else { panic!("nobody waits") };
    assert_eq!(cluster.admit(ms(1)).err(), Some(Refused::Full));
    permits.pop();
    let first = first.wait(|| ms(5)).await;
    assert!(first.is_ok());
    cluster.breaker().open(Held { by: "ada".to_owned(), reason: "maintenance".to_owned() });
    permits.pop();
    assert!(matches!(second.wait(|| ms(5)).await, Err(Refused::Open { .. })));
    drop((first, permits));
    assert_eq!(cluster.snapshot(ms(5)).in_flight, 0);
}

#[test]
fn when_no_endpoint_may_be_used_the_permit_comes_back() {
    let cluster = cluster("name = \"shop\"\nendpoints = [{ url = \"http://10.0.0.1:80\" }]\npanic_percent = 0");
    cluster.endpoints()[0].set_failing("no answer".to_owned());
    assert!(admit(&cluster, ms(1)).pick(&ask(ms(1))).is_err());
    assert_eq!(cluster.snapshot(ms(1)).in_flight, 0);
}

#[derive(Debug, Clone, Copy)]
enum Until {
    Permit,
    Picked,
    Judged,
    Ended(Verdict),
    Again,
}

proptest! {
    #[test]
    fn nothing_is_lost_wherever_a_request_stops(
        requests in proptest::collection::vec(
            (prop_oneof![
                Just(Until::Permit), Just(Until::Picked), Just(Until::Judged), Just(Until::Again),
                Just(Until::Ended(Verdict::Good)), Just(Until::Ended(Verdict::Failed)), Just(Until::Ended(Verdict::Cancelled)),
            ], 0_u64..1_500), 1..120),
    ) {
        let cluster = shop();
        let (mut now, mut held) = (1, Vec::new());
        for (until, pause) in requests {
            now += pause;
            let at = ms(now);
            let Ok(Admission::Permit(permit)) = cluster.admit(at) else {
                held.clear();
                continue;
            };
            let Ok(mut picked) = permit.pick(&ask(at)) else { continue };
            match until {
                Until::Permit => {}
                // Some go on while others come.
                Until::Picked => held.push(picked),
                Until::Judged => picked.judge(Verdict::Good, FAST, at),
                Until::Ended(verdict) => drop(picked.ended(verdict, FAST, at)),
                Until::Again => drop(picked.ended(Verdict::Failed, FAST, at).pick(&ask(at))),
            }
        }
        drop(held);
        let shown = cluster.snapshot(ms(now));
        prop_assert_eq!((shown.in_flight, shown.queued), (0, 0));
        prop_assert!(shown.endpoints.iter().all(|endpoint| endpoint.in_flight == 0));
        // Places of probes come back as well: once its time is over, as many pass as may.
        now += 60_000;
        let breaker = cluster.snapshot(ms(now)).breaker;
        let most = if breaker.state == CircuitState::Closed { 4 } else { 2 };
        let permits: Vec<_> = (0..4).map_while(|_| match cluster.admit(ms(now)) {
            Ok(Admission::Permit(permit)) => Some(permit),
            _ => None,
        }).collect();
        prop_assert!(permits.len() >= most, "{} of {:?}", permits.len(), breaker);
    }
}

#[test]
fn a_probe_that_hangs_up_gives_its_place_back_and_decides_nothing() {
    let cluster = shop();
    (0..4).for_each(|_| request(&cluster, Verdict::Failed, ms(1)));
    for _ in 0..10 {
        request(&cluster, Verdict::Cancelled, ms(1_001));
        drop(admit(&cluster, ms(1_001)));
        assert_eq!(cluster.breaker().circuit(), CircuitState::HalfOpen);
    }
    request(&cluster, Verdict::Good, ms(1_002));
    request(&cluster, Verdict::Good, ms(1_002));
    assert_eq!(cluster.breaker().circuit(), CircuitState::Closed);
}

/// `cargo test --release -p orion-gateway --lib what_a_request_costs -- --ignored --nocapture`
#[test]
#[ignore = "needs a release build"]
fn what_a_request_costs() {
    const REQUESTS: u64 = 2_000_000;
    let (clock, cluster) = (orion_infra::Clock::system(), shop());
    for threads in [1, 2] {
        let started = clock.monotonic();
        std::thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| {
                    for random in 0..REQUESTS {
                        let now = Duration::from_micros(random);
                        let Ok(Admission::Permit(permit)) = cluster.admit(now) else { continue };
                        if let Ok(picked) = permit.pick(&Ask { random, ..ask(now) }) {
                            picked.ended(Verdict::Good, FAST, now);
                        }
                    }
                });
            }
        });
        let nanos = (clock.monotonic() - started).as_nanos() as f64 / REQUESTS as f64;
        println!("{threads} threads: {nanos:6.1} ns from admission to end");
    }
}
