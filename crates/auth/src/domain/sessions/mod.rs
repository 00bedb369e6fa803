//! Sessions: begun by a sign-in, kept by refreshing, ended by whoever may.

mod impersonations;
mod manage;
mod organisation;

use super::Auth;
use super::flows::acr_of;
use super::places::place_of;
use crate::config::MAX_ACCESS_TOKEN_SECONDS;
use crate::error::AuthError;
use crate::store::tokens::{TokenStatus, TokenType};
use crate::store::{accounts, sessions, tokens};
use chrono::{DateTime, TimeDelta, Utc};
use orion_contracts::audit::AuditAction;
use orion_contracts::auth::TokenResponse;
use orion_contracts::bus::RevokedSubject;
use orion_contracts::claims::{Actor, FIRST_PARTY_CLIENT, roles_that_fit};
use orion_contracts::events::{SessionEnd, SessionEnded, SessionStarted};
use orion_contracts::roles::GUEST;
use orion_contracts::users::UserStatus;
use orion_contracts::{AccessClaims, OrganisationId, Secret, SessionId, TokenId, UserId};
use orion_infra::audit::AuditRecord;
use orion_infra::request::RequestContext;
use orion_infra::secrets::token_hash;
use orion_infra::{Change, DbError};
use serde_json::json;
use uuid::Uuid;

/// How many sessions a user has at most.
const MAX_SESSIONS: u64 = 100;

/// What a sign-in or refresh has decided on; the access token is made from it after the commit.
pub(super) struct Grant {
    pub(super) session: sessions::Model,
    pub(super) roles: Vec<String>,
    pub(super) refresh_token: Secret,
    pub(super) refresh_expires_at: DateTime<Utc>,
    /// The issue time from which tokens of the session are taken, as it was while the session was held.
    pub(super) taken_since: i64,
}

/// The roles that a token tells of; nobody who may not sign in has any.
pub(super) fn roles_of(account: &accounts::Model) -> Result<Option<Vec<String>>, AuthError> {
    Ok(match account.status()? {
        UserStatus::Active => Some(account.roles()),
        UserStatus::PendingVerification => Some(vec![GUEST.to_owned()]),
        UserStatus::Inactive | UserStatus::Suspended | UserStatus::Deleted => None,
    })
}

impl Auth {
    /// Begins a session with the change of a sign-in, which holds the account.
    pub(super) async fn start_session(
        &self,
        change: &mut Change,
        user_id: Uuid,
        roles: Vec<String>,
        amr: &[&str],
        device_id: Option<Uuid>,
    ) -> Result<Grant, DbError> {
        let now = change.now();
        self.make_room(change, user_id).await?;
        let request = RequestContext::current();
        let absolute = now + TimeDelta::days(self.config.get().session_absolute_days.into());
        let idle = self.idle_expiry(now, absolute);
        let session = sessions::Model {
            id: change.id(),
            user_id,
            amr: serde_json::Value::from(amr.to_vec()).to_string(),
            ip_address: request.ip_address.clone(),
            place: request.ip_address.as_deref().map(place_of),
            user_agent: request.user_agent.clone(),
            started_at: now,
            auth_time: now,
            idle_expires_at: idle,
            absolute_expires_at: absolute,
            ended_at: None,
            end_reason: None,
            device_id,
            last_used_at: None,
            actor_id: None,
            actor_session_id: None,
            acting_reason: None,
            organisation_id: None,
        };
        sessions::insert(change, session.clone()).await?;
        let refresh_token = Secret::new(self.infra.random.token());
        self.insert_refresh_token(change, &session, &refresh_token, None, idle).await?;
        let started = SessionStarted {
            user_id: UserId(user_id),
            session_id: SessionId(session.id),
            ip_address: session.ip_address.clone(),
            user_agent: session.user_agent.clone(),
        };
        change.tell(session.id, 1, started);
        let taken_since = self.taken_since(&session);
        Ok(Grant { session, roles, refresh_token, refresh_expires_at: idle, taken_since })
    }

