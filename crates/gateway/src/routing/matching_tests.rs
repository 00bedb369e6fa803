//! Each kind of match, in words that operators write.

use super::RouteConfig;
use super::fixtures::{get, route, route_with, table};
use super::table::NoRoute;
use serde_json::{Value, json};

/// The route that takes what is asked; of one that leads nowhere, why.
fn taken(routes: &[RouteConfig], sent: &super::fixtures::Sent) -> Result<String, NoRoute> {
    let table = table(routes).expect("a good table");
    sent.route(&table).map(str::to_owned)
}

/// What is wrong with a route, by its key within it.
fn wrong(path: &str, more: Value) -> (String, String) {
    let faults = table(&[route_with("a", path, more)]).err().expect("refused");
    let fault = faults.into_iter().next().expect("a fault");
    (fault.key.trim_start_matches("gateway.routes[0].").to_owned(), fault.message)
}

#[test]
fn a_host_is_matched_by_its_name_then_by_what_it_is_below_then_by_any() {
    let routes = [
        route("any", "/*"),
        route_with("below", "/*", json!({ "hosts": ["*.example.com"] })),
        route_with("deeper", "/*", json!({ "hosts": ["*.eu.example.com"] })),
        route_with("shop", "/*", json!({ "hosts": ["shop.example.com", "[::1]"] })),
        route("longer", "/cart/items"),
    ];
    for (host, path, name) in [
        ("shop.example.com", "/", "shop"),
        ("shop.example.com:8443", "/cart/items", "shop"),
        ("a.example.com", "/", "below"),
        ("a.b.example.com", "/", "below"),
        ("a.eu.example.com", "/", "deeper"),
        ("eu.example.com", "/", "below"),
        ("example.com", "/", "any"),
        ("notexample.com", "/", "any"),
        ("[::1]:3000", "/", "shop"),
        ("10.0.0.1", "/cart/items", "longer"),
    ] {
        assert_eq!(taken(&routes, &get(path).host(host)), Ok(name.to_owned()), "{host}{path}");
    }
    // ORION's own paths are there on every host, whatever routes it has.
    assert_eq!(taken(&routes, &get("/api/v1/users/me").host("shop.example.com")), Ok("/api/v1/users/*".to_owned()));
    for (host, message) in [
        ("Shop.example.com", "must be written as \"shop.example.com\""),
        ("shop.example.com:80", "must have no port"),
        ("*.Example.com", "must be written as \"*.example.com\""),
        ("*", "must be a name"),
        ("a.*.com", "must be a name"),
        ("*.[::1]", "nothing is below"),
        ("", "must be a name"),
    ] {
        let (key, told) = wrong("/a", json!({ "hosts": [host] }));
        assert!(key == "hosts[0]" && told.contains(message), "{host}: {key} {told}");
    }
}

#[test]
fn a_host_without_a_route_for_what_is_asked_takes_that_of_any_host() {
    let routes = [route("any", "/status"), route_with("shop", "/cart/*", json!({ "hosts": ["shop.example.com"] }))];
    assert_eq!(taken(&routes, &get("/status").host("shop.example.com")), Ok("any".to_owned()));
    assert_eq!(taken(&routes, &get("/cart/1").host("other.example.com")), Err(NoRoute::Unknown));
}

