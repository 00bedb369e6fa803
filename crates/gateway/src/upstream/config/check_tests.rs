use crate::upstream::UpstreamConfig;
use crate::upstream::config::{Balance, HashBy, StatusRange};
use std::time::Duration;

fn config(text: &str) -> UpstreamConfig {
    toml::from_str(text).unwrap_or_else(|error| panic!("{error}"))
}

/// A good one, with these lines.
fn faults(lines: &str) -> Vec<(String, String)> {
    let endpoints = if lines.contains("endpoints") { "" } else { "endpoints = [{ url = \"http://10.0.0.1:80\" }]\n" };
    let config = config(&format!("name = \"shop\"\n{endpoints}{lines}"));
    config.check("gateway.upstreams[0]").into_iter().map(|fault| (fault.key, fault.message)).collect()
}

#[track_caller]
fn is_refused(lines: &str, key: &str, message: &str) {
    let found = faults(lines);
    let [(at, said)] = &found[..] else { panic!("{found:?}") };
    assert!(at == &format!("gateway.upstreams[0].{key}") && said.contains(message), "{found:?}");
}

#[test]
fn a_name_and_an_endpoint_are_enough() {
    assert_eq!(faults(""), []);
    let config = config("name = \"shop\"\nendpoints = [{ url = \"http://10.0.0.1:80\" }]");
    assert_eq!((config.endpoints[0].weight, config.balance), (1, Balance::PeakEwma));
    let written = toml::to_string(&config).expect("it can be written");
    assert_eq!(toml::from_str::<UpstreamConfig>(&written).expect("and read"), config);
}

#[test]
fn all_that_can_be_said_can_be_read_and_written() {
    let text = r#"
        name = "shop"
        balance = "consistent_hash"
        hash_by = "header:X-Tenant"
        slow_start_ms = 30000
        connect_ms = 500
        idle_ms = 4000
        max_requests_per_connection = 1000
        panic_percent = 30
        max_requests = 100
        max_queued = 10
        queue_ms = 250
        endpoints = [{ url = "https://10.0.0.1/v1", weight = 2 }, { url = "https://10.0.0.2/v1/" }]

        [tls]
        ca_file = "/etc/orion/shop.pem"
        server_name = "shop.internal"

        [health]
        kind = "http"
        path = "/healthz"
        statuses = [204, "200-201"]
        interval_ms = 1000
        timeout_ms = 500
        healthy = 1
        unhealthy = 2
        jitter_percent = 10

        [outliers]
        consecutive_failures = 3
        ejection_ms = 1000

        [breaker]
        consecutive_failures = 10
        slow_ms = 2000
        slow_percent = 80

        [retry_budget]
        percent = 10
        minimum_per_second = 1
    "#;
    let config = config(text);
    assert_eq!(config.check(""), []);
    assert_eq!(config.hash_by, Some(HashBy::Header(http::HeaderName::from_static("x-tenant"))));
    let health = config.health.as_ref().expect("it is there");
    assert_eq!(health.statuses, [StatusRange { from: 204, to: 204 }, StatusRange { from: 200, to: 201 }]);
    assert!(health.statuses[1].has(201) && !health.statuses[1].has(202));
    let written = toml::to_string(&config).expect("it can be written");
    assert_eq!(toml::from_str::<UpstreamConfig>(&written).expect("and read"), config);
}