    /// Ends the sessions that were unused for longest, where one more would be too many.
    async fn make_room(&self, change: &mut Change, user_id: Uuid) -> Result<(), DbError> {
        for id in sessions::alive_beyond(change, user_id, change.now(), MAX_SESSIONS - 1).await? {
            let held = sessions::lock(change, id).await?.filter(|session| session.ended_at.is_none());
            let Some(session) = held else { continue };
            self.end_session(change, &session, SessionEnd::Revoked).await?;
            let description = format!("Ended because there were {MAX_SESSIONS} others, all used since");
            change.audit(AuditRecord::new(AuditAction::Logout, "session", description).on(session.id));
        }
        Ok(())
    }

    /// Ends all sessions of a user; whether there were any. An audit entry says so.
    pub(super) async fn end_all_sessions(&self, change: &mut Change, user_id: UserId) -> Result<bool, DbError> {
        if self.end_sessions_but(change, user_id, None).await? == 0 {
            return Ok(false);
        }
        let description = "All sessions ended with a change of the account";
        change.audit(AuditRecord::new(AuditAction::Logout, "account", description).on(user_id));
        Ok(true)
    }

    /// Ends the sessions of a person, but for one, each by its own line, so that one that begins in this very second is none of
    /// them, and the sign-ins under way; how many sessions there were.
    pub(super) async fn end_sessions_but(
        &self,
        change: &mut Change,
        user_id: UserId,
        kept: Option<SessionId>,
    ) -> Result<u64, DbError> {
        // Whoever is on the way to one begins again.
        accounts::begin_epoch(change, user_id.0).await?;
        let mut ended = 0;
        for session in self.lock_open(change, user_id).await? {
            if Some(SessionId(session.id)) != kept {
                self.end_session(change, &session, SessionEnd::Revoked).await?;
                ended += 1;
            }
        }
        Ok(ended)
    }

    /// The sessions of a person of which a token may be alive, held until the change ends: also of one that has ended by itself
    /// there may be one.
    pub(super) async fn lock_open(&self, change: &Change, user_id: UserId) -> Result<Vec<sessions::Model>, DbError> {
        let since = change.now() - TimeDelta::seconds(MAX_ACCESS_TOKEN_SECONDS.into());
        sessions::lock_open_of(change, user_id.0, since).await
    }

    /// When a session that was used now ends without further use.
    pub(super) fn idle_expiry(&self, now: DateTime<Utc>, absolute: DateTime<Utc>) -> DateTime<Utc> {
        absolute.min(now + TimeDelta::days(self.config.get().refresh_token_days.into()))
    }

    /// Writes a refresh token of a session; `predecessor` is the token that it replaces.
    pub(super) async fn insert_refresh_token(
        &self,
        change: &Change,
        session: &sessions::Model,
        token: &Secret,
        predecessor: Option<&tokens::Model>,
        expires_at: DateTime<Utc>,
    ) -> Result<(), DbError> {
        let request = RequestContext::current();
        let row = tokens::Model {
            id: change.id(),
            session_id: Some(session.id),
            user_id: session.user_id,
            token_hash: token_hash(token.expose()),
            token_type: TokenType::Refresh,
            status: TokenStatus::Active,
            parent_token_id: predecessor.map(|token| token.parent_token_id.unwrap_or(token.id)),
            rotated_from_id: predecessor.map(|token| token.id),
            successor_sealed: None,
            grace_until: None,
            ip_address: request.ip_address.clone(),
            user_agent: request.user_agent.clone(),
            issued_at: change.now(),
            expires_at,
            last_used_at: None,
            revoked_at: None,
        };
        tokens::insert(change, row).await
    }

    /// The answer to a sign-in or refresh, with a new access token.
    pub(super) fn issue(&self, grant: Grant) -> Result<TokenResponse, AuthError> {
        let now = self.infra.clock.now();
        let Grant { session, roles, refresh_token, refresh_expires_at, taken_since } = grant;
        let (named, roles_truncated) = roles_that_fit(roles.clone());
        let expires_at = now + TimeDelta::seconds(self.config.get().access_token_seconds.into());
        let said = self.claims(&session, now, expires_at, taken_since);
        let claims = AccessClaims { roles: named, roles_truncated, ..said };
        Ok(TokenResponse {
            access_token: Secret::new(self.keys.sign(&claims, now)?),
            token_type: "Bearer".to_owned(),
            expires_in: self.config.get().access_token_seconds.into(),
            refresh_token,
            refresh_expires_in: u64::try_from((refresh_expires_at - now).num_seconds()).unwrap_or(0),
            session_id: SessionId(session.id),
            user_id: UserId(session.user_id),
            roles,
            device_token: None,
        })
    }

