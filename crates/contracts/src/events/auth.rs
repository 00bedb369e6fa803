//! What the auth service tells.

use super::kind::events;
use crate::auth::Severity;
use crate::email_changes::EmailSide;
use crate::{Email, SessionId, UserId};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// A secret inside an event: AES-256-GCM, base64url, opened only by the worker that sends it (`infra::secrets`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sealed(pub String);

/// How a session came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SessionEnd {
    /// The person signed out.
    LoggedOut,
    /// Somebody ended it.
    Revoked,
    /// A used refresh token was used again.
    RefreshReused,
}

/// Who is told of a security event by mail: the owner of an account, at the address that they have proven to be theirs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warned {
    /// Where the mail goes.
    pub email: Email,
    /// Name to greet.
    pub display_name: Option<String>,
    /// Language of the mail.
    pub locale: String,
}

/// Who began to act as the owner of an account, until when, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImpersonationNoted {
    /// Who.
    pub actor_id: UserId,
    /// Their address.
    pub email: Option<Email>,
    /// Their name.
    pub display_name: Option<String>,
    /// When it is over.
    pub until: DateTime<Utc>,
    /// Why, in their words.
    pub reason: String,
}

events! {
    /// Somebody signed in.
    SessionStarted = "auth.session_started" for [Users] {
        /// Who.
        user_id: UserId,
        /// The new session.
        session_id: SessionId,
        /// From where.
        ip_address: Option<String>,
        /// With what.
        user_agent: Option<String>,
    }
    /// A session ended.
    SessionEnded = "auth.session_ended" for [] {
        /// Whose.
        user_id: UserId,
        /// Which.
        session_id: SessionId,
        /// Why.
        reason: SessionEnd,
    }
    /// An account has a second factor now, or none any more.
    SecondFactorChanged = "auth.second_factor_changed" for [Users] {
        /// Whose.
        user_id: UserId,
        /// Whether a sign-in asks for one.
        is_enabled: bool,
    }
    /// A sign-in failed. The address typed in is not told: it may be a password typed into the wrong field.
    LoginFailed = "auth.login_failed" for [] {
        /// Whose account, when it exists.
        user_id: Option<UserId>,
        /// From where.
        ip_address: Option<String>,
    }
    /// Something was noticed about the security of an account. The event has the id of the security event that it tells of.
    SecurityNoted = "auth.security_noted" for [Notifications, Users] {
        /// What happened, such as `login.new_device`.
        kind: String,
        /// How much it matters.
        severity: Severity,
        /// Whose account; null where the address that was tried has none.
        user_id: Option<UserId>,
        /// The session that it is about.
        session_id: Option<SessionId>,
        /// With what it was done, such as `Firefox on Linux`, where that has a name that people know.
        device: Option<String>,
        /// Where the owner has a link mailed by which they choose another password.
        #[serde(default)]
        reset_page: Option<String>,
        /// Who is told by mail; nobody, where it matters little, or the account was not verified or is suspended.
        warned: Option<Warned>,
        /// Who acts as the owner, where it is about that.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        impersonation: Option<ImpersonationNoted>,
    }
    /// A new account waits for its e-mail address to be verified.
    VerificationRequested = "auth.verification_requested" for [Notifications] {
        /// Who.
        user_id: UserId,
        /// Where the mail goes.
        email: Email,
        /// Name to greet.
        display_name: Option<String>,
        /// Language of the mail.
        locale: String,
        /// The verification link.
        link: Sealed,
        /// Until when the link is good.
        expires_at: DateTime<Utc>,
    }
    /// Somebody whom an administrator invites is to be mailed a link by which they choose their password.
    InvitationRequested = "auth.invitation_requested" for [Notifications] {
        /// Who.
        user_id: UserId,
        /// Where the mail goes.
        email: Email,
        /// Name to greet.
        display_name: Option<String>,
        /// Language of the mail.
        locale: String,
        /// The link.
        link: Sealed,
        /// Until when the link is good.
        expires_at: DateTime<Utc>,
        /// The name of who invites them.
        invited_by: Option<String>,
        /// The organisation that they join by that link.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        organisation: Option<String>,
    }
    /// A link by which a user chooses another password is to be mailed.
    PasswordResetRequested = "auth.password_reset_requested" for [Notifications] {
        /// Who.
        user_id: UserId,
        /// Where the mail goes.
        email: Email,
        /// Name to greet.
        display_name: Option<String>,
        /// Language of the mail.
        locale: String,
        /// The link.
        link: Sealed,
        /// Until when the link is good.
        expires_at: DateTime<Utc>,
        /// Whether an administrator ordered the new password; otherwise somebody asked for it.
        #[serde(default)]
        is_ordered: bool,
    }
    /// A link by which a change of somebody's address is confirmed is to be mailed.
    EmailChangeRequested = "auth.email_change_requested" for [Notifications] {
        /// Whose address changes.
        user_id: UserId,
        /// Where the mail goes: to the address of now, or to the new one.
        email: Email,
        /// Which of the two that is.
        side: EmailSide,
        /// The address that it becomes.
        new_email: Email,
        /// Name to greet.
        display_name: Option<String>,
        /// Language of the mail.
        locale: String,
        /// The link.
        link: Sealed,
        /// Until when the link is good.
        expires_at: DateTime<Utc>,
    }
    /// Somebody asked for an address that belongs to an account: its owner is told, who asked is not.
    EmailChangeBarred = "auth.email_change_barred" for [Notifications] {
        /// Whose address it is.
        user_id: UserId,
        /// Where the mail goes.
        email: Email,
        /// Language of the mail.
        locale: String,
    }
    /// Somebody tried to register an address that has an account: its owner is told, the caller is not.
    RegistrationRepeated = "auth.registration_repeated" for [Notifications] {
        /// Whose address it is.
        user_id: UserId,
        /// Where the mail goes.
        email: Email,
        /// Language of the mail.
        locale: String,
    }
}
