//! Throttles in rows, so that they outlive a restart and hold on every node.

use orion_infra::DbError;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Alias, OnConflict};
use sea_orm::{DbErr, ExprTrait, IntoActiveModel, QueryOrder, QuerySelect};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "rate_limits")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: String,
    pub key_type: String,
    pub endpoint: String,
    /// Failures in a row; of what is limited, how often it was done.
    pub count: i64,
    pub blocked_until: Option<DateTimeUtc>,
    /// Counting starts anew then.
    pub reset_at: DateTimeUtc,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    /// Names it to administrators, once it has begun to delay.
    pub id: Option<Uuid>,
    /// Whose account, when it exists.
    pub user_id: Option<Uuid>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The rows of keys, without those whose time is over.
pub(crate) async fn find(
    connection: &impl ConnectionTrait,
    keys: impl IntoIterator<Item = &str>,
    now: DateTimeUtc,
) -> Result<Vec<Model>, DbError> {
    let named = Entity::find().filter(Column::Key.is_in(keys));
    Ok(named.filter(Column::ResetAt.gt(now)).all(connection).await?)
}

/// Counts a failure in one statement, so that of many at once each is counted: on a row that is missing or over, which
/// nobody could hold, they would all be the first.
pub(crate) async fn count(connection: &impl ConnectionTrait, first: Model) -> Result<i64, DbError> {
    let now = first.updated_at;
    let count =
        Expr::case(Expr::col((Entity, Column::ResetAt)).lte(now), 1).finally(Expr::col((Entity, Column::Count)).add(1));
    let conflict = OnConflict::column(Column::Key)
        .value(Column::Count, count)
        .update_columns([Column::ResetAt, Column::UpdatedAt, Column::KeyType, Column::Endpoint, Column::UserId])
        .to_owned();
    let row = Entity::insert(first.into_active_model()).on_conflict(conflict).exec_with_returning(connection).await?;
    Ok(row.count)
}