    /// The issue time from which tokens of a session are taken. Whoever has read the session asks while it is held, or has looked at what
    /// is refused before: of an organisation that they leave only afterwards no token says that it was issued since.
    pub(super) fn taken_since(&self, session: &sessions::Model) -> i64 {
        let refused = self.identity.revocations().get();
        refused.taken_since(UserId(session.user_id), session.organisation_id.map(OrganisationId))
    }

    /// What every token of a session says; `taken_since` was asked while the session was held. Where tokens of this very second are refused
    /// because the account was closed or got another address, or who is back left an organisation, it says that it was issued the second
    /// after: those of before are refused, and this one is none of them.
    fn claims(
        &self,
        session: &sessions::Model,
        now: DateTime<Utc>,
        expires_at: DateTime<Utc>,
        taken_since: i64,
    ) -> AccessClaims {
        let refused = self.identity.revocations().get();
        let account_taken_since = refused.taken_since(UserId(session.user_id), None);
        AccessClaims {
            iss: self.identity.issuer().to_owned(),
            sub: UserId(session.user_id),
            aud: self.identity.audience().to_owned(),
            exp: expires_at.timestamp(),
            iat: now.timestamp().max(taken_since).max(account_taken_since),
            nbf: None,
            jti: self.infra.random.id::<TokenId>(&self.infra.clock),
            client_id: FIRST_PARTY_CLIENT.to_owned(),
            scope: None,
            sid: Some(SessionId(session.id)),
            roles: Vec::new(),
            roles_truncated: false,
            org: session.organisation_id.map(OrganisationId),
            act: session.actor_id.map(|id| Actor { sub: UserId(id) }),
            acr: Some(acr_of(&session.methods()).to_owned()),
            amr: session.methods(),
            auth_time: session.auth_time.timestamp(),
        }
    }

    /// Ends a session that the change holds, with all of its tokens, and what somebody does as somebody else out of it.
    pub(super) async fn end_session(
        &self,
        change: &mut Change,
        session: &sessions::Model,
        reason: SessionEnd,
    ) -> Result<(), DbError> {
        self.end_alone(change, session, reason).await?;
        for acting in sessions::lock_begun_in(change, session.id).await? {
            self.end_alone(change, &acting, SessionEnd::Revoked).await?;
        }
        Ok(())
    }

    /// Ends one session alone. Where somebody acts in it as somebody else, an entry says that they have stopped, however it came: it is
    /// about the person, so that it is found with all else that is, and names the session, who acted, and until when: what ends here may have
    /// been over by its time long before.
    async fn end_alone(
        &self,
        change: &mut Change,
        session: &sessions::Model,
        reason: SessionEnd,
    ) -> Result<(), DbError> {
        let now = change.now();
        let name = match reason {
            SessionEnd::LoggedOut => "logged_out",
            SessionEnd::Revoked => "revoked",
            SessionEnd::RefreshReused => "refresh_reused",
        };
        sessions::end(change, session.id, name, now).await?;
        tokens::revoke_of_session(change, session.id, now).await?;
        let subject = RevokedSubject::Session { sid: SessionId(session.id) };
        self.revoke_issued(change, subject, name, session.issued_at()).await?;
        let (user_id, session_id) = (UserId(session.user_id), SessionId(session.id));
        change.tell(session.id, 2, SessionEnded { user_id, session_id, reason });
        if let Some(actor) = session.actor_id {
            let ended_at = now.min(session.expires_at());
            let words =
                if ended_at < now { "The time to act as the user was over" } else { "Stopped acting as the user" };
            let record = AuditRecord::new(AuditAction::ImpersonationEnd, "account", words);
            let reason = &session.acting_reason;
            let acted = json!({ "session_id": session_id, "actor_id": actor, "reason": reason, "ended_at": ended_at });
            change.audit(record.on(user_id).values(Some(acted), None));
        }
        Ok(())
    }

    /// How many sessions are alive.
    pub(crate) async fn count_active_sessions(&self) -> Result<u64, DbError> {
        sessions::count_alive(self.infra.db.read_aside(), self.infra.clock.now()).await
    }
}
