//! Acting as somebody else: a session of its own at the person whom it is done as, short, without a refresh token, and over with
//! the session in which it began. What it may do is asked of both, at each request (`orion_http::identity`).

use crate::domain::Auth;
use crate::domain::security_events::SecurityEvent;
use crate::domain::sessions::roles_of;
use crate::error::AuthError;
use crate::store::{accounts, sessions};
use chrono::TimeDelta;
use orion_contracts::audit::AuditAction;
use orion_contracts::auth::{BeginImpersonation, Impersonation};
use orion_contracts::claims::roles_that_fit;
use orion_contracts::events::SessionEnd;
use orion_contracts::internal::{FindGrants, Nothing};
use orion_contracts::users::UserStatus;
use orion_contracts::{AccessClaims, Author, Principal, Secret, SessionId};
use orion_http::Caller;
use orion_infra::audit::AuditRecord;
use orion_infra::request::RequestContext;
use serde_json::json;

impl Auth {
    /// Begins to act as somebody else. Whoever did so out of this session before has stopped.
    pub(crate) async fn begin_impersonation(
        &self,
        caller: &Caller,
        order: &BeginImpersonation,
    ) -> Result<Impersonation, AuthError> {
        let (actor, subject) = (caller.user_id(), order.user_id);
        if actor == subject {
            return Err(AuthError::ActsAsThemselves);
        }
        let own = caller.session_id().ok_or(AuthError::SessionOver)?;
        self.refuse_above(caller, subject).await?;
        // There is nobody to act as where the users service knows nobody, though there be an account.
        self.infra.peers.call(&FindGrants { sub: subject }, &Nothing {}).await?;
        let begun = self.infra.write(caller, async |change| {
            let now = change.now();
            // Held, so that it does not end meanwhile and leave this one behind.
            let held = sessions::lock(change, own.0).await?.filter(|session| session.is_alive(now));
            let held = held.filter(|session| session.user_id == actor.0).ok_or(AuthError::SessionOver)?;
            let account = accounts::lock(change, subject.0).await?.ok_or(AuthError::UserNotFound)?;
            let roles = roles_of(&account)?.filter(|_| account.status == UserStatus::Active.as_str());
            let roles = roles.ok_or(AuthError::NobodyToActAs)?;
            for before in sessions::lock_begun_in(change, own.0).await? {
                self.end_alone(change, &before, SessionEnd::Revoked).await?;
            }
            let until = now + TimeDelta::minutes(self.config.get().impersonation_minutes.into());
            let until = until.min(held.idle_expires_at).min(held.absolute_expires_at);
            let request = RequestContext::current();
            let session = sessions::Model {
                id: change.id(),
                user_id: subject.0,
                amr: json!([]).to_string(),
                ip_address: request.ip_address.clone(),
                // Where the person themselves was seen is another thing.
                place: None,
                user_agent: request.user_agent.clone(),
                started_at: now,
                // When whoever acts has proven who they are, which this session proves nothing of: a condition about it is asked of that.
                auth_time: held.auth_time,
                idle_expires_at: until,
                absolute_expires_at: until,
                ended_at: None,
                end_reason: None,
                device_id: None,
                last_used_at: None,
                actor_id: Some(actor.0),
                actor_session_id: Some(own.0),
                acting_reason: Some(order.reason.clone()),
                // What they do for an organisation of theirs is for its members to allow.
                organisation_id: None,
            };
            sessions::insert(change, session.clone()).await?;
            let session_id = SessionId(session.id);
            // As whom, and who it really is: as with all that follows.
            change.made_by(Author {
                principal: Principal::User { user_id: subject, session_id: Some(session_id) },
                actor: Some(actor),
                organisation_id: caller.claims.org,
            });
            let record = AuditRecord::new(AuditAction::ImpersonationBegin, "session", "Began to act as the user");
            change.audit(record.on(session_id).values(None, Some(json!({ "reason": order.reason, "until": until }))));
            let event = SecurityEvent::Impersonated { actor: actor.0, reason: &order.reason, until };
            self.note(change, event, Some(subject.0), Some(session.id)).await?;
            Ok::<_, AuthError>((session, roles))
        });
        let (session, roles) = begun.await?;
        let (now, until) = (session.started_at, session.absolute_expires_at);
        let (roles, roles_truncated) = roles_that_fit(roles);
        let said = self.claims(&session, now, until, self.taken_since(&session));
        let claims = AccessClaims { roles, roles_truncated, ..said };
        Ok(Impersonation {
            access_token: Secret::new(self.keys.sign(&claims, now)?),
            token_type: "Bearer".to_owned(),
            expires_in: u64::try_from((until - now).num_seconds()).unwrap_or(0),
            expires_at: until,
            session_id: SessionId(session.id),
            user_id: subject,
        })
    }

    /// Stops acting as somebody else.
    pub(crate) async fn end_impersonation(&self, caller: &Caller) -> Result<(), AuthError> {
        let acting = caller.session_id().filter(|_| caller.claims.act.is_some()).ok_or(AuthError::ActsAsNobody)?;
        self.sign_out(acting, Author::from(caller)).await
    }
}
