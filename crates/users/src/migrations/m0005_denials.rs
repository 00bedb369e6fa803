//! Permissions that a user is denied, in a table of their own: a version that knows no denials must not take one for a grant. And
//! indexes for asking who holds a permission, page by page.

use orion_infra::db::schema::{Expr, Schema, timestamp_with_time_zone, timestamp_with_time_zone_null, uuid, uuid_null};
use sea_orm::ExprTrait;

pub(super) fn up(schema: &mut Schema) {
    schema.table(
        "user_denials",
        [
            uuid("id").primary_key(),
            uuid("user_id").belongs_to("users"),
            uuid("permission_id").belongs_to("permissions"),
            uuid_null("organisation_id"),
            uuid_null("denied_by"),
            timestamp_with_time_zone("denied_at"),
            timestamp_with_time_zone_null("expires_at"),
        ],
    );
    let everywhere = Expr::col("organisation_id").is_null();
    schema.unique_where("user_denials_everywhere", "user_denials", &["user_id", "permission_id"], everywhere);
    let columns = ["user_id", "permission_id", "organisation_id"];
    schema.unique("user_denials_in_organisation", "user_denials", &columns);
    schema.index("user_roles_by_user", "user_roles", &["role_id", "user_id"]);
    schema.index("user_permissions_by_user", "user_permissions", &["permission_id", "user_id"]);
}
