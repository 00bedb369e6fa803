//! Attempts to sign in, as they are recorded.

use super::Auth;
use super::places::place_of;
use crate::error::AuthError;
use crate::store::login_attempts::{self, Filter, LoginAttemptStatus};
use orion_contracts::auth::{LoginAttempt, LoginAttemptQuery, LoginAttemptStatus as Status};
use orion_contracts::{Author, Email, LoginAttemptId, Page, UserId};
use orion_http::page;
use orion_infra::request::RequestContext;
use orion_infra::secrets::Scope;
use orion_infra::{Change, DbError};
use std::time::Duration;
use uuid::Uuid;

/// How long a bucket that refuses tries stands for them with the one attempt that was recorded.
const RECORDED: Duration = Duration::from_secs(15 * 60);

/// What was tried.
#[derive(Clone)]
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

    /// Records a try that nobody looked at: the first one of a bucket within a while, for a flood must not write a row for each.
    /// While nobody counts nothing is written.
    pub(super) async fn record_blocked(&self, bucket: &str, identifier_mac: &str, attempted: &Attempted<'_>) {
        let counted = self.infra.cache.increment(&format!("blocked-attempt:{bucket}"), RECORDED).await;
        if !matches!(counted, Ok(1)) {
            return;
        }
        let record = async |change: &mut Change| {
            change.unaudited("nobody looked at it; what it has to wait for is audited");
            self.record_attempt(change, identifier_mac, LoginAttemptStatus::Blocked, attempted.clone()).await
        };
        if let Err(error) = self.infra.write(Author::ANONYMOUS, record).await {
            tracing::warn!(%error, "a sign-in that was refused is not recorded");
        }
    }

    /// Attempts, newest first.
    pub(crate) async fn login_attempts(&self, query: &LoginAttemptQuery) -> Result<Page<LoginAttempt>, AuthError> {
        let limit = page::limit(query.limit)?;
        let filter = Filter {
            user_id: query.user_id.map(|id| id.0),
            status: query.status.map(stored),
            since: query.since,
            until: query.until,
            before: page::decode(query.cursor.as_deref())?,
        };
        let found = login_attempts::newest(self.infra.db.read_aside(), filter, u64::from(limit) + 1).await?;
        let Page { items, next_cursor } = page::page(found, limit, |attempt| attempt.id);
        Ok(Page { items: items.into_iter().map(told).collect(), next_cursor })
    }
}

fn stored(status: Status) -> LoginAttemptStatus {
    match status {
        Status::Success => LoginAttemptStatus::Success,
        Status::Failed => LoginAttemptStatus::Failed,
        Status::Blocked => LoginAttemptStatus::Blocked,
        Status::Suspicious => LoginAttemptStatus::Suspicious,
    }
}

fn told(attempt: login_attempts::Model) -> LoginAttempt {
    LoginAttempt {
        id: LoginAttemptId(attempt.id),
        user_id: attempt.user_id.map(UserId),
        status: match attempt.status {
            LoginAttemptStatus::Success => Status::Success,
            LoginAttemptStatus::Failed => Status::Failed,
            LoginAttemptStatus::Blocked => Status::Blocked,
            LoginAttemptStatus::Suspicious => Status::Suspicious,
        },
        method: attempt.method,
        reason: attempt.failure_reason,
        ip_address: attempt.ip_address,
        user_agent: attempt.user_agent,
        attempted_at: attempt.attempted_at,
    }
}
