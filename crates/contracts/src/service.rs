//! The five services by name.

use serde::{Deserialize, Serialize};

/// One of ORION's five services.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(example = "auth")]
pub enum ServiceName {
    /// The edge: everything a client sends passes here.
    Gateway,
    /// Sign-in, tokens, sessions.
    Auth,
    /// Who a user is and may do; the audit log.
    Users,
    /// Messages to people, and their ledger.
    Notifications,
    /// The operations console and its backend.
    Admin,
}

impl ServiceName {
    /// All services, in the order in which their ports are numbered.
    pub const ALL: [ServiceName; 5] = [Self::Gateway, Self::Auth, Self::Users, Self::Notifications, Self::Admin];

    /// The name as it stands in configuration, metrics, events and file names.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Gateway => "gateway",
            Self::Auth => "auth",
            Self::Users => "users",
            Self::Notifications => "notifications",
            Self::Admin => "admin",
        }
    }
}

impl std::fmt::Display for ServiceName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

/// The text names no service of ORION.
#[derive(Debug)]
pub struct UnknownService(pub String);

impl std::fmt::Display for UnknownService {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "unknown service \"{}\"; the services are gateway, auth, users, notifications, admin", self.0)
    }
}

impl std::error::Error for UnknownService {}

impl std::str::FromStr for ServiceName {
    type Err = UnknownService;
    fn from_str(text: &str) -> Result<Self, UnknownService> {
        Self::ALL.into_iter().find(|name| name.as_str() == text).ok_or_else(|| UnknownService(text.to_owned()))
    }
}
