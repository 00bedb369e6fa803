//! A password that was forgotten, or that an administrator wants changed: a mailed link lets its owner choose another one.
//!
//! Whoever asks is answered once the request is written down as a job; up to there every call does the same work, and what
//! follows, which depends on whether the address has an account, happens after the answer. The link sets a password and nothing
//! else: it signs nobody in and touches no second factor, so it never leads past one. It clears what the throttle holds against
//! the account's password, for whoever reads its mails is no guesser of that; what it holds against codes stays.

mod order;
mod send;

pub(crate) use send::SendPasswordReset;

use super::Auth;
use super::choose_password::Chosen;
use super::password::{Beside, Person};
use super::security_events::SecurityEvent;
use super::throttle::{Failing, OfAccount};
use crate::error::AuthError;
use crate::store::identifiers::{self, EMAIL};
use crate::store::{accounts, credentials, password_resets, rate_limits};
use orion_contracts::audit::AuditAction;
use orion_contracts::auth::ConfirmPasswordReset;
use orion_contracts::users::UserStatus;
use orion_contracts::{Author, FieldCode, FieldFault, Secret, UserId};
use orion_infra::Change;
use orion_infra::audit::AuditRecord;
use orion_infra::secrets::token_hash;
use uuid::Uuid;

/// How many passwords may be tried with one link: each costs hashes.
const TRIES: i64 = 20;

/// A link with which a password can be chosen.
pub(crate) struct ResetLink {
    id: Uuid,
    user_id: Uuid,
    /// The address that it was sent to.
    pub(crate) email: String,
    display_name: Option<String>,
    beside: Beside,
    /// How many characters the password has at least.
    pub(crate) minimum: u32,
}

impl Auth {
    /// What the link with this token is good for. Changes nothing: mail programs open links by themselves.
    pub(crate) async fn reset_of(&self, token: &Secret) -> Result<ResetLink, AuthError> {
        let (db, now) = (self.infra.db.read(), self.infra.clock.now());
        let found = password_resets::find(db, &token_hash(token.expose())).await?;
        let link = found.filter(|link| link.is_alive(now)).ok_or(AuthError::InvalidResetToken)?;
        let account = accounts::find(db, link.user_id).await?.ok_or(AuthError::InvalidResetToken)?;
        if account.status()? != UserStatus::Active {
            return Err(AuthError::InvalidResetToken);
        }
        let email = identifiers::find_of(db, link.user_id, EMAIL).await?.ok_or(AuthError::InvalidResetToken)?;
        let beside = self.beside(db, link.user_id).await?;
        let (display_name, minimum) = (account.display_name, self.least_length(beside));
        Ok(ResetLink { id: link.id, user_id: link.user_id, email: email.value, display_name, beside, minimum })
    }

    /// Makes a password the account's. All sessions end, and so do all other links.
    pub(crate) async fn reset_password(&self, request: &ConfirmPasswordReset) -> Result<(), AuthError> {
        let link = self.reset_of(&request.token).await?;
        let count = async |change: &mut Change| {
            change.unaudited("a try; what comes of it is audited");
            password_resets::count(change, link.id).await
        };
        if !self.infra.write(Author::ANONYMOUS, count).await? {
            return Err(AuthError::InvalidResetToken);
        }
        let person = Person { email: &link.email, display_name: link.display_name.as_deref() };
        let suits_alone =
            self.check_password(&request.new_password, person, link.beside).map_err(AuthError::RefusedNewPassword)?;
        let old = credentials::find(self.infra.db.read(), link.user_id).await?;
        if self.is_password(old.as_ref(), &request.new_password).await? {
            let fault = FieldFault::new(FieldCode::Invalid, "must be another one than before");
            return Err(AuthError::RefusedNewPassword(fault));
        }
        self.check_leaked(&request.new_password).await.map_err(AuthError::RefusedNewPassword)?;
        let hash = self.hashing.hash(&request.new_password).await?;
        let user_id = link.user_id;
        self.infra
            .write(Author::user(UserId(user_id), None), async |change| {
                let account = accounts::lock(change, user_id).await?.ok_or(AuthError::InvalidResetToken)?;
                let now = change.now();
                if account.status()? != UserStatus::Active || !password_resets::take(change, link.id, now).await? {
                    return Err(AuthError::InvalidResetToken);
                }
                self.put_password(change, UserId(user_id), Chosen { hash: hash.clone(), suits_alone }, None).await?;
                self.clear_failures(change, user_id, &link.email).await?;
                self.forget_requests(change, &link.email).await?;
                self.note(change, SecurityEvent::PasswordReset, Some(user_id), None).await?;
                let description = "Chose a password by a mailed link";
                change.audit(AuditRecord::new(AuditAction::PasswordChange, "account", description).on(user_id));
                Ok(())
            })
            .await
    }

    /// Forgets all tries of a person's password that failed, wherever they came from: at a sign-in, a step-up or a change of it.
    pub(super) async fn clear_failures(&self, change: &Change, user_id: Uuid, email: &str) -> Result<(), AuthError> {
        let of_account = [OfAccount::FlowPassword, OfAccount::PasswordChange];
        let of_account = of_account.into_iter().map(|guarded| Failing::Account(guarded, user_id));
        let of_address = self.identifier_macs(email).into_iter().map(Failing::Login);
        for failing in of_account.chain(of_address) {
            rate_limits::delete_below(change, &failing.anywhere()).await?;
        }
        Ok(())
    }
}
