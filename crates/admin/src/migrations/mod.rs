//! The admin service's tables.

use sea_orm_migration::{prelude::*, schema::*};

/// All migrations, oldest first.
pub(crate) fn all() -> Vec<Box<dyn MigrationTrait>> {
    vec![Box::new(ConsoleTables)]
}

struct ConsoleTables;

impl MigrationName for ConsoleTables {
    fn name(&self) -> &str {
        "m0001_console_tables"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for ConsoleTables {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let sessions = Table::create()
            .table("console_sessions")
            .col(string_len("id_hash", 64).primary_key())
            .col(uuid("user_id"))
            .col(uuid("session_id"))
            .col(string_len("email", 254))
            .col(string_len_null("display_name", 200))
            .col(text("access_token"))
            .col(text("refresh_token"))
            .col(big_integer("token_generation").default(0))
            .col(timestamp_with_time_zone("access_expires_at"))
            .col(timestamp_with_time_zone("created_at"))
            .col(timestamp_with_time_zone("last_seen_at"))
            .col(timestamp_with_time_zone("idle_expires_at"))
            .col(timestamp_with_time_zone("expires_at"))
            .col(text_null("user_agent"))
            .col(string_len_null("ip_address", 45))
            .to_owned();
        // One row: the link of this platform, and for ever the fact that it was used.
        let setup_links = Table::create()
            .table("setup_links")
            .col(small_integer("id").primary_key().check(Expr::col("id").eq(1)))
            .col(string_len("token_hash", 64))
            .col(uuid("administrator_id"))
            .col(timestamp_with_time_zone("created_at"))
            .col(timestamp_with_time_zone_null("used_at"))
            .to_owned();
        let event_log = Table::create()
            .table("event_log")
            .col(uuid("event_id").primary_key())
            .col(big_integer("sequence").unique_key())
            .col(string_len("source", 32))
            .col(string_len("name", 100))
            .col(timestamp_with_time_zone("occurred_at"))
            .col(timestamp_with_time_zone("logged_at"))
            .col(text("event"))
            .to_owned();
        let event_sequence = Table::create()
            .table("event_sequence")
            .col(small_integer("id").primary_key().check(Expr::col("id").eq(1)))
            .col(big_integer("last"))
            .to_owned();
        for table in [sessions, setup_links, event_log, event_sequence] {
            manager.create_table(table).await?;
        }
        for index in [
            Index::create().name("console_sessions_end").table("console_sessions").col("expires_at").to_owned(),
            Index::create().name("event_log_age").table("event_log").col("logged_at").to_owned(),
        ] {
            manager.create_index(index).await?;
        }
        let first = Query::insert()
            .into_table("event_sequence")
            .columns(["id", "last"])
            .values_panic([1.into(), 0.into()])
            .to_owned();
        manager.execute(first).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["console_sessions", "setup_links", "event_log", "event_sequence"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}
