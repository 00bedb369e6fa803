//! Which organisation is meant, where a command is about one: by its id, or by what it is called in addresses. And which service account: by
//! its id or its name.

use super::calls::Calls;
use super::lists::{all, seen};
use super::refusals::status_of;
use super::words::{besides, like};
use crate::cli::Failure;
use orion_contracts::organisations::{MembershipList, Organisation, is_slug};
use orion_contracts::service_accounts::ServiceAccount;
use orion_contracts::{OrganisationId, UserId};
use std::collections::{BTreeMap, BTreeSet};

/// Where organisations are,
pub(super) const ORGANISATIONS: &str = "/api/v1/organisations";
/// and one's own.
pub(super) const OWN_ORGANISATIONS: &str = "/api/v1/users/me/organisations";

/// Of how many organisations an answer looks up what they are called.
const MOST_NAMED: usize = 100;

/// Where service accounts are.
pub(super) const SERVICE_ACCOUNTS: &str = "/api/v1/service-accounts";

/// Which organisation is meant: by its id, or by what it is called in addresses.
#[derive(Clone)]
pub(crate) enum Which {
    /// By id.
    Id(OrganisationId),
    /// By slug: one's own, or one that may be seen.
    Slug(String),
}

impl std::str::FromStr for Which {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let slug = || is_slug(text).then(|| Self::Slug(text.to_owned()));
        let which = text.parse().map(Self::Id).ok().or_else(slug);
        which.ok_or("must be an organisation's id, or its slug such as analytical-engines")
    }
}

impl std::fmt::Display for Which {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Id(id) => id.fmt(f),
            Self::Slug(slug) => slug.fmt(f),
        }
    }
}

impl Which {
    /// Its id. One that is named by it is not looked up.
    pub(super) async fn id(&self, calls: &mut Calls) -> Result<OrganisationId, Failure> {
        let slug = match self {
            Self::Id(id) => return Ok(*id),
            Self::Slug(slug) => slug,
        };
        let own: MembershipList = calls.get(OWN_ORGANISATIONS).await?;
        let own: Vec<_> = own.items.into_iter().map(|one| one.organisation).collect();
        if let Some(own) = own.iter().find(|one| one.slug == *slug) {
            return Ok(own.id);
        }
        // Who may see none but their own hears what is to be said of those.
        let all: Vec<Organisation> = match all(calls, ORGANISATIONS).await {
            Err(failure) if status_of(&failure) == Some(403) => Vec::new(),
            answer => answer?,
        };
        let meant = like(slug, &own.iter().chain(&all).map(|one| one.slug.clone()).collect());
        let said = format!("there is no organisation {slug} that you may see{meant}");
        let missing = || besides(&said, "`orion organisation list` names yours");
        Ok(all.into_iter().find(|one| one.slug == *slug).ok_or_else(missing)?.id)
    }
}

impl Which {
    /// Its id; or that none is meant, by the word, where one belongs to none that is called so.
    pub(super) async fn id_or_none(&self, calls: &mut Calls) -> Result<Option<OrganisationId>, Failure> {
        if matches!(self, Self::Slug(slug) if slug == "none") {
            let own: MembershipList = calls.get(OWN_ORGANISATIONS).await?;
            let named = own.items.into_iter().map(|one| one.organisation).find(|one| one.slug == "none");
            return Ok(named.map(|one| one.id));
        }
        self.id(calls).await.map(Some)
    }
}

/// What organisations are called in addresses, as far as whoever calls may see them; of a few, for answers tell of a few.
pub(super) async fn slugs(
    calls: &mut Calls,
    ids: impl Iterator<Item = OrganisationId>,
) -> Result<BTreeMap<OrganisationId, String>, Failure> {
    let ids: BTreeSet<_> = ids.take(MOST_NAMED).collect();
    let mut slugs = BTreeMap::new();
    if ids.is_empty() {
        return Ok(slugs);
    }
    let own: Option<MembershipList> = seen(calls, OWN_ORGANISATIONS).await?;
    let own = own.into_iter().flat_map(|own| own.items).map(|one| (one.organisation.id, one.organisation.slug));
    slugs.extend(own.filter(|(id, _)| ids.contains(id)));
    for id in ids {
        if !slugs.contains_key(&id) {
            let there: Option<Organisation> = seen(calls, &format!("{ORGANISATIONS}/{id}")).await?;
            slugs.extend(there.map(|one| (id, one.slug)));
        }
    }
    Ok(slugs)
}

/// What one of them is called, or its id where that is not known.
pub(super) fn called(slugs: &BTreeMap<OrganisationId, String>, id: OrganisationId) -> String {
    slugs.get(&id).cloned().unwrap_or_else(|| id.to_string())
}

/// The id of the organisation that is named, if any is.
pub(super) async fn id_of(calls: &mut Calls, which: Option<&Which>) -> Result<Option<OrganisationId>, Failure> {
    match which {
        Some(which) => which.id(calls).await.map(Some),
        None => Ok(None),
    }
}

/// Which service account is meant.
#[derive(Clone)]
pub(crate) enum Program {
    /// By id.
    Id(UserId),
    /// By name, which several may have.
    Name(String),
}

impl std::str::FromStr for Program {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(text.parse().map_or_else(|_| Self::Name(text.to_owned()), Self::Id))
    }
}

impl Program {
    /// Its id. One that is named by it is not looked up.
    pub(super) async fn id(&self, calls: &mut Calls) -> Result<UserId, Failure> {
        match self {
            Self::Id(id) => Ok(*id),
            Self::Name(name) => Self::named(calls, name, "").await,
        }
    }

    /// The id of the only one that is called so; where there is none, this is said besides.
    pub(super) async fn named(calls: &mut Calls, name: &str, more: &str) -> Result<UserId, Failure> {
        let accounts: Vec<ServiceAccount> = all(calls, SERVICE_ACCOUNTS).await.map_err(unseen)?;
        let called: Vec<_> = accounts.iter().filter(|account| account.name == name).map(|account| account.id).collect();
        match called[..] {
            [id] => Ok(id),
            [] => {
                let known = accounts.into_iter().map(|account| account.name).collect();
                let meant = like(name, &known);
                let said = format!("there is no service account {name}{meant}");
                Err(besides(&said, &format!("`orion service-account list` lists all{more}")).into())
            }
            _ => Err(several(name, &called)),
        }
    }
}

/// Says what to do, where somebody may not see service accounts.
fn unseen(failure: Failure) -> Failure {
    match status_of(&failure) {
        Some(403) => format!("{failure} It is what finds service accounts by their name: name the id instead.").into(),
        _ => failure,
    }
}

/// What is said where a name is that of several service accounts.
pub(super) fn several(name: &str, ids: &[UserId]) -> Failure {
    let ids: Vec<_> = ids.iter().map(ToString::to_string).collect();
    format!("several service accounts are called {name}: name one by its id, {}", ids.join(", ")).into()
}
