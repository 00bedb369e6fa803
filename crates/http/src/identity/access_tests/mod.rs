//! What holds where, and the reasons.

mod acting;
mod conditions;
mod places;

use super::*;
use crate::identity::decision::Scope;
use chrono::TimeDelta;
use orion_contracts::permissions::{AuditRead, Demand, UsersImpersonate, UsersRead, UsersWrite};
use orion_contracts::users::{NarrowRoleGrant, PermissionGrant, Role, RoleGrant, Within};
use orion_contracts::{OrganisationId, RoleId, TeamId, UserId};
use serde_json::json;
use std::collections::BTreeSet;
use uuid::Uuid;

const ORGANISATION: OrganisationId = OrganisationId(Uuid::from_u128(7));
const ANOTHER: OrganisationId = OrganisationId(Uuid::from_u128(8));
const ROLE: RoleId = RoleId(Uuid::from_u128(1));
const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;

/// A caller in a session for an organisation, with one role and one permission by itself.
struct Caller {
    role_in: Option<OrganisationId>,
    direct_in: Option<OrganisationId>,
    expires_at: Option<DateTime<Utc>>,
    active: bool,
    acts_for: Option<OrganisationId>,
    scope: Option<&'static str>,
    /// Where finding users is denied.
    denied: Option<Option<OrganisationId>>,
    denied_until: Option<DateTime<Utc>>,
}

/// A denial of finding users.
fn denial(organisation_id: Option<OrganisationId>, expires_at: Option<DateTime<Utc>>) -> PermissionGrant {
    PermissionGrant { permission: UsersRead::PERMISSION.name.to_owned(), organisation_id, expires_at, condition: None }
}

const EVERYWHERE: Caller = Caller {
    role_in: None,
    direct_in: None,
    expires_at: None,
    active: true,
    acts_for: None,
    scope: None,
    denied: None,
    denied_until: None,
};

impl Caller {
    fn access(&self) -> Access {
        let role: Role = serde_json::from_value(json!({
            "id": ROLE, "name": "keeper", "display_name": "Keeper", "description": null, "level": 5, "is_system": false,
            "permissions": [UsersRead::PERMISSION.name],
        }))
        .expect("a role");
        let grants = Grants {
            user_id: UserId(Uuid::nil()),
            version: 1,
            active: self.active,
            organisations: Vec::new(),
            roles: vec![RoleGrant { role_id: ROLE, organisation_id: self.role_in, expires_at: self.expires_at }],
            permissions: vec![PermissionGrant {
                permission: AuditRead::PERMISSION.name.to_owned(),
                organisation_id: self.direct_in,
                expires_at: self.expires_at,
                condition: None,
            }],
            conditional: Vec::new(),
            conditional_roles: Vec::new(),
            narrow_roles: Vec::new(),
            denials: self.denied.into_iter().map(|denied_in| denial(denied_in, self.denied_until)).collect(),
        };
        let roles = std::iter::once((ROLE, KnownRole::new(role))).collect();
        Access {
            held: Arc::new(Held::new(Arc::new(grants))),
            roles: Arc::new(roles),
            circumstances: None,
            attributes: None,
            organisation: self.acts_for,
            ceiling: self.scope.map(|scope| PermissionSet::named(scope.split(' '))),
            now: NOW,
            logged: PermissionSet::default(),
            actor: None,
        }
    }

    fn decide(&self, permission: Permission, object: Object) -> Decision {
        self.access().decide(permission, &object)
    }
}

/// Somebody who finds users under a condition, and their circumstances.
fn conditional(condition: &str) -> Access {
    let mut access = EVERYWHERE.access();
    let mut grants = (*access.held.grants).clone();
    grants.roles.clear();
    grants.conditional = vec![PermissionGrant { condition: Some(condition.to_owned()), ..denial(None, None) }];
    access.held = Arc::new(Held::new(Arc::new(grants)));
    access.under(Circumstances::default())
}
