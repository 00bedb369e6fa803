//! Idempotency keys: a write's answer is stored in the transaction of the write, so that the same call again gives the
//! same answer instead of a second effect.

use crate::db::dialect::statement;
use crate::{DbError, Transaction};
use chrono::{DateTime, Utc};
use orion_contracts::Problem;
use sea_orm::ConnectionTrait;
use serde::{Serialize, de::DeserializeOwned};

/// A key that a caller sent with a write.
#[derive(Debug, Clone)]
pub struct IdempotencyKey {
    /// Who may see the answer again: the caller's id and the endpoint.
    pub scope: String,
    /// The key, chosen by the caller.
    pub key: String,
    /// SHA-256 of the request, so that a key cannot be used for another one.
    pub fingerprint: String,
}

/// The answer given to this key before; `None` when there is no key or it is new. A key that belongs to another request
/// is refused.
pub async fn replay<T: DeserializeOwned>(
    txn: &Transaction,
    key: Option<&IdempotencyKey>,
) -> Result<Option<T>, Problem> {
    let Some(key) = key else { return Ok(None) };
    let select = statement(
        txn.connection(),
        "SELECT fingerprint, response FROM idempotency_keys WHERE scope = $1 AND key = $2",
        [key.scope.as_str().into(), key.key.as_str().into()],
    );
    let Some(row) = txn.query_one_raw(select).await.map_err(DbError::from)? else { return Ok(None) };
    let fingerprint: String = row.try_get("", "fingerprint").map_err(DbError::from)?;
    if fingerprint != key.fingerprint {
        return Err(Problem::idempotency_key_reused().detail("Choose a new Idempotency-Key for a different request."));
    }
    let response: String = row.try_get("", "response").map_err(DbError::from)?;
    serde_json::from_str(&response).map(Some).map_err(|error| {
        tracing::error!(%error, "a stored answer cannot be read");
        Problem::internal()
    })
}

/// Stores the answer in the transaction of the write. When two calls use a key at once, the later one fails here with a
/// conflict and takes its work back.
pub async fn remember<T: Serialize>(
    txn: &Transaction,
    key: Option<&IdempotencyKey>,
    answer: &T,
    now: DateTime<Utc>,
) -> Result<(), Problem> {
    let Some(key) = key else { return Ok(()) };
    let response = serde_json::to_string(answer).map_err(|error| {
        tracing::error!(%error, "an answer cannot be stored");
        Problem::internal()
    })?;
    let insert = statement(
        txn.connection(),
        "INSERT INTO idempotency_keys (scope, key, fingerprint, response, created_at) VALUES ($1, $2, $3, $4, $5)",
        [
            key.scope.as_str().into(),
            key.key.as_str().into(),
            key.fingerprint.as_str().into(),
            response.into(),
            now.into(),
        ],
    );
    match txn.execute_raw(insert).await.map_err(DbError::from) {
        Ok(_) => Ok(()),
        Err(error) if error.is_unique_violation() => {
            Err(Problem::conflict().detail("A request with this Idempotency-Key is being worked on; try again."))
        }
        Err(error) => Err(error.into()),
    }
}
