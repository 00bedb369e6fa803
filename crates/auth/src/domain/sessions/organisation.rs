//! For which organisation a session acts (`org`). The users service knows who belongs to which, and is asked at the switch; a refresh goes
//! by what this process holds of the person's grants, which follows each change. What they hold inside is asked at each request anyway: the
//! claim is for others who read the token.

use crate::domain::Auth;
use crate::error::AuthError;
use crate::store::sessions;
use chrono::DateTime;
use orion_contracts::audit::AuditAction;
use orion_contracts::auth::{ActFor, ActingFor};
use orion_contracts::bus::{RevokedSubject, membership_of};
use orion_contracts::claims::roles_that_fit;
use orion_contracts::internal::{FindGrants, Nothing};
use orion_contracts::{AccessClaims, Author, OrganisationId, Secret, SessionId, UserId};
use orion_http::Caller;
use orion_infra::Change;
use orion_infra::audit::AuditRecord;
use serde_json::json;

impl Auth {
    /// Has the caller's session act for an organisation of theirs, or for none, from now on; a token that does.
    pub(crate) async fn act_for(&self, caller: &Caller, order: &ActFor) -> Result<ActingFor, AuthError> {
        let (user_id, organisation) = (caller.user_id(), order.organisation_id);
        let own = caller.session_id().ok_or(AuthError::SessionOver)?;
        self.refuse_no_member(user_id, organisation).await?;
        let switched = self.infra.write(caller, async |change| {
            let now = change.now();
            let held = sessions::lock(change, own.0).await?.filter(|session| session.is_alive(now));
            let held = held.filter(|session| session.user_id == user_id.0).ok_or(AuthError::SessionOver)?;
            let roles = self.roles_in(change, user_id.0).await?.ok_or(AuthError::SessionOver)?;
            if self.lacks_second_factor(change, &held).await? {
                return Err(AuthError::OneFactor);
            }
            let before = held.organisation_id;
            let session = sessions::Model { organisation_id: organisation.map(|one| one.0), ..held };
            // Said while the session is held: a removal that comes after it refuses what is issued here.
            let taken_since = self.taken_since(&session);
            if session.organisation_id == before {
                change.unaudited("it acts for it already");
                return Ok((session, roles, taken_since));
            }
            sessions::act_for(change, session.id, session.organisation_id).await?;
            let record = AuditRecord::new(AuditAction::Update, "session", "Acts for another organisation");
            let (old, new) = (json!({ "organisation_id": before }), json!({ "organisation_id": organisation }));
            change.audit(record.on(own).values(Some(old), Some(new)));
            Ok::<_, AuthError>((session, roles, taken_since))
        });
        let (session, roles, taken_since) = switched.await?;
        let now = self.infra.clock.now();
        // Who was removed while the session was changed may have been looked for before it said so.
        if let Err(error) = self.refuse_no_member(user_id, organisation).await {
            self.act_for_none(caller, &session).await?;
            return Err(error);
        }
        // It proves no more, and lives no longer, than the token that asked: only a refresh gives a new life, and only a step-up proves
        // anew, to whoever holds the tokens of that.
        let own = &caller.claims;
        let expires_at = DateTime::from_timestamp(own.exp, 0).unwrap_or(now);
        let (roles, roles_truncated) = roles_that_fit(roles);
        let (auth_time, amr, acr) = (own.auth_time, own.amr.clone(), own.acr.clone());
        let session = self.claims(&session, now, expires_at, taken_since);
        let claims = AccessClaims { roles, roles_truncated, auth_time, amr, acr, ..session };
        Ok(ActingFor {
            access_token: Secret::new(self.keys.sign(&claims, now)?),
            token_type: "Bearer".to_owned(),
            expires_in: u64::try_from((expires_at - now).num_seconds()).unwrap_or(0),
            organisation_id: organisation,
        })
    }

    /// Refuses an organisation to which somebody does not belong; whether there is one like it nobody learns.
    async fn refuse_no_member(&self, user: UserId, organisation: Option<OrganisationId>) -> Result<(), AuthError> {
        let Some(organisation) = organisation else { return Ok(()) };
        let grants = self.infra.peers.call(&FindGrants { sub: user }, &Nothing {}).await?;
        match grants.organisations.contains(&organisation) {
            true => Ok(()),
            false => Err(AuthError::NoMember),
        }
    }

    /// A session as a refresh finds it: it acts for no organisation to which the person does not belong any more. While nobody can say
    /// whether they do, it goes on.
    pub(in crate::domain) async fn settle_organisation(
        &self,
        session: sessions::Model,
    ) -> Result<sessions::Model, AuthError> {
        let Some(organisation) = session.organisation_id else { return Ok(session) };
        let user = UserId(session.user_id);
        match self.identity.belongs(user, OrganisationId(organisation)).await {
            Ok(false) => {
                self.act_for_none(Author::user(user, Some(SessionId(session.id))), &session).await?;
                Ok(sessions::Model { organisation_id: None, ..session })
            }
            Ok(true) | Err(_) => Ok(session),
        }
    }

    /// Has a session act for no organisation, unless it acts for another one by now.
    async fn act_for_none(&self, author: impl Into<Author>, was: &sessions::Model) -> Result<(), AuthError> {
        self.infra
            .write(author, async |change| {
                change.unaudited("users has audited that they belong to it no more");
                let held = sessions::lock(change, was.id).await?;
                match held.is_some_and(|held| held.organisation_id == was.organisation_id) {
                    true => Ok(sessions::act_for(change, was.id, None).await?),
                    false => Ok(()),
                }
            })
            .await
    }

    /// Somebody belongs to an organisation no more: their sessions act for it no more, and tokens that say so are refused.
    pub(crate) async fn member_removed(
        &self,
        change: &mut Change,
        user: UserId,
        organisation: OrganisationId,
    ) -> Result<(), AuthError> {
        let mut issued_at = change.now();
        // All that are alive, so that a switch under way is waited for.
        for session in self.lock_open(change, user).await? {
            issued_at = issued_at.max(session.issued_at());
            if session.organisation_id == Some(organisation.0) {
                sessions::act_for(change, session.id, None).await?;
            }
        }
        // Issue times have whole seconds: tokens of this very second are refused as well, and one of who is back by then says the second
        // after. A token of before the last switch is one of them, and so is one of a clock that was ahead.
        let (membership, issued_before) = (membership_of(user, organisation), issued_at.timestamp() + 1);
        let subject = RevokedSubject::Membership { membership, issued_before };
        Ok(self.revoke_issued(change, subject, "left an organisation", issued_at).await?)
    }
}
