//! What follows a registration's answer. The user is made first, by a call that can be repeated; then account, credential,
//! link, event, audit entry and the job's end are one transaction. After a crash in between the job is tried again.

use super::{CarryOutRegistration, PURPOSE, Registration};
use crate::domain::Auth;
use crate::error::AuthError;
use crate::store::tokens::{TokenStatus, TokenType};
use crate::store::{credentials, oauth_providers, tokens};
use chrono::{DateTime, Utc};
use orion_contracts::audit::AuditAction;
use orion_contracts::events::{RegistrationRepeated, Sealed, UserFacts, VerificationRequested};
use orion_contracts::internal::CreateUser;
use orion_contracts::users::{PutUser, User, UserPut, UserStatus};
use orion_contracts::{Email, Secret, UserId};
use orion_infra::Change;
use orion_infra::audit::AuditRecord;
use orion_infra::jobs::{JobContext, Outcome};
use orion_infra::request::RequestContext;
use orion_infra::secrets::{Scope, token_hash};

impl Auth {
    /// Makes what was asked for, as far as it is not there yet, and orders the mail.
    pub(crate) async fn carry_out(
        &self,
        context: &JobContext,
        order: &CarryOutRegistration,
    ) -> Result<Outcome, AuthError> {
        self.registering.told(&self.infra.clock, context.waited());
        let opened = self.infra.secrets.unseal(Scope::AtRest, PURPOSE, &order.user_id.to_string(), &order.sealed);
        let registration: Registration = match opened.map(|plain| serde_json::from_slice(&plain)) {
            Ok(Ok(registration)) => registration,
            Ok(Err(error)) => return Ok(unreadable(format!("{:?} error", error.classify()))),
            Err(error) => return Ok(unreadable(error.to_string())),
        };
        // Taken by a version of the program that registers such an address.
        if registration.email.is_of_program() {
            return Ok(Outcome::Dead { reason: "the address is a program's".to_owned() });
        }
        let told = RequestContext {
            request_id: registration.request_id.clone(),
            traceparent: registration.traceparent.clone(),
            ip_address: registration.ip_address.clone(),
            user_agent: registration.user_agent.clone(),
        };
        told.scope(self.made(context, order.user_id, &registration)).await?;
        Ok(Outcome::Done)
    }

    async fn made(&self, context: &JobContext, id: UserId, registration: &Registration) -> Result<(), AuthError> {
        let put = PutUser {
            email: registration.email.clone(),
            display_name: registration.display_name.clone(),
            locale: registration.locale.clone(),
            verified: false,
            roles: Vec::new(),
        };
        let asked_at = self.infra.clock.now();
        let UserPut { user, verification_token, verification_expires_at, is_invited, .. } =
            self.infra.peers.call(&CreateUser { id }, &put).await?;
        self.infra
            .write(context.author(), async |change| {
                self.free_address(change, &user, asked_at).await?;
                // As it is by now: what users answered may be older.
                let status = self.project(change, &UserFacts::from(&user), user.version).await?.status;
                let is_pending = status == UserStatus::PendingVerification;
                match verification_token.as_ref().zip(verification_expires_at) {
                    Some((token, expires_at)) if is_pending => {
                        // Somebody who knows the address of an invited person is not let in to what stands there, nor to what
                        // becomes somebody's who is coming by a provider at this moment.
                        if !is_invited && oauth_providers::count_of(change, user.id.0).await? == 0 {
                            let chosen = credential(change, &user, &registration.password_hash);
                            credentials::put_first(change, chosen).await?;
                        }
                        self.send_verification(change, &user, token, expires_at).await?;
                    }
                    // Nobody but the owner of the address learns that it was taken.
                    _ if status == UserStatus::Active => {
                        let (user_id, email, locale) = (user.id, user.email.clone(), user.locale.clone());
                        change.tell(user.id.0, user.version, RegistrationRepeated { user_id, email, locale });
                    }
                    // Who may not sign in is not told to sign in as usual.
                    _ => {}
                }
                change
                    .audit(AuditRecord::new(AuditAction::Create, "account", "The address was registered").on(user.id));
                context.complete(change).await?;
                Ok(())
            })
            .await
    }

