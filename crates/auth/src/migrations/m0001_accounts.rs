//! Who may sign in, and with what.

use super::{create, drop, one_of};
use sea_orm_migration::{prelude::*, schema::*};

pub(super) struct Accounts;

impl MigrationName for Accounts {
    fn name(&self) -> &str {
        "m0001_accounts"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Accounts {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let statuses = &["active", "inactive", "suspended", "pending_verification", "deleted"];
        let accounts = Table::create()
            .table("accounts")
            .col(uuid("user_id").primary_key())
            .col(string_len_null("email", 255).unique_key())
            .col(string_len("status", 32).check(one_of("status", statuses)))
            .col(text("role_names"))
            .col(string_len_null("display_name", 200))
            .col(string_len("locale", 10))
            .col(big_integer("version"))
            .col(timestamp_with_time_zone("created_at"))
            .col(timestamp_with_time_zone("updated_at"))
            .to_owned();
        let credentials = Table::create()
            .table("credentials")
            .col(uuid("user_id").primary_key())
            .col(string_len("password_hash", 255))
            .col(boolean("must_change"))
            .col(timestamp_with_time_zone("changed_at"))
            .to_owned();
        create(manager, [accounts, credentials], []).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, &["accounts", "credentials"]).await
    }
}
