//! Security events: what a person or an administrator should know about the security of an account.

use super::Auth;
use crate::store::security_events::{self, Model};
use orion_infra::request::RequestContext;
use orion_infra::{Change, DbError};
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
    /// The password was changed by its owner.
    PasswordChanged,
    /// The password was chosen anew by a mailed link.
    PasswordReset,
    /// A second factor was set up.
    FactorAdded,
    /// A second factor was taken away.
    FactorRemoved,
    /// A backup code was used.
    BackupCodeUsed,
    /// An identity at a provider was linked.
    ProviderLinked,
    /// An identity at a provider was taken away.
    ProviderUnlinked,
    /// A device was blocked.
    DeviceBlocked,
    /// A passkey says that it was used less often than before: its authenticator may have been copied.
    PasskeyCountedBack,
    /// A passkey says otherwise than before whether it is, or may be, on several devices.
    PasskeyMoved,
}

/// An event in the words of its table.
struct Words {
    event_type: &'static str,
    category: &'static str,
    severity: &'static str,
    title: &'static str,
}

impl SecurityEvent {
    const fn words(self) -> Words {
        match self {
            Self::RepeatedFailures => Words {
                event_type: "login.repeated_failures",
                category: "login",
                severity: "medium",
                title: "Sign-ins failed repeatedly",
            },
            Self::PasswordChanged => Words {
                event_type: "password.changed",
                category: "password",
                severity: "low",
                title: "The password was changed",
            },
            Self::PasswordReset => Words {
                event_type: "password.reset",
                category: "password",
                severity: "medium",
                title: "The password was chosen anew by a mailed link",
            },
            Self::FactorAdded => Words {
                event_type: "factor.added",
                category: "factor",
                severity: "low",
                title: "A second factor was set up",
            },
            Self::FactorRemoved => Words {
                event_type: "factor.removed",
                category: "factor",
                severity: "high",
                title: "A second factor was taken away",
            },
            Self::BackupCodeUsed => Words {
                event_type: "factor.backup_code_used",
                category: "factor",
                severity: "medium",
                title: "A backup code was used",
            },
            Self::ProviderLinked => Words {
                event_type: "provider.linked",
                category: "factor",
                severity: "medium",
                title: "Another way to sign in was linked",
            },
            Self::ProviderUnlinked => Words {
                event_type: "provider.unlinked",
                category: "factor",
                severity: "medium",
                title: "A linked way to sign in was taken away",
            },
            Self::DeviceBlocked => Words {
                event_type: "device.blocked",
                category: "device",
                severity: "medium",
                title: "A device was blocked",
            },
            Self::PasskeyCountedBack => Words {
                event_type: "passkey.counted_back",
                category: "factor",
                severity: "high",
                title: "A passkey may have been copied",
            },
            Self::PasskeyMoved => Words {
                event_type: "passkey.moved",
                category: "factor",
                severity: "low",
                title: "Where a passkey is kept has changed",
            },
            Self::RefreshTokenRepeated => Words {
                event_type: "session.refresh_token_repeated",
                category: "session",
                severity: "low",
                title: "An answer to a refresh was given again",
            },
            Self::RefreshTokenReused => Words {
                event_type: "session.refresh_token_reused",
                category: "session",
                severity: "high",
                title: "A used refresh token was used again",
            },
        }
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
            severity: severity.to_owned(),
            title: title.to_owned(),
            details: "{}".to_owned(),
            ip_address: request.ip_address.clone(),
            user_agent: request.user_agent.clone(),
            was_blocked: true,
            occurred_at: change.now(),
        };
        security_events::insert(change, row).await
    }
}
