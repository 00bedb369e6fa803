//! Roles that somebody holds under a condition: apart from those without, so that a version which knows none sees no role at all. And
//! which permissions have their decisions logged.

use orion_infra::db::schema::{
    Expr, Schema, boolean, text, timestamp_with_time_zone, timestamp_with_time_zone_null, uuid, uuid_null,
};
use sea_orm::ExprTrait;

pub(super) fn up(schema: &mut Schema) {
    schema.add_column("permissions", boolean("log_decisions").default(false));
    let table = "user_conditional_roles";
    schema.table(
        table,
        [
            uuid("id").primary_key(),
            uuid("user_id").belongs_to("users"),
            uuid("role_id").belongs_to("roles"),
            uuid_null("organisation_id"),
            text("condition"),
            uuid_null("assigned_by"),
            timestamp_with_time_zone("assigned_at"),
            timestamp_with_time_zone_null("expires_at"),
        ],
    );
    let everywhere = Expr::col("organisation_id").is_null();
    schema.unique_where("user_conditional_roles_everywhere", table, &["user_id", "role_id"], everywhere);
    schema.unique("user_conditional_roles_inside", table, &["user_id", "role_id", "organisation_id"]);
    schema.index("user_conditional_roles_by_user", table, &["role_id", "user_id"]);
}
