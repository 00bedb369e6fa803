//! What the throttle guards, and how that is told.

/// What is guarded; what follows the first step is counted apart from it, for whoever gets that far knows the password.
#[derive(Debug, Clone, Copy)]
pub(super) enum Policy {
    Login,
    Code,
    FlowPassword,
    Passkey,
    Provider,
    PasswordChange,
}

impl Policy {
    /// Its name, with which its keys begin.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::Code => "code",
            Self::FlowPassword => "flow_password",
            Self::Passkey => "passkey",
            Self::Provider => "provider",
            Self::PasswordChange => "password_change",
        }
    }

    /// The method of the attempts that it guards, where those are attempts to sign in.
    pub(super) const fn method(self) -> Option<&'static str> {
        match self {
            Self::Login | Self::FlowPassword => Some("password"),
            Self::Code => Some("code"),
            Self::Passkey => Some("passkey"),
            Self::Provider => Some("provider"),
            Self::PasswordChange => None,
        }
    }

    /// The endpoint that it guards.
    pub(super) const fn endpoint(self) -> &'static str {
        match self {
            Self::Login => "/api/v1/auth/login",
            Self::Code | Self::FlowPassword | Self::Passkey | Self::Provider => "/api/v1/auth/flows",
            Self::PasswordChange => "/api/v1/auth/password",
        }
    }
}
