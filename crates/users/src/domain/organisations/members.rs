//! Who belongs to an organisation: members are listed, added, removed, and leave.

use super::inside::{self, changed};
use super::visible;
use crate::domain::{Users, ranks};
use crate::error::UsersError;
use crate::store;
use crate::store::organisation_members as members;
use orion_contracts::audit::AuditAction;
use orion_contracts::events::{OrganisationMemberAdded, OrganisationMemberRemoved};
use orion_contracts::organisations::OrganisationMember;
use orion_contracts::permissions::{Demand, MembersWrite};
use orion_contracts::roles::ORGANISATION_MEMBER;
use orion_contracts::teams::MOST_TEAM_ROLES_OF_ONE;
use orion_contracts::users::UserStatus;
use orion_contracts::{OrganisationId, Page, PageQuery, UserId};
use orion_http::identity::Object;
use orion_http::{Caller, Freshness, Permitted, page};
use orion_infra::Change;
use orion_infra::audit::AuditRecord;
use serde_json::json;

impl Users {
    /// The members of an organisation, in the order of their ids.
    pub(crate) async fn organisation_members(
        &self,
        caller: &Permitted,
        id: OrganisationId,
        query: &PageQuery,
    ) -> Result<Page<OrganisationMember>, UsersError> {
        let limit = page::limit(query.limit)?;
        let after: Option<UserId> = page::decode(query.cursor.as_deref())?;
        let db = self.infra.db.read_aside();
        visible(caller, db, id).await?;
        let found = members::list(db, id, None, after, u64::from(limit) + 1).await?;
        Ok(page::page(found, limit, |member| member.user_id))
    }

    /// One of them.
    pub(crate) async fn organisation_member(
        &self,
        caller: &Permitted,
        id: OrganisationId,
        user: UserId,
    ) -> Result<OrganisationMember, UsersError> {
        let db = self.infra.db.read();
        visible(caller, db, id).await?;
        members::list(db, id, Some(user), None, 1).await?.pop().ok_or(UsersError::MemberNotFound)
    }

    /// Makes somebody a member who has an account, without asking them: for who runs the platform alone. Where they are one, nothing
    /// changes.
    pub(crate) async fn add_member(
        &self,
        caller: &Permitted,
        id: OrganisationId,
        user: UserId,
    ) -> Result<(), UsersError> {
        visible(caller, self.infra.db.read(), id).await?;
        caller.may(MembersWrite, Object::PLATFORM)?;
        self.infra
            .write(&caller.caller, async |change| {
                let role = inside::lock_role(change, ORGANISATION_MEMBER).await?;
                let inside = inside::lock::<MembersWrite>(change, caller, id, Some(user)).await?;
                ranks::still(change, caller, MembersWrite::PERMISSION, &Object::PLATFORM).await?;
                // A member is one for good, also one who is made one by themselves.
                inside.refuse_beyond(change, &role, None).await?;
                let subject = inside.subject().ok_or(UsersError::UserNotFound)?;
                if subject.status()? != UserStatus::Active {
                    return Err(UsersError::NoMember(subject.status()?));
                }
                if !inside::join(change, id, user, Some(caller.user_id().0)).await? {
                    change.unaudited("they are a member already");
                    return Ok(());
                }
                inside::grant_inside(change, id, user, role.id, caller.user_id()).await?;
                store::organisation_invitations::delete_to(change, id, user).await?;
                joined(change, id, subject, "Made the user a member of the organisation").await
            })
            .await
    }

    /// Removes a member with all that they hold inside, and their keys for it.
    pub(crate) async fn remove_member(
        &self,
        caller: &Permitted,
        id: OrganisationId,
        user: UserId,
        fresh: &Freshness,
    ) -> Result<(), UsersError> {
        self.may_change_members(caller, id).await?;
        self.infra
            .write(&caller.caller, async |change| {
                let inside = inside::lock::<MembersWrite>(change, caller, id, Some(user)).await?;
                members::find(change, id, user).await?.ok_or(UsersError::MemberNotFound)?;
                inside.refuse_below(change, user).await?;
                inside.demand_fresh_of(change, user, fresh).await?;
                inside.keep_an_owner(change, user).await?;
                let subject = inside.subject().ok_or(UsersError::MemberNotFound)?;
                removed(change, id, subject, "Removed the user from the organisation").await
            })
            .await
    }

    /// Whether the caller may have a program belong to an organisation. One that they do not see is none that there is.
    pub(in crate::domain) async fn may_add_programs(
        &self,
        caller: &Permitted,
        id: OrganisationId,
    ) -> Result<(), UsersError> {
        self.may_change_members(caller, id).await.map_err(named)
    }

    /// The caller leaves an organisation. Of one of others nobody learns by leaving it whether it is there.
    pub(crate) async fn leave_organisation(&self, caller: &Caller, id: OrganisationId) -> Result<(), UsersError> {
        let own = caller.user_id();
        self.infra
            .write(caller, async |change| {
                let inside = inside::lock_unasked(change, caller, id, Some(own)).await?;
                members::find(change, id, own).await?.ok_or(UsersError::OrganisationNotFound)?;
                inside.keep_an_owner(change, own).await?;
                let subject = inside.subject().ok_or(UsersError::OrganisationNotFound)?;
                removed(change, id, subject, "Left the organisation").await
            })
            .await
    }
}

