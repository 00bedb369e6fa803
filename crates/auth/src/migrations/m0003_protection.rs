//! What protects sign-in: attempts, throttles, security events.

use super::{create, drop, one_of};
use sea_orm_migration::{prelude::*, schema::*};

pub(super) struct Protection;

impl MigrationName for Protection {
    fn name(&self) -> &str {
        "m0003_protection"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Protection {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let statuses = &["success", "failed", "blocked", "suspicious"];
        let attempts = Table::create()
            .table("login_attempts")
            .col(uuid("id").primary_key())
            .col(uuid_null("user_id"))
            .col(string_len("identifier_mac", 64))
            .col(string_len("status", 16).check(one_of("status", statuses)))
            .col(string_len("method", 50))
            .col(string_len_null("ip_address", 45))
            .col(text_null("user_agent"))
            .col(string_len_null("failure_reason", 255))
            .col(timestamp_with_time_zone("attempted_at"))
            .to_owned();
        let limits = Table::create()
            .table("rate_limits")
            .col(string_len("key", 255).primary_key())
            .col(string_len("key_type", 50))
            .col(string_len("endpoint", 255))
            .col(integer("count"))
            .col(timestamp_with_time_zone_null("blocked_until"))
            .col(timestamp_with_time_zone("reset_at"))
            .col(timestamp_with_time_zone("created_at"))
            .col(timestamp_with_time_zone("updated_at"))
            .to_owned();
        let severities = &["info", "low", "medium", "high", "critical"];
        let events = Table::create()
            .table("security_events")
            .col(uuid("id").primary_key())
            .col(uuid_null("user_id"))
            .col(uuid_null("session_id"))
            .col(string_len("event_type", 100))
            .col(string_len("event_category", 50))
            .col(string_len("severity", 20).check(one_of("severity", severities)))
            .col(string_len("title", 255))
            .col(text("details"))
            .col(string_len_null("ip_address", 45))
            .col(text_null("user_agent"))
            .col(boolean("was_blocked"))
            .col(timestamp_with_time_zone("occurred_at"))
            .to_owned();
        let indexes = [
            Index::create()
                .name("login_attempts_place")
                .table("login_attempts")
                .col("identifier_mac")
                .col("ip_address")
                .to_owned(),
            Index::create().name("login_attempts_age").table("login_attempts").col("attempted_at").to_owned(),
            Index::create().name("rate_limits_age").table("rate_limits").col("reset_at").to_owned(),
            Index::create().name("security_events_user").table("security_events").col("user_id").to_owned(),
            Index::create().name("security_events_age").table("security_events").col("occurred_at").to_owned(),
        ];
        create(manager, [attempts, limits, events], indexes).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, &["login_attempts", "rate_limits", "security_events"]).await
    }
}
