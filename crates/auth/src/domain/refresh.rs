//! Refreshing: each refresh token works once and gives the next one. Using one again after the grace means that
//! somebody else has a copy, and ends the session.
//!
//! Everything happens while the transaction holds the session's row, so of a thousand refreshes at once one rotates and
//! the others see its result, on every node. A refresh writes no audit entry: it changes nothing that a person decided,
//! and would drown what does.

use super::Auth;
use super::metrics::Attempt;
use super::security_events::SecurityEvent;
use super::sessions::{Grant, roles_of};
use crate::error::AuthError;
use crate::store::tokens::{TokenStatus, TokenType};
use crate::store::{accounts, sessions, tokens};
use chrono::TimeDelta;
use orion_contracts::audit::AuditAction;
use orion_contracts::auth::{Secret, TokenResponse};
use orion_contracts::bus::Revocation;
use orion_contracts::events::SessionEnd;
use orion_contracts::{SessionId, UserId};
use orion_infra::Transaction;
use orion_infra::audit::AuditRecord;
use orion_infra::secrets::{Scope, token_hash};
use uuid::Uuid;

/// The method as in metrics.
const METHOD: &str = "refresh_token";

/// What a refresh token is good for at this moment.
enum Verdict {
    /// It is the newest one.
    Rotate,
    /// It was used a moment ago, and its successor not yet.
    Repeat(Secret),
    /// It was used before: a copy is about.
    Reused,
    /// It is expired or revoked.
    Refused,
}

impl Auth {
    /// New tokens for a session, in exchange for its newest refresh token.
    pub(crate) async fn refresh(&self, token: &Secret) -> Result<TokenResponse, AuthError> {
        let hash = token_hash(token.expose());
        let found = tokens::find(self.infra.db.read(), TokenType::Refresh, &hash).await?;
        let Some(session_id) = found.and_then(|found| found.session_id) else {
            self.metrics.attempt(Attempt::Failed, METHOD);
            return Err(AuthError::InvalidRefreshToken);
        };
        let txn = self.infra.db.begin().await?;
        match self.refresh_in(&txn, token, &hash, session_id).await? {
            Ok(grant) => {
                txn.commit().await?;
                self.metrics.attempt(Attempt::Success, METHOD);
                self.issue(grant)
            }
            Err(Some(revocation)) => {
                txn.commit().await?;
                self.announce(vec![revocation]).await;
                self.metrics.attempt(Attempt::Suspicious, METHOD);
                Err(AuthError::InvalidRefreshToken)
            }
            Err(None) => {
                txn.rollback().await?;
                self.metrics.attempt(Attempt::Failed, METHOD);
                Err(AuthError::InvalidRefreshToken)
            }
        }
    }

    /// A grant; or a refusal, with the end of the session when the token was a copy.
    async fn refresh_in(
        &self,
        txn: &Transaction,
        token: &Secret,
        hash: &str,
        session_id: Uuid,
    ) -> Result<Result<Grant, Option<Revocation>>, AuthError> {
        let now = self.infra.clock.now();
        let alive = sessions::lock(txn.connection(), session_id).await?.filter(|session| session.is_alive(now));
        // Read again: what was seen before the lock may have changed.
        let stored = tokens::find(txn.connection(), TokenType::Refresh, hash).await?;
        let (Some(mut session), Some(stored)) = (alive, stored) else { return Ok(Err(None)) };
        let account = accounts::find(txn.connection(), session.user_id).await?;
        let roles = account.as_ref().map(roles_of).transpose()?.flatten();
        let Some(roles) = roles else { return Ok(Err(None)) };
        match self.judge(txn, token, &stored).await? {
            Verdict::Rotate => {
                let successor = Secret::new(self.infra.random.token());
                let idle = self.idle_expiry(now, session.absolute_expires_at);
                let grace_until = now + TimeDelta::seconds(self.config.refresh_grace_seconds.into());
                let sealed = self.seal_successor(token, &successor, stored.id);
                tokens::rotate(txn.connection(), stored.id, &sealed, grace_until, now).await?;
                self.insert_refresh_token(txn, &session, &successor, Some(&stored), idle).await?;
                sessions::touch(txn.connection(), session.id, idle).await?;
                session.idle_expires_at = idle;
                Ok(Ok(Grant { session, roles, refresh_token: successor, refresh_expires_at: idle }))
            }
            Verdict::Repeat(successor) => {
                let refresh_expires_at = session.idle_expires_at;
                Ok(Ok(Grant { session, roles, refresh_token: successor, refresh_expires_at }))
            }
            Verdict::Reused => Ok(Err(Some(self.end_reused(txn, &session).await?))),
            Verdict::Refused => Ok(Err(None)),
        }
    }

    async fn judge(&self, txn: &Transaction, token: &Secret, stored: &tokens::Model) -> Result<Verdict, AuthError> {
        let now = self.infra.clock.now();
        match stored.status {
            TokenStatus::Active if now < stored.expires_at => Ok(Verdict::Rotate),
            TokenStatus::Active | TokenStatus::Expired | TokenStatus::Revoked => Ok(Verdict::Refused),
            TokenStatus::Used => {
                let within_grace = stored.grace_until.is_some_and(|until| now < until);
                let Some(sealed) = stored.successor_sealed.as_deref().filter(|_| within_grace) else {
                    return Ok(Verdict::Reused);
                };
                // Whoever has used the successor has received it, and has no reason to come with this one again.
                if !tokens::has_unused_successor(txn.connection(), stored.id).await? {
                    return Ok(Verdict::Reused);
                }
                Ok(self.open_successor(token, sealed, stored.id).map_or(Verdict::Refused, Verdict::Repeat))
            }
        }
    }

    async fn end_reused(&self, txn: &Transaction, session: &sessions::Model) -> Result<Revocation, AuthError> {
        let revocation = self.end_session(txn, session, SessionEnd::RefreshReused).await?;
        self.note(txn, SecurityEvent::RefreshTokenReused, Some(session.user_id), Some(session.id)).await?;
        let (user_id, session_id) = (UserId(session.user_id), SessionId(session.id));
        let description = "Ended because a used refresh token was used again";
        let record = AuditRecord::new(AuditAction::Logout, "session", description).by(user_id, Some(session_id));
        self.infra.audit.record(txn, record.on(session_id)).await?;
        Ok(revocation)
    }

    /// Seals a token so that only who holds its predecessor can be given it again: the key comes from the predecessor
    /// itself, of which the database has a hash only, and from the master key.
    fn seal_successor(&self, predecessor: &Secret, successor: &Secret, row: Uuid) -> String {
        let (purpose, context) = (successor_purpose(predecessor), row.to_string());
        self.infra.secrets.seal(Scope::AtRest, &purpose, &context, successor.expose().as_bytes())
    }

    fn open_successor(&self, predecessor: &Secret, sealed: &str, row: Uuid) -> Option<Secret> {
        let (purpose, context) = (successor_purpose(predecessor), row.to_string());
        let opened = self.infra.secrets.unseal(Scope::AtRest, &purpose, &context, sealed).ok()?;
        std::str::from_utf8(&opened).ok().map(Secret::new)
    }
}

fn successor_purpose(predecessor: &Secret) -> zeroize::Zeroizing<String> {
    zeroize::Zeroizing::new(format!("refresh-successor {}", predecessor.expose()))
}
