//! The tokens of console sessions: sealed at rest, and replaced by a refresh and by proving once more who one is. Turns hold within one
//! process, so each of them reckons with another process that does the same, or has the session act for another organisation meanwhile.

use super::outlive::outlive;
use super::sessions::{AUTH_AUDITS, Sessions};
use super::upstream::Upstream;
use crate::error::AdminError;
use crate::store::console_sessions::{self, Model, SealedTokens};
use chrono::{DateTime, Duration, Utc};
use orion_contracts::auth::{FlowResponse, RefreshRequest, SignInAnswer, TokenResponse};
use orion_contracts::{Author, Problem, Secret, ServiceName};
use orion_infra::Change;
use orion_infra::secrets::Scope;

/// An access token is replaced when it has less than this left, in seconds.
pub(super) const MARGIN: i64 = 30;
/// What the tokens are sealed for.
const ACCESS: &str = "console-access-token";
const REFRESH: &str = "console-refresh-token";

impl Sessions {
    /// The tokens of a sign-in or a refresh, as they are kept.
    pub(super) fn sealed(&self, id_hash: &str, tokens: &TokenResponse, now: DateTime<Utc>) -> SealedTokens {
        let lives = i64::try_from(tokens.expires_in).unwrap_or(i64::MAX).min(86_400);
        SealedTokens {
            access_token: self.sealed_access(id_hash, &tokens.access_token),
            refresh_token: self.seal(REFRESH, id_hash, &tokens.refresh_token),
            access_expires_at: now + Duration::seconds(lives),
        }
    }

    /// An access token as it is kept; another text each time.
    pub(super) fn sealed_access(&self, id_hash: &str, token: &Secret) -> String {
        self.seal(ACCESS, id_hash, token)
    }

    fn seal(&self, purpose: &str, id_hash: &str, token: &Secret) -> String {
        self.context.infra.secrets.seal(Scope::AtRest, purpose, id_hash, token.expose().as_bytes())
    }

    /// The access token of a session.
    pub(super) fn access_token(&self, row: &Model) -> Option<Secret> {
        self.unseal(row, ACCESS, &row.access_token)
    }

    pub(super) fn unseal(&self, row: &Model, purpose: &str, sealed: &str) -> Option<Secret> {
        let plain = self.context.infra.secrets.unseal(Scope::AtRest, purpose, &row.id_hash, sealed).ok()?;
        std::str::from_utf8(&plain).ok().map(Secret::new)
    }

    /// Replaces the tokens, once however many ask; also while they are good, where the access token is known to be `refused`. Goes on when
    /// the browser hangs up: the old refresh token is spent by then, and losing the new one would end the session.
    pub(super) async fn refresh(&self, id_hash: &str, refused: Option<String>) -> Result<Model, Problem> {
        let turn = self.turns.take(&id_hash.to_owned()).await;
        let (sessions, id_hash) = (self.clone(), id_hash.to_owned());
        outlive("refreshing a console session", async move {
            let _turn = turn;
            sessions.refresh_in_turn(&id_hash, refused.as_deref()).await
        })
        .await
    }

    async fn refresh_in_turn(&self, id_hash: &str, refused: Option<&str>) -> Result<Model, Problem> {
        let infra = &self.context.infra;
        let row = self.current(id_hash).await?.ok_or(AdminError::NoSession)?;
        let is_refused = refused == Some(row.access_token.as_str());
        if !is_refused && row.access_expires_at > infra.clock.now() + Duration::seconds(MARGIN) {
            return Ok(row);
        }
        let Some(refresh_token) = self.unseal(&row, REFRESH, &row.refresh_token) else {
            return Err(self.forget(id_hash).await);
        };
        let request = RefreshRequest { refresh_token };
        let auth = Upstream::new(infra, ServiceName::Auth);
        let tokens: TokenResponse = match auth.post("/api/v1/auth/refresh", &request).await {
            Ok(tokens) => tokens,
            Err(problem) if problem.status == 401 => {
                // Another instance may have stepped the session up meanwhile, which voids what was sent.
                let now = self.current(id_hash).await?.filter(|now| now.token_generation != row.token_generation);
                return match now {
                    Some(renewed) => Ok(renewed),
                    None => Err(self.forget(id_hash).await),
                };
            }
            Err(problem) => return Err(problem),
        };
        let sealed = self.sealed(id_hash, &tokens, infra.clock.now());
        let was = (row.token_generation, row.access_token.as_str());
        let replace = async |change: &mut Change| {
            change.unaudited(AUTH_AUDITS);
            console_sessions::replace_tokens(change, id_hash, was, sealed.clone()).await
        };
        infra.write(Author::user(tokens.user_id, Some(tokens.session_id)), replace).await?;
        // It may act for another organisation by then, where a switch has failed half-way.
        self.tell_of_change(id_hash);
        // Another instance may have been first: what stands there now is what counts.
        self.current(id_hash).await?.ok_or_else(|| AdminError::NoSession.into())
    }

    /// Does a step of a step-up, and puts the tokens that it gives in the place of the session's; what is needed next, when
    /// it gives none yet. In the session's turn: its older refresh token is void from then on.
    pub(super) async fn renew_in_turn(
        &self,
        id_hash: &str,
        step: impl Future<Output = Result<SignInAnswer, Problem>>,
    ) -> Result<Option<FlowResponse>, Problem> {
        let row = self.current(id_hash).await?.ok_or(AdminError::NoSession)?;
        let tokens = match step.await? {
            SignInAnswer::Needs(flow) => return Ok(Some(flow)),
            SignInAnswer::Done(tokens) => tokens,
        };
        let sealed = self.sealed(id_hash, &tokens, self.context.infra.clock.now());
        let replace = async |change: &mut Change| {
            change.unaudited(AUTH_AUDITS);
            console_sessions::put_tokens(change, id_hash, &row.access_token, sealed.clone()).await
        };
        self.context.infra.write(Author::user(tokens.user_id, Some(tokens.session_id)), replace).await?;
        self.tell_of_change(id_hash);
        Ok(None)
    }
}
