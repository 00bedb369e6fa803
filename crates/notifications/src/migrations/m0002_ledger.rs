//! The ledger: notifications, their ways out, and every attempt.

use super::m0001_templates::CHANNELS;
use sea_orm_migration::{prelude::*, schema::*};

pub(super) struct Ledger;

impl MigrationName for Ledger {
    fn name(&self) -> &str {
        "m0002_ledger"
    }
}

const STATES: [&str; 9] =
    ["queued", "processing", "sent", "delivered", "failed", "bounced", "rejected", "cancelled", "expired"];

#[async_trait::async_trait]
impl MigrationTrait for Ledger {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [notifications(), deliveries(), delivery_attempts()] {
            manager.create_table(table).await?;
        }
        let index = |name: &str, table: &str| Index::create().name(name).table(table.to_owned()).to_owned();
        for index in [
            // One event gives one notification of a kind, however often it is brought.
            index("notifications_source", "notifications").col("source_event_id").col("kind").unique().to_owned(),
            index("notifications_user", "notifications").col("user_id").col("id").to_owned(),
            index("notifications_age", "notifications").col("created_at").to_owned(),
            index("deliveries_notification", "deliveries").col("notification_id").to_owned(),
            index("delivery_attempts_number", "delivery_attempts")
                .col("delivery_id")
                .col("attempt_number")
                .unique()
                .to_owned(),
        ] {
            manager.create_index(index).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["delivery_attempts", "deliveries", "notifications"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}

fn notifications() -> TableCreateStatement {
    let priorities = ["low", "normal", "high", "urgent"];
    Table::create()
        .table("notifications")
        .col(uuid("id").primary_key())
        .col(uuid_null("user_id"))
        .col(string_len("kind", 100))
        .col(string_len("priority", 16).check(Expr::col("priority").is_in(priorities)))
        .col(string_len_null("template_name", 100))
        .col(string_len_null("recipient_name", 255))
        .col(string_len("status", 16).check(Expr::col("status").is_in(STATES)))
        .col(json("variables"))
        .col(json_null("sealed_variables"))
        .col(uuid_null("source_event_id"))
        .col(big_integer("version"))
        .col(timestamp_with_time_zone_null("read_at"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone("updated_at"))
        .to_owned()
}

fn deliveries() -> TableCreateStatement {
    Table::create()
        .table("deliveries")
        .col(uuid("id").primary_key())
        .col(uuid("notification_id"))
        .col(string_len("channel", 16).check(Expr::col("channel").is_in(CHANNELS)))
        .col(string_len_null("provider", 100))
        .col(string_len("recipient", 320))
        .col(string_len("state", 16).check(Expr::col("state").is_in(STATES)))
        .col(uuid("template_id"))
        .col(text_null("subject"))
        .col(text_null("content"))
        .col(text_null("html_content"))
        .col(integer("attempts"))
        .col(timestamp_with_time_zone("queued_at"))
        .col(timestamp_with_time_zone_null("next_attempt_at"))
        .col(timestamp_with_time_zone_null("sent_at"))
        .col(timestamp_with_time_zone_null("delivered_at"))
        .col(timestamp_with_time_zone_null("failed_at"))
        .col(string_len_null("error_code", 50))
        .col(text_null("error_message"))
        .foreign_key(
            ForeignKey::create()
                .from("deliveries", "notification_id")
                .to("notifications", "id")
                .on_delete(ForeignKeyAction::Cascade),
        )
        .foreign_key(ForeignKey::create().from("deliveries", "template_id").to("templates", "id"))
        .to_owned()
}

fn delivery_attempts() -> TableCreateStatement {
    let outcomes = ["pending", "success", "failure", "timeout", "rate_limited"];
    Table::create()
        .table("delivery_attempts")
        .col(uuid("id").primary_key())
        .col(uuid("delivery_id"))
        .col(integer("attempt_number"))
        .col(string_len("status", 16).check(Expr::col("status").is_in(outcomes)))
        .col(string_len("provider", 100))
        .col(text_null("provider_id"))
        .col(big_integer_null("response_time_ms"))
        .col(string_len_null("error_code", 50))
        .col(text_null("error_message"))
        .col(timestamp_with_time_zone("attempted_at"))
        .col(timestamp_with_time_zone_null("completed_at"))
        .foreign_key(
            ForeignKey::create()
                .from("delivery_attempts", "delivery_id")
                .to("deliveries", "id")
                .on_delete(ForeignKeyAction::Cascade),
        )
        .to_owned()
}
