//! Invitations to an organisation. Who is invited has an account, or is made one that waits for them as any invited person's does; and they
//! are asked: nobody is a member of what they did not accept. What was promised is given as far as who promised it may still give it.

use super::inside::{self, audited, grant_inside};
use super::{answers, invitation_limits, members};
use crate::domain::powers::Powers;
use crate::domain::registration::blank;
use crate::domain::roles::Hierarchy;
use crate::domain::{Users, profile};
use crate::error::UsersError;
use crate::store;
use crate::store::organisation_invitations::{self as invitations, Model};
use crate::store::organisation_members::Reach;
use chrono::{Duration, TimeDelta};
use orion_contracts::audit::AuditAction;
use orion_contracts::events::{OrganisationInvited, UserFacts};
use orion_contracts::organisations::{
    InviteMember, MOST_INVITATIONS, MOST_MEMBERSHIPS, OrganisationInvitation, OrganisationInvitationList,
    OrganisationInvitationStatus,
};
use orion_contracts::permissions::{Demand, MembersWrite};
use orion_contracts::roles::ORGANISATION_MEMBER;
use orion_contracts::users::{PermissionScope, UserStatus};
use orion_contracts::{FieldCode, OrganisationId, OrganisationInvitationId, Page, PageQuery, UserId};
use orion_http::identity::{Bounds, Object};
use orion_http::{Freshness, Permitted, page};
use orion_infra::Change;
use orion_infra::audit::AuditRecord;
use orion_infra::idempotency::IdempotencyKey;
use serde_json::json;
use uuid::Uuid;

/// The kind of thing, in the audit log.
pub(super) const RESOURCE: &str = "organisation_invitation";

impl Users {
    /// Invites somebody by their address. Who was invited before is so anew.
    pub(crate) async fn invite_member(
        &self,
        caller: &Permitted,
        id: OrganisationId,
        (key, fresh): (&IdempotencyKey, &Freshness),
        request: &InviteMember,
    ) -> Result<OrganisationInvitation, UsersError> {
        let promised = promised(&request.roles);
        let locale = profile::locale(request.locale.as_deref().unwrap_or(profile::DEFAULT_LOCALE))?;
        self.may_change_members(caller, id).await?;
        let invited = self
            .infra
            .write_once(&caller.caller, key, async |change| {
                let names: Vec<_> = promised.iter().map(String::as_str).collect();
                let roles = inside::lock_roles(change, &names).await.map_err(unknown_role)?;
                let inside = inside::lock::<MembersWrite>(change, caller, id, None).await?;
                for role in &roles {
                    inside.refuse_beyond(change, role, None).await?;
                    inside.demand_fresh(role, fresh)?;
                }
                let inviter = store::users::find(change, caller.user_id()).await?.ok_or(UsersError::CallerNotActive)?;
                let found = store::users::find_by_email(change, &request.email).await?;
                let user = found.unwrap_or_else(|| blank(change.id(), &request.email, &locale, change.now()));
                let user_id = UserId(user.id);
                if store::organisation_members::find(change, id, user_id).await?.is_some() {
                    return Err(UsersError::MemberAlready);
                }
                let before = invitations::to(change, id, user_id).await?;
                if before.is_none() && invitations::count(change, id, change.now()).await? >= MOST_INVITATIONS {
                    return Err(UsersError::TooManyInvitations);
                }
                let whose = (id, inside.is_of_platform());
                invitation_limits::count(change, &self.infra.secrets, whose, &request.email).await?;
                let now = change.now();
                // What was sent anew is told from what was sent before by its moment, also when clocks are set back.
                let after = before.as_ref().map(|before| before.sent_at + TimeDelta::microseconds(1));
                let sent_at = after.map_or(now, |after| now.max(after));
                // Who has no password yet joins by the link that they are mailed for it.
                let link = self.invite_to(change, user.clone(), &inviter, &inside.organisation.name).await?;
                let invitation = Model {
                    id: before.as_ref().map_or_else(|| change.id(), |before| before.id),
                    organisation_id: id.0,
                    user_id: user.id,
                    email: request.email.to_string(),
                    roles: json!(request.roles).to_string(),
                    role_ids: Some(json!(roles.iter().map(|role| role.id).collect::<Vec<_>>()).to_string()),
                    invited_by: inviter.id,
                    verification_id: link,
                    sent_at,
                    expires_at: now + Duration::days(i64::from(self.config.get().invitation_days)),
                };
                let is_written = match before {
                    None => invitations::insert(change, &invitation).await.map(|()| true)?,
                    Some(_) => invitations::update(change, &invitation).await?,
                };
                if !is_written {
                    return Err(UsersError::InvitedMeanwhile);
                }
                let shown = OrganisationInvitation {
                    id: OrganisationInvitationId(invitation.id),
                    organisation_id: id,
                    organisation_name: inside.organisation.name,
                    email: request.email.clone(),
                    roles: invitation.promised(),
                    invited_by: caller.user_id(),
                    sent_at: invitation.sent_at,
                    expires_at: invitation.expires_at,
                };
                let record = AuditRecord::new(AuditAction::Create, RESOURCE, "Invited somebody to the organisation");
                change.audit(record.on(invitation.id).for_organisation(id).values(None, Some(audited(&shown)?)));
                if link.is_none() {
                    let complete = store::users::complete(change, user, now).await?;
                    let told = OrganisationInvited {
                        user: UserFacts::from(&complete),
                        organisation_id: id,
                        organisation_name: shown.organisation_name.clone(),
                        invited_by: inviter.display_name,
                        expires_at: shown.expires_at,
                        invitation_id: Some(shown.id),
                    };
                    change.tell(invitation.id, sent_at.timestamp_micros(), told);
                }
                Ok(shown)
            })
            .await;
        // Of two who invite an address at once, the second finds what the first has written.
        invited.map_err(|error| match error {
            UsersError::Db(error) if error.is_unique_violation() => UsersError::InvitedMeanwhile,
            error => error,
        })
    }

