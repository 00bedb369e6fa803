//! Visits at providers that are under way: who went there from which browser, and what they must bring back.

use orion_infra::DbError;
use sea_orm::IntoActiveModel;
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "provider_visits")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// SHA-256 in hex of the state that the provider gives back.
    pub state_hash: String,
    /// The same of the browser's secret.
    pub browser_hash: String,
    pub provider: String,
    /// Who wants to link what they prove there; none where somebody signs in.
    pub user_id: Option<Uuid>,
    /// The verifier (RFC 7636) and the nonce, as JSON.
    pub sealed: String,
    /// The parameters of the page that it began on.
    pub query: String,
    /// What the provider told of the name beside the code; Apple does so once.
    pub name: Option<String>,
    pub created_at: DateTimeUtc,
    pub expires_at: DateTimeUtc,
    pub used_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// Writes a new one.
pub(crate) async fn insert(connection: &impl ConnectionTrait, visit: Model) -> Result<(), DbError> {
    Entity::insert(visit.into_active_model()).exec_without_returning(connection).await?;
    Ok(())
}

/// The visit with this state.
pub(crate) async fn find(connection: &impl ConnectionTrait, state_hash: &str) -> Result<Option<Model>, DbError> {
    Ok(Entity::find().filter(Column::StateHash.eq(state_hash)).one(connection).await?)
}

/// Notes the name that came beside the code.
pub(crate) async fn put_name(connection: &impl ConnectionTrait, id: Uuid, name: &str) -> Result<(), DbError> {
    Entity::update_many()
        .col_expr(Column::Name, Expr::value(name))
        .filter(Column::Id.eq(id))
        .filter(Column::UsedAt.is_null())
        .exec(connection)
        .await?;
    Ok(())
}

/// Uses a visit up; `false` when somebody has done so before.
pub(crate) async fn use_up(connection: &impl ConnectionTrait, id: Uuid, now: DateTimeUtc) -> Result<bool, DbError> {
    let updated = Entity::update_many()
        .col_expr(Column::UsedAt, Expr::value(now))
        .filter(Column::Id.eq(id))
        .filter(Column::UsedAt.is_null())
        .exec(connection)
        .await?;
    Ok(updated.rows_affected == 1)
}