#[test]
fn a_path_is_read_from_the_left_and_what_is_written_out_comes_before_names() {
    let routes = [
        route("all", "/*"),
        route("item", "/shop/{id}"),
        route("parts", "/shop/{id}/parts"),
        route("sale", "/shop/sale/parts"),
        route("admin", "/shop/admin/*"),
        route("files", "/files/{path...}"),
        route("file", "/files/{name}/meta"),
        route("versions", "~^/v[12]/.*$"),
    ];
    for (path, name) in [
        ("/shop/17", "item"),
        ("/shop/17/", "item"),
        ("/shop/", "all"),
        ("/shop/17/parts", "parts"),
        ("/shop/sale/parts", "sale"),
        ("/shop/sale", "item"),
        ("/shop/17/x", "all"),
        // A prefix that is written out is not undercut by a name.
        ("/shop/admin", "admin"),
        ("/shop/admin/parts", "admin"),
        ("/files", "files"),
        ("/files/", "files"),
        ("/files/a/b/c", "files"),
        ("/files/a/meta", "file"),
        // Regular expressions come last.
        ("/v1/x", "all"),
    ] {
        assert_eq!(taken(&routes, &get(path)), Ok(name.to_owned()), "{path}");
    }
    let table = table(&routes).expect("a good table");
    for (path, name, value) in [
        ("/shop/17/parts", "id", "17"),
        ("/shop/a%20b", "id", "a%20b"),
        ("/files/a/b/c", "path", "a/b/c"),
        ("/files/a/", "path", "a/"),
        ("/files", "path", ""),
    ] {
        let sent = get(path);
        let found = table.find(&sent.asked()).expect("a route");
        assert_eq!(found.route.captures(sent.asked().path).get(name), Some(value), "{path}");
        assert_eq!(found.route.captures(sent.asked().path).get("other"), None);
    }
    for (path, message) in [
        ("/a/{b", "only as a whole segment"),
        ("/a/x{b}", "only as a whole segment"),
        ("/a/{}", "must have 1 to 32 letters"),
        ("/a/{1}", "must have 1 to 32 letters"),
        ("/a/{b}/{b}", "a name twice"),
        ("/a/{b...}/c", "only as its last segment"),
        ("/a/{b...}/*", "only as its last segment"),
        ("/api/v1/users/{id}", "belongs to ORION"),
        ("/internal/{id}", "never routed"),
        ("/{a}/{b}/{c}/{d}/{e}/{f}/{g}/{h}/{i}", "at most 8 names"),
    ] {
        let (key, told) = wrong(path, json!({}));
        assert!(key == "path" && told.contains(message), "{path}: {told}");
    }
    let faults = super::fixtures::table(&[route("a", "/x/{id}"), route("b", "/x/{name}")]).err().expect("refused");
    assert!(faults[0].message.contains("\"a\" has this path already"), "{faults:?}");
}

#[test]
fn a_regular_expression_is_of_the_whole_path_and_bounded() {
    let routes = [route("versions", "~/v(?P<version>[12])/.*"), route("shop", "/shop/*")];
    assert_eq!(taken(&routes, &get("/v2/x")), Ok("versions".to_owned()));
    for path in ["/v3/x", "/x/v1/y", "/v1"] {
        assert_eq!(taken(&routes, &get(path)), Err(NoRoute::Unknown), "{path}");
    }
    let table = table(&routes).expect("a good table");
    let found = table.find(&get("/v2/x").asked()).expect("a route").route;
    assert_eq!(found.captures("/v2/x").get("version"), Some("2"));
    for (path, message) in [
        ("~/a(", "is no regular expression"),
        ("~/a)(?:", "is no regular expression"),
        ("~(a{1000}){1000}", "too much memory"),
    ] {
        let (key, told) = wrong(path, json!({}));
        assert!(key == "path" && told.contains(message), "{path}: {told}");
    }
    assert!(wrong(&format!("~/{}", "a".repeat(500)), json!({})).1.contains("at most 500 bytes"));
    let many: Vec<_> = (0..=100).map(|number| route(&format!("r{number}"), &format!("~/a{number}"))).collect();
    let faults = super::fixtures::table(&many).err().expect("refused");
    assert!(faults[0].key == "gateway.routes[100].path" && faults[0].message.contains("100"), "{faults:?}");
}

