//! The `email_changes` table. Tokens are stored hashed.

use chrono::{DateTime, Utc};
use orion_contracts::email_changes::{EmailChangeStatus, EmailSide};
use orion_contracts::{Email, UserId};
use orion_infra::DbError;
use sea_orm::entity::prelude::*;
use sea_orm::{ExprTrait, IntoActiveModel, QueryOrder, QuerySelect};

/// A row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "email_changes")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub user_id: Uuid,
    pub current_email: String,
    pub new_email: String,
    pub current_token_hash: String,
    pub new_token_hash: String,
    pub current_confirmed_at: Option<DateTimeUtc>,
    pub new_confirmed_at: Option<DateTimeUtc>,
    /// The user, or an administrator.
    pub requested_by: Uuid,
    pub created_at: DateTimeUtc,
    pub expires_at: DateTimeUtc,
    pub ended_at: Option<DateTimeUtc>,
    /// What became of it; none while it waits.
    pub outcome: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// What has become of it.
    pub(crate) fn status(&self) -> Result<EmailChangeStatus, DbError> {
        match self.outcome.as_deref() {
            None => Ok(EmailChangeStatus::Pending),
            Some(outcome) => outcome.parse().map_err(|error| DbError(DbErr::Type(error))),
        }
    }

    /// To which address the token with this hash was sent.
    pub(crate) fn side_of(&self, token_hash: &str) -> EmailSide {
        if self.current_token_hash == token_hash { EmailSide::Current } else { EmailSide::New }
    }

    /// The same with an end.
    pub(crate) fn ended(self, outcome: EmailChangeStatus, now: DateTime<Utc>) -> Self {
        Self { ended_at: Some(now), outcome: Some(outcome.as_str().to_owned()), ..self }
    }
}

/// Inserts a change.
pub(crate) async fn insert(db: &impl ConnectionTrait, row: &Model) -> Result<(), DbError> {
    Entity::insert(row.clone().into_active_model().reset_all()).exec_without_returning(db).await?;
    Ok(())
}

/// Writes what can change of one. Its user is locked.
pub(crate) async fn update(db: &impl ConnectionTrait, row: Model) -> Result<(), DbError> {
    Entity::update(row.into_active_model().reset_all()).exec(db).await?;
    Ok(())
}

/// The change to which one of the tokens belongs.
pub(crate) async fn find(db: &impl ConnectionTrait, token_hash: &str) -> Result<Option<Model>, DbError> {
    let of_token = Column::CurrentTokenHash.eq(token_hash).or(Column::NewTokenHash.eq(token_hash));
    Ok(Entity::find().filter(of_token).one(db).await?)
}

/// The change of a user's address that waits.
pub(crate) async fn pending(
    db: &impl ConnectionTrait,
    user: UserId,
    now: DateTime<Utc>,
) -> Result<Option<Model>, DbError> {
    let open = Column::UserId.eq(user.0).and(Column::EndedAt.is_null()).and(Column::ExpiresAt.gt(now));
    Ok(Entity::find().filter(open).order_by_desc(Column::CreatedAt).one(db).await?)
}

/// Ends what waits of a user, who is locked; whether there was something.
pub(crate) async fn end_of(
    db: &impl ConnectionTrait,
    user: UserId,
    outcome: EmailChangeStatus,
    now: DateTime<Utc>,
) -> Result<bool, DbError> {
    let open = Column::UserId.eq(user.0).and(Column::EndedAt.is_null()).and(Column::ExpiresAt.gt(now));
    let ended = Entity::update_many()
        .col_expr(Column::EndedAt, Expr::value(now))
        .col_expr(Column::Outcome, Expr::value(outcome.as_str()))
        .filter(open)
        .exec(db)
        .await?;
    Ok(ended.rows_affected > 0)
}

/// When the changes of a user were asked for since a moment, oldest first.
pub(crate) async fn asked_of(
    db: &impl ConnectionTrait,
    user: UserId,
    since: DateTime<Utc>,
    most: u64,
) -> Result<Vec<DateTime<Utc>>, DbError> {
    asked(db, Column::UserId.eq(user.0), since, most).await
}

/// The same of an address, whoever asked for it.
pub(crate) async fn asked_for(
    db: &impl ConnectionTrait,
    email: &Email,
    since: DateTime<Utc>,
    most: u64,
) -> Result<Vec<DateTime<Utc>>, DbError> {
    asked(db, Column::NewEmail.eq(email.as_str()), since, most).await
}

async fn asked(
    db: &impl ConnectionTrait,
    of: Expr,
    since: DateTime<Utc>,
    most: u64,
) -> Result<Vec<DateTime<Utc>>, DbError> {
    let query = Entity::find().filter(of).filter(Column::CreatedAt.gt(since)).order_by_desc(Column::CreatedAt);
    let mut found: Vec<_> = query.limit(most).all(db).await?.into_iter().map(|row| row.created_at).collect();
    found.reverse();
    Ok(found)
}
