//! What a row of throttles counts, and the text that it stands under. The text is written and read here alone: rows outlive
//! versions, so none ever changes.
//!
//! | counted | text |
//! |---|---|
//! | failures at the first step of a sign-in, by the address typed in | `login:<mac>:<at>` |
//! | failures of an account at what follows | `<policy>:<account>:<at>` |
//! | how often a place does something | `<policy>:<place>` |
//! | how often something is done for an address, from one network | `<policy>:<mac>:<network>` |
//! | the same, from everywhere | `<policy>:<mac>` |

use crate::domain::places::is_network;
use crate::store::rate_limits;
use chrono::{DateTime, Utc};
use orion_contracts::auth::{FlowMethod, ThrottlePolicy};
use std::fmt::{self, Display, Formatter};
use uuid::Uuid;

/// What ends the key by which the failures of all networks together are counted.
const ELSEWHERE: &str = "elsewhere";
/// What the id of a device stands behind.
const DEVICE: &str = "device ";

/// What one row counts. Its [`Display`] is the text that is stored.
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
    /// Reads a stored one; none where only a later version knows what it is.
    pub(in crate::domain) fn read(text: &str) -> Option<Self> {
        let (policy, rest) = text.split_once(':')?;
        Some(match policy.parse().ok()? {
            ThrottlePolicy::Login => {
                let (mac, at) = rest.split_once(':')?;
                Self::Failed(Failing::Login(mac.to_owned()), At::read(at)?)
            }
            ThrottlePolicy::Code => Self::of_account(OfAccount::Code, rest)?,
            ThrottlePolicy::FlowPassword => Self::of_account(OfAccount::FlowPassword, rest)?,
            ThrottlePolicy::Passkey => Self::of_account(OfAccount::Passkey, rest)?,
            ThrottlePolicy::Provider => Self::of_account(OfAccount::Provider, rest)?,
            ThrottlePolicy::PasswordChange => Self::of_account(OfAccount::PasswordChange, rest)?,
            ThrottlePolicy::RegistrationPlace => Self::of_place(PlaceLimit::Registration, rest),
            ThrottlePolicy::ResetPlace => Self::of_place(PlaceLimit::Reset, rest),
            ThrottlePolicy::RegistrationAddress => Self::of_address(AddressLimit::Registration, rest),
            ThrottlePolicy::RegistrationMailbox => Self::of_address(AddressLimit::Mailbox, rest),
            ThrottlePolicy::ResetAddress => Self::of_address(AddressLimit::Reset, rest),
        })
    }

    fn of_account(guarded: OfAccount, rest: &str) -> Option<Self> {
        let (account, at) = rest.split_once(':')?;
        Some(Self::Failed(Failing::Account(guarded, account.parse().ok()?), At::read(at)?))
    }

    fn of_place(limit: PlaceLimit, rest: &str) -> Self {
        Self::Done(Limited::Place(limit, rest.to_owned()))
    }

    fn of_address(limit: AddressLimit, rest: &str) -> Self {
        let (mac, network) = rest.split_once(':').map_or((rest, None), |(mac, network)| (mac, Some(network)));
        Self::Done(Limited::Address(limit, mac.to_owned(), network.map(str::to_owned)))
    }

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

impl Display for Key {
    fn fmt(&self, text: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(failing, at) => write!(text, "{}{at}", failing.anywhere()),
            Self::Done(Limited::Place(limit, place)) => write!(text, "{}:{place}", limit.policy().as_str()),
            Self::Done(Limited::Address(limit, mac, Some(network))) => write!(text, "{}{network}", limit.anywhere(mac)),
            Self::Done(Limited::Address(limit, mac, None)) => write!(text, "{}:{mac}", limit.policy().as_str()),
        }
    }
}

