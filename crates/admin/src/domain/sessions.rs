//! Console sessions: a browser holds an opaque cookie, the tokens stay here.

use super::acting::Acting;
use super::session_tokens::MARGIN;
use super::upstream::Upstream;
use crate::config::AdminConfig;
use crate::error::AdminError;
use crate::store::console_sessions::{self, Model};
use chrono::{DateTime, Duration, Utc};
use orion_contracts::admin::{ConsoleActing, ConsoleSession};
use orion_contracts::auth::TokenResponse;
use orion_contracts::permissions::{ConsoleUse, Demand};
use orion_contracts::users::User;
use orion_contracts::{AccessClaims, Author, Email, Problem, Secret, ServiceName, UserId};
use orion_http::Context;
use orion_http::identity::InvalidToken;
use orion_infra::request::RequestContext;
use orion_infra::secrets::token_hash;
use orion_infra::turns::Turns;
use orion_infra::{Change, DbError, Settings};
use std::sync::Arc;
use tokio::sync::broadcast;

/// Use is noted at most this often, in seconds, so that not every call writes.
const TOUCH_EVERY: i64 = 10;
/// Why what happens to console sessions is not audited here.
pub(super) const AUTH_AUDITS: &str = "a console session follows one at auth, which audits it";
/// So many changes of sessions a socket may fall behind; then it looks at its own.
const CHANGES: usize = 64;

/// All console sessions. Cloning shares them.
#[derive(Clone)]
pub(crate) struct Sessions {
    pub(super) context: Context,
    config: Settings<AdminConfig>,
    pub(super) turns: Arc<Turns<String>>,
    changes: broadcast::Sender<Arc<str>>,
}

/// A session that may be used now.
#[derive(Clone)]
pub(crate) struct ActiveSession {
    /// The row, tokens sealed.
    pub(super) row: Model,
    /// That of whoever signed in.
    pub(crate) own: Credential,
    /// As whom they act, while they do.
    pub(super) acting: Option<Acting>,
}

/// An access token, and what it says.
#[derive(Clone)]
pub(crate) struct Credential {
    /// The current access token.
    pub(crate) access_token: Secret,
    /// What it says.
    pub(crate) claims: Arc<AccessClaims>,
}

impl ActiveSession {
    /// By what everything is done that the console does: as oneself, or as whom one acts.
    pub(crate) fn credential(&self) -> &Credential {
        self.acting.as_ref().map_or(&self.own, |acting| &acting.credential)
    }

    /// Whether it is this one, by the hash of its cookie.
    pub(crate) fn is_of(&self, id_hash: &str) -> bool {
        self.row.id_hash == id_hash
    }

    /// Whether it is done as somebody else.
    pub(crate) fn acts(&self) -> bool {
        self.acting.is_some()
    }
}

impl Sessions {
    /// Sessions that live as long as configured.
    pub(crate) fn new(context: Context, config: Settings<AdminConfig>) -> Self {
        Self { context, config, turns: Arc::default(), changes: broadcast::Sender::new(CHANGES) }
    }

    /// The sessions that act as somebody else or for another organisation from now on, or may do so, by the hash of their cookie: for who
    /// shows something of one over a longer time. Other processes are not told; there it is noticed by the next look, or by the first
    /// call of the page, which is refused.
    pub(crate) fn changes(&self) -> broadcast::Receiver<Arc<str>> {
        self.changes.subscribe()
    }

    pub(super) fn tell_of_change(&self, id_hash: &str) {
        // Nobody listening is fine.
        let _ = self.changes.send(id_hash.into());
    }

    /// When a session ends without use.
    fn idle(&self) -> Duration {
        Duration::minutes(self.config.get().session_idle_minutes.into())
    }

    /// When this session ends without use. What the setting was when it was last used counts, unless it is shorter now.
    fn unused_until(&self, row: &Model) -> DateTime<Utc> {
        row.idle_expires_at.min(row.last_seen_at + self.idle())
    }

    /// When it ends in any case.
    fn absolute(&self) -> Duration {
        Duration::hours(self.config.get().session_absolute_hours.into())
    }

    /// How long a cookie may live, in seconds.
    pub(crate) fn absolute_seconds(&self) -> i64 {
        self.absolute().num_seconds()
    }

