//! Sign-ins under way.

use orion_contracts::auth::FlowPurpose;
use orion_infra::DbError;
use sea_orm::entity::prelude::*;
use sea_orm::{IntoActiveModel, QuerySelect};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "flows")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// SHA-256 in hex of the secret that whoever began it has.
    pub token_hash: String,
    pub purpose: String,
    /// Whose it is; none as long as nobody knows.
    pub user_id: Option<Uuid>,
    /// The session that is stepped up.
    pub session_id: Option<Uuid>,
    /// The device that it comes from, as it says by its token; whose it is is asked where it counts.
    pub device_id: Option<Uuid>,
    /// JSON list of what was proven, in this order.
    pub factors: String,
    /// What a step under way has to remember.
    pub state_sealed: Option<String>,
    /// Whose verifier exchanges the code that it ends with.
    pub code_challenge: Option<String>,
    /// The address of the product that waits for that code.
    pub return_to: Option<String>,
    /// What the product wants back with it.
    pub return_state: Option<String>,
    /// How many codes were wrong.
    pub tries: i64,
    pub created_at: DateTimeUtc,
    pub expires_at: DateTimeUtc,
    pub ended_at: Option<DateTimeUtc>,
    /// Whether its device is to be trusted from its end on.
    pub is_trusting: bool,
    /// The epoch of its account in which it began.
    pub sign_in_epoch: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// What it ends with. A purpose of a later version is none of ours.
    pub(crate) fn purpose(&self) -> Option<FlowPurpose> {
        self.purpose.parse().ok()
    }

    /// Whether it can be gone on with.
    pub(crate) fn is_alive(&self, now: DateTimeUtc) -> bool {
        self.ended_at.is_none() && now < self.expires_at
    }
}

/// Writes a new flow.
pub(crate) async fn insert(connection: &impl ConnectionTrait, flow: Model) -> Result<(), DbError> {
    Entity::insert(flow.into_active_model()).exec_without_returning(connection).await?;
    Ok(())
}

/// A flow.
pub(crate) async fn find(connection: &impl ConnectionTrait, id: Uuid) -> Result<Option<Model>, DbError> {
    Ok(Entity::find_by_id(id).one(connection).await?)
}

/// A flow, held until the transaction ends: of a hundred steps at once one comes first.
pub(crate) async fn lock(connection: &impl ConnectionTrait, id: Uuid) -> Result<Option<Model>, DbError> {
    Ok(Entity::find_by_id(id).lock_exclusive().one(connection).await?)
}

/// Writes what has become of a flow that the change holds.
pub(crate) async fn update(connection: &impl ConnectionTrait, flow: &Model) -> Result<(), DbError> {
    Entity::update_many()
        .col_expr(Column::UserId, Expr::value(flow.user_id))
        .col_expr(Column::DeviceId, Expr::value(flow.device_id))
        .col_expr(Column::Factors, Expr::value(flow.factors.as_str()))
        .col_expr(Column::StateSealed, Expr::value(flow.state_sealed.clone()))
        .col_expr(Column::SignInEpoch, Expr::value(flow.sign_in_epoch))
        .col_expr(Column::Tries, Expr::value(flow.tries))
        .col_expr(Column::IsTrusting, Expr::value(flow.is_trusting))
        .col_expr(Column::ExpiresAt, Expr::value(flow.expires_at))
        .col_expr(Column::EndedAt, Expr::value(flow.ended_at))
        .filter(Column::Id.eq(flow.id))
        .exec(connection)
        .await?;
    Ok(())
}
