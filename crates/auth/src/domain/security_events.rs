//! Security events: what a person or an administrator should know about the security of an account.

use super::Auth;
use super::places::place_of;
use crate::error::AuthError;
use crate::store::login_attempts;
use crate::store::security_events::{self, Filter, Model};
use orion_contracts::auth::{SecurityEvent as Told, SecurityEventQuery, Severity};
use orion_contracts::{Email, FieldCode, Page, Problem, SecurityEventId, SessionId, UserId};
use orion_http::page;
use orion_infra::request::RequestContext;
use orion_infra::secrets::Scope;
use orion_infra::{Change, DbError};
use serde_json::{Value, json};
use uuid::Uuid;

/// An event that this service notices.
#[derive(Debug, Clone, Copy)]
pub(super) enum SecurityEvent {
    /// Sign-ins to one account fail so often that further ones are delayed.
    RepeatedFailures,
    /// A refresh token that had been used was used again: somebody else has a copy.
    RefreshTokenReused,
    /// A refresh token that had been used was used again after its grace, and its successor was not: an answer was lost, a
    /// second tab was slow, or somebody has a copy.
    RefreshTokenRepeated,
    /// Somebody signed in from a place and with a device that the account was not known to have.
    NewDevice,
    /// The password was changed by its owner.
    PasswordChanged,
    /// The password was chosen anew by a mailed link.
    PasswordReset,
    /// A second factor was set up.
    FactorAdded(FactorKind),
    /// A second factor was taken away.
    FactorRemoved(FactorKind),
    /// New backup codes were made; the old ones are void.
    BackupCodesRenewed,
    /// A backup code was used.
    BackupCodeUsed,
    /// An identity at a provider was linked.
    ProviderLinked,
    /// An identity at a provider was taken away.
    ProviderUnlinked,
    /// A device was blocked.
    DeviceBlocked,
    /// A passkey says that it was used less often than before: its authenticator may have been copied.
    PasskeyCountedBack {
        /// How often, by what it said before.
        before: i64,
        /// How often, by what it says now.
        now: i64,
    },
    /// A passkey says otherwise than before whether it is, or may be, on several devices.
    PasskeyMoved {
        /// Whether it may be, now.
        backup_eligible: bool,
        /// Whether it is, now.
        backed_up: bool,
    },
}

/// Which second factor was set up or taken away.
#[derive(Debug, Clone, Copy)]
pub(super) enum FactorKind {
    /// The authenticator app.
    App,
    /// A passkey.
    Passkey,
    /// All that there were, by an administrator.
    All,
}

impl FactorKind {
    const fn name(self) -> &'static str {
        match self {
            Self::App => "totp",
            Self::Passkey => "passkey",
            Self::All => "all",
        }
    }
}

/// An event in the words of its table.
struct Words {
    event_type: &'static str,
    category: &'static str,
    severity: Severity,
    title: &'static str,
}

impl SecurityEvent {
    const fn words(self) -> Words {
        match self {
            Self::RepeatedFailures => Words {
                event_type: "login.repeated_failures",
                category: "login",
                severity: Severity::Medium,
                title: "Sign-ins failed repeatedly",
            },
            Self::NewDevice => Words {
                event_type: "login.new_device",
                category: "login",
                severity: Severity::Medium,
                title: "Signed in from a new device",
            },
            Self::BackupCodesRenewed => Words {
                event_type: "factor.backup_codes_renewed",
                category: "factor",
                severity: Severity::Low,
                title: "New backup codes were made",
            },
            Self::PasswordChanged => Words {
                event_type: "password.changed",
                category: "password",
                severity: Severity::Low,
                title: "The password was changed",
            },
            Self::PasswordReset => Words {
                event_type: "password.reset",
                category: "password",
                severity: Severity::Medium,
                title: "The password was chosen anew by a mailed link",
            },
            Self::FactorAdded(_) => Words {
                event_type: "factor.added",
                category: "factor",
                severity: Severity::Low,
                title: "A second factor was set up",
            },
            Self::FactorRemoved(_) => Words {
                event_type: "factor.removed",
                category: "factor",
                severity: Severity::High,
                title: "A second factor was taken away",
            },
            Self::BackupCodeUsed => Words {
                event_type: "factor.backup_code_used",
                category: "factor",
                severity: Severity::Medium,
                title: "A backup code was used",
            },
            Self::ProviderLinked => Words {
                event_type: "provider.linked",
                category: "factor",
                severity: Severity::Medium,
                title: "Another way to sign in was linked",
            },
            Self::ProviderUnlinked => Words {
                event_type: "provider.unlinked",
                category: "factor",
                severity: Severity::Medium,
                title: "A linked way to sign in was taken away",
            },
            Self::DeviceBlocked => Words {
                event_type: "device.blocked",
                category: "device",
                severity: Severity::Medium,
                title: "A device was blocked",
            },
            Self::PasskeyCountedBack { .. } => Words {
                event_type: "passkey.counted_back",
                category: "factor",
                severity: Severity::High,
                title: "A passkey may have been copied",
            },
            Self::PasskeyMoved { .. } => Words {
                event_type: "passkey.moved",
                category: "factor",
                severity: Severity::Low,
                title: "Where a passkey is kept has changed",
            },
            Self::RefreshTokenRepeated => Words {
                event_type: "session.refresh_token_repeated",
                category: "session",
                severity: Severity::Low,
                title: "An answer to a refresh was given again",
            },
            Self::RefreshTokenReused => Words {
                event_type: "session.refresh_token_reused",
                category: "session",
                severity: Severity::High,
                title: "A used refresh token was used again",
            },
        }
    }

