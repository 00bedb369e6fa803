//! Handing an organisation over: another member owns it, and who owned it stays as an administrator of it, in one change.

use super::inside::{self, audited, changed, grant_inside};
use super::permitted;
use crate::domain::Users;
use crate::error::UsersError;
use crate::store;
use crate::store::organisation_members as members;
use orion_contracts::audit::AuditAction;
use orion_contracts::organisations::TransferOrganisation;
use orion_contracts::permissions::OrganisationsDelete;
use orion_contracts::roles::{ORGANISATION_ADMIN, ORGANISATION_OWNER};
use orion_contracts::users::UserStatus;
use orion_contracts::{OrganisationId, UserId};
use orion_http::Permitted;
use orion_infra::audit::AuditRecord;
use serde_json::json;

impl Users {
    /// Hands an organisation over. A caller who does not own it, but runs the platform, makes an owner and takes nothing from anybody.
    pub(crate) async fn transfer_organisation(
        &self,
        caller: &Permitted,
        id: OrganisationId,
        request: &TransferOrganisation,
    ) -> Result<(), UsersError> {
        permitted(caller, self.infra.db.read(), id, OrganisationsDelete).await?;
        let to = request.user_id;
        self.infra
            .write(&caller.caller, async |change| {
                let roles = inside::lock_roles(change, &[ORGANISATION_ADMIN, ORGANISATION_OWNER]).await?;
                let [admin, owner] = &roles[..] else { return Err(UsersError::NoRoleInside) };
                let inside = inside::lock::<OrganisationsDelete>(change, caller, id, Some(to)).await?;
                inside.refuse_beyond(change, owner, None).await?;
                let subject = inside.subject().ok_or(UsersError::MemberNotFound)?;
                if members::find(change, id, to).await?.is_none() || subject.is_service_account {
                    return Err(UsersError::MemberNotFound);
                }
                if subject.status()? != UserStatus::Active {
                    return Err(UsersError::NoMember(subject.status()?));
                }
                let from = caller.user_id();
                if from == to {
                    change.unaudited("nobody hands it over to themselves");
                    return Ok(());
                }
                grant_inside(change, id, to, owner.id, from).await?;
                changed(change, subject).await?;
                let mut before = None;
                if let Some(held) = members::held_role(change, id, from, owner.id).await? {
                    store::user_roles::delete(change, held.id).await?;
                    grant_inside(change, id, from, admin.id, from).await?;
                    let own = store::users::lock(change, from).await?.ok_or(UsersError::CallerNotActive)?;
                    changed(change, own).await?;
                    before = Some(audited(&json!({ "owner": UserId(from.0) }))?);
                }
                let record = AuditRecord::new(AuditAction::Update, "organisation", "Handed the organisation over");
                let after = Some(audited(&json!({ "owner": to }))?);
                change.audit(record.on(id).for_organisation(id).values(before, after));
                Ok(())
            })
            .await
    }
}