    fn verification_requested(
        &self,
        user: &User,
        token: &Secret,
        expires_at: DateTime<Utc>,
    ) -> Result<VerificationRequested, AuthError> {
        let link = self.link_to(&self.config.get().verification_url, "/auth/verify-email", token)?;
        let context = user.id.to_string();
        let sealed = self.infra.secrets.seal(Scope::InMessages, "verification-link", &context, link.as_bytes());
        Ok(VerificationRequested {
            user_id: user.id,
            email: user.email.clone(),
            display_name: user.display_name.clone(),
            locale: user.locale.clone(),
            link: Sealed(sealed),
            expires_at,
        })
    }

    async fn send_verification(
        &self,
        change: &mut Change,
        user: &User,
        token: &Secret,
        expires_at: DateTime<Utc>,
    ) -> Result<(), AuthError> {
        tokens::insert(change, link(change, user.id, token, expires_at)).await?;
        change.tell(user.id.0, user.version, self.verification_requested(user, token, expires_at)?);
        Ok(())
    }

    /// Another link for an account that was never verified, whose owner does not know its password.
    pub(in crate::domain) async fn verify_again(
        &self,
        context: &JobContext,
        user_id: uuid::Uuid,
        email: &Email,
    ) -> Result<(), AuthError> {
        let (display_name, locale) = (None, None);
        let put = PutUser { email: email.clone(), display_name, locale, verified: false, roles: Vec::new() };
        let UserPut { user, verification_token, verification_expires_at, .. } =
            self.infra.peers.call(&CreateUser { id: UserId(user_id) }, &put).await?;
        self.infra
            .write(context.author(), async |change| {
                let status = self.project(change, &UserFacts::from(&user), user.version).await?.status;
                let is_pending = status == UserStatus::PendingVerification;
                match verification_token.as_ref().zip(verification_expires_at).filter(|_| is_pending) {
                    Some((token, expires_at)) => {
                        self.send_verification(change, &user, token, expires_at).await?;
                        let description = "Asked for another link to verify the address";
                        change.audit(AuditRecord::new(AuditAction::Update, "account", description).on(user.id));
                    }
                    None => change.unaudited("the account was verified meanwhile"),
                }
                context.complete(change).await?;
                Ok(())
            })
            .await
    }

    /// The page of the product, or ORION's own at this path, with a token.
    pub(in crate::domain) fn link_to(
        &self,
        page: &str,
        path: &str,
        token: &Secret,
    ) -> Result<zeroize::Zeroizing<String>, AuthError> {
        let page = match page {
            "" => format!("{}{path}", self.identity.issuer().trim_end_matches('/')),
            page => page.to_owned(),
        };
        let mut link =
            url::Url::parse(&page).map_err(|error| AuthError::Defect(format!("the page {page} is no URL: {error}")))?;
        link.query_pairs_mut().append_pair("token", token.expose());
        Ok(zeroize::Zeroizing::new(link.into()))
    }
}

fn unreadable(reason: String) -> Outcome {
    Outcome::Dead { reason: format!("the registration cannot be read: {reason}") }
}

fn credential(change: &Change, user: &User, password_hash: &str) -> credentials::Model {
    let (user_id, password_hash) = (user.id.0, password_hash.to_owned());
    credentials::Model::chosen(user_id, password_hash, true, change.now())
}

/// The row of a link that verifies a user's address.
pub(super) fn link(change: &Change, user: UserId, token: &Secret, expires_at: DateTime<Utc>) -> tokens::Model {
    let (now, told) = (change.now(), RequestContext::current());
    tokens::Model {
        id: change.id(),
        session_id: None,
        user_id: user.0,
        token_hash: token_hash(token.expose()),
        token_type: TokenType::EmailVerification,
        status: TokenStatus::Active,
        parent_token_id: None,
        rotated_from_id: None,
        successor_sealed: None,
        grace_until: None,
        ip_address: told.ip_address.clone(),
        user_agent: told.user_agent.clone(),
        issued_at: now,
        expires_at,
        last_used_at: None,
        revoked_at: None,
    }
}
