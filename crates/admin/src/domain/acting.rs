//! Acting as somebody else in the console. The session keeps its own tokens; beside them stands the one by which everything is done
//! meanwhile. When that is over the session goes on as its owner's, without another sign-in.

use super::outlive::outlive;
use super::sessions::{AUTH_AUDITS, ActiveSession, Credential, Sessions};
use super::upstream::Upstream;
use crate::error::AdminError;
use crate::store::console_sessions::{self, ActingAs, Model};
use chrono::{DateTime, Utc};
use orion_contracts::admin::ConsoleSession;
use orion_contracts::auth::{BeginImpersonation, Impersonation};
use orion_contracts::users::User;
use orion_contracts::{AccessClaims, Author, Email, Problem, Secret, ServiceName};
use orion_http::identity::InvalidToken;
use orion_infra::Change;
use orion_infra::secrets::Scope;
use std::sync::Arc;

/// What the token is sealed for.
const PURPOSE: &str = "console-acting-token";
const BEGIN: &str = "/api/v1/auth/impersonations";
const CURRENT: &str = "/api/v1/auth/impersonations/current";

/// As whom a session acts.
#[derive(Clone)]
pub(super) struct Acting {
    /// By what.
    pub(super) credential: Credential,
    /// Their address and name.
    pub(super) whom: (Email, Option<String>),
    /// Why.
    pub(super) reason: String,
    /// When it is over.
    pub(super) until: DateTime<Utc>,
}

impl Acting {
    fn of(row: &Model, access_token: Secret, claims: AccessClaims) -> Option<Self> {
        let is_of_owner = claims.act.as_ref().is_some_and(|actor| actor.sub.0 == row.user_id);
        Some(Self {
            until: DateTime::from_timestamp(claims.exp, 0).filter(|_| is_of_owner)?,
            credential: Credential { access_token, claims: Arc::new(claims) },
            whom: (Email::stored(row.acting_email.as_deref()?), row.acting_display_name.clone()),
            reason: row.acting_reason.clone()?,
        })
    }

    /// Whether its time is over. Where clocks differ a token is good for a little longer, but nobody is told so.
    pub(super) fn is_over(&self, now: DateTime<Utc>) -> bool {
        self.until <= now
    }
}

impl Sessions {
    /// As whom the session acts now. What has ended meanwhile, in whatever way, is forgotten.
    pub(super) async fn acting(&self, row: &Model) -> Result<Option<Acting>, Problem> {
        let Some(sealed) = &row.acting_token else { return Ok(None) };
        let identity = &self.context.identity;
        let token = self.unseal(row, PURPOSE, sealed);
        let acting = match token.map(|token| (identity.verify(token.expose()), token)) {
            Some((Ok(claims), token)) => Acting::of(row, token, claims),
            Some((Err(InvalidToken::NoKeys | InvalidToken::UnknownKey), _)) => return Err(Problem::keys_unknown()),
            Some((Err(_), _)) | None => None,
        };
        let acting = acting.filter(|acting| !acting.is_over(self.context.infra.clock.now()));
        let is_gone = match &acting {
            Some(acting) => {
                identity.access(&acting.credential.claims).await.is_err_and(|problem| problem.status == 401)
            }
            None => true,
        };
        if !is_gone {
            return Ok(acting);
        }
        if let Err(problem) = self.forget_acting(row, sealed).await {
            tracing::warn!(%problem, "as whom a console session acted could not be forgotten");
        }
        Ok(None)
    }

    /// Begins to act as somebody else; what the page may know of the session then.
    pub(crate) async fn begin_acting(
        &self,
        session: ActiveSession,
        order: BeginImpersonation,
    ) -> Result<ConsoleSession, Problem> {
        let turn = self.turns.take(&session.row.id_hash).await;
        let sessions = self.clone();
        // Nobody would have the token of what has begun.
        outlive("beginning to act as somebody else", async move {
            let _turn = turn;
            sessions.begin_in_turn(session, order).await
        })
        .await
    }

    async fn begin_in_turn(
        &self,
        mut session: ActiveSession,
        order: BeginImpersonation,
    ) -> Result<ConsoleSession, Problem> {
        let infra = &self.context.infra;
        let id_hash = session.row.id_hash.clone();
        // By the session's own token: nobody acts as somebody out of acting as somebody else.
        let auth = Upstream::new(infra, ServiceName::Auth).with(&session.own.access_token);
        let given: Impersonation = auth.post(BEGIN, &order).await?;
        let token = given.access_token;
        let known = async {
            let users = Upstream::new(infra, ServiceName::Users).with(&token);
            let user: User = users.get("/api/v1/users/me").await?;
            let claims = self.context.identity.verify(token.expose()).map_err(|reason| {
                tracing::error!(%reason, "auth gave a token that is refused here");
                Problem::unavailable().retry_after(1)
            })?;
            Ok::<_, Problem>((user, claims))
        };
        let (user, claims) = match known.await {
            Ok(known) => known,
            Err(problem) => {
                self.let_go(&token).await;
                return Err(problem);
            }
        };
        let acting = ActingAs {
            token: infra.secrets.seal(Scope::AtRest, PURPOSE, &id_hash, token.expose().as_bytes()),
            email: user.email.to_string(),
            display_name: user.display_name,
            reason: order.reason,
        };
        let begin = async |change: &mut Change| {
            change.unaudited(AUTH_AUDITS);
            console_sessions::begin_acting(change, &id_hash, acting.clone()).await
        };
        let author = Author::user(session.own.claims.sub, session.own.claims.sid);
        if let Err(error) = infra.write(author, begin).await {
            self.let_go(&token).await;
            return Err(error.into());
        }
        self.tell_of_change(&id_hash);
        session.row = self.current(&id_hash).await?.ok_or(AdminError::NoSession)?;
        session.acting = Acting::of(&session.row, token, claims);
        self.describe(&session).await
    }

    /// Stops to act as somebody else; what the page may know of the session then. As often as it is asked.
    pub(crate) async fn stop_acting(&self, mut session: ActiveSession) -> Result<ConsoleSession, Problem> {
        if let (Some(acting), Some(sealed)) = (session.acting.take(), session.row.acting_token.take()) {
            self.let_go(&acting.credential.access_token).await;
            self.forget_acting(&session.row, &sealed).await?;
            self.tell_of_change(&session.row.id_hash);
        }
        self.describe(&session).await
    }

    /// With auth away it goes on there until its time is over, but nobody has the token any more.
    async fn let_go(&self, token: &Secret) {
        let auth = Upstream::new(&self.context.infra, ServiceName::Auth).with(token);
        match auth.delete(CURRENT).await {
            // It was over already.
            Err(problem) if problem.status == 401 => {}
            Err(problem) => tracing::warn!(%problem, "acting as somebody else could not be ended at auth"),
            Ok(()) => {}
        }
    }

    async fn forget_acting(&self, row: &Model, sealed: &str) -> Result<(), Problem> {
        let forget = async |change: &mut Change| {
            change.unaudited(AUTH_AUDITS);
            console_sessions::stop_acting(change, &row.id_hash, sealed).await
        };
        Ok(self.context.infra.write(Author::PLATFORM, forget).await?)
    }
}
