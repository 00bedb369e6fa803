//! Another address for somebody, which users keeps until it is confirmed at both. Here the links are made that are mailed, their
//! readers answered, and the person told once it has changed; what they sign in by follows in `accounts.rs`.

use super::Auth;
use super::security_events::SecurityEvent;
use crate::error::AuthError;
use crate::store::accounts;
use orion_contracts::email_changes::{AnswerEmailChange, EmailChangeFound, EmailChangeToken, EmailSide};
use orion_contracts::events::{EmailChangeAsked, EmailChangeBarred, EmailChangeRequested, Sealed};
use orion_contracts::internal::{ConsumeEmailChange, FindEmailChange};
use orion_contracts::users::UserStatus;
use orion_contracts::{Email, Secret, UserId};
use orion_infra::Change;
use orion_infra::peers::PeerError;
use orion_infra::secrets::Scope;

/// What users has sealed the tokens for.
const PURPOSE: &str = "email-change";
/// What the links are sealed for, between auth and notifications.
const LINK_PURPOSE: &str = "email-change-link";

impl Auth {
    /// Has the links mailed by which a change is confirmed; or a notice, where the new address is somebody's already.
    pub(crate) async fn email_change_asked(
        &self,
        change: &mut Change,
        told: &EmailChangeAsked,
        version: i64,
    ) -> Result<(), AuthError> {
        let user = &told.user;
        let mut links = vec![(EmailSide::Current, &user.email, &told.current_token)];
        match &told.barred_by {
            None => links.push((EmailSide::New, &told.new_email, &told.new_token)),
            // Nobody else signs in, or has anything to be told.
            Some(owner) if owner.status == UserStatus::Active => {
                let (user_id, email, locale) = (owner.user_id, owner.email.clone(), owner.locale.clone());
                change.tell(user_id.0, 0, EmailChangeBarred { user_id, email, locale });
            }
            Some(_) => {}
        }
        for (side, email, token) in links {
            let link = self.email_change_link(user.user_id, token)?;
            let told = EmailChangeRequested {
                user_id: user.user_id,
                email: Email::clone(email),
                side,
                new_email: told.new_email.clone(),
                display_name: user.display_name.clone(),
                locale: user.locale.clone(),
                link,
                expires_at: told.expires_at,
            };
            change.tell(user.user_id.0, version, told);
        }
        Ok(())
    }

    /// The link with a token that users has sealed, sealed for the mail.
    fn email_change_link(&self, user: UserId, token: &Sealed) -> Result<Sealed, AuthError> {
        let context = user.to_string();
        let opened = self.infra.secrets.unseal(Scope::InMessages, PURPOSE, &context, &token.0);
        let opened =
            opened.map_err(|reason| AuthError::Defect(format!("the token of a change of address: {reason}")))?;
        let token = Secret::new(String::from_utf8_lossy(&opened).into_owned());
        let link = self.link_to(&self.config.get().email_change_url, "/auth/email-change", &token)?;
        Ok(Sealed(self.infra.secrets.seal(Scope::InMessages, LINK_PURPOSE, &context, link.as_bytes())))
    }

    /// What the link with this token is good for. Changes nothing: mail programs open links by themselves.
    pub(crate) async fn email_change_of(&self, token: &Secret) -> Result<EmailChangeFound, AuthError> {
        let asked = EmailChangeToken { token: token.clone() };
        self.infra.peers.call(&FindEmailChange {}, &asked).await.map_err(refused)
    }

    /// Confirms or refuses a change; users does it.
    pub(crate) async fn answer_email_change(&self, order: &AnswerEmailChange) -> Result<EmailChangeFound, AuthError> {
        self.infra.peers.call(&ConsumeEmailChange {}, order).await.map_err(refused)
    }

    /// Notes and tells somebody that they have another address.
    pub(crate) async fn email_changed(&self, change: &mut Change, user: UserId) -> Result<(), AuthError> {
        match accounts::find(change, user.0).await? {
            Some(_) => self.note(change, SecurityEvent::EmailChanged, Some(user.0), None).await,
            None => Ok(()),
        }
    }
}

/// What users refuses, in words for who has opened a link.
fn refused(error: PeerError) -> AuthError {
    match error {
        PeerError::Problem { problem, .. } if problem.status == 422 => {
            match problem.errors.iter().any(|error| error.field == "token") {
                true => AuthError::InvalidEmailChange,
                false => AuthError::Problem(*problem),
            }
        }
        error => error.into(),
    }
}
