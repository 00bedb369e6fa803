//! Roles, permissions, and who holds them. What is granted may be bound to one organisation.

use super::m0001_users::of_user;
use sea_orm_migration::{prelude::*, schema::*};

pub(super) struct Roles;

impl MigrationName for Roles {
    fn name(&self) -> &str {
        "users_0002_roles"
    }
}

const SCOPES: [&str; 4] = ["global", "org", "team", "user"];

/// What may stand once everywhere and once in each organisation: table and columns.
const ONCE: [(&str, &[&str]); 4] = [
    ("roles", &["name"]),
    ("role_permissions", &["role_id", "permission_id"]),
    ("user_roles", &["user_id", "role_id"]),
    ("user_permissions", &["user_id", "permission_id"]),
];

#[async_trait::async_trait]
impl MigrationTrait for Roles {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [roles(), permissions(), role_permissions(), user_roles(), user_permissions(), catalogue()] {
            manager.create_table(table).await?;
        }
        // NULLs are distinct in a unique index on both databases, so "everywhere" needs an index of its own.
        for (table, columns) in ONCE {
            let mut everywhere = Index::create().name(format!("{table}_everywhere")).table(table).unique().to_owned();
            let mut inside = Index::create().name(format!("{table}_in_organisation")).table(table).unique().to_owned();
            for column in columns {
                everywhere.col(*column);
                inside.col(*column);
            }
            manager.create_index(everywhere.cond_where(Expr::col("organisation_id").is_null()).to_owned()).await?;
            manager.create_index(inside.col("organisation_id").to_owned()).await?;
        }
        for (table, column) in [("user_roles", "role_id"), ("user_permissions", "permission_id")] {
            let holders = Index::create().name(format!("{table}_holders")).table(table).col(column).to_owned();
            manager.create_index(holders).await?;
        }
        let first = Query::insert()
            .into_table("role_catalogue")
            .columns(["id", "version"])
            .values_panic([1.into(), 0.into()])
            .to_owned();
        manager.execute(first).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["role_catalogue", "user_permissions", "user_roles", "role_permissions", "permissions", "roles"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}

fn roles() -> TableCreateStatement {
    Table::create()
        .table("roles")
        .col(uuid("id").primary_key())
        .col(string_len("name", 100))
        .col(string_len("display_name", 255))
        .col(text_null("description"))
        .col(string_len("type", 16).check(Expr::col("type").is_in(["system", "custom"])))
        .col(string_len("scope", 16).check(Expr::col("scope").is_in(SCOPES)))
        .col(integer("level"))
        .col(uuid_null("parent_id"))
        .col(uuid_null("organisation_id"))
        .col(boolean("is_active"))
        .col(big_integer("version"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone("updated_at"))
        .foreign_key(ForeignKey::create().from("roles", "parent_id").to("roles", "id"))
        .to_owned()
}

fn permissions() -> TableCreateStatement {
    Table::create()
        .table("permissions")
        .col(uuid("id").primary_key())
        .col(string_len("name", 100).unique_key())
        .col(string_len("display_name", 255))
        .col(string_len("resource", 100))
        .col(string_len("action", 100))
        .col(string_len("scope", 16).check(Expr::col("scope").is_in(SCOPES)))
        .col(timestamp_with_time_zone("created_at"))
        .index(Index::create().unique().name("permissions_meaning").col("resource").col("action").col("scope"))
        .to_owned()
}

fn role_permissions() -> TableCreateStatement {
    Table::create()
        .table("role_permissions")
        .col(uuid("id").primary_key())
        .col(uuid("role_id"))
        .col(uuid("permission_id"))
        .col(uuid_null("organisation_id"))
        .col(uuid_null("granted_by"))
        .col(timestamp_with_time_zone("granted_at"))
        .foreign_key(&mut of_role("role_permissions"))
        .foreign_key(&mut of_permission("role_permissions"))
        .to_owned()
}

fn user_roles() -> TableCreateStatement {
    Table::create()
        .table("user_roles")
        .col(uuid("id").primary_key())
        .col(uuid("user_id"))
        .col(uuid("role_id"))
        .col(uuid_null("organisation_id"))
        .col(uuid_null("assigned_by"))
        .col(timestamp_with_time_zone("assigned_at"))
        .col(timestamp_with_time_zone_null("expires_at"))
        .foreign_key(&mut of_user("user_roles"))
        .foreign_key(&mut of_role("user_roles"))
        .to_owned()
}

fn user_permissions() -> TableCreateStatement {
    Table::create()
        .table("user_permissions")
        .col(uuid("id").primary_key())
        .col(uuid("user_id"))
        .col(uuid("permission_id"))
        .col(uuid_null("organisation_id"))
        .col(uuid_null("granted_by"))
        .col(timestamp_with_time_zone("granted_at"))
        .col(timestamp_with_time_zone_null("expires_at"))
        .foreign_key(&mut of_user("user_permissions"))
        .foreign_key(&mut of_permission("user_permissions"))
        .to_owned()
}

/// One row: counts changes of what roles mean.
fn catalogue() -> TableCreateStatement {
    Table::create()
        .table("role_catalogue")
        .col(small_integer("id").primary_key().check(Expr::col("id").eq(1)))
        .col(big_integer("version"))
        .to_owned()
}

fn of_role(table: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create().from(table, "role_id").to("roles", "id").on_delete(ForeignKeyAction::Cascade).to_owned()
}

fn of_permission(table: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .from(table, "permission_id")
        .to("permissions", "id")
        .on_delete(ForeignKeyAction::Cascade)
        .to_owned()
}
