//! What was revoked, for as long as a token that it concerns may be alive.

use orion_contracts::bus::{Revocation, RevokedSubject};
use orion_contracts::{SessionId, TokenId, UserId};
use orion_infra::DbError;
use orion_infra::db::dialect::statement;
use sea_orm::entity::prelude::*;
use sea_orm::{DbErr, IntoActiveModel, QueryOrder, QuerySelect};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "session_blacklist")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub sequence: i64,
    /// `jti`, `sid` or `sub`.
    pub kind: String,
    pub subject: Uuid,
    /// Seconds since 1970, for `sub`.
    pub issued_before: Option<i64>,
    pub reason: String,
    pub revoked_at: DateTimeUtc,
    pub expires_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    fn line(self) -> Result<Revocation, DbErr> {
        let subject = match (self.kind.as_str(), self.issued_before) {
            ("jti", _) => RevokedSubject::Token { jti: TokenId(self.subject) },
            ("sid", _) => RevokedSubject::Session { sid: SessionId(self.subject) },
            ("sub", Some(issued_before)) => RevokedSubject::Subject { sub: UserId(self.subject), issued_before },
            ("org", Some(issued_before)) => RevokedSubject::Membership { membership: self.subject, issued_before },
            _ => return Err(DbErr::Custom(format!("session_blacklist line {} is not readable", self.sequence))),
        };
        Ok(Revocation { sequence: self.sequence, subject, expires_at: self.expires_at })
    }
}

/// Adds a line. It holds the sequence until the transaction ends, so that lines appear in their order. Of two about the same the later one
/// refuses from a later issue time: a token that was given between them says that of the first.
pub(crate) async fn add(
    connection: &impl ConnectionTrait,
    subject: RevokedSubject,
    reason: &str,
    revoked_at: DateTimeUtc,
    expires_at: DateTimeUtc,
) -> Result<Revocation, DbError> {
    let next = statement(connection, "UPDATE blacklist_sequence SET last = last + 1 WHERE id = 1 RETURNING last", []);
    let row = connection.query_one_raw(next).await?;
    let row = row.ok_or_else(|| DbErr::RecordNotFound("blacklist_sequence".to_owned()))?;
    let sequence: i64 = row.try_get("", "last")?;
    let (kind, id, issued_before) = match subject {
        RevokedSubject::Token { jti } => ("jti", jti.0, None),
        RevokedSubject::Session { sid } => ("sid", sid.0, None),
        RevokedSubject::Subject { sub, issued_before } => ("sub", sub.0, Some(issued_before)),
        RevokedSubject::Membership { membership, issued_before } => ("org", membership, Some(issued_before)),
    };
    let issued_before = match issued_before {
        Some(asked) => Some(latest_of(connection, id).await?.map_or(asked, |latest| asked.max(latest + 1))),
        None => None,
    };
    let line = Model {
        sequence,
        kind: kind.to_owned(),
        subject: id,
        issued_before,
        reason: reason.to_owned(),
        revoked_at,
        expires_at,
    };
    Entity::insert(line.clone().into_active_model()).exec_without_returning(connection).await?;
    Ok(line.line()?)
}

/// The latest issue time before which tokens of a subject, or of a membership, are refused: one id is never two of them.
async fn latest_of(connection: &impl ConnectionTrait, subject: Uuid) -> Result<Option<i64>, DbError> {
    let lines = Entity::find().filter(Column::Subject.eq(subject)).filter(Column::IssuedBefore.is_not_null());
    let latest = lines.order_by_desc(Column::IssuedBefore).one(connection).await?;
    Ok(latest.and_then(|line| line.issued_before))
}

/// Up to `limit` lines after the given one, oldest first.
pub(crate) async fn after(
    connection: &impl ConnectionTrait,
    sequence: i64,
    limit: u64,
) -> Result<Vec<Revocation>, DbError> {
    let lines = Entity::find()
        .filter(Column::Sequence.gt(sequence))
        .order_by_asc(Column::Sequence)
        .limit(limit)
        .all(connection)
        .await?;
    Ok(lines.into_iter().map(Model::line).collect::<Result<_, _>>()?)
}
