//! Who owns which path: the one table by which the gateway routes to ORION's services, the console forwards, and no route of
//! the user's takes a path of ours.

use crate::ServiceName;
use crate::gateway::RouteAccess::{self, Authenticated, Public};

/// A path and all below it, and the service that answers it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OwnedPath {
    /// It, with what is below: `/api/v1/users/*`.
    pub path: &'static str,
    /// Who answers.
    pub owner: ServiceName,
    /// Who may call through the gateway. The service asks for permissions itself.
    pub access: RouteAccess,
}

impl OwnedPath {
    /// Whether a path is it, or below it.
    pub fn holds(&self, path: &str) -> bool {
        let top = self.path.trim_end_matches("/*");
        path.strip_prefix(top).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

const fn of(path: &'static str, owner: ServiceName, access: RouteAccess) -> OwnedPath {
    OwnedPath { path, owner, access }
}

use ServiceName::{Admin, Auth, Gateway, Notifications, Users};

/// All paths that services own.
pub const OWNED: &[OwnedPath] = &[
    of("/api/v1/auth/*", Auth, Public),
    of("/.well-known/*", Auth, Public),
    of("/oauth/*", Auth, Public),
    of("/auth/*", Auth, Public),
    of("/api/v1/users/*", Users, Authenticated),
    of("/api/v1/roles/*", Users, Authenticated),
    of("/api/v1/permissions/*", Users, Authenticated),
    of("/api/v1/authz/*", Users, Authenticated),
    of("/api/v1/api-keys/*", Users, Authenticated),
    of("/api/v1/service-accounts/*", Users, Authenticated),
    of("/api/v1/organisations/*", Users, Authenticated),
    of("/api/v1/audit/*", Users, Authenticated),
    of("/api/v1/audit/keys/*", Users, Public),
    of("/api/v1/notifications/*", Notifications, Authenticated),
    of("/api/v1/templates/*", Notifications, Authenticated),
    of("/api/v1/batches/*", Notifications, Authenticated),
    of("/api/v1/settings/*", Admin, Authenticated),
    of("/api/v1/events/*", Admin, Authenticated),
    of("/api/v1/logs/*", Admin, Authenticated),
    of("/api/v1/alerts/*", Admin, Authenticated),
    of("/api/v1/traces/*", Admin, Authenticated),
    of("/api/v1/jobs/*", Admin, Authenticated),
    of("/api/v1/routes/*", Gateway, Authenticated),
    of("/api/v1/gateway/*", Gateway, Authenticated),
];

/// The service that owns an API, by the segment after `/api/v1/`.
pub fn owner_of_api(segment: &str) -> Option<ServiceName> {
    let is_it = |owned: &&OwnedPath| {
        owned.path.strip_prefix("/api/v1/").and_then(|rest| rest.strip_suffix("/*")) == Some(segment)
    };
    OWNED.iter().find(is_it).map(|owned| owned.owner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_has_one_owner_and_everything_below_it() {
        let paths: std::collections::BTreeSet<_> = OWNED.iter().map(|owned| owned.path).collect();
        assert_eq!(paths.len(), OWNED.len());
        assert!(paths.iter().all(|path| path.starts_with('/') && path.ends_with("/*")));
        let users = OWNED.iter().find(|owned| owned.owner == Users).expect("users");
        assert!(users.holds("/api/v1/users") && users.holds("/api/v1/users/me") && !users.holds("/api/v1/usersx"));
        assert_eq!(owner_of_api("users"), Some(Users));
        assert_eq!((owner_of_api("user"), owner_of_api(""), owner_of_api("oauth")), (None, None, None));
    }
}
