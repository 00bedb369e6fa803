//! Attempts to sign in, as they are recorded.

use super::Auth;
use super::places::place_of;
use crate::store::login_attempts::{self, LoginAttemptStatus};
use orion_contracts::Email;
use orion_infra::request::RequestContext;
use orion_infra::secrets::Scope;
use orion_infra::{Change, DbError};
use uuid::Uuid;

/// What was tried.
pub(super) struct Attempted<'a> {
    /// Whose account, when it exists.
    pub(super) user_id: Option<Uuid>,
    /// How.
    pub(super) method: String,
    /// Why it failed.
    pub(super) reason: Option<&'a str>,
}

impl Auth {
    /// What stands for an address where the address itself must not stand.
    pub(super) fn identifier_mac(&self, email: &Email) -> String {
        self.infra.secrets.mac(Scope::AtRest, &["login-identifier"], email.as_str().as_bytes())
    }

    /// Writes an attempt with the change that it led to.
    pub(super) async fn record_attempt(
        &self,
        change: &Change,
        identifier_mac: &str,
        status: LoginAttemptStatus,
        Attempted { user_id, method, reason }: Attempted<'_>,
    ) -> Result<(), DbError> {
        let request = RequestContext::current();
        let attempt = login_attempts::Model {
            id: change.id(),
            user_id,
            identifier_mac: identifier_mac.to_owned(),
            status,
            method,
            ip_address: request.ip_address.as_deref().map(place_of),
            user_agent: request.user_agent.clone(),
            failure_reason: reason.map(str::to_owned),
            attempted_at: change.now(),
        };
        login_attempts::insert(change, attempt).await
    }
}
