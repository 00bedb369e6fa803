//! The `sent_organisation_invitations` table: invitations to organisations of the last day, whatever became of them.

use chrono::{DateTime, Utc};
use orion_contracts::OrganisationId;
use orion_infra::DbError;
use sea_orm::entity::prelude::*;
use sea_orm::{FromQueryResult, IntoActiveModel, QueryOrder, QuerySelect};

/// A row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "sent_organisation_invitations")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub organisation_id: Uuid,
    /// The MAC of the address without its tag.
    pub mailbox: String,
    pub sent_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// Which are counted.
pub(crate) enum Sent<'a> {
    /// All of an organisation.
    By(OrganisationId),
    /// Those of an organisation to a mailbox, by whatever MACs it may have.
    ByTo(OrganisationId, &'a [String]),
    /// Those of all organisations to a mailbox.
    To(&'a [String]),
}

/// When one was sent.
#[derive(FromQueryResult)]
struct At {
    sent_at: DateTimeUtc,
}

/// When the last but so many was sent, if there were as many between two moments.
pub(crate) async fn nth_newest(
    db: &impl ConnectionTrait,
    sent: Sent<'_>,
    (since, until): (DateTime<Utc>, DateTime<Utc>),
    nth: u64,
) -> Result<Option<DateTime<Utc>>, DbError> {
    let found = Entity::find().select_only().column(Column::SentAt);
    let found = found.filter(Column::SentAt.gt(since)).filter(Column::SentAt.lte(until));
    let to = |macs: &[String]| Column::Mailbox.is_in(macs.iter().map(String::as_str));
    let found = match sent {
        Sent::By(organisation) => found.filter(Column::OrganisationId.eq(organisation.0)),
        Sent::ByTo(organisation, macs) => found.filter(to(macs)).filter(Column::OrganisationId.eq(organisation.0)),
        Sent::To(macs) => found.filter(to(macs)),
    };
    let found = found.order_by_desc(Column::SentAt).offset(nth.saturating_sub(1)).limit(1);
    let found: Option<At> = found.into_model().one(db).await?;
    Ok(found.map(|found| found.sent_at))
}

/// Notes one.
pub(crate) async fn insert(db: &impl ConnectionTrait, sent: Model) -> Result<(), DbError> {
    Entity::insert(sent.into_active_model().reset_all()).exec_without_returning(db).await?;
    Ok(())
}
