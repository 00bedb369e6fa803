//! What follows the answer to a request for a link.

use super::order::Cause;
use crate::domain::Auth;
use crate::error::AuthError;
use crate::store::identifiers::{self, EMAIL};
use crate::store::{accounts, password_resets};
use orion_contracts::audit::AuditAction;
use orion_contracts::events::RegistrationRepeated;
use orion_contracts::users::UserStatus;
use orion_contracts::{Email, UserId};
use orion_infra::Infra;
use orion_infra::audit::AuditRecord;
use orion_infra::jobs::{JobContext, Outcome};
use orion_infra::request::RequestContext;
use orion_infra::secrets::Scope;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// How many links of one account are good at once, of those that anybody may ask for. Another one waits until one of them is over,
/// used, or void by a change of the password: then its owner has none in the mailbox, whoever asked for them.
const GOOD_AT_ONCE: u64 = 5;
/// What the waiting requests are sealed for.
const PURPOSE: &str = "password-reset";

/// The job that sends a link, where there is an account to send it to.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct SendPasswordReset {
    /// What it is sealed under.
    id: Uuid,
    /// A [`Request`] in JSON.
    sealed: String,
}

/// What was asked for, and by whom. The address is sealed: it may be anybody's.
#[derive(Serialize, Deserialize)]
struct Request {
    email: Email,
    /// Whether a registration is waited for: the owner of an account is not sent a link for a password that nobody asked for.
    #[serde(default)]
    is_registration: bool,
    ip_address: Option<String>,
    user_agent: Option<String>,
    request_id: Option<String>,
    traceparent: Option<String>,
}

impl SendPasswordReset {
    pub(super) fn sealed(infra: &Infra, email: &Email, is_registration: bool) -> Result<Self, AuthError> {
        let told = RequestContext::current();
        let request = Request {
            email: email.clone(),
            is_registration,
            ip_address: told.ip_address.clone(),
            user_agent: told.user_agent.clone(),
            request_id: told.request_id.clone(),
            traceparent: told.traceparent.clone(),
        };
        let plain = serde_json::to_vec(&request)
            .map_err(|error| AuthError::Defect(format!("a request for a link cannot be written as JSON: {error}")))?;
        let id: Uuid = infra.random.id(&infra.clock);
        Ok(Self { id, sealed: infra.secrets.seal(Scope::AtRest, PURPOSE, &id.to_string(), &plain) })
    }
}

impl Auth {
    /// Sends the link, unless nobody has the address or they may not sign in. An account that was never verified gets another
    /// verification link: with it, its owner chooses the password as well.
    pub(crate) async fn send_reset(
        &self,
        context: &JobContext,
        order: &SendPasswordReset,
    ) -> Result<Outcome, AuthError> {
        let opened = self.infra.secrets.unseal(Scope::AtRest, PURPOSE, &order.id.to_string(), &order.sealed);
        let request: Request = match opened.map(|plain| serde_json::from_slice(&plain)) {
            Ok(Ok(request)) => request,
            Ok(Err(error)) => return Ok(unreadable(format!("{:?} error", error.classify()))),
            Err(error) => return Ok(unreadable(error.to_string())),
        };
        let told = RequestContext {
            request_id: request.request_id.clone(),
            traceparent: request.traceparent.clone(),
            ip_address: request.ip_address.clone(),
            user_agent: request.user_agent.clone(),
        };
        told.scope(self.send_to(context, &request)).await?;
        Ok(Outcome::Done)
    }

    async fn send_to(
        &self,
        context: &JobContext,
        Request { email, is_registration, .. }: &Request,
    ) -> Result<(), AuthError> {
        let owner = identifiers::owner(self.infra.db.read(), EMAIL, email.as_str()).await?.unwrap_or(Uuid::nil());
        let known = accounts::find(self.infra.db.read(), owner).await?;
        if let Some(account) = &known
            && account.status()? == UserStatus::PendingVerification
        {
            return self.verify_again(context, account.user_id, email).await;
        }
        self.infra
            .write(context.author(), async |change| {
                let account = accounts::lock(change, owner).await?;
                let is_active = match &account {
                    Some(account) => account.status()? == UserStatus::Active,
                    None => false,
                };
                let alive = password_resets::count_alive(change, owner, change.now()).await?;
                let has_enough = alive >= GOOD_AT_ONCE;
                match account.filter(|_| is_active) {
                    Some(account) if *is_registration => {
                        let (user_id, email, locale) = (UserId(owner), email.clone(), account.locale);
                        change.tell(owner, account.version, RegistrationRepeated { user_id, email, locale });
                        change.unaudited("its owner is told that the address is registered");
                    }
                    Some(_) if has_enough => {
                        change.unaudited("as many links as there may be are good");
                    }
                    Some(account) => {
                        self.send_link(change, &account, Cause::Asked).await?;
                        let description = "Asked for a link to choose a new password";
                        change.audit(AuditRecord::new(AuditAction::PasswordChange, "account", description).on(owner));
                    }
                    None => change.unaudited("nobody who may sign in has this address"),
                }
                context.complete(change).await?;
                Ok(())
            })
            .await
    }
}

fn unreadable(reason: String) -> Outcome {
    Outcome::Dead { reason: format!("the request for a link cannot be read: {reason}") }
}
