//! The matcher beside a slow one that looks at every route, and what no spelling of a path may reach.

use super::RouteConfig;
use super::fixtures::{get, route_with, table};
use super::readings::{is_read_in_one_way, loosened, readings};
use super::{canonical, table::NoRoute};
use orion_contracts::gateway::RouteAccess;
use proptest::prelude::*;
use serde_json::json;
use std::cmp::Reverse;

/// How a path as written takes a path of a request: what each segment is matched by, from the left, as numbers that are the
/// smaller the nearer; `None` where it does not.
fn nearness(written: &str, path: &str) -> Option<Vec<u8>> {
    let [literal, name, below, slash] = [0, 1, 2, 3];
    let segments: Vec<&str> = path.split('/').skip(1).collect();
    let (plain, is_below) = match written.strip_suffix("/*").or_else(|| written.strip_suffix("/{rest...}")) {
        Some(plain) => (plain, true),
        None => (written, false),
    };
    let own: Vec<&str> = plain.split('/').skip(1).collect();
    let mut near = Vec::new();
    for (index, own) in own.iter().enumerate() {
        match segments.get(index) {
            Some(segment) if segment == own => near.push(literal),
            Some(segment) if own.starts_with('{') && !segment.is_empty() => near.push(name),
            // `/a/` takes `/a` as well.
            None if own.is_empty() && !is_below && index + 1 == plain.split('/').count() - 1 && index > 0 => {
                near.push(slash);
                return Some(near);
            }
            _ => return None,
        }
    }
    match segments.get(own.len()..).unwrap_or_default() {
        _ if is_below => near.push(below),
        [] => {}
        [""] => near.push(slash),
        _ => return None,
    }
    Some(near)
}

#[derive(Debug)]
struct Request {
    host: String,
    path: String,
    method: &'static str,
    header: bool,
}

fn host_rank(route: &RouteConfig, host: &str) -> Option<usize> {
    if route.hosts.is_empty() {
        return Some(usize::MAX);
    }
    let rank = |own: &String| match own.strip_prefix('*') {
        Some(below) => host.ends_with(below).then(|| 1000 - below.len()),
        None => (own == host).then_some(0),
    };
    route.hosts.iter().filter_map(rank).min()
}

/// The route of a request, by looking at all of them. `is_loose` compares letters as servers do that make no difference: of
/// paths that are the same then, the strictest of those that are the first of their own is meant.
fn slow(routes: &[RouteConfig], request: &Request, is_loose: bool) -> Option<usize> {
    let key = |(index, route): (usize, &RouteConfig)| {
        let host = host_rank(route, &request.host)?;
        let near = match is_loose {
            true => nearness(&route.path.to_lowercase(), &request.path.to_lowercase())?,
            false => nearness(&route.path, &request.path)?,
        };
        let method = route.methods.is_empty() || route.methods.iter().any(|method| method == request.method);
        let header = route.headers.is_empty() || request.header;
        let asks = usize::from(!route.methods.is_empty()) + route.headers.len();
        (method && header).then_some((host, near, Reverse(asks), index))
    };
    let mut fitting: Vec<_> = routes.iter().enumerate().filter_map(key).collect();
    fitting.sort();
    let (host, near, _, _) = fitting.first().cloned()?;
    fitting.retain(|other| other.0 == host && other.1 == near);
    let mut seen = Vec::new();
    fitting.retain(|(.., index)| {
        let path = unnamed(&routes[*index].path);
        let is_first = !seen.contains(&path);
        seen.push(path);
        is_first
    });
    let is_strict = |index: &usize| is_loose && routes[*index].access == RouteAccess::Authenticated;
    let mut indexes = fitting.iter().map(|(.., index)| *index);
    indexes.clone().find(is_strict).or_else(|| indexes.next())
}

/// A path without the names in its braces.
fn unnamed(path: &str) -> String {
    let segments = path.split('/').map(|segment| match segment {
        "{rest...}" => "*",
        _ if segment.starts_with('{') => "{}",
        _ => segment,
    });
    segments.collect::<Vec<_>>().join("/")
}

/// Routes of few words, so that many meet; those that a table would refuse are left out.
fn routes(paths: &'static str) -> impl Strategy<Value = Vec<RouteConfig>> {
    let hosts = prop_oneof![
        3 => Just(json!([])),
        1 => Just(json!(["a.test"])),
        1 => Just(json!(["*.test"])),
        1 => Just(json!(["*.a.test", "b.test"])),
    ];
    let methods = prop_oneof![2 => Just(json!([])), 1 => Just(json!(["POST"]))];
    let headers = prop_oneof![3 => Just(json!([])), 1 => Just(json!([{ "name": "x", "present": true }]))];
    let access = prop_oneof![Just("public"), Just("authenticated")];
    let one = (paths, hosts, methods, headers, access).prop_map(|(path, hosts, methods, headers, access)| {
        // Each name once.
        let mut number = 0;
        let path: String = path
            .split("{x}")
            .map(|part| {
                number += 1;
                if number == 1 { part.to_owned() } else { format!("{{x{number}}}{part}") }
            })
            .collect();
        json!({ "path": path, "hosts": hosts, "methods": methods, "headers": headers, "access": access })
    });
    proptest::collection::vec(one, 0..8).prop_map(|all| {
        let mut kept: Vec<RouteConfig> = Vec::new();
        for (index, more) in all.into_iter().enumerate() {
            let path = more["path"].as_str().unwrap_or_default().to_owned();
            kept.push(route_with(&format!("r{index}"), &path, more));
            if table(&kept).is_err() {
                kept.pop();
            }
        }
        kept
    })
}