    /// Begins a session with the tokens of a sign-in. Gives the cookie's value and the session; an account without
    /// `console.use` is signed out again.
    pub(super) async fn begin(
        &self,
        tokens: &TokenResponse,
        email: Option<&Email>,
    ) -> Result<(String, ConsoleSession), Problem> {
        let infra = &self.context.infra;
        let claims = match self.admit(tokens).await {
            Ok(claims) => claims,
            Err(problem) => {
                self.log_out(&tokens.access_token).await;
                return Err(problem);
            }
        };
        let users = Upstream::new(infra, ServiceName::Users).with(&tokens.access_token);
        let (email, display_name) = match users.get::<User>("/api/v1/users/me").await {
            Ok(user) => (user.email, user.display_name),
            Err(problem) => {
                tracing::debug!(%problem, "profile not read at sign-in");
                // A passkey has said who it is, but not by which address.
                let Some(email) = email else {
                    self.log_out(&tokens.access_token).await;
                    return Err(problem);
                };
                (email.clone(), None)
            }
        };
        let cookie = infra.random.token();
        let row = self.row(&token_hash(&cookie), tokens, &email, display_name);
        let author = Author::user(tokens.user_id, Some(tokens.session_id));
        infra
            .write(author, async |change: &mut Change| {
                change.unaudited(AUTH_AUDITS);
                console_sessions::insert(change, row.clone()).await
            })
            .await?;
        let own = Credential { access_token: tokens.access_token.clone(), claims: Arc::new(claims) };
        let session = ActiveSession { row, own, acting: None };
        Ok((cookie, self.describe(&session).await?))
    }

    async fn admit(&self, tokens: &TokenResponse) -> Result<AccessClaims, Problem> {
        let claims = self.context.identity.verify(tokens.access_token.expose()).map_err(|reason| {
            tracing::error!(%reason, "auth gave a token that is refused here");
            Problem::unavailable().detail("Sign-in cannot be checked at the moment.").retry_after(1)
        })?;
        if self.context.identity.access(&claims).await?.allows(ConsoleUse::PERMISSION) {
            return Ok(claims);
        }
        Err(AdminError::ConsoleForbidden.into())
    }

    fn row(&self, id_hash: &str, tokens: &TokenResponse, email: &Email, display_name: Option<String>) -> Model {
        let now = self.context.infra.clock.now();
        let client = RequestContext::current();
        let sealed = self.sealed(id_hash, tokens, now);
        Model {
            id_hash: id_hash.to_owned(),
            user_id: tokens.user_id.0,
            session_id: tokens.session_id.0,
            email: email.to_string(),
            display_name,
            access_token: sealed.access_token,
            refresh_token: sealed.refresh_token,
            token_generation: 0,
            access_expires_at: sealed.access_expires_at,
            created_at: now,
            last_seen_at: now,
            idle_expires_at: now + self.idle().min(self.absolute()),
            expires_at: now + self.absolute(),
            user_agent: client.user_agent.clone(),
            ip_address: client.ip_address.clone(),
            acting_token: None,
            acting_email: None,
            acting_display_name: None,
            acting_reason: None,
        }
    }

    /// The session of a cookie, its access token fresh; 401 when there is none or it has ended. Counts as use.
    pub(crate) async fn resume(&self, cookie: &str) -> Result<ActiveSession, Problem> {
        let infra = &self.context.infra;
        let id_hash = token_hash(cookie);
        let mut row = self.current(&id_hash).await?.ok_or(AdminError::NoSession)?;
        let now = infra.clock.now();
        if row.access_expires_at <= now + Duration::seconds(MARGIN) {
            row = match self.refresh(&id_hash, None).await {
                // Auth is away, and the token at hand is still good.
                Err(problem) if problem.status == 503 && row.access_expires_at > now => row,
                refreshed => refreshed?,
            };
        }
        let mut opened = self.open(&row).await?;
        if let Err(InvalidToken::Revoked | InvalidToken::Expired) = opened {
            // The session may go on, as that of who has left the organisation for which it acted, or whose token another process has
            // replaced by one that was about to end: auth says.
            row = self.refresh(&id_hash, Some(row.access_token)).await?;
            opened = self.open(&row).await?;
        }
        let own = match opened {
            Ok(own) => own,
            Err(InvalidToken::NoKeys | InvalidToken::UnknownKey) => return Err(Problem::keys_unknown()),
            Err(reason) => {
                tracing::debug!(%reason, "console session ended");
                return Err(self.forget(&id_hash).await);
            }
        };
        if self.is_barred(&own.claims).await {
            tracing::debug!("a console session ends: its account may no longer use the console");
            self.log_out(&own.access_token).await;
            return Err(self.forget(&id_hash).await);
        }
        self.touch(&mut row, now).await;
        let acting = self.acting(&row).await?;
        if acting.is_none() {
            row.acting_token = None;
        }
        Ok(ActiveSession { row, own, acting })
    }

    /// The access token of a session and what it says, or why it is good no more.
    async fn open(&self, row: &Model) -> Result<Result<Credential, InvalidToken>, Problem> {
        let Some(access_token) = self.access_token(row) else {
            tracing::warn!("a console session cannot be opened, as after a change of the master key; it ends");
            return Err(self.forget(&row.id_hash).await);
        };
        let claims = self.context.identity.verify(access_token.expose());
        Ok(claims.map(|claims| Credential { access_token, claims: Arc::new(claims) }))
    }

