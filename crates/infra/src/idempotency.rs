//! Idempotency keys: a write's answer is stored in the transaction of the write, so that the same call again gives the
//! same answer instead of a second effect. A key belongs to who calls, and binds itself to method, path and body: with
//! another request it is refused. Answers rest sealed, for some hold a secret.

use crate::db::dialect::statement;
use crate::secrets::{Scope, Secrets, sha256_hex};
use crate::{Change, DbError};
use orion_contracts::{Author, Problem};
use sea_orm::ConnectionTrait;
use serde::{Serialize, de::DeserializeOwned};

/// What a stored answer is sealed for.
const PURPOSE: &str = "idempotent-answer";
/// What the MAC of a request is made for.
const FINGERPRINT: [&str; 1] = ["idempotency"];

/// The key that came with a request, if one did.
#[derive(Debug, Clone, Default)]
pub struct IdempotencyKey(Option<Sent>);

#[derive(Debug, Clone)]
struct Sent {
    key: String,
    /// Method, path and query.
    request: String,
    /// SHA-256 of the body, in hex.
    digest: String,
    /// What keeps keys of callers whom nobody knows apart.
    within: String,
}

/// A key bound to who asks for what.
#[derive(Debug)]
pub(crate) struct BoundKey {
    /// Digest of who calls: answers are never shown to another caller.
    scope: String,
    key: String,
    /// Method, path, and digest of the body. Stored as a MAC: the digest alone would let whoever reads the table guess a
    /// password in the body.
    request: String,
}

impl IdempotencyKey {
    /// No key: the call is not repeatable.
    pub const NONE: Self = Self(None);

    /// The key of a request: its method, its path with query, and its body.
    pub fn of(key: String, method: &str, path: &str, body: &[u8]) -> Self {
        Self(Some(Sent { key, request: format!("{method} {path}"), digest: sha256_hex(body), within: String::new() }))
    }

    /// The same key in a space of its own: for callers whom nobody knows, whose keys would be in each other's way.
    #[must_use]
    pub fn within(&self, space: &str) -> Self {
        Self(self.0.clone().map(|sent| Sent { within: space.to_owned(), ..sent }))
    }

    pub(crate) fn bind(&self, author: &Author) -> Option<BoundKey> {
        let Sent { key, request, digest, within } = self.0.as_ref()?;
        let principal = &author.principal;
        let caller = format!("{} {} {within}", principal.kind(), principal.id().unwrap_or_default());
        Some(BoundKey {
            scope: sha256_hex(caller.as_bytes()),
            key: key.clone(),
            request: format!("{request} {digest}"),
        })
    }
}

impl BoundKey {
    fn context(&self) -> String {
        format!("{} {}", self.scope, self.key)
    }

    /// The answer given to this key before, if it is not new. A key that belongs to another request is refused.
    pub(crate) async fn replay<T: DeserializeOwned>(
        &self,
        connection: &impl ConnectionTrait,
        secrets: &Secrets,
    ) -> Result<Option<T>, Problem> {
        let select = statement(
            connection,
            "SELECT fingerprint, response FROM idempotency_keys WHERE scope = $1 AND key = $2",
            [self.scope.as_str().into(), self.key.as_str().into()],
        );
        let Some(row) = connection.query_one_raw(select).await.map_err(DbError::from)? else { return Ok(None) };
        let fingerprint: String = row.try_get("", "fingerprint").map_err(DbError::from)?;
        if !secrets.verify(Scope::AtRest, &FINGERPRINT, self.request.as_bytes(), &fingerprint) {
            let problem = Problem::idempotency_key_reused();
            return Err(problem.detail("Choose a new Idempotency-Key for a different request."));
        }
        let sealed: String = row.try_get("", "response").map_err(DbError::from)?;
        let unreadable = |error: &dyn std::fmt::Display| {
            tracing::error!(%error, "a stored answer cannot be read");
            Problem::internal()
        };
        let answer =
            secrets.unseal(Scope::AtRest, PURPOSE, &self.context(), &sealed).map_err(|error| unreadable(&error))?;
        serde_json::from_slice(&answer).map(Some).map_err(|error| unreadable(&error))
    }

    /// Stores the answer with the change. When two calls use a key at once, the later one fails here and changes nothing.
    pub(crate) async fn remember<T: Serialize>(
        &self,
        change: &Change,
        secrets: &Secrets,
        answer: &T,
    ) -> Result<(), Problem> {
        let response = serde_json::to_vec(answer).map_err(|error| {
            tracing::error!(%error, "an answer cannot be stored");
            Problem::internal()
        })?;
        let insert = statement(
            change,
            "INSERT INTO idempotency_keys (scope, key, fingerprint, response, created_at) VALUES ($1, $2, $3, $4, $5)",
            [
                self.scope.as_str().into(),
                self.key.as_str().into(),
                secrets.mac(Scope::AtRest, &FINGERPRINT, self.request.as_bytes()).into(),
                secrets.seal(Scope::AtRest, PURPOSE, &self.context(), &response).into(),
                change.now().into(),
            ],
        );
        match change.execute_raw(insert).await.map_err(DbError::from) {
            Ok(_) => Ok(()),
            Err(error) if error.is_unique_violation() => {
                Err(Problem::conflict().detail("A request with this Idempotency-Key is being worked on; try again."))
            }
            Err(error) => Err(error.into()),
        }
    }
}
