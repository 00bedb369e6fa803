//! Sessions, their tokens, and what was revoked.

use super::{create, drop, one_of};
use sea_orm_migration::{prelude::*, schema::*};

pub(super) struct Sessions;

impl MigrationName for Sessions {
    fn name(&self) -> &str {
        "m0002_sessions"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Sessions {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let sessions = Table::create()
            .table("sessions")
            .col(uuid("id").primary_key())
            .col(uuid("user_id"))
            .col(text("amr"))
            .col(string_len_null("ip_address", 45))
            .col(text_null("user_agent"))
            .col(timestamp_with_time_zone("started_at"))
            .col(timestamp_with_time_zone("auth_time"))
            .col(timestamp_with_time_zone("idle_expires_at"))
            .col(timestamp_with_time_zone("absolute_expires_at"))
            .col(timestamp_with_time_zone_null("ended_at"))
            .col(string_len_null("end_reason", 32))
            .to_owned();
        let types = &["access", "refresh", "reset_password", "email_verification", "magic_link", "api_key"];
        let statuses = &["active", "expired", "revoked", "used"];
        let tokens = Table::create()
            .table("auth_tokens")
            .col(uuid("id").primary_key())
            .col(uuid_null("session_id"))
            .col(uuid("user_id"))
            .col(string_len("token_hash", 64).unique_key())
            .col(string_len("type", 32).check(one_of("type", types)))
            .col(string_len("status", 16).check(one_of("status", statuses)))
            .col(uuid_null("parent_token_id"))
            .col(uuid_null("rotated_from_id"))
            .col(text_null("successor_sealed"))
            .col(timestamp_with_time_zone_null("grace_until"))
            .col(string_len_null("ip_address", 45))
            .col(text_null("user_agent"))
            .col(timestamp_with_time_zone("issued_at"))
            .col(timestamp_with_time_zone("expires_at"))
            .col(timestamp_with_time_zone_null("last_used_at"))
            .col(timestamp_with_time_zone_null("revoked_at"))
            .to_owned();
        let blacklist = Table::create()
            .table("session_blacklist")
            .col(big_integer("sequence").primary_key())
            .col(string_len("kind", 8).check(one_of("kind", &["jti", "sid", "sub"])))
            .col(uuid("subject"))
            .col(big_integer_null("issued_before"))
            .col(string_len("reason", 255))
            .col(timestamp_with_time_zone("revoked_at"))
            .col(timestamp_with_time_zone("expires_at"))
            .to_owned();
        // The number of the last line, locked until the line's transaction ends: readers that ask for "all after n"
        // never miss a line that is committed late, as they would with a database sequence.
        let blacklist_sequence = Table::create()
            .table("blacklist_sequence")
            .col(small_integer("id").primary_key().check(Expr::col("id").eq(1)))
            .col(big_integer("last"))
            .to_owned();
        let index = |name: &'static str, table: &'static str, column: &'static str| {
            Index::create().name(name).table(table).col(column).to_owned()
        };
        let indexes = [
            index("sessions_user", "sessions", "user_id"),
            index("sessions_age", "sessions", "idle_expires_at"),
            index("auth_tokens_session", "auth_tokens", "session_id"),
            index("auth_tokens_user", "auth_tokens", "user_id"),
            index("auth_tokens_age", "auth_tokens", "expires_at"),
            index("session_blacklist_age", "session_blacklist", "expires_at"),
        ];
        create(manager, [sessions, tokens, blacklist, blacklist_sequence], indexes).await?;
        let first = Query::insert()
            .into_table("blacklist_sequence")
            .columns(["id", "last"])
            .values_panic([1.into(), 0.into()])
            .to_owned();
        manager.execute(first).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, &["sessions", "auth_tokens", "session_blacklist", "blacklist_sequence"]).await
    }
}
