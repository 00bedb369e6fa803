//! What a product's own services may ask about tokens, and do to them: introspection (RFC 7662) and revocation (RFC 7009).
//! Of whatever is not a good token of ours nothing is said, so that nobody learns why.

use super::Auth;
use super::flows::acr_of;
use super::places::{NOWHERE, network_of, place_of};
use super::throttle::Moment;
use crate::error::AuthError;
use crate::store::sessions;
use crate::store::tokens::{self, TokenStatus, TokenType};
use chrono::DateTime;
use orion_contracts::audit::AuditAction;
use orion_contracts::auth::Introspection;
use orion_contracts::bus::RevokedSubject;
use orion_contracts::claims::FIRST_PARTY_CLIENT;
use orion_contracts::{AccessClaims, Author, Problem, Secret, SessionId, UserId};
use orion_http::identity::InvalidToken;
use orion_infra::audit::AuditRecord;
use orion_infra::request::RequestContext;
use orion_infra::secrets::{same, token_hash};
use std::time::Duration;

/// How many wrong secrets one network may send in a [`WINDOW`] before it is answered 429. A right one always passes: nobody can
/// lock a service out.
const WRONG_SECRETS: u64 = 20;
/// In which time they are counted.
const WINDOW: Duration = Duration::from_secs(60);

impl Auth {
    /// Whether a service is who it says; each is a section `[auth.services.NAME]`. What was sent may be percent-encoded or not
    /// (RFC 6749, section 2.3.1, asks for it, and few do it).
    pub(crate) async fn know_service(&self, candidates: &[(String, Secret)]) -> Result<String, AuthError> {
        let config = self.config.get();
        let mut known = None;
        for (name, secret) in candidates {
            let expected = config.services.get(name);
            // As long for an unknown name: hashes of one length are compared, whatever was sent.
            let wanted = token_hash(expected.map_or("", |service| service.secret.expose()));
            let is_right = same(wanted.as_bytes(), token_hash(secret.expose()).as_bytes());
            if is_right && expected.is_some() {
                known = Some(name.clone());
            }
        }
        match known {
            Some(name) => Ok(name),
            None => Err(self.refuse_service().await),
        }
    }

    async fn refuse_service(&self) -> AuthError {
        let network = RequestContext::current().ip_address.as_deref().map(|address| network_of(&place_of(address)));
        let moment = Moment::ServiceSecret(network.as_deref().unwrap_or(NOWHERE));
        match self.admit_moment(moment, WINDOW, WRONG_SECRETS).await {
            Ok(()) => Problem::invalid_client()
                .detail("Send name and secret of a section [auth.services.…] of the configuration by HTTP Basic.")
                .into(),
            Err(refused) => refused,
        }
    }

    /// What is said of a token.
    pub(crate) async fn introspect(&self, token: &Secret) -> Result<Introspection, AuthError> {
        let live = match self.identity.verify(token.expose()) {
            Ok(claims) => self.live_access(claims).await?,
            Err(InvalidToken::NoKeys) => return Err(Problem::keys_unknown().into()),
            Err(_) => self.live_refresh(token).await?,
        };
        Ok(live.unwrap_or_default())
    }

    /// An access token, if its session goes on. Another process may have ended that a moment ago.
    async fn live_access(&self, claims: AccessClaims) -> Result<Option<Introspection>, AuthError> {
        let now = self.infra.clock.now();
        if let Some(sid) = claims.sid {
            let session = sessions::find(self.infra.db.read(), sid.0).await?;
            if !session.is_some_and(|session| session.is_alive(now)) {
                return Ok(None);
            }
        }
        Ok(Some(Introspection {
            active: true,
            token_type: Some("Bearer".to_owned()),
            sub: Some(claims.sub),
            sid: claims.sid,
            client_id: Some(claims.client_id),
            exp: Some(claims.exp),
            iat: Some(claims.iat),
            iss: Some(claims.iss),
            aud: Some(claims.aud),
            scope: claims.scope,
            roles: Some(claims.roles),
            acr: claims.acr,
            amr: Some(claims.amr),
            auth_time: Some(claims.auth_time),
            act: claims.act,
        }))
    }

    /// A refresh token, if it is its session's newest one and the user may go on.
    async fn live_refresh(&self, token: &Secret) -> Result<Option<Introspection>, AuthError> {
        let (db, now) = (self.infra.db.read(), self.infra.clock.now());
        let found = tokens::find(db, TokenType::Refresh, &token_hash(token.expose())).await?;
        let Some(found) = found.filter(|found| found.status == TokenStatus::Active && now < found.expires_at) else {
            return Ok(None);
        };
        let Some(id) = found.session_id else { return Ok(None) };
        let session = sessions::find(db, id).await?.filter(|session| session.is_alive(now));
        let Some(session) = session else { return Ok(None) };
        let Some(roles) = self.roles_in(db, session.user_id).await? else { return Ok(None) };
        let amr = session.methods();
        Ok(Some(Introspection {
            active: true,
            token_type: Some("refresh_token".to_owned()),
            sub: Some(UserId(session.user_id)),
            sid: Some(SessionId(session.id)),
            client_id: Some(FIRST_PARTY_CLIENT.to_owned()),
            exp: Some(found.expires_at.timestamp()),
            iat: Some(found.issued_at.timestamp()),
            iss: Some(self.identity.issuer().to_owned()),
            aud: Some(self.identity.audience().to_owned()),
            scope: None,
            roles: Some(roles),
            acr: Some(acr_of(&amr).to_owned()),
            amr: Some(amr),
            auth_time: Some(session.auth_time.timestamp()),
            // Acting as somebody gives no refresh token.
            act: None,
        }))
    }

    /// Revokes a token: a refresh token with its whole session, an access token alone. One that is not known is out already.
    pub(crate) async fn revoke_token(&self, service: &str, token: &Secret) -> Result<(), AuthError> {
        match self.recognise(token.expose()).await {
            Ok(claims) => return self.revoke_access(service, claims).await,
            Err(AuthError::Problem(_)) => {}
            Err(error) => return Err(error),
        }
        let found = tokens::find(self.infra.db.read(), TokenType::Refresh, &token_hash(token.expose())).await?;
        match found.and_then(|found| Some((found.session_id?, found.user_id))) {
            Some((session, user)) => {
                let session = SessionId(session);
                self.sign_out(session, Author::user(UserId(user), Some(session))).await
            }
            None => Ok(()),
        }
    }

    async fn revoke_access(&self, service: &str, claims: AccessClaims) -> Result<(), AuthError> {
        if !self.is_current(&claims) {
            return Ok(());
        }
        let author = Author::user(claims.sub, claims.sid);
        self.infra
            .write(author, async |change| {
                let issued_at = DateTime::from_timestamp(claims.iat, 0).unwrap_or_else(|| change.now());
                self.revoke_issued(change, RevokedSubject::Token { jti: claims.jti }, "revoked", issued_at).await?;
                let description = format!("An access token was revoked by the service {service}");
                change.audit(AuditRecord::new(AuditAction::Logout, "account", description).on(claims.sub));
                Ok(())
            })
            .await
    }

    /// Whether there is anything left of it to revoke.
    fn is_current(&self, claims: &AccessClaims) -> bool {
        let now = self.infra.clock.now().timestamp();
        now < claims.exp.saturating_add(orion_http::identity::LEEWAY)
            && !self.identity.revocations().get().refuse(claims)
    }
}
