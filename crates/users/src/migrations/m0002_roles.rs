//! Roles, permissions, and who holds them. What is granted may be bound to one organisation.

use orion_infra::db::schema::{
    Expr, Schema, big_integer, boolean, string_len, text_null, timestamp_with_time_zone, timestamp_with_time_zone_null,
    uuid, uuid_null,
};
use sea_orm::ExprTrait;

pub(super) fn up(schema: &mut Schema) {
    schema.table(
        "roles",
        [
            uuid("id").primary_key(),
            string_len("name", 100),
            string_len("display_name", 255),
            text_null("description"),
            string_len("type", 16),
            string_len("scope", 16),
            big_integer("level"),
            uuid_null("parent_id").references("roles"),
            uuid_null("organisation_id"),
            boolean("is_active"),
            big_integer("version"),
            timestamp_with_time_zone("created_at"),
            timestamp_with_time_zone("updated_at"),
        ],
    );
    once(schema, "roles", ["roles_everywhere", "roles_in_organisation"], &["name", "organisation_id"]);
    schema.table(
        "permissions",
        [
            uuid("id").primary_key(),
            string_len("name", 100).unique_key(),
            string_len("display_name", 255),
            string_len("resource", 100),
            string_len("action", 100),
            string_len("scope", 16),
            timestamp_with_time_zone("created_at"),
        ],
    );
    schema.unique("permissions_meaning", "permissions", &["resource", "action", "scope"]);
    role_permissions(schema);
    user_roles(schema);
    user_permissions(schema);
    // Counts changes of what roles mean.
    schema.counter("role_catalogue", "version");
}

fn role_permissions(schema: &mut Schema) {
    schema.table(
        "role_permissions",
        [
            uuid("id").primary_key(),
            uuid("role_id").belongs_to("roles"),
            uuid("permission_id").belongs_to("permissions"),
            uuid_null("organisation_id"),
            uuid_null("granted_by"),
            timestamp_with_time_zone("granted_at"),
        ],
    );
    let names = ["role_permissions_everywhere", "role_permissions_in_organisation"];
    once(schema, "role_permissions", names, &["role_id", "permission_id", "organisation_id"]);
}

fn user_roles(schema: &mut Schema) {
    schema.table(
        "user_roles",
        [
            uuid("id").primary_key(),
            uuid("user_id").belongs_to("users"),
            uuid("role_id").belongs_to("roles"),
            uuid_null("organisation_id"),
            uuid_null("assigned_by"),
            timestamp_with_time_zone("assigned_at"),
            timestamp_with_time_zone_null("expires_at"),
        ],
    );
    let names = ["user_roles_everywhere", "user_roles_in_organisation"];
    once(schema, "user_roles", names, &["user_id", "role_id", "organisation_id"]);
    schema.index("user_roles_holders", "user_roles", &["role_id"]);
}

fn user_permissions(schema: &mut Schema) {
    schema.table(
        "user_permissions",
        [
            uuid("id").primary_key(),
            uuid("user_id").belongs_to("users"),
            uuid("permission_id").belongs_to("permissions"),
            uuid_null("organisation_id"),
            uuid_null("granted_by"),
            timestamp_with_time_zone("granted_at"),
            timestamp_with_time_zone_null("expires_at"),
        ],
    );
    let names = ["user_permissions_everywhere", "user_permissions_in_organisation"];
    once(schema, "user_permissions", names, &["user_id", "permission_id", "organisation_id"]);
    schema.index("user_permissions_holders", "user_permissions", &["permission_id"]);
}

/// The columns, the last of which is the organisation, may stand once everywhere and once in each organisation. NULLs are
/// never the same in a unique index, so "everywhere" needs an index of its own.
fn once(schema: &mut Schema, table: &'static str, [everywhere, inside]: [&'static str; 2], columns: &[&'static str]) {
    let without_organisation = &columns[..columns.len() - 1];
    schema.unique_where(everywhere, table, without_organisation, Expr::col("organisation_id").is_null());
    schema.unique(inside, table, columns);
}
