//! Refreshing: each refresh token works once and gives the next one.
//!
//! A token that was used gives its successor again, to the same program, until that is used: until then the answer may have
//! been lost. For a few seconds after its use (the grace) it gives the session's newest one, however often that was refreshed
//! meanwhile: requests of one browser overtake each other, and another program is refused. In any other case somebody has a
//! copy, and the session ends. What is given again after the grace is noted.
//!
//! Everything happens while the transaction holds the session's row, so of a thousand refreshes at once one rotates and
//! the others see its result, on every node. Within a process they queue before the transaction, and those that only
//! repeat an answer within the grace need none: one client's storm does not keep the database's writer from everybody else.

use super::Auth;
use super::metrics::Attempt;
use super::places::place_of;
use super::security_events::SecurityEvent;
use super::sessions::{Grant, roles_of};
use crate::error::AuthError;
use crate::store::tokens::{TokenStatus, TokenType};
use crate::store::{accounts, sessions, tokens};
use chrono::TimeDelta;
use orion_contracts::audit::AuditAction;
use orion_contracts::auth::TokenResponse;
use orion_contracts::claims::TRUSTED_DEVICE;
use orion_contracts::events::SessionEnd;
use orion_contracts::{Author, OrganisationId, Secret, SessionId, UserId};
use orion_infra::Change;
use orion_infra::audit::AuditRecord;
use orion_infra::request::RequestContext;
use orion_infra::secrets::{Scope, token_hash};
use sea_orm::ConnectionTrait;
use uuid::Uuid;

/// How many refreshes a token may be behind and still be given the newest one.
const CATCH_UP: usize = 16;
/// The method as in metrics.
const METHOD: &str = "refresh_token";

/// What a refresh token is good for at this moment.
enum Verdict {
    /// It is the newest one.
    Rotate,
    /// It was used, and this is the newest one that its holder may be given again.
    Repeat(Secret),
    /// It was used before: a copy is about.
    Reused,
    /// It is expired or revoked, or so far behind that the newest one is not looked for.
    Refused,
}

/// What came of a refresh.
enum Refreshed {
    /// New tokens can be given.
    Granted(Box<Grant>),
    /// The token was a copy: its session has ended.
    Reused,
    /// A role demands a second factor, which the session began without: it has ended.
    OneFactor,
    /// The token is not valid, or its session or user may not go on.
    Refused,
}

impl Auth {
    /// New tokens for a session, in exchange for its newest refresh token.
    pub(crate) async fn refresh(&self, token: &Secret) -> Result<TokenResponse, AuthError> {
        let hash = token_hash(token.expose());
        let found = tokens::find(self.infra.db.read(), TokenType::Refresh, &hash).await?;
        let Some((session_id, found)) = found.and_then(|found| Some((found.session_id?, found))) else {
            self.metrics.attempt(Attempt::Failed, METHOD);
            return Err(AuthError::InvalidRefreshToken);
        };
        let turn = self.refreshing.take(&session_id).await;
        // Whoever waited may find that it was rotated meanwhile.
        let found = match turn.has_waited {
            true => tokens::find(self.infra.db.read(), TokenType::Refresh, &hash).await?,
            false => Some(found),
        };
        if let Some(grant) = self.repeat(token, found.as_ref(), session_id).await? {
            self.metrics.attempt(Attempt::Success, METHOD);
            return self.issue_settled(grant).await;
        }
        let seen = found.filter(|found| found.status == TokenStatus::Active);
        let refresh = async |change: &mut Change| self.refresh_in(change, token, &hash, session_id, seen).await;
        match self.infra.write(Author::ANONYMOUS, refresh).await? {
            Refreshed::Granted(grant) => {
                self.metrics.attempt(Attempt::Success, METHOD);
                self.issue_settled(*grant).await
            }
            Refreshed::Reused => {
                self.metrics.attempt(Attempt::Suspicious, METHOD);
                Err(AuthError::InvalidRefreshToken)
            }
            Refreshed::OneFactor => {
                self.metrics.attempt(Attempt::Failed, METHOD);
                Err(AuthError::OneFactor)
            }
            Refreshed::Refused => {
                self.metrics.attempt(Attempt::Failed, METHOD);
                Err(AuthError::InvalidRefreshToken)
            }
        }
    }

    /// The answer, for the organisation for which the session still acts.
    async fn issue_settled(&self, grant: Grant) -> Result<TokenResponse, AuthError> {
        let session = self.settle_organisation(grant.session).await?;
        self.issue(Grant { session, ..grant })
    }