fn requests(paths: &'static str) -> impl Strategy<Value = Request> {
    let hosts = prop_oneof![Just("a.test"), Just("b.test"), Just("c.a.test"), Just("other")];
    let methods = prop_oneof![Just("GET"), Just("POST")];
    (hosts, paths, methods, any::<bool>()).prop_map(|(host, path, method, header)| Request {
        host: host.to_owned(),
        path,
        method,
        header,
    })
}

impl Request {
    fn sent(&self) -> super::fixtures::Sent {
        let sent = get(&self.path).host(&self.host).method(self.method);
        if self.header { sent.header("x", "1") } else { sent }
    }

    fn at(&self, path: String) -> Self {
        Self { host: self.host.clone(), path, method: self.method, header: self.header }
    }
}

/// What a server may make of a path: each of its steps, in any combination.
fn server_readings(path: &str) -> Vec<String> {
    let cut = |path: &str| -> String {
        let plain = |segment: &str| {
            let lower = segment.to_lowercase();
            let end = [";", "%3b", "%3f", "%23"].iter().filter_map(|mark| lower.find(mark)).min();
            segment[..end.unwrap_or(segment.len())].to_owned()
        };
        path.split('/').map(plain).collect::<Vec<_>>().join("/")
    };
    let trim = |path: &str| -> String {
        path.split('/').map(|segment| segment.trim_end_matches('.')).collect::<Vec<_>>().join("/")
    };
    let decode = |path: &str| path.replace("%2F", "/").replace("%2f", "/");
    let merge = |path: &str| {
        let mut merged = path.to_owned();
        while merged.contains("//") {
            merged = merged.replace("//", "/");
        }
        if merged.is_empty() { "/".to_owned() } else { merged }
    };
    let mut all = Vec::new();
    for bits in 0..8 {
        let mut read = path.to_owned();
        if bits & 4 != 0 {
            read = decode(&read);
        }
        if bits & 1 != 0 {
            read = cut(&read);
        }
        if bits & 2 != 0 {
            read = trim(&read);
        }
        all.push(merge(&read));
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn a_route_is_that_of_looking_at_every_one(
        routes in routes("(/(a|b|[{]x[}])){1,4}(/|/[*]|/[{]rest[.][.][.][}])?|/[*]"),
        request in requests("(/[abc]){1,4}/?|/"),
    ) {
        let table = table(&routes).expect("a good table");
        let found = request.sent().route(&table).map(str::to_owned);
        let expected = slow(&routes, &request, false).map(|index| routes[index].name.clone());
        match expected {
            Some(name) => prop_assert_eq!(found, Ok(name)),
            // The first page is the gateway's.
            None if request.path == "/" => prop_assert_eq!(found, Ok("/".to_owned())),
            None => prop_assert_eq!(found, Err(NoRoute::Unknown)),
        }
    }

    #[test]
    fn no_spelling_of_a_path_reaches_by_a_public_route_what_some_server_takes_for_an_authenticated_ones(
        routes in routes("(/(a|B|b|[{]x[}])){1,3}(/|/[*])?|/[*]"),
        request in requests("((/|%2F)(a|A|b|B|c)(;x|%3Bx|[.]|%2F|%2f;y)?){1,4}/?"),
    ) {
        let table = table(&routes).expect("a good table");
        let Ok(canonical) = canonical::path(&request.path).map(String::from) else { return Ok(()) };
        let sent = request.sent();
        let Ok(found) = table.find(&sent.asked()) else { return Ok(()) };
        if found.route.access == RouteAccess::Authenticated || found.route.reserved {
            return Ok(());
        }
        for reading in server_readings(&canonical) {
            for is_loose in [false, true] {
                let other = slow(&routes, &request.at(reading.clone()), is_loose).map(|index| &routes[index]);
                prop_assert!(
                    other.is_none_or(|other| other.access == RouteAccess::Public),
                    "{canonical} went to {}, but as {reading} it is {}'s", found.route.name, other.map_or("", |other| &other.name)
                );
            }
        }
    }

    #[test]
    fn a_canonical_path_is_refused_or_stays_as_it_is(path in "((/|//|%2F)(a|%61|[.]|[.][.]|%2e|;x|%3B|%25){0,2}){1,4}") {
        if let Ok(form) = canonical::path(&path) {
            prop_assert_eq!(canonical::path(&form), Ok(form.clone()));
        }
        if let Ok(Some(kept)) = canonical::with_double_slashes(&path) {
            prop_assert_eq!(canonical::path(&kept), canonical::path(&path));
            prop_assert_eq!(canonical::with_double_slashes(&kept), Ok(Some(kept.clone())));
        }
    }

    #[test]
    fn a_path_that_is_read_in_one_way_has_no_other_reading(path in "(/[a-zA-Z.;%2F]{0,4}){1,4}") {
        if is_read_in_one_way(&path) && !path.contains("//") {
            prop_assert_eq!(readings(&path, true).next(), None);
            prop_assert_eq!(&*loosened(&path), path.as_str());
        }
    }

    #[test]
    fn no_bytes_of_a_path_query_or_host_break_the_matcher(
        path in "/[ -~]{0,40}",
        query in "[ -~]{0,40}",
        host in "[!-~]{0,20}",
    ) {
        let routes = [
            route_with("a", "/{x}/{rest...}", json!({ "query": [{ "name": "a", "regex": "b.*" }] })),
            route_with("b", "~/.*", json!({ "double_slashes": "keep", "encoded_slashes": true })),
            route_with("c", "/*", json!({ "hosts": ["*.test"], "rewrite": { "prefix": "/v2" } })),
        ];
        let table = table(&routes).expect("a good table");
        let sent = get(&format!("{path}?{query}")).host(&host);
        if let Ok(found) = table.find(&sent.asked()) {
            let _ = found.route.upstream_path("/base", &sent.asked());
        }
    }
}
