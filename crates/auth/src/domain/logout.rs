//! Signing out: by an access token of whatever age, by a refresh token, or by both; once or again. Who is out already is told
//! that they are out.

use super::Auth;
use crate::error::AuthError;
use crate::store::tokens::{self, TokenType};
use crate::store::{sessions, signing_keys};
use jsonwebtoken::jwk::JwkSet;
use orion_contracts::audit::AuditAction;
use orion_contracts::events::SessionEnd;
use orion_contracts::{AccessClaims, Author, Problem, Secret, SessionId, UserId};
use orion_http::Caller;
use orion_http::identity::{InvalidToken, Keys, Verification};
use orion_infra::audit::AuditRecord;
use orion_infra::secrets::token_hash;

impl Auth {
    /// Ends the sessions of the tokens: once this returns, what belongs to them is refused here, and soon everywhere. A
    /// refresh token that is not known any more is out (RFC 7009, section 2.2). So is nobody by an access token that auth
    /// did not give; that is an error, unless there is a refresh token as well.
    pub(crate) async fn logout(
        &self,
        access: Result<&str, Problem>,
        refresh: Option<&Secret>,
    ) -> Result<(), AuthError> {
        let by_access = match access {
            Ok(token) => self.session_of(token).await,
            Err(problem) => Err(problem.into()),
        };
        match (by_access, refresh) {
            (Ok((session, author)), _) => self.sign_out(session, author).await?,
            (Err(AuthError::Problem(_)), Some(_)) => {}
            (Err(error), _) => return Err(error),
        }
        let Some(token) = refresh else { return Ok(()) };
        let found = tokens::find(self.infra.db.read(), TokenType::Refresh, &token_hash(token.expose())).await?;
        match found.and_then(|found| Some((found.session_id?, found.user_id))) {
            Some((session, user)) => {
                let session = SessionId(session);
                self.sign_out(session, Author::user(UserId(user), Some(session))).await
            }
            None => Ok(()),
        }
    }

    /// The session that an access token belongs to, and who it says is acting.
    async fn session_of(&self, token: &str) -> Result<(SessionId, Author), AuthError> {
        let claims = self.recognise(token).await?;
        let session = claims.sid.ok_or_else(|| {
            Problem::permission_denied().detail("The token belongs to no session that could be signed out.")
        })?;
        Ok((session, Author::from(&Caller::with_token(claims))))
    }

    /// The claims of an access token that auth has given, also when it is expired, revoked, or of a key that was retired.
    pub(super) async fn recognise(&self, token: &str) -> Result<AccessClaims, AuthError> {
        let (issuer, audience) = (self.identity.issuer(), self.identity.audience());
        let expected = Verification { issuer, audience, now: self.infra.clock.now() };
        let mut outcome = self.identity.keys().get().recognise(token, &expected);
        if matches!(outcome, Err(InvalidToken::UnknownKey | InvalidToken::NoKeys)) {
            let rows = signing_keys::all(self.infra.db.read()).await?;
            let keys = rows.iter().filter_map(|row| serde_json::from_str(&row.public_jwk).ok()).collect();
            outcome = Keys::from_set(&JwkSet { keys }).recognise(token, &expected);
        }
        outcome.map_err(|_| Problem::invalid_token().detail("The token was not given by ORION.").into())
    }

    pub(super) async fn sign_out(&self, id: SessionId, author: Author) -> Result<(), AuthError> {
        self.infra
            .write(author, async |change| {
                let session = sessions::lock(change, id.0).await?.filter(|session| session.ended_at.is_none());
                // Where there is none, somebody else has ended it; that was announced then.
                if let Some(session) = session {
                    self.end_session(change, &session, SessionEnd::LoggedOut).await?;
                    // Of who stops acting as somebody else an entry says that.
                    if session.actor_id.is_none() {
                        change.audit(AuditRecord::new(AuditAction::Logout, "session", "Signed out").on(id));
                    }
                }
                Ok(())
            })
            .await
    }
}
