//! The `invitations` table: what somebody was promised whom an administrator created.

use super::{organisation_invitations, roles};
use chrono::{DateTime, Utc};
use orion_contracts::UserId;
use orion_infra::DbError;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::LikeExpr;
use sea_orm::{ExprTrait, FromQueryResult, IntoActiveModel, QueryFilter, QuerySelect};
use serde_json::json;

/// A row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "invitations")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: Uuid,
    /// JSON: names of roles.
    pub roles: String,
    /// JSON: their ids. None where a version before wrote it: any role of the name is the one.
    pub role_ids: Option<String>,
    pub invited_by: Uuid,
    pub created_at: DateTimeUtc,
    pub sent_at: Option<DateTimeUtc>,
    pub expires_at: Option<DateTimeUtc>,
    pub withdrawn_at: Option<DateTimeUtc>,
    pub accepted_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// Names of the roles that are promised.
    pub(crate) fn promised(&self) -> Vec<String> {
        serde_json::from_str(&self.roles).unwrap_or_default()
    }

    /// The same without a role; none where it is not promised.
    pub(crate) fn without(&self, role: &roles::Model) -> Option<Self> {
        let mut names = self.promised();
        let had = names.len();
        names.retain(|name| *name != role.name);
        if names.len() == had || !self.promises(role.id) {
            return None;
        }
        let ids = self.role_ids.as_deref().map(|ids| {
            let mut ids: Vec<Uuid> = serde_json::from_str(ids).unwrap_or_default();
            ids.retain(|id| *id != role.id);
            json!(ids).to_string()
        });
        Some(Self { roles: json!(names).to_string(), role_ids: ids, ..self.clone() })
    }

    /// Whether this role is promised, and not another one that had its name.
    pub(crate) fn promises(&self, role: Uuid) -> bool {
        is_promised(self.role_ids.as_deref(), role)
    }
}

/// Whether a role is among these, which are JSON. Without any it is known by its name alone.
pub(super) fn is_promised(role_ids: Option<&str>, role: Uuid) -> bool {
    let Some(ids) = role_ids else { return true };
    serde_json::from_str::<Vec<Uuid>>(ids).is_ok_and(|ids| ids.contains(&role))
}

/// That an invitation promises a role: by the id of it, or by its name where a version before wrote it.
pub(super) fn promising(ids: impl ColumnTrait, names: impl ColumnTrait, role: &roles::Model) -> Expr {
    // A name may have the sign that stands for any other one.
    let name = LikeExpr::new(format!("%\"{}\"%", role.name.replace('_', "!_"))).escape('!');
    ids.contains(role.id.to_string()).or(ids.is_null().and(names.like(name)))
}

/// How many promise a role and can be accepted, on the platform or in whatever organisation; as many as are counted may be more.
pub(crate) async fn count_promising(
    db: &impl ConnectionTrait,
    role: &roles::Model,
    now: DateTime<Utc>,
    most: u32,
) -> Result<u32, DbError> {
    let open = Entity::find()
        .filter(Column::AcceptedAt.is_null())
        .filter(Column::WithdrawnAt.is_null())
        .filter(Column::ExpiresAt.gt(now))
        .filter(promising(Column::RoleIds, Column::Roles, role));
    let inside = organisation_invitations::promising_role(role, now);
    let here = count_up_to(db, open.select_only().column_as(Column::UserId, "id"), most).await?;
    let inside = count_up_to(db, inside, most).await?;
    Ok(std::cmp::min(here.saturating_add(inside), most))
}

/// One that is counted.
#[derive(FromQueryResult)]
struct Counted {
    #[expect(dead_code, reason = "it is there, and that is all")]
    id: Uuid,
}

/// How many there are of what selects an `id` alone; no more are read than are counted.
async fn count_up_to(db: &impl ConnectionTrait, found: Select<impl EntityTrait>, most: u32) -> Result<u32, DbError> {
    let found: Vec<Counted> = found.limit(u64::from(most)).into_model().all(db).await?;
    Ok(u32::try_from(found.len()).unwrap_or(most))
}

/// The invitation of a user; none for those who came by themselves.
pub(crate) async fn find(db: &impl ConnectionTrait, user: UserId) -> Result<Option<Model>, DbError> {
    Ok(Entity::find_by_id(user.0).one(db).await?)
}

/// Inserts an invitation.
pub(crate) async fn insert(db: &impl ConnectionTrait, invitation: &Model) -> Result<(), DbError> {
    Entity::insert(invitation.clone().into_active_model().reset_all()).exec_without_returning(db).await?;
    Ok(())
}

/// Writes what can change of an invitation. Its user is locked.
pub(crate) async fn update(db: &impl ConnectionTrait, invitation: &Model) -> Result<(), DbError> {
    Entity::update(invitation.clone().into_active_model().reset_all()).exec(db).await?;
    Ok(())
}