    /// The invitations of an organisation that were not answered, the newest first.
    pub(crate) async fn organisation_invitations(
        &self,
        caller: &Permitted,
        id: OrganisationId,
        query: &PageQuery,
    ) -> Result<Page<OrganisationInvitation>, UsersError> {
        let limit = page::limit(query.limit)?;
        let before: Option<OrganisationInvitationId> = page::decode(query.cursor.as_deref())?;
        self.may_change_members(caller, id).await?;
        let found = invitations::list(self.infra.db.read_aside(), id, before, u64::from(limit) + 1).await?;
        Ok(page::page(found, limit, |invitation| invitation.id))
    }

    /// Withdraws an invitation.
    pub(crate) async fn withdraw_organisation_invitation(
        &self,
        caller: &Permitted,
        id: OrganisationId,
        invitation: OrganisationInvitationId,
    ) -> Result<(), UsersError> {
        self.may_change_members(caller, id).await?;
        self.infra
            .write(&caller.caller, async |change| {
                let inside = inside::lock::<MembersWrite>(change, caller, id, None).await?;
                let found = invitations::find(change, invitation).await?;
                let found = found.filter(|found| found.organisation_id == id.0);
                let found = found.ok_or(UsersError::OrganisationInvitationNotFound)?;
                if let Some(link) = found.verification_id {
                    store::email_verifications::mark_used(change, link, change.now()).await?;
                }
                answers::end(change, &found, &inside.organisation.name, OrganisationInvitationStatus::Withdrawn).await
            })
            .await
    }

    /// What the caller is invited to and has not answered, the newest first.
    pub(crate) async fn own_organisation_invitations(
        &self,
        user: UserId,
    ) -> Result<OrganisationInvitationList, UsersError> {
        let (db, now) = (self.infra.db.read(), self.infra.clock.now());
        Ok(OrganisationInvitationList { items: invitations::of_user(db, user, now, MOST_MEMBERSHIPS).await? })
    }
}

