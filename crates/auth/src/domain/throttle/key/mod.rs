//! What a row of throttles counts, and the text that it stands under. The text is written and read in one place ([`text`]):
//! rows outlive versions, so none ever changes.
//!
//! | counted | text |
//! |---|---|
//! | failures at the first step of a sign-in, by the address typed in | `login:<mac>:<at>` |
//! | failures of an account at what follows | `<policy>:<account>:<at>` |
//! | how often a place does something | `<policy>:<place>` |
//! | how often something is done for an address, from one network | `<policy>:<mac>:<network>` |
//! | the same, from everywhere | `<policy>:<mac>` |

mod text;

use crate::store::rate_limits;
use chrono::{DateTime, Utc};
use orion_contracts::auth::{FlowMethod, ThrottlePolicy};
use uuid::Uuid;

/// What one row counts. Its [`Display`](std::fmt::Display) is the text that is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::domain) enum Key {
    /// Failures in a row, and where they come from.
    Failed(Failing, At),
    /// How often something is done, whether or not it fails.
    Done(Limited),
}

/// Whose failures are counted, at what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::domain) enum Failing {
    /// At the first step of a sign-in: of an address typed in, by its MAC, whether or not it has an account.
    Login(String),
    /// Of an account, at something else.
    Account(OfAccount, Uuid),
}

/// What is guarded by its failures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::domain) enum Guarded {
    /// The first step of a sign-in.
    Login,
    /// What follows it. It is counted apart, for whoever gets that far knows the password.
    Account(OfAccount),
}

/// What is guarded by account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::domain) enum OfAccount {
    Code,
    FlowPassword,
    Passkey,
    Provider,
    PasswordChange,
}

/// Where failures come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::domain) enum At {
    /// A device of the account.
    Device(Uuid),
    /// A place that the account is known from.
    Place(String),
    /// A network in which nobody is known.
    Network(String),
    /// All of those networks together.
    Elsewhere,
}

/// What is limited by how often it is done, and for whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::domain) enum Limited {
    /// What one place does.
    Place(PlaceLimit, String),
    /// What is done for an address, by its MAC, from one network; or from everywhere.
    Address(AddressLimit, String, Option<String>),
}

/// What one place may do so often.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::domain) enum PlaceLimit {
    /// Registrations that it tries.
    Registration,
    /// Links for a new password that it asks for.
    Reset,
}

/// What may be done for one address so often.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::domain) enum AddressLimit {
    /// Registrations of it.
    Registration,
    /// Registrations of the tagged addresses of one mailbox, from one network and from everywhere.
    Mailbox,
    /// Links for a new password.
    Reset,
}

impl Key {
    /// What is counted with a network's failures: those of all networks in which nobody is known. What is counted for a device or
    /// a known place never waits for it.
    pub(in crate::domain) fn elsewhere(&self) -> Option<Self> {
        match self {
            Self::Failed(failing, At::Network(_)) => Some(Self::Failed(failing.clone(), At::Elsewhere)),
            Self::Failed(_, At::Device(_) | At::Place(_) | At::Elsewhere) | Self::Done(_) => None,
        }
    }

    /// Its row when something is counted there for the first time.
    pub(super) fn first(&self, now: DateTime<Utc>, reset_at: DateTime<Utc>) -> rate_limits::Model {
        let policy = match self {
            Self::Failed(failing, _) => failing.policy(),
            Self::Done(limited) => limited.policy(),
        };
        rate_limits::Model {
            key: self.to_string(),
            key_type: policy.as_str().to_owned(),
            endpoint: endpoint_of(policy).to_owned(),
            count: 1,
            blocked_until: None,
            reset_at,
            created_at: now,
            updated_at: now,
            id: None,
            user_id: None,
        }
    }
}

impl Failing {
    pub(super) const fn policy(&self) -> ThrottlePolicy {
        self.guarded().policy()
    }

    pub(super) const fn guarded(&self) -> Guarded {
        match self {
            Self::Login(_) => Guarded::Login,
            Self::Account(guarded, _) => Guarded::Account(*guarded),
        }
    }
}

impl Guarded {
    /// Its name.
    pub(in crate::domain) const fn policy(self) -> ThrottlePolicy {
        match self {
            Self::Login => ThrottlePolicy::Login,
            Self::Account(OfAccount::Code) => ThrottlePolicy::Code,
            Self::Account(OfAccount::FlowPassword) => ThrottlePolicy::FlowPassword,
            Self::Account(OfAccount::Passkey) => ThrottlePolicy::Passkey,
            Self::Account(OfAccount::Provider) => ThrottlePolicy::Provider,
            Self::Account(OfAccount::PasswordChange) => ThrottlePolicy::PasswordChange,
        }
    }

    /// The method of the attempts that it guards, where those are attempts to sign in.
    pub(super) const fn method(self) -> Option<&'static str> {
        match self {
            Self::Login | Self::Account(OfAccount::FlowPassword) => Some(FlowMethod::Password.as_str()),
            Self::Account(OfAccount::Code) => Some("code"),
            Self::Account(OfAccount::Passkey) => Some(FlowMethod::Passkey.as_str()),
            Self::Account(OfAccount::Provider) => Some(FlowMethod::Provider.as_str()),
            Self::Account(OfAccount::PasswordChange) => None,
        }
    }
}

impl Limited {
    const fn policy(&self) -> ThrottlePolicy {
        match self {
            Self::Place(limit, _) => limit.policy(),
            Self::Address(limit, ..) => limit.policy(),
        }
    }
}

impl PlaceLimit {
    const fn policy(self) -> ThrottlePolicy {
        match self {
            Self::Registration => ThrottlePolicy::RegistrationPlace,
            Self::Reset => ThrottlePolicy::ResetPlace,
        }
    }
}

impl AddressLimit {
    const fn policy(self) -> ThrottlePolicy {
        match self {
            Self::Registration => ThrottlePolicy::RegistrationAddress,
            Self::Mailbox => ThrottlePolicy::RegistrationMailbox,
            Self::Reset => ThrottlePolicy::ResetAddress,
        }
    }
}

/// The endpoint that a policy guards.
const fn endpoint_of(policy: ThrottlePolicy) -> &'static str {
    match policy {
        ThrottlePolicy::Login => "/api/v1/auth/login",
        ThrottlePolicy::Code | ThrottlePolicy::FlowPassword | ThrottlePolicy::Passkey | ThrottlePolicy::Provider => {
            "/api/v1/auth/flows"
        }
        ThrottlePolicy::PasswordChange => "/api/v1/auth/password",
        ThrottlePolicy::RegistrationPlace
        | ThrottlePolicy::RegistrationAddress
        | ThrottlePolicy::RegistrationMailbox => "/api/v1/auth/register",
        ThrottlePolicy::ResetPlace | ThrottlePolicy::ResetAddress => "/api/v1/auth/password/reset",
    }
}
