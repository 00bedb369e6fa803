//! The texts of keys: written and read here alone.

use super::{AddressLimit, At, Failing, Key, Limited, OfAccount, PlaceLimit};
use crate::domain::places::is_network;
use orion_contracts::auth::ThrottlePolicy;
use std::fmt::{self, Display, Formatter};

/// What ends the key by which the failures of all networks together are counted.
const ELSEWHERE: &str = "elsewhere";
/// What the id of a device stands behind.
const DEVICE: &str = "device ";

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
}

impl AddressLimit {
    /// How the keys of an address begin, whichever network it is named from.
    pub(in crate::domain) fn anywhere(self, mac: &str) -> String {
        format!("{}:{mac}:", self.policy().as_str())
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::places::NOWHERE;
    use chrono::DateTime;
    use std::collections::HashSet;
    use uuid::Uuid;

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