    /// The answer that was given before, once more; within the grace reading is enough for that.
    async fn repeat(
        &self,
        token: &Secret,
        stored: Option<&tokens::Model>,
        session_id: Uuid,
    ) -> Result<Option<Grant>, AuthError> {
        let db = self.infra.db.read();
        let now = self.infra.clock.now();
        let in_grace = |stored: &tokens::Model| stored.grace_until.is_some_and(|until| now < until);
        let stored = stored.filter(|stored| stored.status == TokenStatus::Used && in_grace(stored));
        let Some(stored) = stored else { return Ok(None) };
        let Verdict::Repeat(successor) = self.judge(db, token, stored).await? else { return Ok(None) };
        let refused = self.identity.revocations().get();
        let session = sessions::find(db, session_id).await?.filter(|session| session.is_alive(now));
        let Some(session) = session else { return Ok(None) };
        if self.lacks_second_factor(db, &session).await? {
            return Ok(None);
        }
        let (user, organisation) = (UserId(session.user_id), session.organisation_id.map(OrganisationId));
        let taken_since = refused.taken_since(user, organisation);
        Ok(self.roles_in(db, session.user_id).await?.map(|roles| repeated(session, roles, successor, taken_since)))
    }

    /// The roles of a user who may sign in.
    pub(super) async fn roles_in(
        &self,
        connection: &impl ConnectionTrait,
        user_id: Uuid,
    ) -> Result<Option<Vec<String>>, AuthError> {
        let account = accounts::find(connection, user_id).await?;
        Ok(account.as_ref().map(roles_of).transpose()?.flatten())
    }

    /// Rotates the token, gives its successor again, or ends the session when the token was a copy. A token that was `seen` to be the
    /// newest one, as most are, is not read again.
    async fn refresh_in(
        &self,
        change: &mut Change,
        token: &Secret,
        hash: &str,
        session_id: Uuid,
        seen: Option<tokens::Model>,
    ) -> Result<Refreshed, AuthError> {
        let now = change.now();
        let alive = sessions::lock(change, session_id).await?.filter(|session| session.is_alive(now));
        let Some(session) = alive else { return Ok(Refreshed::Refused) };
        let roles = self.roles_in(change, session.user_id).await?;
        let Some(roles) = roles else { return Ok(Refreshed::Refused) };
        if let Some(seen) = seen.filter(|seen| now < seen.expires_at)
            && !self.lacks_second_factor(change, &session).await?
            && let Some(grant) = self.rotate(change, &session, &roles, token, &seen).await?
        {
            return Ok(grant);
        }
        let stored = tokens::find(change, TokenType::Refresh, hash).await?;
        let Some(stored) = stored else { return Ok(Refreshed::Refused) };
        let verdict = self.judge(change, token, &stored).await?;
        if matches!(verdict, Verdict::Rotate | Verdict::Repeat(_)) && self.lacks_second_factor(change, &session).await?
        {
            self.end_with_one_factor(change, &session).await?;
            return Ok(Refreshed::OneFactor);
        }
        match verdict {
            Verdict::Rotate => {
                let rotated = self.rotate(change, &session, &roles, token, &stored).await?;
                Ok(rotated.unwrap_or(Refreshed::Refused))
            }
            Verdict::Repeat(successor) => {
                let is_late = stored.grace_until.is_none_or(|until| until <= now);
                if is_late && tokens::note_repeat(change, stored.id, now).await? {
                    change.made_by(Author::user(UserId(session.user_id), Some(SessionId(session.id))));
                    self.note(change, SecurityEvent::RefreshTokenRepeated, Some(session.user_id), Some(session.id))
                        .await?;
                }
                let taken_since = self.taken_since(&session);
                Ok(Refreshed::Granted(Box::new(repeated(session, roles, successor, taken_since))))
            }
            Verdict::Reused => {
                self.end_reused(change, &session).await?;
                Ok(Refreshed::Reused)
            }
            Verdict::Refused => Ok(Refreshed::Refused),
        }
    }

    /// Gives the next token for this one, which must be the newest; `None` when it is not any more.
    async fn rotate(
        &self,
        change: &mut Change,
        session: &sessions::Model,
        roles: &[String],
        token: &Secret,
        stored: &tokens::Model,
    ) -> Result<Option<Refreshed>, AuthError> {
        let now = change.now();
        let successor = Secret::new(self.infra.random.token());
        let idle = self.idle_expiry(now, session.absolute_expires_at);
        let grace_until = now + TimeDelta::seconds(self.config.get().refresh_grace_seconds.into());
        let sealed = self.seal_successor(token, &successor, stored.id);
        if !tokens::rotate(change, stored.id, &sealed, grace_until, now).await? {
            return Ok(None);
        }
        change.unaudited("it changes nothing that a person decided, and would drown what does");
        self.insert_refresh_token(change, session, &successor, Some(stored), idle).await?;
        let place = RequestContext::current().ip_address.as_deref().map(place_of);
        sessions::touch(change, session.id, idle, place, now).await?;
        let session = sessions::Model { idle_expires_at: idle, ..session.clone() };
        let (roles, taken_since) = (roles.to_vec(), self.taken_since(&session));
        let grant = Grant { session, roles, refresh_token: successor, refresh_expires_at: idle, taken_since };
        Ok(Some(Refreshed::Granted(Box::new(grant))))
    }

