//! Teams of an organisation: made, changed and removed, and who is in them. Who leaves one loses what they hold for it.

use super::inside::{self, Concerned, audited, changed};
use super::{permitted_on, visible, visible_on};
use crate::domain::Users;
use crate::error::UsersError;
use crate::store;
use crate::store::organisation_members::Spot;
use crate::store::organisations::name_key;
use crate::store::team_roles;
use crate::store::teams::{self, Model, members};
use orion_contracts::audit::AuditAction;
use orion_contracts::permissions::TeamsWrite;
use orion_contracts::teams::{CreateTeam, MOST_TEAMS, Team, TeamMember, UpdateTeam};
use orion_contracts::{OrganisationId, Page, PageQuery, TeamId, UserId};
use orion_http::{Permitted, page};
use orion_infra::audit::AuditRecord;
use orion_infra::idempotency::IdempotencyKey;
use orion_infra::versions::SeenVersions;
use serde_json::json;

/// The kind of thing, in the audit log.
const RESOURCE: &str = "team";

impl Users {
    /// The teams of an organisation, by name.
    pub(crate) async fn teams(
        &self,
        caller: &Permitted,
        id: OrganisationId,
        query: &PageQuery,
    ) -> Result<Page<Team>, UsersError> {
        let limit = page::limit(query.limit)?;
        let after: Option<String> = page::decode(query.cursor.as_deref())?;
        let after = after.filter(|name| !name.contains('\0'));
        let db = self.infra.db.read_aside();
        visible(caller, db, id).await?;
        let found = teams::list(db, id, after, u64::from(limit) + 1).await?;
        let found = page::page(found, limit, |team| team.name_key.clone());
        Ok(Page { items: found.items.into_iter().map(Into::into).collect(), next_cursor: found.next_cursor })
    }

    /// One of them.
    pub(crate) async fn team(&self, caller: &Permitted, id: OrganisationId, team: TeamId) -> Result<Team, UsersError> {
        let db = self.infra.db.read();
        visible_on(caller, db, (id, Some(team))).await?;
        Ok(teams::find(db, id, team).await?.ok_or(UsersError::TeamNotFound)?.into())
    }

    /// Makes a team.
    pub(crate) async fn create_team(
        &self,
        caller: &Permitted,
        id: OrganisationId,
        key: &IdempotencyKey,
        request: &CreateTeam,
    ) -> Result<Team, UsersError> {
        self.may_change_teams(caller, (id, None)).await?;
        let made = self
            .infra
            .write_once(&caller.caller, key, async |change| {
                inside::lock::<TeamsWrite>(change, caller, id, None).await?;
                if teams::count(change, id).await? >= MOST_TEAMS {
                    return Err(UsersError::TooManyTeams);
                }
                let (name, now) = (request.name.trim(), change.now());
                let team = Model {
                    id: change.id(),
                    organisation_id: id.0,
                    name: name.to_owned(),
                    name_key: name_key(name),
                    description: request.description.clone(),
                    created_at: now,
                    updated_at: now,
                    version: 1,
                    spelt_at: 1,
                };
                teams::insert(change, &team).await?;
                let team = Team::from(team);
                let record = AuditRecord::new(AuditAction::Create, RESOURCE, "Made a team");
                change.audit(record.on(team.id).for_organisation(id).values(None, Some(audited(&team)?)));
                Ok(team)
            })
            .await;
        made.map_err(name_taken)
    }

    /// Changes a team.
    pub(crate) async fn update_team(
        &self,
        caller: &Permitted,
        (id, team): (OrganisationId, TeamId),
        seen: &SeenVersions,
        key: &IdempotencyKey,
        request: &UpdateTeam,
    ) -> Result<Team, UsersError> {
        self.may_change_teams(caller, (id, Some(team))).await?;
        let changed = self
            .infra
            .write_once(&caller.caller, key, async |change| {
                inside::lock_on::<TeamsWrite>(change, caller, (id, Some(team)), Concerned::One(None)).await?;
                let before = teams::lock(change, id, team).await?.ok_or(UsersError::TeamNotFound)?;
                seen.check(before.version)?;
                let name = request.name.as_deref().map_or(before.name.as_str(), str::trim).to_owned();
                let after = Model {
                    name_key: name_key(&name),
                    name,
                    description: request.description.clone().unwrap_or_else(|| before.description.clone()),
                    ..before.clone()
                };
                if after == before {
                    change.unaudited("nothing changed; only the answer is kept");
                    return Ok(before.into());
                }
                let after = Model { version: before.version + 1, updated_at: change.now(), ..after };
                teams::update(change, &after).await?;
                let (old, team) = (Team::from(before), Team::from(after));
                let record = AuditRecord::new(AuditAction::Update, RESOURCE, "Changed a team");
                let values = (Some(audited(&old)?), Some(audited(&team)?));
                change.audit(record.on(team.id).for_organisation(id).values(values.0, values.1));
                Ok(team)
            })
            .await;
        changed.map_err(name_taken)
    }

