//! Asking a table, for tests.

use crate::routing::{Asked, RouteTable};
use http::{HeaderMap, Method};
use std::net::{IpAddr, Ipv4Addr};

/// Whether a GET of a path has a route.
pub(crate) fn serves(table: &RouteTable, path: &str) -> bool {
    let headers = HeaderMap::new();
    let asked = Asked {
        method: &Method::GET,
        host: "localhost:3000",
        path,
        raw_path: path,
        query: None,
        headers: &headers,
        client: IpAddr::V4(Ipv4Addr::LOCALHOST),
    };
    table.find(&asked).is_ok()
}
