//! Keys that do less, and what ends with what is removed.

use super::{Break, Looking, MOST_OWNERS};
use crate::cli::Failure;
use crate::cli::signed_in::declared::found::Found;
use crate::cli::signed_in::declared::plan::Draft;
use crate::cli::signed_in::declared::step::Step;
use crate::cli::signed_in::which::ORGANISATIONS;
use orion_contracts::organisations::OrganisationMember;
use orion_contracts::page::MAX_LIMIT;
use orion_contracts::{OrganisationId, Page, UserId};

impl Looking<'_> {
    /// The keys of those who lose something, and what the keys were limited to of that.
    pub(super) async fn keys(&mut self, breaks: &mut Vec<Break>) -> Result<(), Failure> {
        let owners = std::mem::take(&mut self.owners);
        if owners.len() > MOST_OWNERS {
            self.note(format!("API keys are looked at of {MOST_OWNERS} of the {} who lose something", owners.len()));
        }
        for (id, owner) in owners.into_iter().take(MOST_OWNERS) {
            for key in self.keys_of(id).await? {
                let permissions: Vec<_> =
                    key.scopes.iter().filter(|scope| owner.lost.contains(*scope)).cloned().collect();
                if !permissions.is_empty() {
                    let (key, prefix, owner) = (key.name, key.prefix, owner.name.clone());
                    breaks.push(Break::KeyWeakened { key, prefix, owner, permissions });
                }
            }
        }
        Ok(())
    }

    /// What ends with what is removed, or is disabled.
    pub(super) async fn ends(&mut self, draft: &Draft, found: &Found, breaks: &mut Vec<Break>) -> Result<(), Failure> {
        // A program that is removed itself does not end once more with its organisation.
        let mut ending: Vec<(UserId, String)> = Vec::new();
        for step in draft.steps.iter().chain(&draft.removals) {
            let account = match step {
                Step::RemoveServiceAccount { account, .. } => account,
                Step::ChangeServiceAccount { account, request, .. } if request.is_active == Some(false) => account,
                Step::ChangeServiceAccount { .. }
                | Step::CreateRole { .. }
                | Step::ChangeRole { .. }
                | Step::RemoveRole { .. }
                | Step::CreateOrganisation { .. }
                | Step::ChangeOrganisation { .. }
                // Those of an organisation end with it, below.
                | Step::RemoveOrganisation { .. }
                | Step::CreateTeam { .. }
                | Step::ChangeTeam { .. }
                | Step::RemoveTeam { .. }
                | Step::CreateServiceAccount { .. }
                | Step::GiveRole { .. }
                | Step::TakeRole { .. }
                | Step::GivePermission { .. }
                | Step::ClearPermission { .. }
                | Step::ReplaceRoutes { .. } => continue,
            };
            ending.extend(account.id.map(|id| (id, account.name.clone())));
        }
        for step in &draft.removals {
            let Step::RemoveOrganisation { organisation, .. } = step else { continue };
            let Some(there) = found.organisations.get(&organisation.name) else { continue };
            let (members, is_exact) = self.members(there.id).await?;
            let programs = self.listed().await?.into_iter().filter(|one| one.organisation_id == Some(there.id));
            let programs: Vec<_> = programs.map(|one| (one.id, one.name)).collect();
            let service_accounts = programs.iter().map(|(_, name)| name.clone()).collect();
            let organisation = organisation.name.clone();
            breaks.push(Break::OrganisationEnds { organisation, members, is_exact, service_accounts });
            ending.extend(programs);
        }
        ending.sort();
        ending.dedup_by_key(|(id, _)| *id);
        if ending.len() > MOST_OWNERS {
            self.note(format!(
                "API keys are looked at of {MOST_OWNERS} of the {} service accounts that end",
                ending.len()
            ));
        }
        for (id, service_account) in ending.into_iter().take(MOST_OWNERS) {
            let keys = self.keys_of(id).await?.into_iter().map(|key| (key.name, key.prefix));
            let (keys, prefixes): (Vec<_>, Vec<_>) = keys.unzip();
            if !keys.is_empty() {
                breaks.push(Break::KeysEnd { service_account, keys, prefixes });
            }
        }
        Ok(())
    }

    /// How many belong to an organisation, and whether it is no more than that.
    async fn members(&mut self, id: OrganisationId) -> Result<(u32, bool), Failure> {
        let path = format!("{ORGANISATIONS}/{id}/members?limit={MAX_LIMIT}");
        let page: Page<OrganisationMember> = self.calls.get(&path).await?;
        Ok((u32::try_from(page.items.len()).unwrap_or(MAX_LIMIT), page.next_cursor.is_none()))
    }
}