impl Failing {
    /// How all of its keys begin, wherever the failures come from.
    pub(in crate::domain) fn anywhere(&self) -> String {
        let policy = self.policy().as_str();
        match self {
            Self::Login(mac) => format!("{policy}:{mac}:"),
            Self::Account(_, account) => format!("{policy}:{}:", account.simple()),
        }
    }

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

impl At {
    fn read(text: &str) -> Option<Self> {
        Some(match text.strip_prefix(DEVICE) {
            Some(device) => Self::Device(device.parse().ok()?),
            None if text == ELSEWHERE => Self::Elsewhere,
            None if is_network(text) => Self::Network(text.to_owned()),
            None => Self::Place(text.to_owned()),
        })
    }
}

impl Display for At {
    fn fmt(&self, text: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Device(device) => write!(text, "{DEVICE}{}", device.simple()),
            Self::Place(at) | Self::Network(at) => text.write_str(at),
            Self::Elsewhere => text.write_str(ELSEWHERE),
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

    /// How the keys of an address begin, whichever network it is named from.
    pub(in crate::domain) fn anywhere(self, mac: &str) -> String {
        format!("{}:{mac}:", self.policy().as_str())
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::places::NOWHERE;
    use std::collections::HashSet;

    /// Every kind of key with the text that rows of running systems stand under.
    fn stored() -> Vec<(Key, &'static str)> {
        const ACCOUNT: Uuid = Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_00aa);
        let mac = || "7f3a.c0ffee".to_owned();
        let login = |at| Key::Failed(Failing::Login(mac()), at);
        let account = |guarded, at| Key::Failed(Failing::Account(guarded, ACCOUNT), at);
        let (place, network) = (|| "192.0.2.77".to_owned(), || "192.0.2.0/24".to_owned());
        let of_place = |limit, place| Key::Done(Limited::Place(limit, place));
        let of_address = |limit, network| Key::Done(Limited::Address(limit, mac(), network));
        vec![
            (login(At::Device(ACCOUNT)), "login:7f3a.c0ffee:device 019000000000700080000000000000aa"),
            (login(At::Place(place())), "login:7f3a.c0ffee:192.0.2.77"),
            (login(At::Place("2001:db8:1:2::".to_owned())), "login:7f3a.c0ffee:2001:db8:1:2::"),
            (login(At::Network(network())), "login:7f3a.c0ffee:192.0.2.0/24"),
            (login(At::Network("2001:db8:1::/48".to_owned())), "login:7f3a.c0ffee:2001:db8:1::/48"),
            (login(At::Network(NOWHERE.to_owned())), "login:7f3a.c0ffee:nowhere"),
            (login(At::Elsewhere), "login:7f3a.c0ffee:elsewhere"),
            (account(OfAccount::Code, At::Elsewhere), "code:019000000000700080000000000000aa:elsewhere"),
            (
                account(OfAccount::FlowPassword, At::Place(place())),
                "flow_password:019000000000700080000000000000aa:192.0.2.77",
            ),
            (
                account(OfAccount::Passkey, At::Network(network())),
                "passkey:019000000000700080000000000000aa:192.0.2.0/24",
            ),
            (
                account(OfAccount::Provider, At::Device(ACCOUNT)),
                "provider:019000000000700080000000000000aa:device 019000000000700080000000000000aa",
            ),
            (
                account(OfAccount::PasswordChange, At::Place(place())),
                "password_change:019000000000700080000000000000aa:192.0.2.77",
            ),
            (of_place(PlaceLimit::Registration, place()), "registration_place:192.0.2.77"),
            (of_place(PlaceLimit::Registration, "2001:db8:1:2::".to_owned()), "registration_place:2001:db8:1:2::"),
            (of_place(PlaceLimit::Reset, place()), "reset_place:192.0.2.77"),
            (of_address(AddressLimit::Registration, Some(network())), "registration_address:7f3a.c0ffee:192.0.2.0/24"),
            (of_address(AddressLimit::Mailbox, Some(network())), "registration_mailbox:7f3a.c0ffee:192.0.2.0/24"),
            (of_address(AddressLimit::Mailbox, None), "registration_mailbox:7f3a.c0ffee"),
            (
                of_address(AddressLimit::Reset, Some("2001:db8:1::/48".to_owned())),
                "reset_address:7f3a.c0ffee:2001:db8:1::/48",
            ),
        ]
    }

    #[test]
    fn each_kind_stands_under_the_text_that_it_always_had_and_is_read_from_it() {
        let mut policies = HashSet::new();
        for (key, text) in stored() {
            assert_eq!(key.to_string(), text);
            assert_eq!(Key::read(text).as_ref(), Some(&key), "{text}");
            let row = key.first(DateTime::UNIX_EPOCH, DateTime::UNIX_EPOCH);
            assert_eq!((row.key.as_str(), Some(row.key_type.as_str())), (text, text.split(':').next()));
            policies.insert(row.key_type);
        }
        assert_eq!(policies.len(), ThrottlePolicy::ALL.len(), "a policy without a text: {policies:?}");
        for unknown in
            ["", "login", "login:mac", "code:somebody:elsewhere", "login:mac:device 7", "of_later:mac:elsewhere"]
        {
            assert_eq!(Key::read(unknown), None, "{unknown}");
        }
    }

    #[test]
    fn only_failures_of_a_network_are_counted_elsewhere_too() {
        let beside: Vec<_> =
            stored().into_iter().filter_map(|(key, text)| Some((text, key.elsewhere()?.to_string()))).collect();
        let told: Vec<_> = beside.iter().map(|(text, elsewhere)| (*text, elsewhere.as_str())).collect();
        assert_eq!(
            told,
            [
                ("login:7f3a.c0ffee:192.0.2.0/24", "login:7f3a.c0ffee:elsewhere"),
                ("login:7f3a.c0ffee:2001:db8:1::/48", "login:7f3a.c0ffee:elsewhere"),
                ("login:7f3a.c0ffee:nowhere", "login:7f3a.c0ffee:elsewhere"),
                (
                    "passkey:019000000000700080000000000000aa:192.0.2.0/24",
                    "passkey:019000000000700080000000000000aa:elsewhere",
                ),
            ]
        );
    }

    #[test]
    fn what_is_forgotten_together_begins_alike() {
        let key = |text| Key::read(text).expect("a key");
        for (text, beginning) in [
            ("login:7f3a.c0ffee:elsewhere", "login:7f3a.c0ffee:"),
            ("code:019000000000700080000000000000aa:elsewhere", "code:019000000000700080000000000000aa:"),
            ("reset_address:7f3a.c0ffee:192.0.2.0/24", "reset_address:7f3a.c0ffee:"),
        ] {
            let told = match key(text) {
                Key::Failed(failing, _) => failing.anywhere(),
                Key::Done(Limited::Address(limit, mac, _)) => limit.anywhere(&mac),
                Key::Done(Limited::Place(..)) => unreachable!("none of these"),
            };
            assert_eq!(told, beginning);
        }
    }
}