/// Has somebody who came by a link join the organisation that it was mailed for. To others they were asked by mails of their own, and
/// answer. The organisation is not locked, for they are already, and its lock comes first: whoever invites them anew meanwhile finds
/// nothing to write, and is told so.
pub(in crate::domain) async fn join_as_promised(
    change: &mut Change,
    user: UserId,
    link: Uuid,
) -> Result<(), UsersError> {
    for found in invitations::rows_of(change, user).await? {
        let is_of_it = found.verification_id == Some(link) && found.expires_at > change.now();
        // What was withdrawn at this moment is nobody's to keep.
        if !is_of_it || !invitations::delete(change, found.id).await? {
            continue;
        }
        let is_there = store::organisations::find(change, OrganisationId(found.organisation_id)).await?.is_some();
        if let Some(row) = store::users::lock(change, user).await?.filter(|_| is_there) {
            keep(change, &found, row).await?;
        }
    }
    Ok(())
}

/// Makes a user, who is locked, a member with what they were promised, if who invited them may still invite; whether they are one now. A
/// role that who promised it could not give any more is not given.
pub(super) async fn keep(
    change: &mut Change,
    invitation: &Model,
    user: store::users::Model,
) -> Result<bool, UsersError> {
    let (organisation, inviter) = (OrganisationId(invitation.organisation_id), UserId(invitation.invited_by));
    let known = Hierarchy::read(change).await?;
    let bounds = Bounds { organisation: Some(organisation), ceiling: None };
    let is_active = match store::users::find(change, inviter).await? {
        Some(inviter) => inviter.status()? == UserStatus::Active,
        None => false,
    };
    if !is_active {
        return Ok(false);
    }
    let powers = Powers::of(change, inviter, bounds, &known).await?;
    let may_invite = MembersWrite::PERMISSION.name.to_owned();
    let everywhere = powers.refuse_now([&may_invite], &Object::PLATFORM).is_ok();
    let reach = if everywhere { Reach::Everywhere } else { Reach::Inside };
    if powers.refuse_now([&may_invite], &Object::of(organisation)).is_err() {
        return Ok(false);
    }
    let (user_id, place) = (UserId(user.id), (organisation, None));
    inside::join(change, organisation, user_id, Some(inviter.0)).await?;
    for name in promised(&invitation.promised()) {
        let role = known.find(&name).filter(|role| role.scope == PermissionScope::Organisation.as_str());
        // Every member holds the role of all, whatever they were promised.
        let role = role.filter(|role| name == ORGANISATION_MEMBER || invitation.promises(role.id));
        let Some(role) = role else { continue };
        match inside::refuse_beyond(change, (place, reach), inviter, (&powers, &known), role, None).await {
            Ok(()) => grant_inside(change, organisation, user_id, role.id, inviter).await?,
            Err(UsersError::RoleAboveCaller | UsersError::RoleBeyondCaller(_) | UsersError::BeyondCaller(_)) => {}
            Err(error) => return Err(error),
        }
    }
    members::joined(change, organisation, user, "Joined the organisation by an invitation").await?;
    Ok(true)
}

/// What is promised, with the role of every member, each once.
pub(super) fn promised(names: &[String]) -> Vec<String> {
    let mut names: Vec<_> = names.iter().cloned().chain([ORGANISATION_MEMBER.to_owned()]).collect();
    names.sort_unstable();
    names.dedup();
    names
}

fn unknown_role(error: UsersError) -> UsersError {
    match error {
        UsersError::NoRoleInside | UsersError::RoleOfTeam => UsersError::invalid(
            "roles",
            FieldCode::NotOneOf,
            "must be names of roles that are held inside organisations",
        ),
        error => error,
    }
}
