//! Codes: what a sign-in on ORION's own page ends with. The browser carries the code to the product, which exchanges it for the
//! session. A code lives a minute and works once; whoever brings it a second time ends what it gave, for one of the two
//! is a thief (RFC 6749, section 4.1.2). It is of no use without the verifier that the product alone knows (RFC 7636, S256).

use super::Auth;
use super::sessions::roles_of;
use crate::error::AuthError;
use crate::store::{accounts, devices, sessions, sign_in_codes};
use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use orion_contracts::audit::AuditAction;
use orion_contracts::auth::{ExchangeCode, TokenResponse};
use orion_contracts::events::SessionEnd;
use orion_contracts::{Author, Secret, SessionId, UserId};
use orion_infra::Change;
use orion_infra::audit::AuditRecord;
use orion_infra::request::RequestContext;
use orion_infra::secrets::{same, token_hash};
use sea_orm::ConnectionTrait;
use uuid::Uuid;

/// How long a code lives.
const LIFETIME: TimeDelta = TimeDelta::seconds(60);
/// The length of a challenge: SHA-256 in base64url.
const CHALLENGE: usize = 43;

/// What a code is bound to: the hash of a secret that the product keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CodeChallenge(String);

impl CodeChallenge {
    /// That of a verifier.
    pub(crate) fn of(verifier: &str) -> Self {
        Self(challenge_of(verifier))
    }

    /// It as written.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::str::FromStr for CodeChallenge {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let is_one = text.len() == CHALLENGE
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
        if is_one { Ok(Self(text.to_owned())) } else { Err(()) }
    }
}

/// The challenge of a verifier.
fn challenge_of(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes()))
}

impl Auth {
    /// Makes a code for somebody who has just signed in by these methods, in this epoch of their account.
    pub(super) async fn make_code(
        &self,
        change: &Change,
        (user_id, sign_in_epoch): (Uuid, i64),
        code_challenge: &CodeChallenge,
        amr: &[&str],
        device_id: Uuid,
    ) -> Result<Secret, AuthError> {
        let (code, now, told) = (Secret::new(self.infra.random.token()), change.now(), RequestContext::current());
        let row = sign_in_codes::Model {
            id: change.id(),
            code_hash: token_hash(code.expose()),
            code_challenge: code_challenge.as_str().to_owned(),
            user_id,
            amr: serde_json::Value::from(amr.to_vec()).to_string(),
            ip_address: told.ip_address.clone(),
            user_agent: told.user_agent.clone(),
            created_at: now,
            expires_at: now + LIFETIME,
            used_at: None,
            session_id: None,
            device_id: Some(device_id),
            sign_in_epoch,
        };
        sign_in_codes::insert(change, row).await?;
        Ok(code)
    }

    /// Begins the session of a sign-in, for the product that has its code and its verifier.
    pub(crate) async fn exchange_code(&self, request: &ExchangeCode) -> Result<TokenResponse, AuthError> {
        let found = sign_in_codes::find(self.infra.db.read(), &token_hash(request.code.expose())).await?;
        let found = found.ok_or(AuthError::InvalidCode)?;
        // The session is of the browser that signed in, and not of the program that brings its code.
        let browser = RequestContext {
            ip_address: found.ip_address.clone(),
            user_agent: found.user_agent.clone(),
            ..RequestContext::current().as_ref().clone()
        };
        let challenge = challenge_of(request.code_verifier.expose());
        let exchange = self.infra.write(Author::ANONYMOUS, async |change| {
            let Some((code, roles)) = self.taken(change, found.id, &challenge).await? else { return Ok(None) };
            let methods = code.methods();
            let amr: Vec<&str> = methods.iter().map(String::as_str).collect();
            let grant = self.start_session(change, code.user_id, roles, &amr, code.device_id).await?;
            let session_id = SessionId(grant.session.id);
            sign_in_codes::use_up(change, code.id, Some(grant.session.id), change.now()).await?;
            change.made_by(Author::user(UserId(code.user_id), Some(session_id)));
            let description = "A product exchanged the code of a sign-in on the hosted page";
            change.audit(AuditRecord::new(AuditAction::Login, "session", description).on(session_id));
            Ok::<_, AuthError>(Some(grant))
        });
        let grant = browser.scope(exchange).await?;
        self.issue(grant.ok_or(AuthError::InvalidCode)?)
    }

