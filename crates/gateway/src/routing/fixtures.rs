//! Tables and requests for the tests of routing.

use super::asked::Asked;
use super::canonical;
use super::config::RouteConfig;
use super::route::RouteDefaults;
use super::table::{NoRoute, RouteTable, Written};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use orion_contracts::ServiceName;
use orion_infra::config::ConfigFault;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;
use url::Url;

/// A route to a server of this machine.
pub(super) fn route(name: &str, path: &str) -> RouteConfig {
    route_with(name, path, json!({}))
}

/// The same with more of it written.
pub(super) fn route_with(name: &str, path: &str, more: Value) -> RouteConfig {
    let mut value = json!({ "name": name, "path": path, "upstream": "http://127.0.0.1:9000/base/" });
    let (Value::Object(own), Value::Object(more)) = (&mut value, more) else { panic!("not an object") };
    own.extend(more);
    own.retain(|_, value| !value.is_null());
    serde_json::from_value(value).expect("a route")
}

pub(super) fn defaults() -> RouteDefaults {
    RouteDefaults {
        connect: Duration::from_secs(2),
        timeout: Duration::from_secs(30),
        silence: Duration::from_secs(30),
        max_body: 1024,
        rate_limit: None,
    }
}

pub(super) fn services() -> BTreeMap<ServiceName, Url> {
    let url = Url::parse("http://127.0.0.1:3001").expect("a URL");
    BTreeMap::from(ServiceName::ALL.map(|service| (service, url.clone())))
}

pub(super) fn table(routes: &[RouteConfig]) -> Result<RouteTable, Vec<ConfigFault>> {
    RouteTable::new(&services(), Written { routes, upstreams: &[] }, &defaults())
}

/// A request that owns what it is asked with.
pub(super) struct Sent {
    method: Method,
    host: String,
    path: String,
    raw_path: String,
    query: Option<String>,
    headers: HeaderMap,
    client: IpAddr,
}

/// A GET of a path, with a query or without, of whatever host.
pub(super) fn get(path: &str) -> Sent {
    let (raw_path, query) = match path.split_once('?') {
        Some((path, query)) => (path, Some(query.to_owned())),
        None => (path, None),
    };
    Sent {
        method: Method::GET,
        host: "localhost:3000".to_owned(),
        path: canonical::path(raw_path).map_or_else(|_| raw_path.to_owned(), Into::into),
        raw_path: raw_path.to_owned(),
        query,
        headers: HeaderMap::new(),
        client: Ipv4Addr::LOCALHOST.into(),
    }
}

impl Sent {
    pub(super) fn method(mut self, method: &str) -> Self {
        self.method = Method::from_bytes(method.as_bytes()).expect("a method");
        self
    }

    pub(super) fn host(mut self, host: &str) -> Self {
        host.clone_into(&mut self.host);
        self
    }

    pub(super) fn header(mut self, name: &str, value: &str) -> Self {
        let name = HeaderName::from_bytes(name.as_bytes()).expect("a name");
        self.headers.append(name, HeaderValue::from_str(value).expect("a value"));
        self
    }

    pub(super) fn client(mut self, client: &str) -> Self {
        self.client = client.parse().expect("an address");
        self
    }

    pub(super) fn asked(&self) -> Asked<'_> {
        Asked {
            method: &self.method,
            host: &self.host,
            path: &self.path,
            raw_path: &self.raw_path,
            query: self.query.as_deref(),
            headers: &self.headers,
            client: self.client,
        }
    }

    /// The name of the route that it takes.
    pub(super) fn route<'t>(&self, table: &'t RouteTable) -> Result<&'t str, NoRoute> {
        table.find(&self.asked()).map(|found| &*found.route.name)
    }
}
