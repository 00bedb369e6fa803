//! Deleting an organisation: from that moment on nobody finds it or acts for it anew, and a job takes from its members what they hold
//! inside. Its row goes some weeks later, so that the audit log can still be read with its name.

use super::inside::{self, audited};
use super::{members, permitted};
use crate::domain::{Users, service_accounts};
use crate::error::UsersError;
use crate::store;
use crate::store::organisations::Model;
use orion_contracts::audit::AuditAction;
use orion_contracts::events::OrganisationDeleted;
use orion_contracts::organisations::Organisation;
use orion_contracts::permissions::OrganisationsDelete;
use orion_contracts::{Author, OrganisationId};
use orion_http::Permitted;
use orion_infra::audit::AuditRecord;
use orion_infra::versions::SeenVersions;
use serde::{Deserialize, Serialize};

/// How many members are looked for at once.
const SLICE: u64 = 200;

/// The job that takes from members what they hold inside.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct EmptyOrganisation {
    /// Which one, deleted before.
    pub(crate) id: OrganisationId,
}

impl Users {
    /// Deletes an organisation.
    pub(crate) async fn delete_organisation(
        &self,
        caller: &Permitted,
        id: OrganisationId,
        seen: &SeenVersions,
    ) -> Result<(), UsersError> {
        permitted(caller, self.infra.db.read(), id, OrganisationsDelete).await?;
        self.infra
            .write(&caller.caller, async |change| {
                let inside = inside::lock::<OrganisationsDelete>(change, caller, id, None).await?;
                let before = inside.organisation;
                seen.check(before.version)?;
                let now = change.now();
                let (deleted_at, version) = (Some(now), before.version + 1);
                let after = Model { slug: None, deleted_at, updated_at: now, version, ..before.clone() };
                store::organisations::update(change, &after).await?;
                store::organisation_invitations::delete_of(change, id).await?;
                let old = Organisation::from(before);
                let record = AuditRecord::new(AuditAction::Delete, "organisation", "Deleted the organisation");
                change.audit(record.on(id).for_organisation(id).values(Some(audited(&old)?), None));
                change.tell(id.0, version, OrganisationDeleted { organisation: Organisation { version, ..old } });
                change.enqueue(EmptyOrganisation { id });
                Ok(())
            })
            .await
    }

    /// Takes from the members of a deleted organisation what they hold inside, and deletes its service accounts, each in a change of its own: of a job that is cut off the
    /// next one goes on with those that are left.
    pub(crate) async fn empty_organisation(
        &self,
        author: impl Into<Author>,
        id: OrganisationId,
        is_stopped: impl Fn() -> bool,
    ) -> Result<(), UsersError> {
        let author = author.into();
        loop {
            let left = store::organisation_members::ids(self.infra.db.read_aside(), id, SLICE).await?;
            if is_stopped() {
                return Ok(());
            }
            if left.is_empty() {
                break;
            }
            for user in left {
                self.infra
                    .write(author, async |change| match store::users::lock(change, user).await? {
                        Some(member) if store::organisation_members::find(change, id, user).await?.is_some() => {
                            members::removed(change, id, member, "Removed with the organisation").await
                        }
                        _ => {
                            change.unaudited("they have left meanwhile");
                            Ok(())
                        }
                    })
                    .await?;
            }
        }
        // Its programs go with it, also those that it had removed from itself.
        loop {
            let left = store::service_accounts::of_organisation(self.infra.db.read_aside(), id, SLICE).await?;
            if left.is_empty() || is_stopped() {
                return Ok(());
            }
            for account in left {
                self.infra
                    .write(author, async |change| service_accounts::end_with_organisation(change, account).await)
                    .await?;
            }
        }
    }
}
