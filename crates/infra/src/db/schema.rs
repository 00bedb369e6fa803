//! The tables that every service has: outbox, inbox, jobs, audit entries not yet shipped, idempotency keys.

use sea_orm_migration::{prelude::*, schema::*};

/// Their migrations; every service's own come after them.
pub fn platform_migrations() -> Vec<Box<dyn MigrationTrait>> {
    vec![Box::new(PlatformTables)]
}

struct PlatformTables;

impl MigrationName for PlatformTables {
    fn name(&self) -> &str {
        "p0001_platform_tables"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for PlatformTables {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let outbox = Table::create()
            .table("outbox")
            .col(uuid("event_id"))
            .col(string_len("lane", 32))
            .col(string_len("kind", 100))
            .col(text("event"))
            .col(timestamp_with_time_zone("due_at"))
            .col(integer("attempts").default(0))
            .col(text_null("last_error"))
            .primary_key(Index::create().col("event_id").col("lane"))
            .to_owned();
        let inbox = Table::create()
            .table("inbox")
            .col(uuid("event_id").primary_key())
            .col(timestamp_with_time_zone("received_at"))
            .to_owned();
        let jobs = Table::create()
            .table("jobs")
            .col(uuid("id").primary_key())
            .col(string_len("kind", 100))
            .col(text("payload"))
            .col(small_integer("priority").default(0))
            .col(timestamp_with_time_zone("due_at"))
            .col(timestamp_with_time_zone_null("leased_until"))
            .col(big_integer("fence").default(0))
            .col(integer("attempts").default(0))
            .col(integer("max_attempts"))
            .col(string_len("state", 16).check(Expr::col("state").is_in(["due", "dead"])))
            .col(text_null("last_error"))
            .col(timestamp_with_time_zone("created_at"))
            .to_owned();
        let audit = Table::create()
            .table("audit_entries")
            .col(big_integer("sequence").primary_key())
            .col(uuid("id").unique_key())
            .col(text("entry"))
            .col(timestamp_with_time_zone("created_at"))
            .to_owned();
        let audit_sequence = Table::create()
            .table("audit_sequence")
            .col(small_integer("id").primary_key().check(Expr::col("id").eq(1)))
            .col(big_integer("last"))
            .to_owned();
        let idempotency = Table::create()
            .table("idempotency_keys")
            .col(string_len("scope", 64))
            .col(string_len("key", 255))
            .col(string_len("fingerprint", 64))
            .col(text("response"))
            .col(timestamp_with_time_zone("created_at"))
            .primary_key(Index::create().col("scope").col("key"))
            .to_owned();
        for table in [outbox, inbox, jobs, audit, audit_sequence, idempotency] {
            manager.create_table(table).await?;
        }
        for index in [
            Index::create().name("outbox_due").table("outbox").col("lane").col("due_at").to_owned(),
            Index::create().name("inbox_age").table("inbox").col("received_at").to_owned(),
            Index::create().name("jobs_due").table("jobs").col("state").col("priority").col("due_at").to_owned(),
            Index::create().name("idempotency_age").table("idempotency_keys").col("created_at").to_owned(),
        ] {
            manager.create_index(index).await?;
        }
        let first = Query::insert()
            .into_table("audit_sequence")
            .columns(["id", "last"])
            .values_panic([1.into(), 0.into()])
            .to_owned();
        manager.execute(first).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["outbox", "inbox", "jobs", "audit_entries", "audit_sequence", "idempotency_keys"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}
