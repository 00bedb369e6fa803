use super::{Endpoint, Place};
use std::time::Duration;
use url::Url;

fn place(url: &str) -> Result<Place, &'static str> {
    Place::of_url(&Url::parse(url).expect("a URL"))
}

#[test]
fn a_url_is_taken_apart() {
    let found = place("https://shop.example:8443/v1/").expect("a place");
    assert_eq!((&*found.address, &*found.host_name, &*found.base), ("shop.example:8443", "shop.example", "/v1"));
    assert_eq!((found.host.to_str().ok(), found.is_tls), (Some("shop.example:8443"), true));
    assert_eq!(found.to_string(), "https://shop.example:8443/v1");
    // The port of the scheme is where it connects, and is not part of the Host.
    let found = place("http://[2001:db8::7]/").expect("a place");
    assert_eq!((&*found.address, &*found.host_name, &*found.base), ("[2001:db8::7]:80", "2001:db8::7", ""));
    assert_eq!(found.host.to_str().ok(), Some("[2001:db8::7]"));
}

#[test]
fn what_is_no_place_says_why() {
    for url in ["ftp://shop/", "http://ada@shop/", "http://ada:secret@shop/", "http://shop/?x", "http://shop/#x"] {
        assert!(place(url).is_err(), "{url}");
    }
}

#[test]
fn an_endpoint_that_comes_again_is_another_one() {
    let new = || Endpoint::new(place("http://shop:80").expect("a place"), Duration::ZERO, Duration::from_secs(10));
    let (first, second) = (new(), new());
    assert_ne!(first.id, second.id);
    assert_eq!(first.hash, second.hash, "but it has the same keys");
}

#[test]
fn probes_say_whether_it_is_well_and_it_starts_anew_when_it_is_well_again() {
    let endpoint = Endpoint::new(place("http://shop:80").expect("a place"), Duration::ZERO, Duration::from_secs(10));
    let second = Duration::from_secs;
    endpoint.set_healthy(second(1));
    assert_eq!((endpoint.is_well(second(1)), endpoint.since(1_000)), (true, 0));
    endpoint.set_failing("503".to_owned());
    assert!(!endpoint.is_well(second(2)));
    assert_eq!(endpoint.reason().as_deref().map(String::as_str), Some("503"));
    endpoint.set_healthy(second(3));
    assert_eq!((endpoint.is_well(second(3)), endpoint.since(3_000), endpoint.reason()), (true, 3_000, None));
}
