//! Registration. Every call does the same work and gets the same answer; who owns the address learns the rest by mail.
//!
//! The user is made first, by a call that can be repeated; then account, credential, audit entry and event are one
//! transaction. A crash in between leaves a pending user without a credential, and the next registration completes it.

use super::Auth;
use super::password::{self, Person};
use crate::error::AuthError;
use crate::store::tokens::{TokenStatus, TokenType};
use crate::store::{accounts, credentials, tokens};
use chrono::TimeDelta;
use orion_contracts::audit::AuditAction;
use orion_contracts::auth::{RegisterRequest, RegisterResponse};
use orion_contracts::events::{RegistrationRepeated, Sealed, UserFacts, VerificationRequested};
use orion_contracts::users::{PutUser, User, UserPut, UserStatus};
use orion_contracts::{Author, Secret, ServiceName, UserId};
use orion_infra::Change;
use orion_infra::audit::AuditRecord;
use orion_infra::idempotency::IdempotencyKey;
use orion_infra::request::RequestContext;
use orion_infra::secrets::{Scope, token_hash};

/// How long auth remembers a verification link, in days; the users service decides when its token expires.
const LINK_DAYS: i64 = 30;

impl Auth {
    /// Registers an address, or lets its owner know that somebody tried.
    pub(crate) async fn register(
        &self,
        request: &RegisterRequest,
        key: &IdempotencyKey,
    ) -> Result<RegisterResponse, AuthError> {
        let person = Person { email: request.email.as_str(), display_name: request.display_name.as_deref() };
        password::check(&request.password, self.config.password_min_length, person)
            .map_err(AuthError::RefusedPassword)?;
        if let Some(answer) = self.infra.answered(Author::ANONYMOUS, key).await? {
            return Ok(answer);
        }
        let password_hash = self.hashing.hash(&request.password).await?;
        let id: UserId = self.infra.random.id(&self.infra.clock);
        let put = PutUser {
            email: request.email.clone(),
            display_name: request.display_name.clone(),
            locale: request.locale.clone(),
            verified: false,
            roles: Vec::new(),
        };
        let UserPut { user, verification_token } =
            self.infra.peers.to(ServiceName::Users).put(&format!("/internal/v1/users/{id}"), &put).await?;
        self.infra
            .write_once(Author::ANONYMOUS, key, async |change| {
                self.project(change, &UserFacts::from(&user), user.version).await?;
                match &verification_token {
                    Some(token) if is_pending(change, user.id).await? => {
                        self.set_pending_credential(change, &user, &password_hash, token).await?;
                        change.tell(user.id.0, user.version, self.verification_requested(&user, token)?);
                    }
                    // Nobody but the owner of the address learns that it was taken.
                    _ => {
                        let (user_id, email, locale) = (user.id, user.email.clone(), user.locale.clone());
                        change.tell(user.id.0, user.version, RegistrationRepeated { user_id, email, locale });
                    }
                }
                change
                    .audit(AuditRecord::new(AuditAction::Create, "account", "The address was registered").on(user.id));
                Ok(RegisterResponse { status: "verification_sent".to_owned() })
            })
            .await
    }

    /// The credential of a pending user, and the one link that verifies it: older links are void, so that nobody
    /// verifies a password that is not the one they chose.
    async fn set_pending_credential(
        &self,
        change: &Change,
        user: &User,
        password_hash: &str,
        token: &Secret,
    ) -> Result<(), AuthError> {
        let now = change.now();
        let user_id = user.id.0;
        let password_hash = password_hash.to_owned();
        let credential = credentials::Model { user_id, password_hash, must_change: false, changed_at: now };
        credentials::put(change, credential).await?;
        tokens::revoke_of_user(change, user_id, TokenType::EmailVerification, now).await?;
        let request = RequestContext::current();
        let link = tokens::Model {
            id: change.id(),
            session_id: None,
            user_id,
            token_hash: token_hash(token.expose()),
            token_type: TokenType::EmailVerification,
            status: TokenStatus::Active,
            parent_token_id: None,
            rotated_from_id: None,
            successor_sealed: None,
            grace_until: None,
            ip_address: request.ip_address.clone(),
            user_agent: request.user_agent.clone(),
            issued_at: now,
            expires_at: now + TimeDelta::days(LINK_DAYS),
            last_used_at: None,
            revoked_at: None,
        };
        Ok(tokens::insert(change, link).await?)
    }

    fn verification_requested(&self, user: &User, token: &Secret) -> Result<VerificationRequested, AuthError> {
        let link = self.verification_link(token)?;
        let context = user.id.to_string();
        let sealed = self.infra.secrets.seal(Scope::InMessages, "verification-link", &context, link.as_bytes());
        Ok(VerificationRequested {
            user_id: user.id,
            email: user.email.clone(),
            display_name: user.display_name.clone(),
            locale: user.locale.clone(),
            link: Sealed(sealed),
        })
    }

    fn verification_link(&self, token: &Secret) -> Result<zeroize::Zeroizing<String>, AuthError> {
        let page = match self.config.verification_url.as_str() {
            "" => format!("{}/api/v1/auth/verify-email", self.identity.issuer().trim_end_matches('/')),
            page => page.to_owned(),
        };
        let mut link = url::Url::parse(&page)
            .map_err(|error| AuthError::Defect(format!("the verification page {page} is no URL: {error}")))?;
        link.query_pairs_mut().append_pair("token", token.expose());
        Ok(zeroize::Zeroizing::new(link.into()))
    }
}

/// Whether the account, as it is by now, still waits for its verification. What users answered before may be older: a
/// registration that was held up must not replace the password of somebody who has verified theirs meanwhile.
async fn is_pending(change: &Change, user_id: UserId) -> Result<bool, AuthError> {
    match accounts::lock(change, user_id.0).await? {
        Some(account) => Ok(account.status()? == UserStatus::PendingVerification),
        None => Ok(false),
    }
}
