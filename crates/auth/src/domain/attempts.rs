//! Attempts to sign in, as they are recorded.

use super::Auth;
use super::owners::{Of, Reader, short_word};
use super::places::place_of;
use super::throttle::{Key, Moment};
use crate::error::AuthError;
use crate::store::login_attempts::{self, Filter, LoginAttemptStatus};
use orion_contracts::auth::{
    AccountOwner, LoginAttempt, LoginAttemptQuery, LoginAttemptStatus as Status, LoginFailure,
};
use orion_contracts::{Author, Email, FieldCode, LoginAttemptId, Page, Problem, UserId};
use orion_http::page;
use orion_infra::request::RequestContext;
use orion_infra::secrets::Scope;
use orion_infra::{Change, DbError};
use std::time::Duration;
use uuid::Uuid;

/// How long a bucket that refuses tries stands for them with the one attempt that was recorded.
const RECORDED: Duration = Duration::from_secs(15 * 60);

/// What an address that is typed in is made a MAC for.
const IDENTIFIER: &[&str] = &["login-identifier"];

/// What was tried.
#[derive(Clone)]
pub(super) struct Attempted {
    /// Whose account, when it exists.
    pub(super) user_id: Option<Uuid>,
    /// How.
    pub(super) method: String,
    /// Why it failed.
    pub(super) failure: Option<LoginFailure>,
}

impl Auth {
    /// What stands for an address where the address itself must not stand.
    pub(super) fn identifier_mac(&self, email: &Email) -> String {
        self.infra.secrets.mac(Scope::AtRest, IDENTIFIER, email.as_str().as_bytes())
    }

    /// The same by each key that there was until now, that of today first.
    pub(super) fn identifier_macs(&self, email: &str) -> Vec<String> {
        self.infra.secrets.macs(Scope::AtRest, IDENTIFIER, email.as_bytes())
    }

    /// Writes an attempt with the change that it led to.
    pub(super) async fn record_attempt(
        &self,
        change: &Change,
        identifier_mac: &str,
        status: LoginAttemptStatus,
        Attempted { user_id, method, failure }: Attempted,
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
            failure_reason: failure.map(|failure| failure.as_str().to_owned()),
            attempted_at: change.now(),
        };
        login_attempts::insert(change, attempt).await
    }

    /// Records a try that nobody looked at: the first one of a bucket within a while, for a flood must not write a row for each.
    /// While nobody counts nothing is written.
    pub(super) async fn record_blocked(&self, bucket: &Key, identifier_mac: &str, attempted: &Attempted) {
        let counted = self.infra.cache.increment(&Moment::Blocked(bucket).to_string(), RECORDED).await;
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
    pub(crate) async fn login_attempts(
        &self,
        reader: Reader<'_>,
        query: &LoginAttemptQuery,
    ) -> Result<Page<LoginAttempt>, AuthError> {
        let limit = page::limit(query.limit)?;
        let filter = Filter {
            user_id: None,
            // What an attempt failed by says how it went.
            status: query.status.filter(|_| query.failure.is_none()).map(stored),
            reason: query.failure.map(LoginFailure::as_str),
            method: query.method.as_deref().map(|method| short_word("method", method)).transpose()?.map(str::to_owned),
            place: query.ip_address.as_deref().map(place).transpose()?,
            since: query.since,
            until: query.until,
            before: page::decode(query.cursor.as_deref())?,
        };
        let none = Page { items: Vec::new(), next_cursor: None };
        let contradicts = |failure: LoginFailure| query.status.is_some_and(|status| status != failure.status());
        let user_id = match self.asked_for(reader, query.user_id, query.email.as_ref()).await? {
            Of::Nobody => return Ok(none),
            _ if query.failure.is_some_and(contradicts) => return Ok(none),
            Of::All => None,
            Of::One(user_id) => Some(user_id),
        };
        let filter = Filter { user_id, ..filter };
        let found = login_attempts::newest(self.infra.db.read_aside(), filter, u64::from(limit) + 1).await?;
        let Page { items, next_cursor } = page::page(found, limit, |attempt| attempt.id);
        let owners = self.owners(reader, items.iter().filter_map(|attempt| attempt.user_id)).await?;
        let items = items.into_iter().map(|attempt| {
            let owner = attempt.user_id.and_then(|id| owners.get(&id).cloned());
            told(attempt, owner)
        });
        Ok(Page { items: items.collect(), next_cursor })
    }
}

/// The place of an address that a list is narrowed to.
fn place(ip_address: &str) -> Result<String, Problem> {
    let is_address = ip_address.parse::<std::net::IpAddr>().is_ok();
    is_address.then(|| place_of(ip_address)).ok_or_else(|| {
        Problem::validation().field("ip_address", FieldCode::Invalid, "must be an address such as 203.0.113.7")
    })
}

fn stored(status: Status) -> LoginAttemptStatus {
    match status {
        Status::Success => LoginAttemptStatus::Success,
        Status::Failed => LoginAttemptStatus::Failed,
        Status::Blocked => LoginAttemptStatus::Blocked,
        Status::Suspicious => LoginAttemptStatus::Suspicious,
    }
}

fn told(attempt: login_attempts::Model, owner: Option<AccountOwner>) -> LoginAttempt {
    let failure: Option<LoginFailure> = attempt.failure_reason.and_then(|reason| reason.parse().ok());
    LoginAttempt {
        id: LoginAttemptId(attempt.id),
        user_id: attempt.user_id.map(UserId),
        owner,
        status: match attempt.status {
            LoginAttemptStatus::Success => Status::Success,
            LoginAttemptStatus::Failed => Status::Failed,
            LoginAttemptStatus::Blocked => Status::Blocked,
            LoginAttemptStatus::Suspicious => Status::Suspicious,
        },
        method: attempt.method,
        failure,
        reason: failure.map(|failure| failure.words().to_owned()),
        ip_address: attempt.ip_address,
        user_agent: attempt.user_agent,
        attempted_at: attempt.attempted_at,
    }
}
