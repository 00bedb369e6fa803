use super::choice::Rules;
use super::{Member, Members};
use crate::upstream::config::Balance;
use crate::upstream::endpoint::{Endpoint, EndpointId, Place};
use crate::upstream::hash::mix;
use proptest::prelude::*;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use url::Url;

const ALL: [Balance; 6] = [
    Balance::RoundRobin,
    Balance::Weighted,
    Balance::LeastConnections,
    Balance::Random,
    Balance::PeakEwma,
    Balance::ConsistentHash,
];
const NOW: Duration = Duration::from_secs(1_000);

fn endpoint(index: usize, came: Duration) -> Arc<Endpoint> {
    let url = Url::parse(&format!("http://10.0.{}.{}:80", index / 250, index % 250)).expect("a URL");
    let place = Place::of_url(&url).expect("a place");
    Arc::new(Endpoint::new(place, came, Duration::from_secs(10)))
}

fn members(balance: Balance, weights: &[u32]) -> Members {
    let member = |(index, weight): (usize, &u32)| Member { endpoint: endpoint(index, Duration::ZERO), weight: *weight };
    Members::new(weights.iter().enumerate().map(member).collect(), balance)
}

fn rules(number: u64, tried: &[EndpointId]) -> Rules<'_> {
    let random = mix(number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    Rules { now: NOW, random, key: Some(mix(number)), tried, panic_percent: 0, slow_start: 0 }
}