#[test]
fn a_method_is_matched_and_head_is_get() {
    let routes = [
        route("read", "/shop/*"),
        route_with("write", "/shop/*", json!({ "methods": ["POST", "PUT"] })),
        route_with("look", "/look", json!({ "methods": ["GET"] })),
    ];
    assert_eq!(taken(&routes, &get("/shop/1")), Ok("read".to_owned()));
    assert_eq!(taken(&routes, &get("/shop/1").method("PUT")), Ok("write".to_owned()));
    assert_eq!(taken(&routes, &get("/shop/1").method("DELETE")), Ok("read".to_owned()));
    assert_eq!(taken(&routes, &get("/look").method("HEAD")), Ok("look".to_owned()));
    assert_eq!(taken(&routes, &get("/look").method("POST")), Err(NoRoute::Unknown));
    for method in ["get", "", "A B", "CONNECT"] {
        assert_eq!(wrong("/a", json!({ "methods": [method] })).0, "methods[0]", "{method}");
    }
}

#[test]
fn headers_and_parameters_are_matched_by_value_beginning_expression_or_presence() {
    let header = |name: &str, test: Value| {
        let mut matched = json!({ "name": "X-Version" });
        let (Value::Object(own), Value::Object(test)) = (&mut matched, test) else { panic!("no object") };
        own.extend(test);
        route_with(name, "/a", json!({ "headers": [matched] }))
    };
    for (test, yes, no) in [
        (json!({ "is": "2" }), Some("2"), Some("20")),
        (json!({ "prefix": "2" }), Some("20"), Some("12")),
        (json!({ "regex": "[23]" }), Some("3"), Some("33")),
        (json!({ "present": true }), Some(""), None),
        (json!({ "present": false }), None, Some("")),
        (json!({ "is": "" }), Some(""), None),
    ] {
        let routes = [header("yes", test.clone()), route("no", "/a")];
        for (value, name) in [(yes, "yes"), (no, "no")] {
            let sent = value.into_iter().fold(get("/a"), |sent, value| sent.header("x-version", value));
            assert_eq!(taken(&routes, &sent), Ok(name.to_owned()), "{test} {value:?}");
        }
    }
    let routes = [
        route_with("both", "/a", json!({ "query": [{ "name": "a b", "is": "ü" }, { "name": "c", "present": true }] })),
        route_with("one", "/a", json!({ "query": [{ "name": "c", "prefix": "1" }] })),
        route("none", "/a"),
    ];
    for (path, name) in [
        ("/a?a+b=%C3%BC&c", "both"),
        ("/a?c=12&a%20b=%c3%bc", "both"),
        ("/a?c=12", "one"),
        ("/a?C=12", "none"),
        ("/a?c=2", "none"),
        ("/a", "none"),
    ] {
        assert_eq!(taken(&routes, &get(path)), Ok(name.to_owned()), "{path}");
    }
    for (more, key) in [
        (json!({ "headers": [{ "name": "x" }] }), "headers[0]"),
        (json!({ "headers": [{ "name": "x", "is": "1", "present": true }] }), "headers[0]"),
        (json!({ "headers": [{ "name": "x y", "is": "1" }] }), "headers[0].name"),
        (json!({ "headers": [{ "name": "x", "prefix": "" }] }), "headers[0].prefix"),
        (json!({ "query": [{ "name": "x", "regex": "(" }] }), "query[0].regex"),
        (json!({ "query": [{ "name": "", "is": "1" }] }), "query[0].name"),
    ] {
        assert_eq!(wrong("/a", more.clone()).0, key, "{more}");
    }
}

