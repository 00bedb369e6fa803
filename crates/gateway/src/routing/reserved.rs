//! The paths that belong to ORION itself. No route of the user's can take them.

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

/// All of them. Health is answered by the gateway; everything else leads to its owner.
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

/// Whether a canonical path is a service's internal one. No spelling of it is ever routed.
pub fn is_internal(path: &str) -> bool {
    let first = path.trim_start_matches('/').split(['/', ';']).next().unwrap_or_default();
    first.eq_ignore_ascii_case("internal")
}
