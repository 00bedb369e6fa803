use super::Cluster;
use crate::upstream::{Admission, Ask, Change, Changes, EndpointSpec, Place, UpstreamConfig, Verdict};
use orion_contracts::upstreams::EndpointHealth;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

fn url(text: &str) -> Url {
    Url::parse(text).expect("a URL")
}

fn spec(text: &str) -> EndpointSpec {
    EndpointSpec { place: Place::of_url(&url(text)).expect("a place"), weight: 1 }
}

fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

fn request(cluster: &Arc<Cluster>, random: u64, verdict: Verdict, now: Duration) -> String {
    let Ok(Admission::Permit(permit)) = cluster.admit(now) else { panic!("refused") };
    let picked = permit.pick(&Ask { now, random, key: None, tried: &[] }).unwrap_or_else(|_| panic!("no endpoint"));
    let address = picked.endpoint().place.address.to_string();
    picked.ended(verdict, ms(2), now);
    address
}

#[test]
fn a_url_is_an_upstream_of_one_endpoint() {
    let cluster = Cluster::of_url(&url("https://shop.example/v1"), &Changes::default()).expect("an upstream");
    assert_eq!(&**cluster.name(), "shop.example:443");
    assert_eq!(request(&Arc::new(cluster), 1, Verdict::Good, ms(1)), "shop.example:443");
    assert!(Cluster::of_url(&url("ftp://shop"), &Changes::default()).is_err());
}

#[test]
fn endpoints_that_stay_keep_what_is_known_of_them() {
    let cluster = Arc::new(Cluster::of_url(&url("http://10.0.0.1:80"), &Changes::default()).expect("an upstream"));
    request(&cluster, 1, Verdict::Good, ms(1));
    let before = cluster.endpoints();
    let under_way = {
        let Ok(Admission::Permit(permit)) = cluster.admit(ms(1)) else { panic!("refused") };
        permit.pick(&Ask { now: ms(1), random: 1, key: None, tried: &[] }).unwrap_or_else(|_| panic!("no endpoint"))
    };
    cluster
        .set_endpoints(&[spec("http://10.0.0.2:80"), EndpointSpec { weight: 9, ..spec("http://10.0.0.1:80") }], ms(5));
    let after = cluster.endpoints();
    assert_eq!((after.len(), after[1].id), (2, before[0].id));
    assert_eq!((after[0].since(10), after[1].since(10)), (5, 0), "who comes starts slowly, and who stays does not");
    // Who goes ends what is under way there.
    cluster.set_endpoints(&[spec("http://10.0.0.2:80")], ms(6));
    assert_eq!(under_way.endpoint().in_flight(), 1);
    under_way.ended(Verdict::Good, ms(2), ms(7));
    assert_eq!((before[0].in_flight(), cluster.snapshot(ms(7)).in_flight), (0, 0));
    assert_eq!(request(&cluster, 1, Verdict::Good, ms(7)), "10.0.0.2:80");
    // And is another one when it comes back.
    cluster.set_endpoints(&[spec("http://10.0.0.1:80")], ms(8));
    assert_ne!(cluster.endpoints()[0].id, before[0].id);
}

#[test]
fn an_endpoint_whose_requests_fail_is_left_out_and_told() {
    let config: UpstreamConfig = toml::from_str(
        r#"
        name = "shop"
        balance = "round_robin"
        endpoints = [{ url = "http://10.0.0.1:80" }, { url = "http://10.0.0.2:80" }, { url = "http://10.0.0.3:80" }]
        "#,
    )
    .expect("a configuration");
    let changes = Changes::default();
    let mut told = changes.subscribe();
    let cluster = Arc::new(Cluster::of_config(&config, "", &changes).expect("an upstream"));
    for turn in 0..15 {
        request(&cluster, turn, if turn % 3 == 1 { Verdict::Failed } else { Verdict::Good }, ms(10));
    }
    let endpoint = "http://10.0.0.2:80".to_owned();
    let time = Duration::from_secs(30);
    assert_eq!(told.try_recv().ok(), Some(Change::Ejected { upstream: "shop".into(), endpoint, time }));
    let shown = cluster.snapshot(ms(10));
    assert_eq!((shown.endpoints[1].health, shown.endpoints[1].ejected_for_ms), (EndpointHealth::Ejected, Some(30_000)));
    assert!((0..20).all(|turn| request(&cluster, turn, Verdict::Good, ms(20)) != "10.0.0.2:80"));
    assert!((0..3).any(|turn| request(&cluster, turn, Verdict::Good, ms(30_010)) == "10.0.0.2:80"));
}

#[test]
fn endpoints_may_change_while_requests_pass() {
    let cluster = Arc::new(Cluster::of_url(&url("http://10.0.0.1:80"), &Changes::default()).expect("an upstream"));
    let specs: Vec<_> = (1..=5).map(|index| spec(&format!("http://10.0.0.{index}:80"))).collect();
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| (0..5_000).for_each(|random| drop(request(&cluster, random, Verdict::Good, ms(random)))));
        }
        for turn in 0..500 {
            cluster.set_endpoints(&specs[turn % 4..], ms(turn as u64));
        }
    });
    let shown = cluster.snapshot(ms(9_000));
    assert_eq!(shown.in_flight, 0);
    assert!(shown.endpoints.iter().all(|endpoint| endpoint.in_flight == 0));
}