#[test]
fn a_condition_in_cel_knows_the_request_and_says_where_it_is_wrong() {
    for (when, yes, no) in [
        (r#"request.ip.inNetwork("10.0.0.0/8")"#, get("/a").client("10.1.2.3"), get("/a").client("11.1.2.3")),
        (r#"request.ip.inNetwork("10.0.0.0/8")"#, get("/a").client("::ffff:10.1.2.3"), get("/a").client("::1")),
        (r#"request.headers["x-beta"] == "1""#, get("/a").header("X-Beta", "1"), get("/a")),
        (r#"request.query["n"].startsWith("1")"#, get("/a?n=17"), get("/a?n=x")),
        (r#"request.method in ["GET", "PUT"]"#, get("/a"), get("/a").method("POST")),
        (r#"request.host.endsWith(".test")"#, get("/a").host("a.test:80"), get("/a")),
        (r#"request.path == "/a""#, get("/a"), get("/a/")),
    ] {
        let routes = [route_with("yes", "/a", json!({ "when": when })), route("no", "/a")];
        assert_eq!(taken(&routes, &yes), Ok("yes".to_owned()), "{when}");
        assert_eq!(taken(&routes, &no), Ok("no".to_owned()), "{when}");
    }
    for (when, message) in [
        ("request.pfad == \"/a\"", "line 1, column"),
        ("request.method ==", "line 1, column"),
        ("request.ip == \"10.0.0.0/8\"", "never an address"),
        ("request.path", "true or false"),
        ("user.id == \"1\"", "line 1, column 1"),
    ] {
        let (key, told) = wrong("/a", json!({ "when": when }));
        assert!(key == "when" && told.contains(message), "{when}: {told}");
    }
}

#[test]
fn of_one_path_the_route_that_asks_more_comes_first_then_the_one_that_is_written_first() {
    let header = |name: &str| json!({ "name": name, "present": true });
    let routes = [
        route("none", "/a"),
        route_with("first", "/a", json!({ "headers": [header("x")] })),
        route_with("second", "/a", json!({ "headers": [header("y")] })),
        route_with("two", "/a", json!({ "headers": [header("y"), header("z")] })),
    ];
    let both = get("/a").header("x", "").header("y", "");
    assert_eq!(taken(&routes, &both), Ok("first".to_owned()));
    assert_eq!(taken(&routes, &both.header("z", "")), Ok("two".to_owned()));
    assert_eq!(taken(&routes, &get("/a")), Ok("none".to_owned()));
    let faults = table(&[routes[1].clone(), route_with("again", "/a", json!({ "headers": [header("x")] }))]);
    let faults = faults.err().expect("refused");
    assert!(faults[0].message.contains("asks the same"), "{faults:?}");
}

#[test]
fn a_condition_is_asked_of_the_path_as_a_server_reads_it() {
    let open = json!({ "access": "public" });
    let admin = json!({ "when": "request.path.startsWith(\"/admin\")" });
    let routes = [route_with("admin", "/*", admin), route_with("open", "/*", open)];
    assert_eq!(taken(&routes, &get("/admin/users")), Ok("admin".to_owned()));
    assert_eq!(taken(&routes, &get("/shop")), Ok("open".to_owned()));
    for path in ["/;x/admin/users", "/admin;x/users", "/admin%20/users"] {
        assert_ne!(taken(&routes, &get(path)), Ok("open".to_owned()), "{path}");
    }
}

#[test]
fn more_parameters_than_a_condition_is_told_of_are_refused_where_one_is_asked() {
    let admin = json!({ "when": "has(request.query.admin)" });
    let routes = [route_with("admin", "/*", admin), route_with("open", "/*", json!({ "access": "public" }))];
    let many: String = (0..256).map(|number| format!("{number}&")).collect();
    assert_eq!(taken(&routes, &get(&format!("/x?{many}admin=1"))), Err(NoRoute::Contradictory));
    assert_eq!(taken(&routes, &get(&format!("/x?{}", many.trim_end_matches('&')))), Ok("open".to_owned()));
}

#[test]
fn regular_expressions_of_values_are_bounded_one_by_one_and_altogether() {
    let (key, message) = wrong("/a", json!({ "headers": [{ "name": "x", "regex": "[ab]{20000}" }] }));
    assert_eq!((key.as_str(), message.contains("too much memory")), ("headers[0].regex", true), "{message}");
    let ten = json!({ "headers": vec![json!({ "name": "x", "regex": "a" }); 10] });
    let routes: Vec<_> =
        (0..101).map(|number| route_with(&format!("r{number}"), &format!("/{number}"), ten.clone())).collect();
    assert!(table(&routes[..100]).is_ok());
    let faults = table(&routes).err().expect("refused");
    assert_eq!(faults[0].key, "gateway.routes[100].headers");
}