/// How often each is picked of so many requests, each of which has ended before the next comes.
fn picked(members: &Members, requests: u64, change: impl Fn(&mut Rules<'_>)) -> Vec<u64> {
    let mut counts = vec![0; members.list.len()];
    for number in 0..requests {
        let mut rules = rules(number, &[]);
        change(&mut rules);
        counts[members.pick(&rules).expect("one may be used")] += 1;
    }
    counts
}

/// Whether each count is its share of all, within so many parts of a hundred of itself.
#[track_caller]
fn is_shared(counts: &[u64], shares: &[f64], within: f64) {
    let (all, sum): (u64, f64) = (counts.iter().sum(), shares.iter().sum());
    for (count, share) in counts.iter().zip(shares) {
        let due = all as f64 * share / sum;
        assert!((*count as f64 - due).abs() <= due * within / 100.0, "{counts:?} for {shares:?}");
    }
}

#[test]
fn round_robin_goes_on_by_one_and_passes_over_who_fails() {
    let members = members(Balance::RoundRobin, &[1, 5, 1]);
    let order = |count: u64| (0..count).map(|number| members.pick(&rules(number, &[]))).collect::<Vec<_>>();
    assert_eq!(order(4), [0, 1, 2, 0].map(Some));
    members.list[1].endpoint.set_failing(String::new());
    assert_eq!(order(4), [2, 0, 2, 0].map(Some), "and its neighbour gets no more than the others");
}

#[test]
fn each_way_gives_endpoints_their_shares() {
    let weights = [1, 2, 3, 4];
    for balance in [Balance::Weighted, Balance::Random, Balance::ConsistentHash] {
        let within = if balance == Balance::ConsistentHash { 15.0 } else { 2.0 };
        is_shared(&picked(&members(balance, &weights), 100_000, |_| ()), &[1.0, 2.0, 3.0, 4.0], within);
    }
    is_shared(&picked(&members(Balance::RoundRobin, &weights), 100_000, |_| ()), &[1.0; 4], 0.1);
    for balance in [Balance::LeastConnections, Balance::PeakEwma] {
        is_shared(&picked(&members(balance, &[3; 5]), 100_000, |_| ()), &[1.0; 5], 3.0);
    }
}

#[test]
fn least_connections_fills_endpoints_by_their_weights() {
    let members = members(Balance::LeastConnections, &[1, 2, 3]);
    let mut held = [0; 3];
    for number in 0..600 {
        let index = members.pick(&rules(number, &[])).expect("one may be used");
        members.list[index].endpoint.hot.in_flight.fetch_add(1, Ordering::Relaxed);
        held[index] += 1;
    }
    is_shared(&held, &[1.0, 2.0, 3.0], 2.0);
}

#[test]
fn least_connections_finds_a_good_one_among_many() {
    let members = members(Balance::LeastConnections, &[1; 1000]);
    for (index, member) in members.list.iter().enumerate() {
        member.endpoint.hot.in_flight.store(u32::from(index % 10 != 7) * 10, Ordering::Relaxed);
    }
    for number in 0..1_000 {
        let index = members.pick(&rules(number, &[])).expect("one may be used");
        assert_eq!(index % 10, 7, "there is an idle one among any 16");
    }
}

#[test]
fn peak_ewma_leaves_a_slow_endpoint_nearly_alone() {
    let members = members(Balance::PeakEwma, &[1; 5]);
    for (index, member) in members.list.iter().enumerate() {
        let latency = Duration::from_millis(if index == 2 { 500 } else { 10 });
        member.endpoint.hot.latency.answered(latency, NOW);
    }
    let counts = picked(&members, 50_000, |_| ());
    assert_eq!(counts[2], 0, "it is the worse of any two");
    // And one that is full: twenty under way at 10 ms are worse than one at 100.
    members.list[0].endpoint.hot.in_flight.store(20, Ordering::Relaxed);
    members.list[1].endpoint.hot.latency.answered(Duration::from_millis(100), NOW);
    let counts = picked(&members, 50_000, |_| ());
    assert!(counts[0] < counts[1] && counts[1] < counts[3], "{counts:?}");
}

#[test]
fn a_key_stays_at_its_endpoint() {
    let members = members(Balance::ConsistentHash, &[1; 7]);
    for key in 0..1_000 {
        let picks: Vec<_> =
            (0..5).map(|random| members.pick(&Rules { key: Some(mix(key)), ..rules(random, &[]) })).collect();
        assert!(picks.iter().all(|pick| *pick == picks[0]), "{picks:?}");
    }
    // Requests without a key go anywhere.
    is_shared(&picked(&members, 70_000, |rules| rules.key = None), &[1.0; 7], 5.0);
}

fn owners(members: &Members, keys: u64) -> Vec<EndpointId> {
    let owner = |key| members.pick(&Rules { key: Some(mix(key)), ..rules(key, &[]) }).expect("one may be used");
    (0..keys).map(|key| members.list[owner(key)].endpoint.id).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn only_the_keys_of_an_endpoint_that_goes_move(
        weights in proptest::collection::vec(1_u32..5, 2..20),
        gone in any::<prop::sample::Index>(),
    ) {
        let before = members(Balance::ConsistentHash, &weights);
        let gone = gone.index(weights.len());
        let id = before.list[gone].endpoint.id;
        let mut left = before.list.to_vec();
        left.remove(gone);
        let after = Members::new(left, Balance::ConsistentHash);
        for (old, new) in owners(&before, 2_000).into_iter().zip(owners(&after, 2_000)) {
            prop_assert!(old == new || old == id, "a key moved that had no reason to");
        }
        // One that only fails gives its keys to the same ones.
        before.list[gone].endpoint.set_failing(String::new());
        prop_assert_eq!(owners(&before, 2_000), owners(&after, 2_000));
    }

    #[test]
    fn whatever_fails_somebody_who_is_well_is_picked(
        weights in proptest::collection::vec(1_u32..9, 1..12),
        failing in proptest::collection::vec(any::<bool>(), 12),
        tried in proptest::collection::vec(any::<bool>(), 12),
        seed in any::<u64>(),
    ) {
        for balance in ALL {
            let members = members(balance, &weights);
            let list = &members.list;
            let failing: Vec<_> = (0..list.len()).filter(|index| failing[*index]).collect();
            failing.iter().for_each(|index| list[*index].endpoint.set_failing(String::new()));
            let tried: Vec<_> = (0..list.len()).filter(|index| tried[*index]).collect();
            let ids: Vec<_> = tried.iter().map(|index| list[*index].endpoint.id).collect();
            let can: Vec<_> = (0..list.len()).filter(|index| !failing.contains(index)).collect();
            let fresh: Vec<_> = can.iter().copied().filter(|index| !tried.contains(index)).collect();
            for number in 0..20 {
                let pick = members.pick(&rules(seed.wrapping_add(number), &ids));
                let good = if fresh.is_empty() { &can } else { &fresh };
                prop_assert_eq!(pick.is_none(), good.is_empty());
                prop_assert!(pick.is_none_or(|pick| good.contains(&pick)), "{:?}: {:?} of {:?}", balance, pick, good);
            }
        }
    }
}

#[test]
fn a_ring_is_bounded_and_keeps_most_keys_when_it_is_thinned_out() {
    let large = members(Balance::ConsistentHash, &[100; 300]);
    let mut list = large.list.to_vec();
    list.truncate(299);
    let smaller = Members::new(list, Balance::ConsistentHash);
    let moved =
        owners(&large, 20_000).into_iter().zip(owners(&smaller, 20_000)).filter(|(old, new)| old != new).count();
    assert!(moved < 20_000 / 100, "{moved}");
    let super::Plan::ConsistentHash(ring) = &large.plan else { panic!("not a ring") };
    assert!(ring.points() <= 32_768, "{}", ring.points());
}

#[test]
fn all_are_used_when_too_few_are_well() {
    for balance in ALL {
        let members = members(balance, &[1; 5]);
        (0..3).for_each(|index| members.list[index].endpoint.set_failing(String::new()));
        let counts = picked(&members, 20_000, |rules| rules.panic_percent = 40);
        assert!(counts[..3].iter().all(|count| *count == 0), "{balance:?}: 40 percent are well: {counts:?}");
        members.list[3].endpoint.set_failing(String::new());
        let counts = picked(&members, 20_000, |rules| rules.panic_percent = 40);
        assert!(counts.iter().all(|count| *count > 2_000), "{balance:?}: 20 percent are well: {counts:?}");
    }
}

#[test]
fn an_endpoint_that_comes_gets_its_share_slowly_whatever_the_way() {
    const SLOW_START: u64 = 60_000;
    for balance in ALL {
        let mut last = 0;
        // Age in seconds, and the part of its share that it has then.
        for (age, warmth) in [(0, 0.1), (3, 0.1), (15, 0.25), (30, 0.5), (45, 0.75), (60, 1.0), (100, 1.0)] {
            let mut list = members(balance, &[1; 4]).list.to_vec();
            list[3].endpoint = endpoint(3, NOW - Duration::from_secs(age));
            // Somebody has to have something under way, and to have answered, for shares to mean something.
            for member in &list {
                member.endpoint.hot.in_flight.store(9, Ordering::Relaxed);
                member.endpoint.hot.latency.answered(Duration::from_millis(10), NOW);
            }
            let members = Members::new(list, balance);
            let counts = picked(&members, 40_000, |rules| rules.slow_start = SLOW_START);
            match balance {
                // By counts and costs it is the last to be taken until it is warm.
                Balance::LeastConnections | Balance::PeakEwma if warmth < 1.0 => assert_eq!(counts[3], 0),
                Balance::ConsistentHash => {
                    assert!(counts[3] >= last, "its keys come one after the other and stay");
                    last = counts[3];
                    let part = counts[3] as f64 / 40_000.0 * 4.0 / warmth;
                    assert!((0.75..1.25).contains(&part), "{age}: {counts:?}");
                }
                _ => is_shared(&counts, &[1.0, 1.0, 1.0, warmth], 8.0),
            }
        }
    }
}

#[test]
fn by_counts_a_cold_endpoint_is_filled_to_a_part_of_the_others() {
    let mut list = members(Balance::LeastConnections, &[1; 4]).list.to_vec();
    list[3].endpoint = endpoint(3, NOW - Duration::from_secs(30));
    let members = Members::new(list, Balance::LeastConnections);
    let mut held = [0; 4];
    for number in 0..700 {
        let index = members.pick(&Rules { slow_start: 60_000, ..rules(number, &[]) }).expect("one may be used");
        members.list[index].endpoint.hot.in_flight.fetch_add(1, Ordering::Relaxed);
        held[index] += 1;
    }
    is_shared(&held, &[1.0, 1.0, 1.0, 0.5], 3.0);
}

#[test]
fn when_all_come_at_once_all_are_used() {
    for balance in ALL {
        let list = (0..3).map(|index| Member { endpoint: endpoint(index, NOW), weight: 1 }).collect();
        let counts = picked(&Members::new(list, balance), 6_000, |rules| rules.slow_start = 60_000);
        assert!(counts.iter().all(|count| *count > 1_000), "{balance:?}: {counts:?}");
    }
}

#[test]
fn an_empty_cluster_gives_nothing() {
    for balance in ALL {
        assert_eq!(members(balance, &[]).pick(&rules(1, &[])), None);
    }
}

/// `cargo test --release -p orion-gateway --lib what_a_pick_costs -- --ignored --nocapture`
#[test]
#[ignore = "needs a release build"]
fn what_a_pick_costs() {
    const PICKS: u64 = 2_000_000;
    let clock = orion_infra::Clock::system();
    for count in [1, 3, 10, 100, 1000] {
        for balance in ALL {
            let members = members(balance, &vec![1; count]);
            for member in &members.list {
                member.endpoint.hot.latency.answered(Duration::from_millis(10), NOW - Duration::from_secs(1));
            }
            let started = clock.monotonic();
            let mut sum = 0;
            for number in 0..PICKS {
                sum += members.pick(&rules(number, &[])).unwrap_or(0);
            }
            let nanos = (clock.monotonic() - started).as_nanos() as f64 / PICKS as f64;
            println!("{:>5} endpoints, {:<18} {nanos:6.1} ns ({sum})", count, balance.name());
        }
    }
}
