//! What people see of their sessions and end of them, and administrators of others'.

use crate::domain::devices::name_of;
use crate::domain::flows::acr_of;
use crate::domain::{Auth, Subject};
use crate::error::AuthError;
use crate::store::identifiers::{self, EMAIL};
use crate::store::{accounts, devices, sessions};
use orion_contracts::audit::AuditAction;
use orion_contracts::auth::{Me, Session, SessionActor, SessionList, SessionsEnded};
use orion_contracts::events::SessionEnd;
use orion_contracts::{DeviceId, OrganisationId, SessionId, UserId};
use orion_http::Caller;
use orion_infra::audit::AuditRecord;
use uuid::Uuid;

impl Auth {
    /// Who the caller is.
    pub(crate) async fn me(&self, caller: &Caller) -> Result<Me, AuthError> {
        let (db, user_id, now) = (self.infra.db.read(), caller.user_id(), self.infra.clock.now());
        let sid = caller.session_id().ok_or(AuthError::SessionNotFound)?;
        let session = sessions::find(db, sid.0).await?.filter(|one| one.user_id == user_id.0 && one.is_alive(now));
        let session = session.ok_or(AuthError::SessionNotFound)?;
        let device = devices::find(db, user_id.0, session.device_id.unwrap_or(Uuid::nil())).await?;
        let email = identifiers::find_of(db, user_id.0, EMAIL).await?;
        Ok(Me {
            user_id,
            email: email.and_then(|email| email.value.parse().ok()),
            roles: self.roles_in(db, user_id.0).await?.unwrap_or_default(),
            has_second_factor: !self.second_factors(db, user_id.0).await?.is_empty(),
            session: Session { actor: self.actor_in(&session).await?, ..shown(session, device.as_ref(), Some(sid)) },
        })
    }

    /// The sessions of a person that are alive, as the caller sees them.
    pub(crate) async fn sessions_of(&self, user_id: UserId, caller: &Caller) -> Result<SessionList, AuthError> {
        let (db, now) = (self.infra.db.read(), self.infra.clock.now());
        accounts::find(db, user_id.0).await?.ok_or(AuthError::UserNotFound)?;
        let known = devices::of(db, user_id.0).await?;
        let alive = sessions::alive_of(db, user_id.0, now).await?;
        let mut items: Vec<Session> = Vec::with_capacity(alive.len());
        for session in alive {
            let device = known.iter().find(|device| Some(device.id) == session.device_id);
            let actor = self.actor_in(&session).await?;
            items.push(Session { actor, ..shown(session, device, caller.session_id()) });
        }
        items.sort_by_key(|session| std::cmp::Reverse(session.last_used_at));
        Ok(SessionList { items })
    }

    /// Who really acts in a session; most are their owner's.
    async fn actor_in(&self, session: &sessions::Model) -> Result<Option<SessionActor>, AuthError> {
        let Some(actor) = session.actor_id else { return Ok(None) };
        let email = identifiers::find_of(self.infra.db.read(), actor, EMAIL).await?;
        Ok(Some(SessionActor {
            user_id: UserId(actor),
            email: email.and_then(|email| email.value.parse().ok()),
            reason: session.acting_reason.clone().unwrap_or_default(),
        }))
    }

    /// Ends a person's session. Once this returns its tokens are refused here, and soon everywhere.
    pub(crate) async fn end_session_of(&self, subject: Subject<'_>, id: SessionId) -> Result<(), AuthError> {
        let user_id = subject.user_id();
        self.infra
            .write(subject.caller(), async |change| {
                let held = sessions::lock(change, id.0).await?.filter(|session| session.user_id == user_id.0);
                let session = held.ok_or(AuthError::SessionNotFound)?;
                if session.ended_at.is_some() {
                    change.unaudited("the session has ended already");
                    return Ok(());
                }
                self.end_session(change, &session, SessionEnd::Revoked).await?;
                change.audit(AuditRecord::new(AuditAction::Logout, "session", "Ended a session").on(id));
                Ok(())
            })
            .await
    }

    /// Ends the sessions of a person, but for one.
    pub(crate) async fn end_sessions_of(
        &self,
        subject: Subject<'_>,
        kept: Option<SessionId>,
    ) -> Result<SessionsEnded, AuthError> {
        let user_id = subject.user_id();
        self.infra
            .write(subject.caller(), async |change| {
                accounts::lock(change, user_id.0).await?.ok_or(AuthError::UserNotFound)?;
                let ended = self.end_sessions_but(change, user_id, kept).await?;
                match ended {
                    0 => change.unaudited("there was no session to end"),
                    _ => {
                        let description = match kept {
                            Some(_) => "Ended all other sessions",
                            None => "Ended all sessions",
                        };
                        change.audit(AuditRecord::new(AuditAction::Logout, "account", description).on(user_id));
                    }
                }
                Ok(SessionsEnded { ended })
            })
            .await
    }
}

fn shown(session: sessions::Model, device: Option<&devices::Model>, current: Option<SessionId>) -> Session {
    let named = device.and_then(|device| device.name.clone());
    let methods = session.methods();
    Session {
        id: SessionId(session.id),
        device_id: device.map(|device| DeviceId(device.id)),
        device: named.unwrap_or_else(|| name_of(session.user_agent.as_deref()).0),
        acr: acr_of(&methods).to_owned(),
        methods,
        last_used_at: session.used_at(),
        started_at: session.started_at,
        authenticated_at: session.auth_time,
        expires_at: session.expires_at(),
        is_current: current == Some(SessionId(session.id)),
        organisation_id: session.organisation_id.map(OrganisationId),
        ip_address: session.ip_address,
        actor: None,
    }
}
