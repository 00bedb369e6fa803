//! Signing keys. Their times say all about their state: published, in force, retired.

use super::{create, drop};
use sea_orm_migration::{prelude::*, schema::*};

pub(super) struct SigningKeys;

impl MigrationName for SigningKeys {
    fn name(&self) -> &str {
        "m0004_signing_keys"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for SigningKeys {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let keys = Table::create()
            .table("signing_keys")
            .col(string_len("kid", 64).primary_key())
            // One key per generation, also when several processes rotate at once.
            .col(integer("generation").unique_key())
            .col(text("private_key_sealed"))
            .col(text("public_jwk"))
            .col(timestamp_with_time_zone("published_at"))
            .col(timestamp_with_time_zone("signs_from"))
            .col(timestamp_with_time_zone_null("retired_at"))
            .to_owned();
        create(manager, [keys], []).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, &["signing_keys"]).await
    }
}
