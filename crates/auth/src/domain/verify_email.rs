//! Verifying an address: by the token from a link, which proves that the mailbox is read, and the account's password.
//!
//! The link alone is not enough, for whoever registered the address may be somebody else: the owner who follows it would
//! take over an account whose password a stranger knows. Who reads the mails decides instead: with the password that was
//! chosen at registration they confirm it, and with another one they replace it, which ends all sessions. So it does not
//! matter who registered the address, how often, nor whose mail is opened.

use super::Auth;
use super::choose_password::Chosen;
use super::password::{Beside, Person, StoredHash};
use super::throttle::Moment;
use crate::error::AuthError;
use crate::store::identifiers::EMAIL;
use crate::store::tokens::{self, TokenStatus, TokenType};
use crate::store::{accounts, credentials, devices, identifiers};
use chrono::{DateTime, Utc};
use orion_contracts::audit::AuditAction;
use orion_contracts::auth::VerifyEmailRequest;
use orion_contracts::events::UserFacts;
use orion_contracts::internal::ConsumeEmailVerification;
use orion_contracts::users::{ConsumeVerification, UserStatus};
use orion_contracts::{Author, Password, Secret, UserId};
use orion_infra::audit::AuditRecord;
use orion_infra::peers::PeerError;
use orion_infra::secrets::token_hash;
use std::time::Duration;
use uuid::Uuid;

/// How often one link may be tried with a password in an hour: each try costs a hash.
const TRIES: u64 = 20;
const HOUR: Duration = Duration::from_secs(3600);

/// A link that leads to an account.
pub(crate) struct Link {
    id: Uuid,
    /// The account is verified already: by this link or another one. Otherwise the link verifies it.
    pub(crate) is_done: bool,
    /// Its time is not over.
    is_alive: bool,
    issued_at: DateTime<Utc>,
    user_id: UserId,
    /// The address that it was sent to, as far as auth knows.
    pub(crate) email: String,
    display_name: Option<String>,
    /// Somebody has chosen a password. Who was invited has none until they choose it by the link.
    pub(crate) has_password: bool,
}

impl Auth {
    /// What the link with this token is good for. Changes nothing: mail programs open links by themselves.
    pub(crate) async fn verification_of(&self, token: &Secret) -> Result<Link, AuthError> {
        let (db, hash) = (self.infra.db.read(), token_hash(token.expose()));
        let found = tokens::find(db, TokenType::EmailVerification, &hash).await?;
        let link = found.ok_or(AuthError::InvalidVerificationToken)?;
        let account = accounts::find(db, link.user_id).await?.ok_or(AuthError::InvalidVerificationToken)?;
        let is_alive = self.infra.clock.now() < link.expires_at;
        let is_done = match account.status()? {
            UserStatus::Active => true,
            UserStatus::PendingVerification if is_alive && link.status == TokenStatus::Active => false,
            _ => return Err(AuthError::InvalidVerificationToken),
        };
        let email = identifiers::find_of(db, link.user_id, EMAIL).await?;
        let has_password = credentials::find(db, link.user_id).await?.is_some();
        Ok(Link {
            has_password,
            id: link.id,
            is_done,
            is_alive,
            issued_at: link.issued_at,
            user_id: UserId(link.user_id),
            email: email.map(|email| email.value).unwrap_or_default(),
            display_name: account.display_name,
        })
    }

    /// Verifies the address; the account may do from now on what its roles allow. The event of the users service that
    /// follows finds it done. Whoever comes when it is verified already is told nothing else, unless they wanted a password
    /// to count that does not.
    pub(crate) async fn verify_email(&self, request: &VerifyEmailRequest) -> Result<(), AuthError> {
        let link = self.verification_of(&request.token).await?;
        if link.is_done && !request.replace_password {
            return Ok(());
        }
        // An old link is no way to try passwords.
        if link.is_done && !link.is_alive {
            return Err(AuthError::VerifiedAlready);
        }
        self.admit_moment(Moment::Verification(link.id), HOUR, TRIES).await?;
        let credential = credentials::find(self.infra.db.read(), link.user_id.0).await?;
        let has_password = self.is_password(credential.as_ref(), &request.password).await?;
        if !has_password && !request.replace_password {
            return Err(if credential.is_some() { AuthError::OtherPassword } else { AuthError::NoPasswordYet });
        }
        // Also where a first try got no further than the password.
        let was_replaced = credential.is_some_and(|credential| credential.changed_at > link.issued_at);
        if link.is_done || (!has_password && !self.replace_password(&link, &request.password).await?) {
            let credential = credentials::find(self.infra.db.read(), link.user_id.0).await?;
            let is_in_force = has_password || self.is_password(credential.as_ref(), &request.password).await?;
            return if is_in_force { Ok(()) } else { Err(AuthError::VerifiedAlready) };
        }
        let consume = ConsumeVerification { token: request.token.clone(), by_another: !has_password || was_replaced };
        let user = match self.infra.peers.call(&ConsumeEmailVerification {}, &consume).await {
            Err(PeerError::Problem { problem, .. }) if matches!(problem.status, 404 | 409 | 410 | 422) => {
                return Err(AuthError::InvalidVerificationToken);
            }
            answer => answer?,
        };
        self.infra
            .write(Author::user(user.id, None), async |change| {
                self.project(change, &UserFacts::from(&user), user.version).await?;
                tokens::consume(change, link.id, change.now()).await?;
                // The other links have nothing left to verify.
                tokens::revoke_of_user(change, user.id.0, TokenType::EmailVerification, change.now()).await?;
                change.audit(
                    AuditRecord::new(AuditAction::AccountVerify, "account", "The address was verified").on(user.id),
                );
                Ok(())
            })
            .await
    }

    pub(super) async fn is_password(
        &self,
        credential: Option<&credentials::Model>,
        password: &Password,
    ) -> Result<bool, AuthError> {
        match credential.and_then(|credential| StoredHash::parse(&credential.password_hash).ok()) {
            Some(stored) => self.hashing.verify(password, stored).await,
            None => Ok(false),
        }
    }

    /// Makes this the account's password, and ends whatever somebody began with another one; `false` when the account has
    /// been verified meanwhile. It comes before the verification: a crash in between leaves a pending account with its
    /// owner's password, and never a verified one with a stranger's.
    async fn replace_password(&self, link: &Link, password: &Password) -> Result<bool, AuthError> {
        let person = Person { email: &link.email, display_name: link.display_name.as_deref() };
        self.check_password(password, person, Beside::Nothing).map_err(AuthError::RefusedPassword)?;
        self.check_leaked(password).await.map_err(AuthError::RefusedPassword)?;
        let hash = self.hashing.hash(password).await?;
        let user_id = link.user_id.0;
        self.infra
            .write(Author::user(link.user_id, None), async |change| {
                let account = accounts::lock(change, user_id).await?.ok_or(AuthError::InvalidVerificationToken)?;
                if account.status()? != UserStatus::PendingVerification {
                    return Ok(false);
                }
                let chosen = Chosen { hash: hash.clone(), suits_alone: true };
                self.put_password(change, link.user_id, chosen, None).await?;
                self.clear_failures(change, user_id, &link.email).await?;
                self.forget_factors(change, user_id).await?;
                devices::delete_of(change, user_id).await?;
                let description = "Chose the password with the link that verifies the address";
                change.audit(AuditRecord::new(AuditAction::PasswordChange, "account", description).on(link.user_id));
                Ok(true)
            })
            .await
    }
}
