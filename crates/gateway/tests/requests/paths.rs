//! What is asked for: targets and paths, and which route they are of.

use super::{ask, connect, get, problem, read_all, shop, start, status};
use serde_json::json;
use std::io::Write;
use std::time::Duration;

#[test]
fn a_public_route_takes_no_path_that_a_server_may_read_as_a_protected_one() {
    let (gateway, upstream) = shop();
    for path in [
        "/shop/admin;x/users",
        "/shop/admin;/users",
        "/shop/;/admin/users",
        "/shop/;a=1/;b/admin",
        "/;/shop/admin",
        "/shop/admin%3Bx/users",
        "/shop/admin%3bx/users",
        "/shop/%3B/admin/users",
        "/shop/report;jsessionid=1",
        "/shop/x/..%3B/admin",
        "/shop/%2561dmin/users",
        "/shop/%25%36%31dmin/users",
        "/shop/admin%253Bx/users",
        "/shop/%c0%afadmin",
        "/shop/ADMIN/users",
        "/shop/Admin;x/users",
        "/shop/Report",
        "/shop/admin./users",
        "/shop/admin%20/users",
        "/shop/report.",
        "/shop/report%20.%20",
        "/shop/admin%3fx",
        "/shop/admin%23/x",
        "/shop/admin%09/x",
    ] {
        let answer = get(&gateway, path, "");
        assert_eq!(status(&answer), 400, "{path}: {answer}");
        assert_eq!(problem(&answer)["type"], "urn:orion:problem:bad-request", "{path}");
    }
    // An exact path is that path with a slash at its end, too.
    for path in ["/shop/report/", "/shop/list", "/shop/list/"] {
        assert_eq!(status(&get(&gateway, path, "")), 401, "{path}");
    }
    assert_eq!(upstream.connections(), 0);
    for path in ["/shop/cart;v=1/x", "/shop/a;b;c", "/shop/Cart", "/shop/100%25", "/shop/%C3%A9", "/shop/a%252"] {
        assert_eq!(status(&get(&gateway, path, "")), 200, "{path}");
        assert!(upstream.last().starts_with(&format!("get {} ", path.to_ascii_lowercase())), "{}", upstream.last());
    }
}

#[test]
fn a_protected_route_with_a_capital_letter_is_not_open_in_small_ones() {
    let (gateway, upstream) = start(
        &json!([
            { "name": "shop", "path": "/shop/*", "upstream": "{}", "access": "public" },
            { "name": "admin", "path": "/shop/Admin/*", "upstream": "{}" },
            { "name": "report", "path": "/shop/Report", "upstream": "{}" },
        ]),
        |_| {},
    );
    for path in ["/shop/admin/x", "/shop/ADMIN/x", "/shop/admin", "/shop/report", "/shop/report/"] {
        assert_eq!(status(&get(&gateway, path, "")), 400, "{path}");
    }
    assert_eq!(status(&get(&gateway, "/shop/Admin/x", "")), 401);
    assert_eq!(upstream.connections(), 0);
    assert_eq!(status(&get(&gateway, "/shop/cart", "")), 200);
}

#[test]
fn encoded_slashes_pass_to_those_upstreams_only_that_are_to_have_them() {
    let routes = json!([
        { "name": "files", "path": "/files/*", "upstream": "{}", "access": "public", "encoded_slashes": true },
        { "name": "private", "path": "/files/private/*", "upstream": "{}" },
        { "name": "strip", "path": "/strip/*", "upstream": "{}", "access": "public", "encoded_slashes": true, "strip_prefix": true },
        { "name": "shop", "path": "/shop/*", "upstream": "{}", "access": "public" },
    ]);
    let (gateway, upstream) = start(&routes, |_| {});
    for (path, expected) in [
        ("/shop/a%2Fb", 400),
        ("/files%2fa", 400),
        ("/files/private%2Fa", 400),
        ("/files/%2fprivate/a", 400),
        ("/files/a%2F..%2Fprivate", 400),
        ("/files/a%252Fb", 400),
        ("/internal%2Fv1/events", 404),
        ("/strip/internal%2Fv1/events", 404),
        ("/strip/;/internal/v1/events", 404),
        ("/strip/%2Finternal%3Bx/v1/events", 404),
    ] {
        assert_eq!(status(&get(&gateway, path, "")), expected, "{path}");
    }
    assert_eq!(upstream.connections(), 0);
    assert_eq!(status(&get(&gateway, "/files/group%2fproject/x", "")), 200);
    assert!(upstream.last().starts_with("get /files/group%2fproject/x "), "{}", upstream.last());
}

#[test]
fn a_target_that_is_no_uri_is_a_problem_like_any_other() {
    let (gateway, upstream) = shop();
    for target in ["/shop/x?f={\"a\":1}", "/shop/x?\"", "http://a%20b/shop/x", "http://a:b:c/shop/x", "http://[a/"] {
        let host = target.strip_prefix("http://").map_or("a", |rest| rest.split('/').next().unwrap_or_default());
        let mut stream = connect(&gateway);
        let request = format!("GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).expect("written");
        let answer = read_all(&mut stream);
        assert_eq!(status(&answer), 400, "{target}: {answer}");
        assert!(problem(&answer)["request_id"].is_string() && answer.contains("x-request-id: "), "{answer}");
    }
    assert_eq!(upstream.connections(), 0);
    std::thread::sleep(Duration::from_millis(1200));
    let counted = "http_requests_total{method=\"other\",route=\"refused\",service=\"gateway\",status=\"400\"} 5";
    assert!(gateway.metrics.render().contains(counted), "{}", gateway.metrics.render());
}

#[test]
fn options_of_the_whole_server_are_answered_by_the_gateway() {
    let (gateway, upstream) = shop();
    let answer = ask(&gateway, "OPTIONS", "*", "");
    assert_eq!(status(&answer), 204, "{answer}");
    assert!(answer.contains("allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS\r\n"), "{answer}");
    assert_eq!(upstream.connections(), 0);
    assert_eq!(status(&ask(&gateway, "OPTIONS", "/shop/x", "")), 200);
}

#[test]
fn nothing_found_says_what_was_looked_for() {
    let (gateway, _upstream) = shop();
    let answer = ask(&gateway, "POST", "/nowhere?secret=1", "Content-Length: 0\r\n");
    assert_eq!(problem(&answer)["detail"], "There is nothing at POST /nowhere.");
    let long = format!("/{}", "x".repeat(4000));
    let detail = problem(&get(&gateway, &long, ""))["detail"].as_str().expect("a detail").len();
    assert!(detail < 300, "{detail}");
}
