//! Users, how they are found, and the verification of their e-mail addresses.

use sea_orm_migration::{prelude::*, schema::*};

pub(super) struct Users;

impl MigrationName for Users {
    fn name(&self) -> &str {
        "users_0001_users"
    }
}

const STATUSES: [&str; 5] = ["active", "inactive", "suspended", "pending_verification", "deleted"];

#[async_trait::async_trait]
impl MigrationTrait for Users {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let users = Table::create()
            .table("users")
            .col(uuid("id").primary_key())
            .col(string_len("email", 255).unique_key())
            .col(string_len_null("username", 100).unique_key())
            .col(string_len_null("first_name", 100))
            .col(string_len_null("last_name", 100))
            .col(string_len_null("display_name", 200))
            .col(text_null("bio"))
            .col(string_len("timezone", 50))
            .col(string_len("locale", 10))
            .col(string_len("status", 32).check(Expr::col("status").is_in(STATUSES)))
            .col(timestamp_with_time_zone_null("email_verified_at"))
            .col(timestamp_with_time_zone_null("last_login_at"))
            .col(string_len_null("last_login_ip", 45))
            .col(big_integer("login_count").default(0))
            .col(big_integer("version"))
            .col(big_integer("grants_version"))
            .col(timestamp_with_time_zone("created_at"))
            .col(timestamp_with_time_zone("updated_at"))
            .to_owned();
        // Terms are bytes: both databases then compare them byte by byte, whatever their collation, and a prefix is a
        // range of the primary key.
        let search_terms = Table::create()
            .table("user_search_terms")
            .col(blob("term"))
            .col(uuid("user_id"))
            .primary_key(Index::create().col("term").col("user_id"))
            .foreign_key(&mut of_user("user_search_terms"))
            .to_owned();
        let verifications = Table::create()
            .table("email_verifications")
            .col(uuid("id").primary_key())
            .col(uuid("user_id"))
            .col(string_len("email", 255))
            .col(string_len("token_hash", 64).unique_key())
            .col(timestamp_with_time_zone("expires_at"))
            .col(timestamp_with_time_zone_null("used_at"))
            .col(timestamp_with_time_zone("created_at"))
            .foreign_key(&mut of_user("email_verifications"))
            .to_owned();
        for table in [users, search_terms, verifications] {
            manager.create_table(table).await?;
        }
        for index in [
            Index::create().name("users_status").table("users").col("status").col("id").to_owned(),
            Index::create().name("user_search_terms_user").table("user_search_terms").col("user_id").to_owned(),
            Index::create().name("email_verifications_user").table("email_verifications").col("user_id").to_owned(),
            Index::create().name("email_verifications_age").table("email_verifications").col("expires_at").to_owned(),
        ] {
            manager.create_index(index).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["email_verifications", "user_search_terms", "users"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}

/// `user_id` of the table names a user and goes with them.
pub(super) fn of_user(table: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create().from(table, "user_id").to("users", "id").on_delete(ForeignKeyAction::Cascade).to_owned()
}