/// Counts one more of what is limited, in one statement, so that of many at once no more pass than may; none once there were
/// `most`, which changes nothing. Counting starts anew when its time is over, and where that would be later than `latest`.
pub(crate) async fn count_within(
    connection: &impl ConnectionTrait,
    first: Model,
    most: i64,
    latest: DateTimeUtc,
) -> Result<Option<Model>, DbError> {
    let now = first.updated_at;
    let own = |column| Expr::col((Entity, column));
    let is_over = || own(Column::ResetAt).lte(now).or(own(Column::ResetAt).gt(latest));
    let excluded = Expr::col((Alias::new("excluded"), Column::ResetAt));
    let count = Expr::case(is_over(), 1).finally(own(Column::Count).add(1));
    let reset_at = Expr::case(is_over(), excluded).finally(own(Column::ResetAt));
    let conflict = OnConflict::column(Column::Key)
        .value(Column::Count, count)
        .value(Column::ResetAt, reset_at)
        .update_columns([Column::UpdatedAt, Column::BlockedUntil, Column::Id, Column::UserId])
        .action_and_where(is_over().or(own(Column::Count).lt(most)))
        .to_owned();
    match Entity::insert(first.into_active_model()).on_conflict(conflict).exec_with_returning(connection).await {
        Ok(row) => Ok(Some(row)),
        Err(DbErr::RecordNotFound(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Lets nobody pass a key that was counted in the same change, and names it to administrators: by an id, and by whose account
/// it is about.
pub(crate) async fn shut(
    connection: &impl ConnectionTrait,
    key: &str,
    until: DateTimeUtc,
    (id, user_id): (Uuid, Option<Uuid>),
) -> Result<(), DbError> {
    Entity::update_many()
        .col_expr(Column::BlockedUntil, Expr::value(until))
        .col_expr(Column::Id, Expr::value(id))
        .col_expr(Column::UserId, Expr::value(user_id))
        .filter(Column::Key.eq(key))
        .exec(connection)
        .await?;
    Ok(())
}

/// Gives back one that was counted until then, unless counting has started anew since.
pub(crate) async fn give_one_back(
    connection: &impl ConnectionTrait,
    key: &str,
    reset_at: DateTimeUtc,
) -> Result<(), DbError> {
    Entity::update_many()
        .col_expr(Column::Count, Expr::col(Column::Count).sub(1))
        .col_expr(Column::BlockedUntil, Expr::value(None::<DateTimeUtc>))
        .col_expr(Column::Id, Expr::value(None::<Uuid>))
        .filter(Column::Key.eq(key))
        .filter(Column::ResetAt.eq(reset_at))
        .filter(Column::Count.gt(0))
        .exec(connection)
        .await?;
    Ok(())
}

/// Blocks a key, which has this id from its first block on; or ends its block.
pub(crate) async fn block(
    connection: &impl ConnectionTrait,
    key: &str,
    until: Option<DateTimeUtc>,
    id: Uuid,
) -> Result<(), DbError> {
    let id = match until {
        Some(_) => Expr::col(Column::Id).if_null(id),
        None => Expr::value(None::<Uuid>),
    };
    let update = Entity::update_many()
        .col_expr(Column::BlockedUntil, Expr::value(until))
        .col_expr(Column::Id, id)
        .filter(Column::Key.eq(key));
    update.exec(connection).await?;
    Ok(())
}

/// The keys that delay, of one account or of all, the one that began last first.
pub(crate) async fn delaying(
    db: &impl ConnectionTrait,
    user_id: Option<Uuid>,
    before: Option<Uuid>,
    now: DateTimeUtc,
    limit: u64,
) -> Result<Vec<Model>, DbError> {
    let all = Entity::find().filter(Column::Id.lt(before.unwrap_or(Uuid::max()))).filter(Column::ResetAt.gt(now));
    let found = match user_id {
        Some(user_id) => all.filter(Column::UserId.eq(user_id)),
        None => all,
    };
    Ok(found.order_by_desc(Column::Id).limit(limit).all(db).await?)
}

/// The key that delays under this id.
pub(crate) async fn of_id(connection: &impl ConnectionTrait, id: Uuid) -> Result<Option<Model>, DbError> {
    Ok(Entity::find().filter(Column::Id.eq(id)).one(connection).await?)
}

/// Takes the one try that is free once a block is over: the block is moved on in the same step, so that of many who
/// wait for the moment one gets it.
pub(crate) async fn claim(
    connection: &impl ConnectionTrait,
    key: &str,
    blocked_until: DateTimeUtc,
    now: DateTimeUtc,
) -> Result<bool, DbError> {
    let free = Column::BlockedUntil.is_null().or(Column::BlockedUntil.lte(now));
    let updated = Entity::update_many()
        .col_expr(Column::BlockedUntil, Expr::value(blocked_until))
        .col_expr(Column::UpdatedAt, Expr::value(now))
        .filter(Column::Key.eq(key))
        .filter(free)
        .exec(connection)
        .await?;
    Ok(updated.rows_affected == 1)
}

/// Gives a claimed try back, unless something has happened to the key since.
pub(crate) async fn give_back(
    connection: &impl ConnectionTrait,
    key: &str,
    claimed_until: DateTimeUtc,
    before: Option<DateTimeUtc>,
) -> Result<(), DbError> {
    Entity::update_many()
        .col_expr(Column::BlockedUntil, Expr::value(before))
        .filter(Column::Key.eq(key))
        .filter(Column::BlockedUntil.eq(claimed_until))
        .exec(connection)
        .await?;
    Ok(())
}

/// Forgets all keys that begin so. The text ends with a colon.
pub(crate) async fn delete_below(connection: &impl ConnectionTrait, prefix: &str) -> Result<(), DbError> {
    // What follows the colon in ASCII, for the key is compared byte by byte: so the index is used.
    let end = format!("{};", prefix.trim_end_matches(':'));
    Entity::delete_many().filter(Column::Key.gte(prefix)).filter(Column::Key.lt(end)).exec(connection).await?;
    Ok(())
}

/// Forgets keys, one after the other as they are counted: so whoever forgets and whoever counts wait for each other in one order.
pub(crate) async fn delete(connection: &impl ConnectionTrait, keys: &[String]) -> Result<(), DbError> {
    for key in keys {
        Entity::delete_many().filter(Column::Key.eq(key)).exec(connection).await?;
    }
    Ok(())
}
