//! For which organisation a session acts. auth says so in the access token, and answers a switch with another one: it takes the place of
//! the session's, whose refresh token stays.

use super::sessions::{ACCESS, AUTH_AUDITS, ActiveSession, Credential, Sessions};
use super::upstream::Upstream;
use crate::error::AdminError;
use crate::store::console_sessions::{self, Model};
use chrono::DateTime;
use orion_contracts::admin::{ConsoleOrganisation, ConsoleSession};
use orion_contracts::auth::{ActFor, ActingFor};
use orion_contracts::organisations::MembershipList;
use orion_contracts::{Author, Problem, ServiceName};
use orion_http::identity::{Access, Object};
use orion_infra::Change;
use orion_infra::request::RequestContext;
use orion_infra::secrets::Scope;
use std::sync::Arc;

const CURRENT: &str = "/api/v1/auth/sessions/current/organisation";
const OWN: &str = "/api/v1/users/me/organisations";
/// So often a switch is tried whose token another process replaces meanwhile.
const TRIES: u8 = 3;

impl Sessions {
    /// Has a session act for an organisation of its user's, or for none; what the page may know of it then.
    pub(crate) async fn act_for(&self, session: ActiveSession, order: ActFor) -> Result<ConsoleSession, Problem> {
        // Goes on when the browser hangs up: at auth the session acts for it by then, and what the console does would not.
        let (sessions, client) = (self.clone(), RequestContext::clone(&RequestContext::current()));
        let work = async move { sessions.act_for_in_turn(session, order).await };
        tokio::spawn(client.scope(work)).await.unwrap_or_else(|error| {
            tracing::error!(%error, "acting for an organisation panicked");
            Err(Problem::internal())
        })
    }

    async fn act_for_in_turn(&self, mut session: ActiveSession, order: ActFor) -> Result<ConsoleSession, Problem> {
        let id_hash = session.row.id_hash.clone();
        let _turn = self.turns.take(&id_hash).await;
        for _ in 0..TRIES {
            // Whoever had a turn before may have replaced the token, or begun to act as somebody else.
            let row = self.current(&id_hash).await?.ok_or(AdminError::NoSession)?;
            if self.acting(&row).await?.is_some() {
                return Err(AdminError::NotAsAnother.into());
            }
            session.acting = None;
            let own = self.switch(&row, &order).await?;
            let infra = &self.context.infra;
            let sealed = infra.secrets.seal(Scope::AtRest, ACCESS, &id_hash, own.access_token.expose().as_bytes());
            // No longer than it says itself, and no longer than the one before, from which it has its end.
            let ends = DateTime::from_timestamp(own.claims.exp, 0).unwrap_or(row.access_expires_at);
            let ends = ends.min(row.access_expires_at);
            let replace = async |change: &mut Change| {
                change.unaudited(AUTH_AUDITS);
                console_sessions::put_access_token(change, &id_hash, &row.access_token, (sealed.clone(), ends)).await
            };
            let author = Author::user(own.claims.sub, own.claims.sid);
            if infra.write(author, replace).await? {
                session.row = Model { access_token: sealed, access_expires_at: ends, acting_token: None, ..row };
                session.own = own;
                return self.describe(&session).await;
            }
        }
        Err(Problem::unavailable().detail("The session's tokens change all the time.").retry_after(1))
    }

    /// Has auth's session act for it, by the token of a session.
    async fn switch(&self, row: &Model, order: &ActFor) -> Result<Credential, Problem> {
        let token = self.unseal(row, ACCESS, &row.access_token).ok_or(AdminError::NoSession)?;
        let auth = Upstream::new(&self.context.infra, ServiceName::Auth).with(&token);
        let given: ActingFor = auth.put(CURRENT, order).await?;
        let claims = self.context.identity.verify(given.access_token.expose()).map_err(|reason| {
            tracing::error!(%reason, "auth gave a token that is refused here");
            Problem::unavailable().retry_after(1)
        })?;
        Ok(Credential { access_token: given.access_token, claims: Arc::new(claims) })
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
        let claims =
            self.unseal(now, ACCESS, &now.access_token).map(|token| self.context.identity.verify(token.expose()));
        claims.and_then(Result::ok).is_none_or(|claims| claims.org == before.own.claims.org)
    }
}
