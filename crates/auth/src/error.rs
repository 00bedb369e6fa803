//! What can go wrong in auth, and what callers are told.

use orion_contracts::{FieldCode, FieldFault, Problem, pointers};
use orion_infra::DbError;
use orion_infra::peers::PeerError;

/// Why auth did not do it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AuthError {
    /// Unknown address, wrong password, or an account that may not sign in: callers cannot tell which.
    #[error("the credentials are wrong")]
    InvalidCredentials,
    /// Too many tries; the seconds say when the next one counts.
    #[error("too many sign-ins; the next one counts in {0} s")]
    Throttled(u64),
    /// More passwords wait to be hashed than the queue holds.
    #[error("the hashing queue is full")]
    HashingBusy,
    /// The refresh token is unknown, expired, used or revoked.
    #[error("the refresh token is not valid")]
    InvalidRefreshToken,
    /// A role of the account demands a second factor, which the session began without.
    #[error("a role demands a second factor, which the session began without")]
    OneFactor,
    /// Too many registrations from one place, or tries of one link; the seconds say when to come again.
    #[error("tried too often; the next try counts in {0} s")]
    TriedTooOften(u64),
    /// Too many registrations of one address; the seconds say when to come again.
    #[error("the address was registered too often; the next one counts in {0} s")]
    RegisteredTooOften(u64),
    /// The password is not the one chosen at registration.
    #[error("the password is not the one chosen at registration")]
    OtherPassword,
    /// Nobody has chosen one: the account was made for somebody who was invited.
    #[error("the account has no password yet")]
    NoPasswordYet,
    /// The address was verified before this password was chosen.
    #[error("the address is verified already, with another password")]
    VerifiedAlready,
    /// The verification token is unknown, expired, used or void.
    #[error("the verification token is not valid")]
    InvalidVerificationToken,
    /// The token of a link for a new password is unknown, expired or used.
    #[error("the token for a new password is not valid")]
    InvalidResetToken,
    /// The token of a link that confirms another address is unknown, expired or void.
    #[error("the token for another address is not valid")]
    InvalidEmailChange,
    /// The user may not sign in, or was never verified.
    #[error("the user is not active")]
    NotActive,
    /// A new password breaks the policy; the text says how to mend it.
    #[error("the new password is not accepted: {0}")]
    RefusedNewPassword(FieldFault),
    /// The password breaks the policy; the text says how to mend it.
    #[error("the password is not accepted: {0}")]
    RefusedPassword(FieldFault),
    /// The sign-in under way is unknown, over, or somebody else's.
    #[error("the sign-in under way is over")]
    FlowOver,
    /// The code of a sign-in is unknown, expired or used, or its verifier is another one.
    #[error("the code of the sign-in is not valid")]
    InvalidCode,
    /// The sign-in under way asks for something else.
    #[error("the sign-in under way does not ask for that")]
    NotAskedFor,
    /// What was to be proven is not: the field, and what is wrong with it.
    #[error("{0} {1}")]
    Wrong(&'static str, FieldFault),
    /// The account has neither a password nor a passkey to prove once more, nor a provider that says when somebody signed in there.
    #[error("there is nothing that a step-up could ask for")]
    NothingToProve,
    /// Whoever came back from a provider is not who the account belongs to.
    #[error("the identity is not linked to the account")]
    OtherIdentity,
    /// Somebody wants to act as themselves.
    #[error("nobody acts as themselves")]
    ActsAsThemselves,
    /// The user holds a role above the caller's own.
    #[error("the user stands above the caller")]
    UserAboveCaller,
    /// Somebody wants to act as a user who may not sign in.
    #[error("the user is not active")]
    NobodyToActAs,
    /// Somebody wants to act for an organisation that is none of theirs.
    #[error("the caller belongs to no such organisation")]
    NoMember,
    /// Somebody wants to stop acting as another user, and does not.
    #[error("the caller acts as nobody else")]
    ActsAsNobody,
    /// The provider was asked to have somebody sign in anew, and does not say that they did.
    #[error("the provider tells of no sign-in since it was asked")]
    ProviderNotFresh,
    /// A passkey was given to a flow that has no challenge for it, or none any more.
    #[error("the sign-in under way has no challenge")]
    NoChallenge,
    /// There is no provider of this name.
    #[error("there is no such provider")]
    ProviderNotFound,
    /// A provider cannot be asked at the moment.
    #[error("the provider does not answer")]
    ProviderAway,
    /// A provider has signed nobody in, or its answer cannot be believed.
    #[error("the provider has signed nobody in")]
    ProviderRefused,
    /// A provider does not say that the address is theirs who signed in there, and nobody has that identity.
    #[error("the provider has not verified the address")]
    ProviderUnverified,
    /// The account of an identity may not sign in.
    #[error("the account of the identity may not sign in")]
    ProviderNotAdmitted,
    /// Somebody has an account with the address that a provider tells.
    #[error("the address has an account, which this identity is not linked to")]
    AddressKnown,
    /// The identity is linked to another account.
    #[error("the identity is linked to another account")]
    IdentityTaken,
    /// The person has no such identity.
    #[error("there is no such identity")]
    IdentityNotFound,
    /// The person has as many identities as there may be.
    #[error("there are as many identities as there may be")]
    TooManyIdentities,
    /// The person has no such session that is alive.
    #[error("there is no such session")]
    SessionNotFound,
    /// The person has no such device.
    #[error("there is no such device")]
    DeviceNotFound,
    /// An administrator has blocked the device.
    #[error("an administrator has blocked the device")]
    DeviceHeld,
    /// The caller has no such passkey.
    #[error("there is no such passkey")]
    PasskeyNotFound,
    /// The caller has as many passkeys as there may be.
    #[error("there are as many passkeys as there may be")]
    TooManyPasskeys,
    /// Without it nobody could sign in to the account.
    #[error("it is the only way to sign in to the account")]
    OnlyWayIn,
    /// There is no such user, as far as signing in goes.
    #[error("there is no such user")]
    UserNotFound,
    /// No throttle has this id.
    #[error("there is no such throttle")]
    ThrottleNotFound,
    /// A role of the account demands a second factor.
    #[error("a role of the account demands a second factor")]
    SecondFactorDemanded,
    /// The session has ended since its token was looked at.
    #[error("the session has ended")]
    SessionOver,
    /// The account has a second factor, which the session has not proven.
    #[error("the session has not proven the second factor")]
    SecondFactorUnproven,
    /// The account has no second factor.
    #[error("the account has no second factor")]
    NoSecondFactor,
    /// The address of the administrator to be made belongs to somebody.
    #[error("the address has an account already")]
    AddressTaken,
    /// No signing key is in force.
    #[error("no signing key is in force")]
    NoSigningKey,
    /// A library refused what it should not refuse.
    #[error("{0}")]
    Defect(String),
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
    /// Another service.
    #[error(transparent)]
    Peer(#[from] PeerError),
    /// Something that already is what callers are told.
    #[error(transparent)]
    Problem(#[from] Problem),
}

impl From<sea_orm::DbErr> for AuthError {
    fn from(error: sea_orm::DbErr) -> Self {
        Self::Db(error.into())
    }
}

impl From<AuthError> for Problem {
    fn from(error: AuthError) -> Self {
        match error {
            AuthError::InvalidCredentials => Problem::invalid_credentials(),
            AuthError::Throttled(seconds) => Problem::rate_limited()
                .detail("There were too many tries. Wait before you try again.")
                .retry_after(seconds),
            AuthError::HashingBusy => {
                Problem::rate_limited().detail("Too many people sign in at this moment.").retry_after(1)
            }
            AuthError::TriedTooOften(seconds) => {
                Problem::rate_limited().detail("That was tried too often. Wait before you try again.").retry_after(seconds)
            }
            AuthError::RegisteredTooOften(seconds) => Problem::rate_limited()
                .detail("This address was registered several times. Open the link in one of the mails that were sent to it.")
                .retry_after(seconds),
            AuthError::VerifiedAlready => Problem::conflict()
                .detail("The address was verified already. The password was not changed: sign in with the one of then."),
            AuthError::OtherPassword => Problem::validation()
                .detail("To sign in with this password from now on, send \"replace_password\": true as well.")
                .field("password", FieldCode::Invalid, "is not the one that was chosen at registration"),
            AuthError::NoPasswordYet => Problem::validation()
                .detail("To choose this password, send \"replace_password\": true as well.")
                .field(
                    "password",
                    FieldCode::Invalid,
                    "is not chosen yet: the account was made for somebody who was invited, so one of a registration does not count",
                ),
            AuthError::InvalidRefreshToken => {
                Problem::invalid_refresh_token()
                    .detail("Sign in again.")
            }
            AuthError::OneFactor => Problem::invalid_refresh_token()
                .detail("A role of yours demands a second factor, which this session began without. Sign in again."),
            AuthError::InvalidVerificationToken => Problem::validation()
                .detail("The link is not valid any more. Register again to get a new one.")
                .field("token", FieldCode::Invalid, "is unknown, expired or was used"),
            AuthError::FlowOver => Problem::flow_over().detail("It took too long, was tried too often, or is done. Begin again."),
            AuthError::InvalidCode => Problem::validation()
                .detail("Send the person to sign in again.")
                .field("code", FieldCode::Invalid, "is unknown, expired or was used, or the verifier is not its own"),
            AuthError::NotAskedFor => Problem::conflict().detail("The sign-in asks for something else now, or for nothing."),
            AuthError::Wrong(field, fault) => Problem::validation().field(field, fault.code, fault.message),
            AuthError::NothingToProve => Problem::conflict()
                .detail("You sign in only where it cannot be shown that you did so anew. Set a password by a link for a new one, which \
                         is mailed to you, or sign in again and set up a passkey within five minutes."),
            AuthError::OtherIdentity => Problem::conflict().detail("This identity is not linked to the account."),
            AuthError::ProviderNotFresh => {
                Problem::conflict().detail("The provider does not say that you have signed in there anew.")
            }
            AuthError::NoChallenge => {
                Problem::conflict().detail("Ask for the options of a passkey first: they are good for one answer.")
            }
            AuthError::ProviderNotFound => Problem::not_found().detail("There is no such provider."),
            AuthError::ProviderAway => {
                Problem::unavailable().detail("The provider does not answer. Try again, or sign in otherwise.").retry_after(5)
            }
            AuthError::ProviderRefused => Problem::flow_over().detail("The provider has signed nobody in. Begin again."),
            AuthError::ProviderUnverified => {
                Problem::conflict().detail("The provider does not say that the address is yours. Verify it there, or sign up here.")
            }
            AuthError::ProviderNotAdmitted => Problem::permission_denied().detail("The account may not sign in."),
            AuthError::AddressKnown => {
                Problem::conflict().detail("There is an account with this address. Sign in to it, then link the provider.")
            }
            AuthError::IdentityTaken => Problem::conflict().detail("This identity is linked to another account."),
            AuthError::IdentityNotFound => Problem::not_found().detail("There is no such identity."),
            AuthError::TooManyIdentities => {
                Problem::conflict().detail("As many identities are linked as there may be. Take one away first.")
            }
            AuthError::ActsAsThemselves => Problem::conflict().detail("You are that user."),
            AuthError::UserAboveCaller => Problem::user_above_caller(),
            AuthError::NobodyToActAs => Problem::conflict().detail("The user is not active: nobody acts as them."),
            AuthError::NoMember => Problem::not_found().detail("You belong to no such organisation."),
            AuthError::ActsAsNobody => Problem::not_found().detail("The token acts as nobody else."),
            AuthError::SessionNotFound => Problem::not_found().detail("There is no such session."),
            AuthError::DeviceNotFound => Problem::not_found().detail("There is no such device of this person."),
            AuthError::DeviceHeld => {
                Problem::conflict().detail("An administrator has blocked this device, and only an administrator lets it in again.")
            }
            AuthError::PasskeyNotFound => Problem::not_found().detail("You have no such passkey."),
            AuthError::TooManyPasskeys => {
                Problem::conflict().detail("You have as many passkeys as there may be. Remove one that you do not use.")
            }
            AuthError::OnlyWayIn => {
                Problem::conflict().detail("It is the only way to sign in to this account. Set up another one first.")
            }
            AuthError::UserNotFound => Problem::no_such_user(),
            AuthError::ThrottleNotFound => Problem::not_found().detail("There is no such throttle, or none any more."),
            AuthError::SecondFactorDemanded => {
                Problem::conflict().detail("A role of this account demands a second factor. Set up another one instead.")
            }
            AuthError::InvalidResetToken => Problem::validation()
                .detail("The link is not valid any more. Ask for another one.")
                .field("token", FieldCode::Invalid, "is unknown, expired or was used"),
            AuthError::InvalidEmailChange => Problem::validation()
                .detail("The link is not valid any more. Ask for the change of the address once more.")
                .field("token", FieldCode::Invalid, "is unknown, expired or void"),
            AuthError::NotActive => Problem::conflict().detail("The user is not active: there is no password to be changed."),
            AuthError::RefusedNewPassword(fault) => {
                Problem::validation().field("new_password", fault.code, fault.message)
            }
            AuthError::SessionOver => Problem::invalid_token(),
            AuthError::SecondFactorUnproven => Problem::insufficient_user_authentication()
                .two_factors()
                .detail(format!("This needs a sign-in with the second factor. {}.", pointers::STEP_UP)),
            AuthError::NoSecondFactor => Problem::conflict().detail("Set up an authenticator app or a passkey first."),
            AuthError::RefusedPassword(fault) => Problem::validation().field("password", fault.code, fault.message),
            AuthError::AddressTaken => {
                Problem::conflict().detail("This address has an account already.").field("email", FieldCode::Taken, "has an account")
            }
            AuthError::NoSigningKey => Problem::unavailable().detail("No signing key is in force.").retry_after(1),
            AuthError::Defect(reason) => {
                tracing::error!(reason, "auth failed");
                Problem::internal()
            }
            AuthError::Db(error) => error.into(),
            AuthError::Peer(error) => error.into(),
            AuthError::Problem(problem) => problem,
        }
    }
}