    async fn judge(
        &self,
        connection: &impl ConnectionTrait,
        token: &Secret,
        stored: &tokens::Model,
    ) -> Result<Verdict, AuthError> {
        let now = self.infra.clock.now();
        match stored.status {
            TokenStatus::Active if now < stored.expires_at => Ok(Verdict::Rotate),
            TokenStatus::Active | TokenStatus::Expired | TokenStatus::Revoked => Ok(Verdict::Refused),
            TokenStatus::Used => self.judge_used(connection, token, stored).await,
        }
    }

    /// Follows a token that was used to the newest one of its session: each opens the next.
    async fn judge_used(
        &self,
        connection: &impl ConnectionTrait,
        token: &Secret,
        stored: &tokens::Model,
    ) -> Result<Verdict, AuthError> {
        let program = program_of(RequestContext::current().user_agent.as_deref());
        let now = self.infra.clock.now();
        let in_grace = stored.grace_until.is_some_and(|until| now < until);
        let (mut token, mut stored) = (token.clone(), stored.clone());
        for _ in 0..CATCH_UP {
            let successor = tokens::successor_of(connection, stored.id).await?;
            let (Some(next), Some(sealed)) = (successor, &stored.successor_sealed) else { return Ok(Verdict::Reused) };
            let was_used = next.status == TokenStatus::Used;
            // Who used a token is written on its successor. Networks are not compared: a phone that has lost an answer is
            // in another one by now.
            let is_other = program_of(next.user_agent.as_deref()) != program;
            // One session may have two programs, such as a browser and what renders its pages: at once they end nothing.
            if is_other && in_grace {
                return Ok(Verdict::Refused);
            }
            if is_other || (was_used && !in_grace) {
                return Ok(Verdict::Reused);
            }
            let Some(opened) = self.open_successor(&token, sealed, stored.id) else { return Ok(Verdict::Refused) };
            match next.status {
                TokenStatus::Active => return Ok(Verdict::Repeat(opened)),
                TokenStatus::Used => (token, stored) = (opened, next),
                TokenStatus::Expired | TokenStatus::Revoked => return Ok(Verdict::Refused),
            }
        }
        Ok(Verdict::Refused)
    }

    /// Whether a role of the account, which it may have had only since the session began, demands a second factor that the session
    /// has not proven.
    pub(super) async fn lacks_second_factor(
        &self,
        connection: &impl ConnectionTrait,
        session: &sessions::Model,
    ) -> Result<bool, AuthError> {
        // Most platforms demand none, and then nothing is read.
        let is_demanded = self.config.get().second_factor_roles().next().is_some();
        if !is_demanded || session.has_two_factors() || session.methods().iter().any(|one| one == TRUSTED_DEVICE) {
            return Ok(false);
        }
        let account = accounts::find(connection, session.user_id).await?;
        account.map_or(Ok(false), |account| self.demands_second_factor(&account))
    }

    async fn end_with_one_factor(&self, change: &mut Change, session: &sessions::Model) -> Result<(), AuthError> {
        self.end_session(change, session, SessionEnd::Revoked).await?;
        let (user_id, session_id) = (UserId(session.user_id), SessionId(session.id));
        change.made_by(Author::user(user_id, Some(session_id)));
        let description = "Ended because a role demands a second factor, which it began without";
        change.audit(AuditRecord::new(AuditAction::Logout, "session", description).on(session_id));
        Ok(())
    }

    async fn end_reused(&self, change: &mut Change, session: &sessions::Model) -> Result<(), AuthError> {
        self.end_session(change, session, SessionEnd::RefreshReused).await?;
        self.note(change, SecurityEvent::RefreshTokenReused, Some(session.user_id), Some(session.id)).await?;
        let (user_id, session_id) = (UserId(session.user_id), SessionId(session.id));
        change.made_by(Author::user(user_id, Some(session_id)));
        let description = "Ended because a used refresh token was used again";
        change.audit(AuditRecord::new(AuditAction::Logout, "session", description).on(session_id));
        Ok(())
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

/// A program, whichever version of it: it may have been updated since.
fn program_of(user_agent: Option<&str>) -> String {
    user_agent.unwrap_or_default().chars().filter(|letter| !letter.is_ascii_digit() && *letter != '.').collect()
}

fn repeated(session: sessions::Model, roles: Vec<String>, refresh_token: Secret, taken_since: i64) -> Grant {
    let refresh_expires_at = session.idle_expires_at;
    Grant { session, roles, refresh_token, refresh_expires_at, taken_since }
}

fn successor_purpose(predecessor: &Secret) -> zeroize::Zeroizing<String> {
    zeroize::Zeroizing::new(format!("refresh-successor {}", predecessor.expose()))
}
