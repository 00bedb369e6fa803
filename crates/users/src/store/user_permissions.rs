//! What a subject holds, in seven queries: the user with their roles, those under a condition, those for less, what they are given and denied by itself, and where they belong.

use super::{conditional_roles, direct_permissions, narrow_roles, organisation_members};
use chrono::{DateTime, Utc};
use orion_contracts::users::{Grants, PermissionEffect, RoleGrant, UserStatus, Within};
use orion_contracts::{OrganisationId, RoleId, UserId};
use orion_infra::DbError;
use orion_infra::db::dialect::statement;
use sea_orm::{ConnectionTrait, DbErr};
use uuid::Uuid;

/// Everything that the user holds, expired or not, in whatever organisation; `None` for nobody.
pub(crate) async fn grants(db: &impl ConnectionTrait, user: UserId) -> Result<Option<Grants>, DbError> {
    let held = statement(
        db,
        "SELECT users.status, users.grants_version, user_roles.role_id, user_roles.organisation_id, \
         user_roles.expires_at FROM users LEFT JOIN user_roles ON user_roles.user_id = users.id WHERE users.id = $1",
        [user.0.into()],
    );
    let rows = db.query_all_raw(held).await?;
    let Some(first) = rows.first() else { return Ok(None) };
    let status: UserStatus = first.try_get::<String>("", "status")?.parse().map_err(DbErr::Type)?;
    let version = first.try_get("", "grants_version")?;
    let mut roles = Vec::with_capacity(rows.len());
    for row in &rows {
        if let Some(role) = row.try_get::<Option<Uuid>>("", "role_id")? {
            roles.push(RoleGrant {
                role_id: RoleId(role),
                organisation_id: row.try_get::<Option<Uuid>>("", "organisation_id")?.map(OrganisationId),
                expires_at: row.try_get::<Option<DateTime<Utc>>>("", "expires_at")?,
            });
        }
    }
    // A user who waits for verification acts as the guest that they are.
    let active = matches!(status, UserStatus::Active | UserStatus::PendingVerification);
    let (mut permissions, mut conditional, mut denials) = (Vec::new(), Vec::new(), Vec::new());
    for (effect, held) in direct_permissions::all(db, user).await? {
        match (effect, &held.condition) {
            (PermissionEffect::Grant, None) => permissions.push(held),
            (PermissionEffect::Grant, Some(_)) => conditional.push(held),
            (PermissionEffect::Denial, _) => denials.push(held),
        }
    }
    let mut conditional_roles = conditional_roles::grants(db, user).await?;
    let mut narrow_roles = narrow_roles::grants(db, user).await?;
    let memberships = organisation_members::of_user(db, user).await?;
    let organisations: Vec<_> = memberships.into_iter().map(|member| OrganisationId(member.organisation_id)).collect();
    // Of one that is being deleted nobody holds anything any more.
    let is_there =
        |place: Option<OrganisationId>| place.is_none_or(|place| organisations.binary_search(&place).is_ok());
    roles.retain(|held| is_there(held.organisation_id));
    conditional_roles.retain(|held| is_there(held.organisation_id));
    narrow_roles.retain(|held| match held.within {
        Within::Own => true,
        Within::Team { organisation_id, .. } => is_there(Some(organisation_id)),
    });
    for held in [&mut permissions, &mut conditional] {
        held.retain(|held| is_there(held.organisation_id));
    }
    Ok(Some(Grants {
        user_id: user,
        version,
        active,
        roles,
        permissions,
        denials,
        conditional,
        conditional_roles,
        narrow_roles,
        organisations,
    }))
}
