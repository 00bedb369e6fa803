//! The paths that belong to ORION itself. No route of the user's can take them.

use super::canonical;
use orion_contracts::ServiceName;
use orion_contracts::gateway::RouteAccess;
use orion_contracts::paths::{OWNED, OwnedPath};

/// Who answers a reserved path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// One of ORION's services.
    Service(ServiceName),
    /// The gateway itself, without a token and without limits.
    Gateway,
}

/// A path that belongs to ORION.
#[derive(Debug, Clone, Copy)]
pub struct ReservedRoute {
    /// An exact path, or a prefix that ends in `/*`.
    pub path: &'static str,
    /// Who answers it.
    pub owner: Owner,
    /// Who may call it. The service asks for permissions itself.
    pub access: RouteAccess,
}

const fn own(path: &'static str) -> ReservedRoute {
    ReservedRoute { path, owner: Owner::Gateway, access: RouteAccess::Public }
}

/// The gateway's first page, unless a route of the user's takes it.
pub const ROOT: ReservedRoute = own("/");

/// All others: health, which the gateway answers, and what its owners answer.
pub fn reserved() -> impl Iterator<Item = ReservedRoute> {
    let to_owner = |owned: &OwnedPath| ReservedRoute {
        path: owned.path,
        owner: Owner::Service(owned.owner),
        access: owned.access,
    };
    [own("/livez"), own("/readyz")].into_iter().chain(OWNED.iter().map(to_owner))
}

/// Whether a path is a service's internal one, also for a server that cuts parameters off, skips empty segments, or takes
/// encoded slashes for slashes. No spelling of it is ever routed.
pub fn is_internal(path: &str) -> bool {
    // Most paths begin with another letter.
    if !matches!(path.as_bytes().get(1), Some(b'i' | b'I' | b'/' | b';' | b'%')) {
        return false;
    }
    let segments = path.split('/').flat_map(|segment| segment.split(canonical::SLASH));
    let first = segments.map(canonical::plain).find(|segment| !segment.is_empty());
    first.is_some_and(|first| first.eq_ignore_ascii_case("internal"))
}