    /// Whether the account is known to have lost the console, or is gone. While that cannot be said, each endpoint decides.
    async fn is_barred(&self, claims: &AccessClaims) -> bool {
        match self.context.identity.access(claims).await {
            Ok(access) => !access.allows(ConsoleUse::PERMISSION),
            Err(problem) => problem.status == 401,
        }
    }

    /// The row, unless its time is over; then it is removed.
    pub(super) async fn current(&self, id_hash: &str) -> Result<Option<Model>, Problem> {
        let infra = &self.context.infra;
        let Some(row) = console_sessions::find(infra.db.read(), id_hash).await? else { return Ok(None) };
        if self.unused_until(&row).min(row.expires_at) > infra.clock.now() {
            return Ok(Some(row));
        }
        // The tokens go with the row, so the session at auth can no longer be used either.
        self.forget(id_hash).await;
        Ok(None)
    }

    /// Whether a session still counts that was active before: not over, not revoked, as whoever it was, and for the same organisation. Does
    /// not count as use.
    pub(crate) async fn is_alive(&self, session: &ActiveSession) -> Result<bool, Problem> {
        let revocations = self.context.identity.revocations().get();
        if revocations.refuse(&session.own.claims) || revocations.refuse(&session.credential().claims) {
            return Ok(false);
        }
        let is_over = session.acting.as_ref().is_some_and(|acting| acting.is_over(self.context.infra.clock.now()));
        let row = self.current(&session.row.id_hash).await?;
        Ok(!is_over
            && row.is_some_and(|row| {
                row.acting_token == session.row.acting_token && self.acts_for_the_same(&row, session)
            }))
    }

    /// Removes a session; the answer to its browser.
    pub(super) async fn forget(&self, id_hash: &str) -> Problem {
        if let Err(error) = self.delete(id_hash).await {
            tracing::warn!(%error, "an ended console session could not be removed");
        }
        AdminError::NoSession.into()
    }

    async fn delete(&self, id_hash: &str) -> Result<(), DbError> {
        let delete = async |change: &mut Change| {
            change.unaudited(AUTH_AUDITS);
            console_sessions::delete(change, id_hash).await
        };
        self.context.infra.write(Author::PLATFORM, delete).await
    }

    /// Best effort: a session that could not be extended ends a little earlier.
    async fn touch(&self, row: &mut Model, now: DateTime<Utc>) {
        if now < row.last_seen_at + Duration::seconds(TOUCH_EVERY) {
            return;
        }
        let idle_expires_at = (now + self.idle()).min(row.expires_at);
        let id_hash = &row.id_hash;
        let note = async |change: &mut Change| {
            change.unaudited("use of a session is no change");
            console_sessions::touch(change, id_hash, now, idle_expires_at).await
        };
        match self.context.infra.write(Author::PLATFORM, note).await {
            Ok(()) => (row.last_seen_at, row.idle_expires_at) = (now, idle_expires_at),
            Err(error) => tracing::warn!(%error, "use of a console session not noted"),
        }
    }

    /// What the console shows of a session.
    pub(crate) async fn describe(&self, session: &ActiveSession) -> Result<ConsoleSession, Problem> {
        let claims = &session.credential().claims;
        let access = self.context.identity.access(claims).await?;
        let row = &session.row;
        let own = (Email::stored(&row.email), row.display_name.clone());
        let acting = session.acting.as_ref();
        let (email, display_name) = acting.map_or_else(|| own.clone(), |acting| acting.whom.clone());
        Ok(ConsoleSession {
            user_id: claims.sub,
            email,
            display_name,
            roles: access.role_names(),
            permissions: access.permissions(),
            organisation: self.organisation(session.credential(), &access).await?,
            idle_expires_at: self.unused_until(row),
            expires_at: row.expires_at,
            acting: acting.map(|acting| ConsoleActing {
                user_id: UserId(row.user_id),
                email: own.0,
                display_name: own.1,
                reason: acting.reason.clone(),
                expires_at: acting.until,
            }),
        })
    }

    /// Signs out here and at auth.
    pub(crate) async fn end(&self, session: &ActiveSession) -> Result<(), Problem> {
        // Whoever is acted as is let go of with it.
        self.log_out(&session.own.access_token).await;
        Ok(self.delete(&session.row.id_hash).await?)
    }

    /// With auth away the session stays there until it expires, but nobody holds its tokens any more.
    async fn log_out(&self, access_token: &Secret) {
        let auth = Upstream::new(&self.context.infra, ServiceName::Auth).with(access_token);
        if let Err(problem) = auth.post_empty("/api/v1/auth/logout").await {
            tracing::warn!(%problem, "the session could not be ended at auth");
        }
    }
}
