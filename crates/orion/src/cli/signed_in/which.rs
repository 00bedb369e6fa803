//! Which organisation is meant, where a command is about one: by its id, or by what it is called in addresses.

use super::calls::{Calls, status_of};
use super::role::all;
use crate::cli::Failure;
use orion_contracts::OrganisationId;
use orion_contracts::organisations::{MembershipList, Organisation, is_slug};

/// Where organisations are,
pub(super) const ORGANISATIONS: &str = "/api/v1/organisations";
/// and one's own.
pub(super) const OWN_ORGANISATIONS: &str = "/api/v1/users/me/organisations";

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

impl Which {
    /// Its id. One that is named by it is not looked up.
    pub(super) async fn id(&self, calls: &mut Calls) -> Result<OrganisationId, Failure> {
        let slug = match self {
            Self::Id(id) => return Ok(*id),
            Self::Slug(slug) => slug,
        };
        let own: MembershipList = calls.get(OWN_ORGANISATIONS).await?;
        let own = own.items.into_iter().map(|one| one.organisation).find(|one| one.slug == *slug);
        if let Some(own) = own {
            return Ok(own.id);
        }
        // Who may see none but their own hears what is to be said of those.
        let all: Vec<Organisation> = match all(calls, ORGANISATIONS).await {
            Err(failure) if status_of(&failure) == Some(403) => Vec::new(),
            answer => answer?,
        };
        let missing =
            || format!("there is no organisation {slug} that you may see; `orion organisation list` names yours");
        Ok(all.into_iter().find(|one| one.slug == *slug).ok_or_else(missing)?.id)
    }
}
