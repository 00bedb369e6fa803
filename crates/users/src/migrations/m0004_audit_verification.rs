//! When the audit log was verified last, so that restarts do not put it off.

use sea_orm_migration::{prelude::*, schema::*};

pub(super) struct AuditVerification;

impl MigrationName for AuditVerification {
    fn name(&self) -> &str {
        "users_0004_audit_verification"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for AuditVerification {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let column = timestamp_with_time_zone_null("verified_at");
        manager.alter_table(Table::alter().table("audit_chain").add_column(column).to_owned()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.alter_table(Table::alter().table("audit_chain").drop_column("verified_at").to_owned()).await
    }
}
