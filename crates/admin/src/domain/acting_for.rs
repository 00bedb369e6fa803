//! For which organisation a session acts. auth says so in the access token, and answers a switch with another one: it takes the place of
//! the session's, whose refresh token stays.

use super::outlive::outlive;
use super::sessions::{AUTH_AUDITS, ActiveSession, Credential, Sessions};
use super::upstream::Upstream;
use crate::error::AdminError;
use crate::store::console_sessions::{self, Model};
use chrono::DateTime;
use orion_contracts::admin::{ConsoleOrganisation, ConsoleSession};
use orion_contracts::auth::{ActFor, ActingFor};
use orion_contracts::organisations::MembershipList;
use orion_contracts::{Author, OrganisationId, Problem, ServiceName};
use orion_http::identity::{Access, Object};
use orion_infra::Change;
use std::sync::Arc;

const CURRENT: &str = "/api/v1/auth/sessions/current/organisation";
const OWN: &str = "/api/v1/users/me/organisations";
/// What a page says that acts for no organisation.
const NONE: &str = "none";
/// So often a switch is tried whose token another process replaces meanwhile.
const TRIES: u8 = 3;

impl Sessions {
    /// Has a session act for an organisation of its user's, or for none; what the page may know of it then.
    pub(crate) async fn act_for(&self, session: ActiveSession, order: ActFor) -> Result<ConsoleSession, Problem> {
        let turn = self.turns.take(&session.row.id_hash).await;
        let sessions = self.clone();
        // At auth the session acts for it when the browser hangs up, and what the console does would not.
        outlive("acting for an organisation", async move {
            let _turn = turn;
            sessions.act_for_in_turn(&session.row.id_hash, &order).await
        })
        .await
    }

    async fn act_for_in_turn(&self, id_hash: &str, order: &ActFor) -> Result<ConsoleSession, Problem> {
        for tried in 0..TRIES {
            match self.switch(id_hash, order).await {
                Ok(Some((row, own))) => {
                    return self.describe(&ActiveSession { row, own, acting: None }).await;
                }
                Ok(None) => {}
                Err(problem) => {
                    // A refusal says that nothing has changed. After anything else it may have, and the token at hand does not say so.
                    if tried > 0 || problem.status >= 500 {
                        self.doubt(id_hash).await;
                    }
                    return Err(problem);
                }
            }
        }
        self.doubt(id_hash).await;
        Err(Problem::unavailable().detail("The session's tokens change all the time.").retry_after(1))
    }

    /// Switches a session at auth, and puts the token that says so in the place of its own; `None` where another process has replaced that
    /// meanwhile.
    async fn switch(&self, id_hash: &str, order: &ActFor) -> Result<Option<(Model, Credential)>, Problem> {
        // Whoever had a turn before may have replaced the token, or begun to act as somebody else.
        let row = self.current(id_hash).await?.ok_or(AdminError::NoSession)?;
        if self.acting(&row).await?.is_some() {
            return Err(AdminError::NotAsAnother.into());
        }
        let own = self.switch_at_auth(&row, order).await?;
        let sealed = self.sealed_access(id_hash, &own.access_token);
        // No longer than it says itself, and no longer than the one before, from which it has its end.
        let ends = DateTime::from_timestamp(own.claims.exp, 0).unwrap_or(row.access_expires_at);
        let ends = ends.min(row.access_expires_at);
        let replace = async |change: &mut Change| {
            change.unaudited(AUTH_AUDITS);
            console_sessions::put_access_token(change, id_hash, &row.access_token, (sealed.clone(), ends)).await
        };
        let author = Author::user(own.claims.sub, own.claims.sid);
        if !self.context.infra.write(author, replace).await? {
            return Ok(None);
        }
        if self.organisation_of(&row) != Some(own.claims.org) {
            self.tell_of_change(id_hash);
        }
        let row = Model { access_token: sealed, access_expires_at: ends, acting_token: None, ..row };
        Ok(Some((row, own)))
    }