    /// What else is known of it, without secrets.
    fn details(self) -> Value {
        match self {
            Self::FactorAdded(kind) | Self::FactorRemoved(kind) => json!({ "factor": kind.name() }),
            Self::PasskeyCountedBack { before, now } => json!({ "sign_count_before": before, "sign_count": now }),
            Self::PasskeyMoved { backup_eligible, backed_up } => {
                json!({ "backup_eligible": backup_eligible, "is_backed_up": backed_up })
            }
            _ => json!({}),
        }
    }

    /// Whether it is told because something was stopped: tries that have to wait, or a session that ended.
    const fn was_blocked(self) -> bool {
        matches!(self, Self::RepeatedFailures | Self::RefreshTokenReused)
    }
}

impl Auth {
    /// Writes an event with the change that it tells of.
    pub(super) async fn note(
        &self,
        change: &Change,
        event: SecurityEvent,
        user_id: Option<Uuid>,
        session_id: Option<Uuid>,
    ) -> Result<(), DbError> {
        let Words { event_type, category, severity, title } = event.words();
        let request = RequestContext::current();
        let row = Model {
            id: change.id(),
            user_id,
            session_id,
            event_type: event_type.to_owned(),
            event_category: category.to_owned(),
            severity: severity.as_str().to_owned(),
            title: title.to_owned(),
            details: event.details().to_string(),
            ip_address: request.ip_address.clone(),
            user_agent: request.user_agent.clone(),
            was_blocked: event.was_blocked(),
            occurred_at: change.now(),
        };
        security_events::insert(change, row).await
    }

    /// Notes a sign-in from a device and a place that the account is not known to have; not the first one of an account. It
    /// is asked before the sign-in itself is recorded.
    pub(super) async fn note_new_device(
        &self,
        change: &Change,
        user_id: Uuid,
        email: &Email,
        is_known: bool,
    ) -> Result<(), DbError> {
        if is_known || !login_attempts::has_signed_in(change, user_id).await? {
            return Ok(());
        }
        let macs = self.infra.secrets.macs(Scope::AtRest, &["login-identifier"], email.as_str().as_bytes());
        let place = RequestContext::current().ip_address.as_deref().map(place_of).unwrap_or_default();
        let long_ago = chrono::DateTime::UNIX_EPOCH;
        if login_attempts::is_known_place(change, &macs, &place, change.now(), long_ago).await? {
            return Ok(());
        }
        self.note(change, SecurityEvent::NewDevice, Some(user_id), None).await
    }

    /// Events, newest first.
    pub(crate) async fn security_events(&self, query: &SecurityEventQuery) -> Result<Page<Told>, AuthError> {
        let limit = page::limit(query.limit)?;
        let filter = Filter {
            user_id: query.user_id.map(|id| id.0),
            event_type: query.kind.as_deref().map(kind).transpose()?.map(str::to_owned),
            severity: query.severity.map(Severity::as_str),
            since: query.since,
            until: query.until,
            before: page::decode(query.cursor.as_deref())?,
        };
        let found = security_events::newest(self.infra.db.read_aside(), filter, u64::from(limit) + 1).await?;
        let Page { items, next_cursor } = page::page(found, limit, |event| event.id);
        Ok(Page { items: items.into_iter().map(told).collect(), next_cursor })
    }
}

/// Databases do not take every text that a query can have.
fn kind(text: &str) -> Result<&str, Problem> {
    match text {
        "" => Err(Problem::validation().field("kind", FieldCode::Required, "must not be empty")),
        _ if text.len() > 100 || text.chars().any(char::is_control) => {
            let message = "must have at most 100 characters, and none that control";
            Err(Problem::validation().field("kind", FieldCode::Invalid, message))
        }
        _ => Ok(text),
    }
}

fn told(event: Model) -> Told {
    Told {
        id: SecurityEventId(event.id),
        user_id: event.user_id.map(UserId),
        session_id: event.session_id.map(SessionId),
        kind: event.event_type,
        category: event.event_category,
        severity: event.severity,
        title: event.title,
        details: serde_json::from_str(&event.details).unwrap_or_default(),
        ip_address: event.ip_address,
        user_agent: event.user_agent,
        was_blocked: event.was_blocked,
        occurred_at: event.occurred_at,
    }
}
