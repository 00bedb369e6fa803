//! Conditions of what a user is given or denied by itself. A grant under a condition has a table of its own: a version that knows no
//! conditions must not take one for a grant without. To such a version a denial denies always.

use orion_infra::db::schema::{
    Expr, Schema, text, text_null, timestamp_with_time_zone, timestamp_with_time_zone_null, uuid, uuid_null,
};
use sea_orm::ExprTrait;

pub(super) fn up(schema: &mut Schema) {
    schema.add_column("user_denials", text_null("condition"));
    let table = "user_conditional_permissions";
    schema.table(
        table,
        [
            uuid("id").primary_key(),
            uuid("user_id").belongs_to("users"),
            uuid("permission_id").belongs_to("permissions"),
            uuid_null("organisation_id"),
            text("condition"),
            uuid_null("granted_by"),
            timestamp_with_time_zone("granted_at"),
            timestamp_with_time_zone_null("expires_at"),
        ],
    );
    let everywhere = Expr::col("organisation_id").is_null();
    schema.unique_where("user_conditional_everywhere", table, &["user_id", "permission_id"], everywhere);
    schema.unique("user_conditional_in_organisation", table, &["user_id", "permission_id", "organisation_id"]);
    schema.index("user_conditional_by_user", table, &["permission_id", "user_id"]);
}