    /// Removes a team, and what is held for it. Its members stay members of the organisation.
    pub(crate) async fn delete_team(
        &self,
        caller: &Permitted,
        (id, team): (OrganisationId, TeamId),
        seen: &SeenVersions,
    ) -> Result<(), UsersError> {
        let spot = (id, Some(team));
        self.may_change_teams(caller, spot).await?;
        self.infra
            .write(&caller.caller, async |change| {
                let inside = inside::lock_on::<TeamsWrite>(change, caller, spot, Concerned::Holders).await?;
                let before = teams::lock(change, id, team).await?.ok_or(UsersError::TeamNotFound)?;
                seen.check(before.version)?;
                inside.refuse_above(team_roles::level(change, team, None, change.now()).await?)?;
                let lost = team_roles::of_team(change, team, None, change.now()).await?;
                teams::delete(change, team).await?;
                for holder in inside.concerned {
                    changed(change, holder).await?;
                }
                let record = AuditRecord::new(AuditAction::Delete, RESOURCE, "Removed a team");
                let mut old = audited(&Team::from(before))?;
                old["roles"] = audited(&lost)?;
                change.audit(record.on(team).for_organisation(id).values(Some(old), None));
                Ok(())
            })
            .await
    }

    /// Who is in a team, in the order of their ids.
    pub(crate) async fn team_members(
        &self,
        caller: &Permitted,
        (id, team): (OrganisationId, TeamId),
        query: &PageQuery,
    ) -> Result<Page<TeamMember>, UsersError> {
        let limit = page::limit(query.limit)?;
        let after: Option<UserId> = page::decode(query.cursor.as_deref())?;
        let db = self.infra.db.read_aside();
        visible_on(caller, db, (id, Some(team))).await?;
        teams::find(db, id, team).await?.ok_or(UsersError::TeamNotFound)?;
        let found = members::list(db, team, after, u64::from(limit) + 1).await?;
        Ok(page::page(found, limit, |member| member.user_id))
    }

    /// Puts a member of the organisation into a team, or takes them out. Done again, nothing changes.
    pub(crate) async fn put_team_member(
        &self,
        caller: &Permitted,
        (id, team, user): (OrganisationId, TeamId, UserId),
        is_in: bool,
    ) -> Result<(), UsersError> {
        let spot = (id, Some(team));
        self.may_change_teams(caller, spot).await?;
        self.infra
            .write(&caller.caller, async |change| {
                let inside = inside::lock_on::<TeamsWrite>(change, caller, spot, Concerned::One(Some(user))).await?;
                teams::lock(change, id, team).await?.ok_or(UsersError::TeamNotFound)?;
                if store::organisation_members::find(change, id, user).await?.is_none() {
                    return Err(UsersError::MemberNotFound);
                }
                if members::has(change, team, user).await? == is_in {
                    change.unaudited("it is so already");
                    return Ok(());
                }
                let mut was = json!({ "user_id": user, "member": !is_in });
                let words = match is_in {
                    true => {
                        let added_at = change.now();
                        let member = members::Model { team_id: team.0, user_id: user.0, added_at };
                        members::insert(change, member).await?;
                        "Put a member into a team"
                    }
                    false => {
                        // What they hold for it is taken from them: by nobody below it.
                        if !inside.is_oneself(user) {
                            inside.refuse_above(team_roles::level(change, team, Some(user), change.now()).await?)?;
                        }
                        let lost = team_roles::of_team(change, team, Some(user), change.now()).await?;
                        was["roles"] = lost.into_iter().map(|lost| lost.role).collect();
                        members::delete(change, team, user).await?;
                        "Took a member out of a team"
                    }
                };
                // Nothing of an earlier time holds again for who comes back.
                if team_roles::delete(change, team, user).await? {
                    changed(change, inside.subject().ok_or(UsersError::MemberNotFound)?).await?;
                }
                let record = AuditRecord::new(AuditAction::Update, RESOURCE, words).on(team).for_organisation(id);
                let is = json!({ "user_id": user, "member": is_in });
                change.audit(record.values(Some(was), Some(is)));
                Ok(())
            })
            .await
    }

    async fn may_change_teams(&self, caller: &Permitted, spot: Spot) -> Result<(), UsersError> {
        permitted_on(caller, self.infra.db.read(), spot, TeamsWrite).await
    }
}

/// Two teams of an organisation do not have one name.
fn name_taken(error: UsersError) -> UsersError {
    match error {
        UsersError::Db(error) if error.is_unique_violation() => UsersError::TeamNameTaken,
        error => error,
    }
}