/// Audits and tells that somebody, who is locked, is a member now.
pub(super) async fn joined(
    change: &mut Change,
    organisation: OrganisationId,
    user: store::users::Model,
    words: &'static str,
) -> Result<(), UsersError> {
    let user_id = UserId(user.id);
    let version = changed(change, user).await?;
    let record = AuditRecord::new(AuditAction::Create, "organisation_member", words);
    let after = json!({ "user_id": user_id, "organisation_id": organisation });
    change.audit(record.on(user_id).for_organisation(organisation).values(None, Some(after)));
    change.tell(user_id.0, version, OrganisationMemberAdded { organisation_id: organisation, user_id });
    Ok(())
}

/// Removes somebody who is locked, with their roles and grants inside and their keys for it. What they are denied there stays.
pub(super) async fn removed(
    change: &mut Change,
    organisation: OrganisationId,
    user: store::users::Model,
    words: &'static str,
) -> Result<(), UsersError> {
    let user_id = UserId(user.id);
    let held = members::list(change, organisation, Some(user_id), None, 1).await?;
    let now = change.now();
    let held = held.into_iter().flat_map(|member| member.roles);
    let (of_teams, inside): (Vec<_>, Vec<_>) = held.partition(|held| held.team_id.is_some());
    let roles: Vec<_> = inside.iter().map(|held| held.role.as_str()).collect();
    let of_teams = of_teams.into_iter().filter(|held| held.expires_at.is_none_or(|end| end > now));
    let most = usize::try_from(MOST_TEAM_ROLES_OF_ONE).unwrap_or(usize::MAX);
    let of_teams: Vec<_> = of_teams.take(most).collect();
    let before = json!({ "user_id": user_id, "organisation_id": organisation, "roles": roles, "team_roles": of_teams });
    members::delete_roles(change, organisation, user_id).await?;
    store::direct_permissions::delete_grants_inside(change, user_id, organisation).await?;
    store::api_keys::revoke_inside(change, user_id, organisation, change.now()).await?;
    store::organisation_invitations::delete_with(change, organisation, user_id).await?;
    store::team_roles::delete_inside(change, organisation, user_id).await?;
    store::teams::members::delete_inside(change, organisation, user_id).await?;
    members::delete(change, organisation, user_id).await?;
    let version = changed(change, user).await?;
    let record = AuditRecord::new(AuditAction::Delete, "organisation_member", words);
    change.audit(record.on(user_id).for_organisation(organisation).values(Some(before), None));
    change.tell(user_id.0, version, OrganisationMemberRemoved { organisation_id: organisation, user_id });
    Ok(())
}

/// Whether somebody may be given something for an organisation: they belong to it.
pub(in crate::domain) async fn refuse_stranger(
    change: &Change,
    organisation: Option<OrganisationId>,
    user: UserId,
) -> Result<(), UsersError> {
    let Some(id) = organisation else { return Ok(()) };
    let is_there = store::organisations::find(change, id).await?.is_some();
    match is_there && members::find(change, id, user).await?.is_some() {
        true => Ok(()),
        false => Err(UsersError::invalid(
            "organisation_id",
            orion_contracts::FieldCode::NotOneOf,
            "must be an organisation that it is for a member of",
        )),
    }
}

/// Refuses an organisation that is not there.
pub(in crate::domain) async fn refuse_unknown(
    change: &Change,
    organisation: Option<OrganisationId>,
) -> Result<(), UsersError> {
    let Some(id) = organisation else { return Ok(()) };
    store::organisations::find(change, id).await?.map(drop).ok_or_else(unknown)
}

/// Locks an organisation to which a program is to belong, before users: it is not deleted until the change ends. Refuses whoever may
/// not make somebody a member of it, or does not hold what every member does.
pub(in crate::domain) async fn lock_for_program(
    change: &Change,
    caller: &Permitted,
    id: OrganisationId,
) -> Result<(), UsersError> {
    let role = inside::lock_role(change, ORGANISATION_MEMBER).await?;
    let inside = inside::lock::<MembersWrite>(change, caller, id, None).await.map_err(named)?;
    inside.refuse_beyond(change, &role, None).await
}

/// What is wrong with an organisation that a body names and a path does not.
fn named(error: UsersError) -> UsersError {
    match error {
        UsersError::OrganisationNotFound => unknown(),
        error => error,
    }
}

fn unknown() -> UsersError {
    let message = "must be an organisation that there is";
    UsersError::invalid("organisation_id", orion_contracts::FieldCode::NotOneOf, message)
}

/// Makes a program that was just made a member of the organisation that it belongs to, with what every member holds.
pub(in crate::domain) async fn join_program(
    change: &mut Change,
    caller: &Caller,
    organisation: OrganisationId,
    program: store::users::Model,
) -> Result<(), UsersError> {
    let id = UserId(program.id);
    inside::join(change, organisation, id, Some(caller.user_id().0)).await?;
    for role in store::roles::by_names(change, &[ORGANISATION_MEMBER]).await? {
        inside::grant_inside(change, organisation, id, role.id, caller.user_id()).await?;
    }
    joined(change, organisation, program, "Made a service account a member of the organisation").await
}
