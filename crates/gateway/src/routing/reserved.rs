//! The paths that belong to ORION itself. No route of the user's can take them.

use crate::edge::canonical;
use orion_contracts::ServiceName;
use orion_contracts::gateway::RouteAccess;

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

const fn of(path: &'static str, service: ServiceName, access: RouteAccess) -> ReservedRoute {
    ReservedRoute { path, owner: Owner::Service(service), access }
}

const fn own(path: &'static str) -> ReservedRoute {
    ReservedRoute { path, owner: Owner::Gateway, access: RouteAccess::Public }
}

use RouteAccess::{Authenticated, Public};
use ServiceName::{Admin, Auth, Notifications, Users};

/// The gateway's first page, unless a route of the user's takes it.
pub const ROOT: ReservedRoute = own("/");

/// All others. Health is answered by the gateway; everything else leads to its owner.
pub const RESERVED: &[ReservedRoute] = &[
    own("/livez"),
    own("/readyz"),
    of("/api/v1/auth/*", Auth, Public),
    of("/.well-known/*", Auth, Public),
    of("/oauth/*", Auth, Public),
    of("/api/v1/users/*", Users, Authenticated),
    of("/api/v1/roles/*", Users, Authenticated),
    of("/api/v1/permissions/*", Users, Authenticated),
    of("/api/v1/api-keys/*", Users, Authenticated),
    of("/api/v1/audit/*", Users, Authenticated),
    of("/api/v1/notifications/*", Notifications, Authenticated),
    of("/api/v1/templates/*", Notifications, Authenticated),
    of("/api/v1/batches/*", Notifications, Authenticated),
    of("/api/v1/settings/*", Admin, Authenticated),
    of("/api/v1/events/*", Admin, Authenticated),
    of("/api/v1/logs/*", Admin, Authenticated),
    of("/api/v1/alerts/*", Admin, Authenticated),
    of("/api/v1/traces/*", Admin, Authenticated),
    of("/api/v1/jobs/*", Admin, Authenticated),
];

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
