use super::Clusters;
use crate::upstream::{Admission, Held, UpstreamConfig};
use orion_contracts::upstreams::CircuitState;
use serde::Deserialize;
use std::sync::Arc;
use std::time::Duration;

const NOW: Duration = Duration::from_secs(100);

#[derive(Deserialize)]
struct File {
    upstreams: Vec<UpstreamConfig>,
}

fn clusters(previous: Option<&Clusters>, text: &str) -> Clusters {
    let file: File = toml::from_str(text).expect("a configuration");
    let clusters = Clusters::of_configs(previous, &file.upstreams, "gateway.upstreams", NOW);
    clusters.unwrap_or_else(|faults| panic!("{faults:?}"))
}

const SHOP: &str = r#"
    [[upstreams]]
    name = "shop"
    endpoints = [{ url = "http://10.0.0.1:80" }, { url = "http://10.0.0.2:80" }]
"#;

fn held() -> Held {
    Held { by: "ada".to_owned(), reason: "maintenance".to_owned() }
}

#[test]
fn an_upstream_whose_definition_is_the_same_is_the_same() {
    let before = clusters(None, SHOP);
    let other = "[[upstreams]]\nname = \"mill\"\nendpoints = [{ url = \"http://10.0.1.1:80\" }]\n";
    let after = clusters(Some(&before), &format!("{other}{SHOP}"));
    assert!(Arc::ptr_eq(before.get("shop").expect("it is there"), after.get("shop").expect("it is there")));
    let names: Vec<_> = after.all().iter().map(|cluster| cluster.name().to_string()).collect();
    assert_eq!(names, ["mill", "shop"]);
    assert!(clusters(Some(&after), SHOP).get("mill").is_none());
}

#[test]
fn one_that_changed_keeps_the_endpoints_and_parts_that_stay() {
    let before = clusters(None, SHOP);
    let shop = before.get("shop").expect("it is there");
    let Ok(Admission::Permit(_permit)) = shop.admit(NOW) else { panic!("refused") };
    shop.breaker().open(held());
    let after = clusters(
        Some(&before),
        r#"
        [[upstreams]]
        name = "shop"
        balance = "round_robin"
        endpoints = [{ url = "http://10.0.0.2:80" }, { url = "http://10.0.0.3:80" }]
        breaker = { open_ms = 1 }
        "#,
    );
    let next = after.get("shop").expect("it is there");
    assert!(!Arc::ptr_eq(shop, next));
    assert_eq!(next.endpoints()[0].id, shop.endpoints()[1].id);
    assert_eq!((next.endpoints()[0].since(0), next.endpoints()[1].since(0)), (0, 100_000));
    assert_eq!(next.snapshot(NOW).in_flight, 1, "what is under way counts on");
    assert_eq!((next.breaker().circuit(), next.breaker().held().as_deref()), (CircuitState::Open, Some(&held())));
}

#[test]
fn endpoints_that_are_verified_otherwise_are_others() {
    let text =
        |tls: &str| format!("[[upstreams]]\nname = \"shop\"\nendpoints = [{{ url = \"https://10.0.0.1\" }}]\n{tls}");
    let before = clusters(None, &text(""));
    let after = clusters(Some(&before), &text("tls = { server_name = \"shop.example\" }"));
    let id = |clusters: &Clusters| clusters.get("shop").expect("it is there").endpoints()[0].id;
    assert_ne!(id(&before), id(&after));
}

#[test]
fn all_faults_are_told_with_their_keys() {
    let file: File = toml::from_str(
        r#"
        [[upstreams]]
        name = "shop"
        endpoints = []

        [[upstreams]]
        name = "mill"
        endpoints = [{ url = "http://10.0.1.1:80" }]

        [[upstreams]]
        name = "mill"
        endpoints = [{ url = "http://10.0.1.2:80", weight = 0 }, { url = "ftp://10.0.1.3:80" }]

        [[upstreams]]
        name = "mill"
        endpoints = [{ url = "http://10.0.1.4:80" }]
        "#,
    )
    .expect("a configuration");
    let Err(faults) = Clusters::of_configs(None, &file.upstreams, "gateway.upstreams", NOW) else {
        panic!("no faults")
    };
    let keys: Vec<_> = faults.iter().map(|fault| &*fault.key).collect();
    let expected = [
        "gateway.upstreams[0].endpoints",
        "gateway.upstreams[2].endpoints[0].weight",
        "gateway.upstreams[2].endpoints[1].url",
        "gateway.upstreams[3].name",
    ];
    assert_eq!(keys, expected);
}
