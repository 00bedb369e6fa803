//! Who holds something: a person, or a service account, which has no address and is named by its id or its name.

use super::calls::Calls;
use super::which::Program;
use super::who::Who;
use crate::cli::Failure;
use orion_contracts::UserId;

/// Who is meant.
#[derive(Clone)]
pub(crate) enum Holder {
    /// Whoever has this id, or this address; or whoever calls.
    Who(Who),
    /// The service account of this name.
    Named(String),
}

impl std::str::FromStr for Holder {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.parse() {
            Ok(who) => Ok(Self::Who(who)),
            // What was to be an address is no name.
            Err(_) if text.trim().is_empty() || text.contains('@') => Err(
                "must be an e-mail address such as ada@example.com, an id, or the name of a service account; `me` is oneself",
            ),
            Err(_) => Ok(Self::Named(text.to_owned())),
        }
    }
}

impl std::fmt::Display for Holder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Who(who) => who.fmt(f),
            Self::Named(name) => name.fmt(f),
        }
    }
}

impl Holder {
    /// Their id. Who is named by it is not looked up.
    pub(super) async fn id(&self, calls: &mut Calls) -> Result<UserId, Failure> {
        match self {
            Self::Who(who) => who.id(calls).await,
            Self::Named(name) => Program::named(calls, name, "; people are named by their e-mail address or id").await,
        }
    }

    /// Says it of them, where who is not there is they.
    pub(super) fn told(&self, failure: Failure) -> Failure {
        match self {
            Self::Who(who) => who.told(failure),
            Self::Named(_) => failure,
        }
    }
}

/// The id of whoever is named, if anybody is.
pub(super) async fn id_of(calls: &mut Calls, holder: Option<&Holder>) -> Result<Option<UserId>, Failure> {
    match holder {
        Some(holder) => holder.id(calls).await.map(Some),
        None => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_address_and_no_id_is_the_name_of_a_program_and_a_mistyped_address_is_not() {
        let named = |text: &str| matches!(text.parse(), Ok(Holder::Named(name)) if name == text);
        assert!(named("Nightly export") && named("ada"));
        let who = |text: &str| matches!(text.parse(), Ok(Holder::Who(_)));
        assert!(who("ada@example.com") && who("me") && who("019e4c31-0b62-7a1e-8f3d-5c9e2d7b6a10"));
        for text in ["", " ", "ada@", "@example.com", "ada @example.com"] {
            assert!(text.parse::<Holder>().is_err(), "{text}");
        }
    }
}