    /// Uses up the code of a sign-in that a page of ours waits for, and gives it back. No session begins.
    pub(super) async fn use_up_code(&self, code: &Secret, verifier: &str) -> Result<sign_in_codes::Model, AuthError> {
        let found = sign_in_codes::find(self.infra.db.read(), &token_hash(code.expose())).await?;
        let (found, challenge) = (found.ok_or(AuthError::InvalidCode)?, challenge_of(verifier));
        let taken = self.infra.write(Author::ANONYMOUS, async |change| {
            let Some((code, _)) = self.taken(change, found.id, &challenge).await? else { return Ok(None) };
            sign_in_codes::use_up(change, code.id, None, change.now()).await?;
            change.made_by(Author::user(UserId(code.user_id), None));
            change.unaudited("the sign-in was audited, and nothing begins by it");
            Ok::<_, AuthError>(Some(code))
        });
        taken.await?.ok_or(AuthError::InvalidCode)
    }

    /// A code that is held now, for who has its verifier, and the roles of whose it is. Of one that was used before there is none, and
    /// what it gave ends.
    async fn taken(
        &self,
        change: &mut Change,
        id: Uuid,
        challenge: &str,
    ) -> Result<Option<(sign_in_codes::Model, Vec<String>)>, AuthError> {
        let code = sign_in_codes::lock(change, id).await?.ok_or(AuthError::InvalidCode)?;
        if code.used_at.is_some() {
            self.end_what_it_gave(change, &code).await?;
            return Ok(None);
        }
        let is_alive = change.now() < code.expires_at;
        if !is_alive || !same(challenge.as_bytes(), code.code_challenge.as_bytes()) {
            return Err(AuthError::InvalidCode);
        }
        let account = accounts::lock(change, code.user_id).await?.ok_or(AuthError::InvalidCode)?;
        // Whatever ends sign-ins under way, such as another password or a factor that goes, ends this one too.
        if code.sign_in_epoch != account.sign_in_epoch || self.is_gone(change, code.user_id, code.device_id).await? {
            return Err(AuthError::InvalidCode);
        }
        let roles = roles_of(&account)?.ok_or(AuthError::InvalidCode)?;
        Ok(Some((code, roles)))
    }

    /// Whether the device that somebody signed in from was blocked or forgotten since then.
    pub(super) async fn is_gone(
        &self,
        db: &impl ConnectionTrait,
        user_id: Uuid,
        device: Option<Uuid>,
    ) -> Result<bool, AuthError> {
        let Some(device) = device else { return Ok(false) };
        Ok(devices::find(db, user_id, device).await?.is_none_or(|device| device.is_blocked()))
    }

    async fn end_what_it_gave(&self, change: &mut Change, code: &sign_in_codes::Model) -> Result<(), AuthError> {
        let held = sessions::lock(change, code.session_id.unwrap_or(Uuid::nil())).await?;
        match held.filter(|session| session.ended_at.is_none()) {
            Some(session) => {
                self.end_session(change, &session, SessionEnd::Revoked).await?;
                let description = "Ended because the code that it began with was used a second time";
                change.audit(AuditRecord::new(AuditAction::Logout, "session", description).on(session.id));
            }
            None => change.unaudited("a used code whose session has ended"),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_challenge_is_the_hash_of_its_verifier() {
        // RFC 7636, appendix B.
        let challenge = challenge_of("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
        assert_eq!(challenge, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
        assert!(challenge.parse::<CodeChallenge>().is_ok());
        for bad in ["", "plain", &"=".repeat(43), &"a".repeat(44)] {
            assert!(bad.parse::<CodeChallenge>().is_err(), "{bad}");
        }
    }
}
