//! What every node is told at once. Small, without secrets, and lossy: whoever missed something asks its owner.

use crate::gateway_changes::GatewayApplied;
use crate::{EventId, InstanceId, OrganisationId, ServiceName, SessionId, TokenId, UserId};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A broadcast.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum BusMessage {
    /// A token, session or subject is refused from now on.
    Revoked(Revocation),
    /// A subject's grants changed; cached ones are dropped.
    GrantsChanged {
        /// Whose.
        user_id: UserId,
        /// Their version now.
        version: i64,
    },
    /// The definitions of roles changed.
    RolesChanged {
        /// Their version now.
        version: i64,
    },
    /// Signing keys changed; the key set is read again.
    KeysChanged,
    /// Settings were changed; every process reads and applies them.
    SettingsChanged {
        /// Their version now.
        version: i64,
    },
    /// The gateway's document was changed; every gateway process reads and applies it.
    GatewayChanged {
        /// Its version now.
        version: i64,
    },
    /// A gateway process says what it has applied, each second.
    GatewayApplied(GatewayApplied),
    /// An instance says that it is there, each second.
    Announced(Announcement),
    /// The admin service stored an event; consoles that watch fetch it.
    EventLogged {
        /// Which.
        event_id: EventId,
    },
    /// Nothing; proves that the bus works.
    Heartbeat {
        /// Who sent it.
        instance: InstanceId,
        /// Counts up.
        sequence: u64,
    },
    /// Somebody beats no more, for their process ends.
    Left {
        /// Who.
        instance: InstanceId,
    },
}

/// One line of auth's blacklist.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Revocation {
    /// Position in the blacklist, for catching up.
    pub sequence: i64,
    /// What is refused.
    pub subject: RevokedSubject,
    /// When the last token that this concerns has expired, and the line can go.
    pub expires_at: DateTime<Utc>,
}

/// What a revocation refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum RevokedSubject {
    /// One token.
    Token {
        /// Its `jti`.
        jti: TokenId,
    },
    /// All tokens of a session.
    Session {
        /// Its `sid`.
        sid: SessionId,
    },
    /// All tokens by which a subject acts for an organisation that were issued before a moment.
    Membership {
        /// The two of them: [`membership_of`].
        membership: Uuid,
        /// Seconds since 1970; tokens with an older `iat` are refused.
        issued_before: i64,
    },
    /// All tokens of a subject that were issued before a moment.
    Subject {
        /// The subject.
        sub: UserId,
        /// Seconds since 1970; tokens with an older `iat` are refused.
        issued_before: i64,
    },
}

/// One id for somebody and an organisation. Both are random for the most part, and so is what they make together.
pub fn membership_of(sub: UserId, organisation: OrganisationId) -> Uuid {
    Uuid::from_u128(sub.0.as_u128() ^ organisation.0.as_u128())
}

/// Which revocations are asked for.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RevocationQuery {
    /// Those after this sequence number.
    #[serde(default)]
    pub after: i64,
}

/// What auth answers to it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct RevocationList {
    /// Lines after the one asked for, oldest first.
    pub items: Vec<Revocation>,
    /// Whether there are more; ask again after the last one.
    pub more: bool,
}

/// What an instance says of itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Announcement {
    /// This instance.
    pub instance: InstanceId,
    /// Which service it is.
    pub service: ServiceName,
    /// Where it can be reached.
    #[schema(example = "http://127.0.0.1:3001")]
    pub url: String,
    /// Its version.
    #[schema(example = "0.1.0")]
    pub version: String,
    /// The version of the settings that it has applied; null where it has not heard them yet, and goes by its start.
    #[serde(default)]
    #[schema(required, example = 7)]
    pub settings_version: Option<i64>,
    /// What of them it could not apply, with the reason; there that of the start is in force.
    #[serde(default)]
    #[schema(example = json!([]))]
    pub settings_refused: Vec<String>,
    /// When it started.
    pub started_at: DateTime<Utc>,
}