    /// Has the next call ask auth for which organisation a session acts, by a refresh, as well as that can be done.
    async fn doubt(&self, id_hash: &str) {
        for _ in 0..TRIES {
            match self.make_due(id_hash).await {
                Ok(true) => return,
                Ok(false) => {}
                Err(problem) => tracing::warn!(%problem, "for which organisation a console session acts is in doubt"),
            }
        }
    }

    /// Whether a session's access token counts no longer than until now. It is sealed anew, so that a refresh of before, which may still go
    /// on in another process, does not take its place.
    async fn make_due(&self, id_hash: &str) -> Result<bool, Problem> {
        let Some(row) = self.current(id_hash).await? else { return Ok(true) };
        let token = self.access_token(&row).ok_or(AdminError::NoSession)?;
        let sealed = self.sealed_access(id_hash, &token);
        let expire = async |change: &mut Change| {
            change.unaudited(AUTH_AUDITS);
            let due = (sealed.clone(), change.now());
            console_sessions::put_access_token(change, id_hash, &row.access_token, due).await
        };
        Ok(self.context.infra.write(Author::PLATFORM, expire).await?)
    }

    /// Has auth's session act for it, by the token of a session.
    async fn switch_at_auth(&self, row: &Model, order: &ActFor) -> Result<Credential, Problem> {
        let token = self.access_token(row).ok_or(AdminError::NoSession)?;
        let auth = Upstream::new(&self.context.infra, ServiceName::Auth).with(&token);
        let given: ActingFor = auth.put(CURRENT, order).await?;
        let claims = self.context.identity.verify(given.access_token.expose()).map_err(|reason| {
            tracing::error!(%reason, "auth gave a token that is refused here");
            Problem::unavailable().retry_after(1)
        })?;
        Ok(Credential { access_token: given.access_token, claims: Arc::new(claims) })
    }

    /// Whether a session acts for the organisation of this id, or for none where it says `none`, as its page has been told.
    pub(crate) async fn is_for(&self, session: &ActiveSession, said: &str) -> Result<bool, Problem> {
        let claims = &session.credential().claims;
        let Some(id) = claims.org else { return Ok(said == NONE) };
        if said == NONE {
            return Ok(!self.context.identity.belongs(claims.sub, id).await?);
        }
        Ok(said == id.to_string())
    }

    /// The organisation for which a token acts, while its user belongs to it, and what may be done with what is the organisation's.
    pub(super) async fn organisation(
        &self,
        by: &Credential,
        access: &Access,
    ) -> Result<Option<ConsoleOrganisation>, Problem> {
        let (infra, identity) = (&self.context.infra, &self.context.identity);
        let Some(id) = by.claims.org else { return Ok(None) };
        if !identity.belongs(by.claims.sub, id).await? {
            return Ok(None);
        }
        let users = Upstream::new(infra, ServiceName::Users).with(&by.access_token);
        let name = match users.get::<MembershipList>(OWN).await {
            Ok(own) => own.items.into_iter().find(|one| one.organisation.id == id).map(|one| one.organisation.name),
            Err(problem) => {
                tracing::debug!(%problem, "what an organisation is called was not read");
                None
            }
        };
        Ok(Some(ConsoleOrganisation { id, name, permissions: access.permissions_on(&Object::of(id)) }))
    }

    /// Whether a session, as it stands now, acts for the organisation for which it acted before; it is taken to, where its token says nothing.
    pub(super) fn acts_for_the_same(&self, now: &Model, before: &ActiveSession) -> bool {
        if now.access_token == before.row.access_token {
            return true;
        }
        self.organisation_of(now).is_none_or(|organisation| organisation == before.own.claims.org)
    }

    /// For which organisation a session acts, or that it acts for none, while its token is good.
    fn organisation_of(&self, row: &Model) -> Option<Option<OrganisationId>> {
        let claims = self.access_token(row).map(|token| self.context.identity.verify(token.expose()));
        claims.and_then(Result::ok).map(|claims| claims.org)
    }
}
