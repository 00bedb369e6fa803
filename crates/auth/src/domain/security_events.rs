//! Security events: what a person or an administrator should know about the security of an account.

use super::Auth;
use super::devices::known_name_of;
use super::places::place_of;
use crate::error::AuthError;
use crate::store::identifiers::{self, EMAIL};
use crate::store::security_events::{self, Filter, Model};
use crate::store::{accounts, login_attempts};
use orion_contracts::audit::AuditAction;
use orion_contracts::auth::{SecurityEvent as Told, SecurityEventQuery, Severity};
use orion_contracts::events::{SecurityNoted, Warned};
use orion_contracts::users::UserStatus;
use orion_contracts::{Email, FieldCode, Page, Problem, SecurityEventId, SessionId, UserId};
use orion_http::page;
use orion_infra::Change;
use orion_infra::audit::AuditRecord;
use orion_infra::request::RequestContext;
use orion_infra::secrets::Scope;
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
                severity: Severity::Medium,
                title: "New backup codes were made",
            },
            Self::PasswordChanged => Words {
                event_type: "password.changed",
                category: "password",
                severity: Severity::Medium,
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
                severity: Severity::Medium,
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

    /// Whether the platform has noticed it by itself, so that no entry of the audit log tells of it yet. What somebody did, and
    /// the end of a session whose token was reused, are audited where they happen.
    const fn is_unaudited(self) -> bool {
        match self {
            Self::RepeatedFailures
            | Self::NewDevice
            | Self::RefreshTokenRepeated
            | Self::PasskeyCountedBack { .. }
            | Self::PasskeyMoved { .. } => true,
            Self::RefreshTokenReused
            | Self::PasswordChanged
            | Self::PasswordReset
            | Self::FactorAdded(_)
            | Self::FactorRemoved(_)
            | Self::BackupCodesRenewed
            | Self::BackupCodeUsed
            | Self::ProviderLinked
            | Self::ProviderUnlinked
            | Self::DeviceBlocked => false,
        }
    }
}

impl Auth {
    /// Writes an event with the change that it belongs to, and tells it: to the console, and by mail to the owner of the account
    /// where it matters. A row has the id of the event that was told, so there is none that was not.
    pub(super) async fn note(
        &self,
        change: &mut Change,
        event: SecurityEvent,
        user_id: Option<Uuid>,
        session_id: Option<Uuid>,
    ) -> Result<(), AuthError> {
        let Words { event_type, category, severity, title } = event.words();
        // Looked for where there is no account too, so that it costs the same.
        let warned = self.warned(change, user_id.unwrap_or(Uuid::nil()), severity).await?;
        let request = RequestContext::current();
        // An administrator's device is none of the owner's.
        let is_theirs = change.author().principal.user_id().is_none_or(|author| Some(author.0) == user_id);
        let told = SecurityNoted {
            kind: event_type.to_owned(),
            severity,
            user_id: user_id.map(UserId),
            session_id: session_id.map(SessionId),
            device: known_name_of(request.user_agent.as_deref()).filter(|_| is_theirs),
            warned,
        };
        let about = user_id.unwrap_or_else(|| change.id());
        let id = change.tell(about, 0, told);
        if event.is_unaudited() {
            let mut record = AuditRecord::new(AuditAction::SecurityNote, "account", title);
            record.resource_id = user_id.map(|id| UserId(id).to_string());
            change.audit(record.values(None, Some(event.details())));
        }
        let row = Model {
            id: id.0,
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
        Ok(security_events::insert(change, row).await?)
    }

    /// Who is told by mail. An address that nobody has proven to be theirs is told nothing.
    async fn warned(&self, change: &Change, user_id: Uuid, severity: Severity) -> Result<Option<Warned>, AuthError> {
        if severity == Severity::Low {
            return Ok(None);
        }
        let account = accounts::find(change, user_id).await?;
        let address = identifiers::find_of(change, user_id, EMAIL).await?;
        let (Some(account), Some(address)) = (account, address) else { return Ok(None) };
        let email: Option<Email> = address.value.parse().ok().filter(|_| account.status == UserStatus::Active.as_str());
        Ok(email.map(|email| Warned { email, display_name: account.display_name, locale: account.locale }))
    }

    /// Notes a sign-in from a device and a place that the account is not known to have; not the first one of an account. It
    /// is asked before the sign-in itself is recorded.
    pub(super) async fn note_new_device(
        &self,
        change: &mut Change,
        user_id: Uuid,
        email: &Email,
        is_known: bool,
    ) -> Result<(), AuthError> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use orion_contracts::auth::WARNED_OF;

    #[test]
    fn owners_are_told_of_what_matters_and_there_are_words_for_it() {
        let all = [
            SecurityEvent::RepeatedFailures,
            SecurityEvent::RefreshTokenReused,
            SecurityEvent::RefreshTokenRepeated,
            SecurityEvent::NewDevice,
            SecurityEvent::PasswordChanged,
            SecurityEvent::PasswordReset,
            SecurityEvent::FactorAdded(FactorKind::App),
            SecurityEvent::FactorRemoved(FactorKind::All),
            SecurityEvent::BackupCodesRenewed,
            SecurityEvent::BackupCodeUsed,
            SecurityEvent::ProviderLinked,
            SecurityEvent::ProviderUnlinked,
            SecurityEvent::DeviceBlocked,
            SecurityEvent::PasskeyCountedBack { before: 2, now: 1 },
            SecurityEvent::PasskeyMoved { backup_eligible: true, backed_up: true },
        ];
        let matter = all.into_iter().map(SecurityEvent::words).filter(|words| words.severity != Severity::Low);
        let mut matter: Vec<_> = matter.map(|words| words.event_type).collect();
        matter.sort_unstable();
        assert_eq!(matter, WARNED_OF);
    }
}
