//! Who may have a link sent: anybody for an address, so often; an administrator for a user.

use super::{SendPasswordReset, TRIES};
use crate::domain::throttle::{AddressLimit, Limit, PlaceLimit};
use crate::domain::{Auth, Subject};
use crate::error::AuthError;
use crate::store::identifiers::{self, EMAIL};
use crate::store::{accounts, credentials, password_resets, rate_limits};
use chrono::TimeDelta;
use orion_contracts::audit::AuditAction;
use orion_contracts::auth::{OrderPasswordReset, PasswordResetRequest, PasswordResetResponse};
use orion_contracts::events::{PasswordResetRequested, Sealed};
use orion_contracts::users::UserStatus;
use orion_contracts::{Author, Email, Secret, UserId};
use orion_infra::audit::AuditRecord;
use orion_infra::request::RequestContext;
use orion_infra::secrets::{Scope, token_hash};
use orion_infra::{Change, DbError};

/// How many links of one address a network asks for in an hour, or in the time that a link is good where that is shorter. How many
/// mails come of all of them is bounded by how many are good at once. So strangers keep nobody from a link, not even by the owner's
/// own network: either it may ask, or there are good ones in the mailbox.
const OF_ONE_ADDRESS: i64 = 10;
/// How many links one place asks for in a minute.
const OF_ONE_PLACE: i64 = 30;
/// What an address is made a MAC for.
const ADDRESS_PURPOSE: &str = "reset-address";

/// Why somebody is sent a link; the mail says it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Cause {
    /// Somebody, perhaps not its owner, asked for one for the address.
    Asked,
    /// An administrator has the user choose another password.
    Ordered,
}

impl Auth {
    /// Takes a request for a link. The answer is the same whether or not the address has an account.
    pub(crate) async fn request_reset(
        &self,
        request: &PasswordResetRequest,
    ) -> Result<PasswordResetResponse, AuthError> {
        let email = &request.email;
        let mac = self.infra.secrets.mac(Scope::AtRest, &[ADDRESS_PURPOSE], email.as_str().as_bytes());
        let good_for = TimeDelta::minutes(self.config.get().password_reset_minutes.into());
        let of_address = Limit::of_address(AddressLimit::Reset, OF_ONE_ADDRESS, email.as_str(), &mac).within(good_for);
        let limits: Vec<_> = Limit::of_place(PlaceLimit::Reset, OF_ONE_PLACE).into_iter().chain([of_address]).collect();
        self.admit_within(&limits).await?;
        self.order_mail(email, false).await?;
        Ok(PasswordResetResponse { status: "reset_sent".to_owned() })
    }

    /// Takes a request for the mail of a registration once more. It counts as a registration, and not as a request for a link: no link
    /// may come of it, and what keeps a link back must have brought one. The answer is the same whether or not the address has an
    /// account.
    pub(crate) async fn request_registration_mail(&self, email: &Email) -> Result<(), AuthError> {
        self.admit_registration(email, &self.registration_mac(email)).await?;
        self.order_mail(email, true).await
    }

    async fn order_mail(&self, email: &Email, is_registration: bool) -> Result<(), AuthError> {
        let job = SendPasswordReset::sealed(&self.infra, email, is_registration)?;
        self.infra
            .write(Author::ANONYMOUS, async |change| {
                change.unaudited("the job that is ordered audits what comes of it");
                change.enqueue(job.clone());
                Ok(())
            })
            .await
    }

    /// Forgets how often links of an address were asked for, from wherever: whoever opens one reads its mails.
    pub(super) async fn forget_requests(&self, change: &Change, email: &str) -> Result<(), DbError> {
        for mac in self.infra.secrets.macs(Scope::AtRest, &[ADDRESS_PURPOSE], email.as_bytes()) {
            rate_limits::delete_below(change, &AddressLimit::Reset.anywhere(&mac)).await?;
        }
        Ok(())
    }

    /// Has a user choose another password: at their next sign-in, or by the link that they are sent.
    pub(crate) async fn order_reset(&self, subject: Subject<'_>, order: &OrderPasswordReset) -> Result<(), AuthError> {
        let id = subject.user_id();
        self.infra
            .write(subject.caller(), async |change| {
                let account = accounts::lock(change, id.0).await?.ok_or(AuthError::UserNotFound)?;
                if account.status()? != UserStatus::Active {
                    return Err(AuthError::NotActive);
                }
                credentials::order_change(change, id.0).await?;
                self.send_link(change, &account, Cause::Ordered).await?;
                // Whoever is on the way in by the password of before begins again.
                accounts::begin_epoch(change, id.0).await?;
                if order.end_sessions {
                    self.end_all_sessions(change, id).await?;
                }
                let description = format!("Ordered a new password: {}", order.reason);
                change.audit(AuditRecord::new(AuditAction::PasswordChange, "account", description).on(id));
                Ok(())
            })
            .await
    }

    /// Makes a link for an account that the change holds, and orders the mail.
    pub(super) async fn send_link(
        &self,
        change: &mut Change,
        account: &accounts::Model,
        cause: Cause,
    ) -> Result<(), AuthError> {
        let (id, now) = (UserId(account.user_id), change.now());
        let address = identifiers::find_of(change, id.0, EMAIL).await?;
        let email: Option<Email> = address.and_then(|address| address.value.parse().ok());
        let email = email.ok_or(AuthError::UserNotFound)?;
        let token = Secret::new(self.infra.random.token());
        let expires_at = now + TimeDelta::minutes(self.config.get().password_reset_minutes.into());
        let request = RequestContext::current();
        let row = password_resets::Model {
            id: change.id(),
            user_id: id.0,
            token_hash: token_hash(token.expose()),
            ip_address: request.ip_address.clone(),
            user_agent: request.user_agent.clone(),
            attempts_count: 0,
            max_attempts: TRIES,
            requested_at: now,
            expires_at,
            used_at: None,
        };
        let event = row.id;
        password_resets::insert(change, row).await?;
        let link = self.link_to(&self.config.get().password_reset_url, "/auth/reset", &token)?;
        let sealed =
            self.infra.secrets.seal(Scope::InMessages, "password-reset-link", &id.to_string(), link.as_bytes());
        let told = PasswordResetRequested {
            user_id: id,
            email,
            display_name: account.display_name.clone(),
            locale: account.locale.clone(),
            link: Sealed(sealed),
            expires_at,
            is_ordered: cause == Cause::Ordered,
        };
        change.tell(event, 1, told);
        Ok(())
    }
}
