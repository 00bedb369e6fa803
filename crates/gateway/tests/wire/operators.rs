//! What operators change and see while it runs.

use super::support::defaults;
use super::{connect, read_all, start, statuses};
use orion_gateway::routing::RateLimitConfig;
use serde_json::json;
use std::io::{Read, Write};
use std::time::Duration;

#[test]
fn a_new_table_is_in_force_on_open_connections_and_metrics_name_routes_not_paths() {
    let (gateway, upstream) = start(|settings| settings.cores = 1);
    let mut stream = connect(&gateway);
    stream.write_all(b"GET /open/secret-path HTTP/1.1\r\nHost: a\r\n\r\n").expect("written");
    assert!(stream.read(&mut [0; 4096]).expect("an answer") > 0);
    let route = json!([{ "name": "fresh", "path": "/fresh", "upstream": format!("http://{}", upstream.address), "access": "public" }]);
    let routes: Vec<_> = serde_json::from_value(route).expect("routes");
    let limited = orion_gateway::routing::route::RouteDefaults {
        rate_limit: Some(RateLimitConfig { requests: 9, seconds: 9 }),
        ..defaults()
    };
    let table = orion_gateway::routing::RouteTable::new(
        &Default::default(),
        orion_gateway::routing::Written { routes: &routes, upstreams: &[] },
        &limited,
    )
    .expect("a good table");
    gateway.shared.routes.set(table);
    stream
        .write_all(
            b"GET /fresh HTTP/1.1\r\nHost: a\r\n\r\nGET /open/x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        )
        .expect("written");
    let answer = read_all(&mut stream);
    assert_eq!(statuses(&answer), [200, 404], "{answer}");
    std::thread::sleep(Duration::from_millis(1200));
    let text = gateway.metrics.render();
    for line in [
        "http_requests_total{method=\"GET\",route=\"open\",service=\"gateway\",status=\"200\"} 1",
        "http_requests_total{method=\"GET\",route=\"fresh\",service=\"gateway\",status=\"200\"} 1",
        "http_requests_total{method=\"GET\",route=\"none\",service=\"gateway\",status=\"404\"} 1",
    ] {
        assert!(text.contains(line), "{line} in {text}");
    }
    assert!(!text.contains("secret-path"));
}
