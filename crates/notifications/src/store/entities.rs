//! Rows as they are stored. Names of enums are text; the tables take any, for such lists grow.

#![allow(unreachable_pub, reason = "sea-orm's derives make public items")]

/// Where somebody stands who is written to.
pub(super) mod addressee {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "addressees")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub user_id: Uuid,
        pub status: String,
        pub version: i64,
        pub invited_version: Option<i64>,
        pub withdrawn_version: Option<i64>,
        pub changed_at: DateTimeUtc,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// A version of a template.
pub(super) mod template {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "templates")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub name: String,
        pub channel: String,
        pub locale: String,
        pub version: i64,
        pub shipped_version: Option<i64>,
        pub display_name: String,
        pub category: String,
        pub subject: Option<String>,
        pub body: String,
        pub html_body: Option<String>,
        pub variables: Json,
        pub is_published: bool,
        pub created_at: DateTimeUtc,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// A notification.
pub(super) mod notification {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "notifications")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub user_id: Option<Uuid>,
        pub kind: String,
        pub priority: String,
        pub template_name: Option<String>,
        pub recipient_name: Option<String>,
        pub status: String,
        pub variables: Json,
        pub sealed_variables: Option<Json>,
        pub source_event_id: Option<Uuid>,
        pub version: i64,
        pub read_at: Option<DateTimeUtc>,
        pub created_at: DateTimeUtc,
        pub updated_at: DateTimeUtc,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// One way out of a notification.
pub(super) mod delivery {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "deliveries")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub notification_id: Uuid,
        pub channel: String,
        pub provider: Option<String>,
        pub recipient: String,
        pub state: String,
        pub template_id: Uuid,
        pub subject: Option<String>,
        pub content: Option<String>,
        pub html_content: Option<String>,
        pub attempts: i64,
        pub queued_at: DateTimeUtc,
        pub next_attempt_at: Option<DateTimeUtc>,
        pub sent_at: Option<DateTimeUtc>,
        pub delivered_at: Option<DateTimeUtc>,
        pub failed_at: Option<DateTimeUtc>,
        pub error_code: Option<String>,
        pub error_message: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// One attempt at a delivery.
pub(super) mod attempt {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "delivery_attempts")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub delivery_id: Uuid,
        pub attempt_number: i64,
        pub status: String,
        pub provider: String,
        pub provider_id: Option<String>,
        pub response_time_ms: Option<i64>,
        pub error_code: Option<String>,
        pub error_message: Option<String>,
        pub attempted_at: DateTimeUtc,
        pub completed_at: Option<DateTimeUtc>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