#[test]
fn what_is_wrong_is_told_with_its_key_and_what_would_be_right() {
    is_refused("endpoints = []", "endpoints", "at least one");
    is_refused("endpoints = []\ndns = { url = \"ftp://x\" }", "dns.url", "http:// or https://");
    is_refused("endpoints = [{ url = \"http://x\" }]\ndns = { url = \"http://x\" }", "endpoints", "remove dns");
    is_refused("endpoints = []\ndns = { url = \"http://x\", service = \"_a..b\" }", "dns.service", "_shop._tcp");
    is_refused("endpoints = [{ url = \"ftp://x\" }]", "endpoints[0].url", "http:// or https://");
    is_refused(
        "endpoints = [{ url = \"http://x\" }, { url = \"https://y\" }]",
        "endpoints[1].url",
        "scheme of the first",
    );
    is_refused("endpoints = [{ url = \"http://x/a\" }, { url = \"http://y/b\" }]", "endpoints[1].url", "(/a)");
    is_refused("endpoints = [{ url = \"http://x\" }, { url = \"http://x:80\" }]", "endpoints[1].url", "endpoints[0]");
    is_refused("endpoints = [{ url = \"http://x\", weight = 1001 }]", "endpoints[0].weight", "from 1 to 1000");
    is_refused("balance = \"consistent_hash\"", "hash_by", "header:NAME");
    is_refused("hash_by = \"address\"", "hash_by", "remove it");
    is_refused("tls = { server_name = \"x\" }", "tls", "https://");
    is_refused("health = { path = \"livez\" }", "health.path", "/livez");
    is_refused("health = { path = \"/a b\" }", "health.path", "/livez");
    is_refused("health = { statuses = [] }", "health.statuses", "1 to 16");
    is_refused("health = { interval_ms = 500 }", "health.timeout_ms", "at most interval_ms");
    is_refused("outliers = { ejection_ms = 400000 }", "outliers.max_ejection_ms", "at least ejection_ms");
    is_refused("breaker = { half_open_requests = 0 }", "breaker.half_open_requests", "from 1 to 10000");
    is_refused("queue_ms = 0", "queue_ms", "from 1");
}

#[test]
fn what_cannot_be_read_says_what_would_be_right() {
    for (lines, message) in [
        ("hash_by = \"query:x\"", "\"header:NAME\", \"cookie:NAME\" or \"address\""),
        ("hash_by = \"header:a b\"", "\"header:NAME\""),
        ("health = { statuses = [\"299-200\"] }", "\"200-299\""),
        ("health = { statuses = [99] }", "100 to 599"),
        ("tls = { verify = false }", "unknown field"),
    ] {
        let error = toml::from_str::<UpstreamConfig>(&format!("name = \"shop\"\n{lines}")).expect_err("it is wrong");
        assert!(error.to_string().contains(message), "{error}");
    }
}

#[test]
fn a_name_is_one_that_metrics_and_addresses_take() {
    for (name, is_good) in
        [("shop-2.eu_west", true), ("", false), ("a/b", false), ("größe", false), (&"x".repeat(65), false)]
    {
        let config = UpstreamConfig { name: name.to_owned(), ..config("endpoints = [{ url = \"http://x\" }]") };
        assert_eq!(config.check("").is_empty(), is_good, "{name}");
    }
}

#[test]
fn a_thousand_endpoints_are_checked_at_once() {
    let clock = orion_infra::Clock::system();
    let endpoints = (0..1024).map(|index| format!("{{ url = \"http://10.{}.{}.1\" }}", index / 256, index % 256));
    let text = format!("name = \"shop\"\nendpoints = [{}]", endpoints.collect::<Vec<_>>().join(","));
    let config = config(&text);
    let started = clock.monotonic();
    assert_eq!(config.check(""), []);
    assert!(clock.monotonic() - started < Duration::from_millis(500));
    let more = UpstreamConfig {
        endpoints: [config.endpoints.clone(), config.endpoints].concat(),
        ..UpstreamConfig::default()
    };
    assert!(more.check("").iter().any(|fault| fault.key == "endpoints"));
}

#[test]
fn the_reference_says_of_each_key_what_it_is() {
    let schema = serde_json::to_value(schemars::schema_for!(UpstreamConfig)).expect("a schema");
    assert_eq!(schema["required"], serde_json::json!(["name"]));
    assert_eq!(schema["properties"]["idle_ms"]["default"], 4000);
    let sections = schema["$defs"].as_object().expect("sections").values().chain([&schema]);
    for section in sections.filter_map(|section| section["properties"].as_object()) {
        for (key, property) in section {
            assert!(property["description"].is_string(), "{key} says nothing");
        }
    }
}
