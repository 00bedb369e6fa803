//! The audit log: every service's entries in one chain, and the sealed row that says where it begins and ends.

use sea_orm_migration::{prelude::*, schema::*};

pub(super) struct AuditLog;

impl MigrationName for AuditLog {
    fn name(&self) -> &str {
        "users_0003_audit_log"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for AuditLog {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let log = Table::create()
            .table("audit_log")
            .col(big_integer("position").primary_key())
            .col(uuid("id").unique_key())
            .col(string_len("service", 32))
            .col(big_integer("sequence"))
            .col(text("entry"))
            .col(string_len("payload_hmac", 64))
            .col(string_len("previous_hash", 64))
            .col(string_len("hash", 64))
            .col(timestamp_with_time_zone("appended_at"))
            .index(Index::create().unique().name("audit_log_sequence").col("service").col("sequence"))
            .to_owned();
        let chain = Table::create()
            .table("audit_chain")
            .col(small_integer("id").primary_key().check(Expr::col("id").eq(1)))
            .col(big_integer("cut_position"))
            .col(string_len("cut_hash", 64))
            .col(big_integer("head_position"))
            .col(string_len("head_hash", 64))
            .col(string_len("seal", 64))
            .to_owned();
        manager.create_table(log).await?;
        manager.create_table(chain).await?;
        let age = Index::create().name("audit_log_age").table("audit_log").col("appended_at").to_owned();
        manager.create_index(age).await?;
        let empty = Query::insert()
            .into_table("audit_chain")
            .columns(["id", "cut_position", "cut_hash", "head_position", "head_hash", "seal"])
            .values_panic([1.into(), 0.into(), "".into(), 0.into(), "".into(), "".into()])
            .to_owned();
        manager.execute(empty).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("audit_log").to_owned()).await?;
        manager.drop_table(Table::drop().table("audit_chain").to_owned()).await
    }
}
