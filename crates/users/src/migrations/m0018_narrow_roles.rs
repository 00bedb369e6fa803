//! Roles that somebody holds for a team, or for what is their own: apart from those that hold for more, so that a version which knows no
//! such scopes sees no role at all.

use orion_infra::db::schema::{Expr, Schema, timestamp_with_time_zone, timestamp_with_time_zone_null, uuid, uuid_null};
use sea_orm::ExprTrait;

pub(super) fn up(schema: &mut Schema) {
    let table = "user_narrow_roles";
    schema.table(
        table,
        [
            uuid("id").primary_key(),
            uuid("user_id").belongs_to("users"),
            uuid("role_id").belongs_to("roles"),
            // None for what is the user's own.
            uuid_null("team_id").belongs_to("teams"),
            uuid_null("assigned_by"),
            timestamp_with_time_zone("assigned_at"),
            timestamp_with_time_zone_null("expires_at"),
        ],
    );
    let own = Expr::col("team_id").is_null();
    schema.unique_where("user_narrow_roles_own", table, &["user_id", "role_id"], own);
    schema.unique("user_narrow_roles_team", table, &["user_id", "role_id", "team_id"]);
    schema.index("user_narrow_roles_by_user", table, &["role_id", "user_id"]);
    schema.index("user_narrow_roles_of_team", table, &["team_id", "user_id"]);
}
