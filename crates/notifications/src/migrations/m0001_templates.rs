//! Templates: a row per version in one locale for one channel.

use sea_orm_migration::{prelude::*, schema::*};

pub(super) struct Templates;

impl MigrationName for Templates {
    fn name(&self) -> &str {
        "m0001_templates"
    }
}

/// The values that a channel column may have.
pub(super) const CHANNELS: [&str; 7] = ["email", "sms", "push", "in_app", "webhook", "slack", "discord"];

#[async_trait::async_trait]
impl MigrationTrait for Templates {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let categories = ["transactional", "marketing", "security", "system", "account", "social"];
        let templates = Table::create()
            .table("templates")
            .col(uuid("id").primary_key())
            .col(string_len("name", 100))
            .col(string_len("channel", 16).check(Expr::col("channel").is_in(CHANNELS)))
            .col(string_len("locale", 10))
            .col(integer("version"))
            .col(string_len("display_name", 255))
            .col(string_len("category", 16).check(Expr::col("category").is_in(categories)))
            .col(string_len_null("subject", 500))
            .col(text("body"))
            .col(text_null("html_body"))
            .col(json("variables"))
            .col(boolean("is_published"))
            .col(timestamp_with_time_zone("created_at"))
            .to_owned();
        manager.create_table(templates).await?;
        let version = Index::create()
            .name("templates_version")
            .table("templates")
            .col("name")
            .col("channel")
            .col("locale")
            .col("version")
            .unique()
            .to_owned();
        manager.create_index(version).await?;
        // One version is in use; the database itself sees to it.
        let published = Index::create()
            .name("templates_published")
            .table("templates")
            .col("name")
            .col("channel")
            .col("locale")
            .unique()
            .and_where(Expr::col("is_published"))
            .to_owned();
        manager.create_index(published).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("templates").to_owned()).await
    }
}
