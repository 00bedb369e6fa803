//! Organisations. Who belongs to one holds roles inside it, which hold for what is its own and nothing else, while they act for it.

mod answers;
mod deletion;
mod inside;
mod invitation_limits;
mod invitations;
mod members;
mod own;
mod owners;
mod roles;
mod team_roles;
mod teams;
mod transfer;

pub(crate) use deletion::EmptyOrganisation;
pub(super) use inside::{height, object};
pub(super) use invitations::join_as_promised;
pub(super) use members::{join_program, lock_for_program, refuse_stranger, refuse_unknown};
pub(super) use owners::{keep_owners, lock_owned, lock_owner_role};

use super::{Users, ranks};
use crate::error::UsersError;
use crate::store;
use crate::store::organisation_members::Spot;
use crate::store::organisations::{Filter, Model, name_key};
use inside::{audited, grant_inside};
use orion_contracts::audit::AuditAction;
use orion_contracts::bus::BusMessage;
use orion_contracts::events::{OrganisationCreated, OrganisationUpdated};
use orion_contracts::organisations::{
    CreateOrganisation, Organisation, OrganisationQuery, UpdateOrganisation, is_slug, slug_of,
};
use orion_contracts::permissions::{Demand, OrganisationsRead, OrganisationsWrite};
use orion_contracts::roles::{ORGANISATION_MEMBER, ORGANISATION_OWNER};
use orion_contracts::{FieldCode, OrganisationId, Page};
use orion_http::identity::{Object, Scope};
use orion_http::{Permitted, page};
use orion_infra::Change;
use orion_infra::audit::AuditRecord;
use orion_infra::idempotency::IdempotencyKey;
use orion_infra::versions::SeenVersions;
use sea_orm::ConnectionTrait;

/// The longest text that is searched for, in characters.
const MAX_SEARCH: usize = 200;

impl Users {
    /// Makes an organisation, whose owner is the caller.
    pub(crate) async fn create_organisation(
        &self,
        caller: &Permitted,
        key: &IdempotencyKey,
        request: &CreateOrganisation,
    ) -> Result<Organisation, UsersError> {
        let slug = request.slug.as_deref().map(checked_slug).transpose()?;
        let made = self
            .infra
            .write_once(&caller.caller, key, async |change| {
                let roles = inside::lock_roles(change, &[ORGANISATION_MEMBER, ORGANISATION_OWNER]).await?;
                let mut maker = ranks::lock_caller(change, caller, &Object::PLATFORM).await?;
                if maker.is_service_account {
                    return Err(UsersError::ProgramOwnsNothing);
                }
                let (id, now): (OrganisationId, _) = (change.id(), change.now());
                let slug = match &slug {
                    Some(slug) if store::organisations::has_slug(change, slug).await? => {
                        return Err(UsersError::SlugTaken);
                    }
                    Some(slug) => slug.clone(),
                    None => free_slug(change, &request.name, id).await?,
                };
                let organisation = Model {
                    id: id.0,
                    name: request.name.trim().to_owned(),
                    name_key: name_key(request.name.trim()),
                    slug: Some(slug),
                    description: request.description.clone(),
                    created_by: maker.id,
                    created_at: now,
                    updated_at: now,
                    deleted_at: None,
                    version: 1,
                    spelt_at: 1,
                };
                store::organisations::insert(change, &organisation).await?;
                inside::join(change, id, caller.user_id(), None).await?;
                for role in roles {
                    grant_inside(change, id, caller.user_id(), role.id, caller.user_id()).await?;
                }
                maker.grants_version += 1;
                store::users::update(change, &maker).await?;
                let organisation = Organisation::from(organisation);
                let record = AuditRecord::new(AuditAction::Create, "organisation", "Made an organisation");
                change.audit(record.on(id).for_organisation(id).values(None, Some(audited(&organisation)?)));
                change.tell(id.0, organisation.version, OrganisationCreated { organisation: organisation.clone() });
                let (user_id, version) = (caller.user_id(), maker.grants_version);
                change.announce(BusMessage::GrantsChanged { user_id, version });
                Ok(organisation)
            })
            .await;
        made.map_err(slug_taken)
    }

    /// Organisations that the caller may see, by name.
    pub(crate) async fn organisations(
        &self,
        scope: Scope,
        query: &OrganisationQuery,
    ) -> Result<Page<Organisation>, UsersError> {
        let limit = page::limit(query.limit)?;
        let search = query.search.as_deref().unwrap_or_default().trim();
        if search.chars().count() > MAX_SEARCH || search.contains('\0') {
            let message = "must have at most 200 characters, and no NUL";
            return Err(UsersError::invalid("search", FieldCode::TooLong, message));
        }
        let after: Option<(String, OrganisationId)> = page::decode(query.cursor.as_deref())?;
        let among = match scope {
            Scope::Everything => None,
            Scope::Organisations(these) => Some(these),
        };
        let filter = Filter {
            among,
            prefix: name_key(search),
            slug: search.trim().to_lowercase(),
            after: after.filter(|(name, _)| !name.contains('\0')),
            limit: u64::from(limit) + 1,
        };
        let found = store::organisations::list(self.infra.db.read_aside(), &filter).await?;
        let found = page::page(found, limit, |one| (one.name_key.clone(), OrganisationId(one.id)));
        let items = found.items.into_iter().map(Into::into).collect();
        Ok(Page { items, next_cursor: found.next_cursor })
    }

    /// One that the caller may see. Of others nobody learns whether it is there.
    pub(crate) async fn organisation(
        &self,
        caller: &Permitted,
        id: OrganisationId,
    ) -> Result<Organisation, UsersError> {
        Ok(visible(caller, self.infra.db.read(), id).await?.into())
    }

    /// Changes an organisation.
    pub(crate) async fn update_organisation(
        &self,
        caller: &Permitted,
        id: OrganisationId,
        seen: &SeenVersions,
        key: &IdempotencyKey,
        request: &UpdateOrganisation,
    ) -> Result<Organisation, UsersError> {
        permitted(caller, self.infra.db.read(), id, OrganisationsWrite).await?;
        let slug = request.slug.as_deref().map(checked_slug).transpose()?;
        let changed = self
            .infra
            .write_once(&caller.caller, key, async |change| {
                let before = inside::lock::<OrganisationsWrite>(change, caller, id, None).await?.organisation;
                seen.check(before.version)?;
                if let Some(slug) = slug.as_ref().filter(|slug| before.slug.as_ref() != Some(*slug))
                    && store::organisations::has_slug(change, slug).await?
                {
                    return Err(UsersError::SlugTaken);
                }
                let name = request.name.as_deref().map_or(before.name.as_str(), str::trim).to_owned();
                let after = Model {
                    name_key: name_key(&name),
                    name,
                    slug: slug.clone().or_else(|| before.slug.clone()),
                    description: request.description.clone().unwrap_or_else(|| before.description.clone()),
                    ..before.clone()
                };
                if after == before {
                    change.unaudited("nothing changed; only the answer is kept");
                    return Ok(before.into());
                }
                let after = Model { version: before.version + 1, updated_at: change.now(), ..after };
                store::organisations::update(change, &after).await?;
                let (old, organisation) = (Organisation::from(before), Organisation::from(after));
                let record = AuditRecord::new(AuditAction::Update, "organisation", "Changed an organisation");
                let values = (Some(audited(&old)?), Some(audited(&organisation)?));
                change.audit(record.on(id).for_organisation(id).values(values.0, values.1));
                change.tell(id.0, organisation.version, OrganisationUpdated { organisation: organisation.clone() });
                Ok(organisation)
            })
            .await;
        changed.map_err(slug_taken)
    }
}

/// An organisation that the caller may see.
pub(super) async fn visible(
    caller: &Permitted,
    db: &impl ConnectionTrait,
    id: OrganisationId,
) -> Result<Model, UsersError> {
    visible_on(caller, db, (id, None)).await
}

/// The same of one of which the caller may see this team alone.
async fn visible_on(caller: &Permitted, db: &impl ConnectionTrait, (id, team): Spot) -> Result<Model, UsersError> {
    let may = caller.may(OrganisationsRead, inside::object((id, team))).is_ok();
    let found = if may { store::organisations::find(db, id).await? } else { None };
    found.ok_or(UsersError::OrganisationNotFound)
}

/// An organisation for which the caller holds a permission. Who may not see it does not learn that it is there, and who may hears what they
/// lack.
pub(super) async fn permitted<P: Demand>(
    caller: &Permitted,
    db: &impl ConnectionTrait,
    id: OrganisationId,
    permission: P,
) -> Result<(), UsersError> {
    permitted_on(caller, db, (id, None), permission).await
}

/// The same of one for which, or for this team of which, the caller holds a permission.
async fn permitted_on<P: Demand>(
    caller: &Permitted,
    db: &impl ConnectionTrait,
    spot: Spot,
    permission: P,
) -> Result<(), UsersError> {
    if let Err(problem) = caller.may(permission, inside::object(spot)) {
        visible_on(caller, db, spot).await?;
        return Err(problem.into());
    }
    store::organisations::find(db, spot.0).await?.ok_or(UsersError::OrganisationNotFound).map(drop)
}

fn checked_slug(slug: &str) -> Result<String, UsersError> {
    // What reads like an id would be taken for one.
    match is_slug(slug) && slug.parse::<OrganisationId>().is_err() {
        true => Ok(slug.to_owned()),
        false => {
            let message = "must be of lower-case letters, digits and - inside, 63 at most, and no id";
            Err(UsersError::invalid("slug", FieldCode::Invalid, message))
        }
    }
}

/// What a name makes where that is free; else with the end of the id, which nobody else has.
async fn free_slug(change: &Change, name: &str, id: OrganisationId) -> Result<String, UsersError> {
    let own = id.0.simple().to_string();
    let own = &own[own.len() - 12..];
    let Some(slug) = slug_of(name) else { return Ok(own.to_owned()) };
    match store::organisations::has_slug(change, &slug).await? {
        false => Ok(slug),
        true => Ok(format!("{}-{own}", slug[..slug.len().min(50)].trim_end_matches('-'))),
    }
}

/// Of two who take a name at once, the second finds it taken.
fn slug_taken(error: UsersError) -> UsersError {
    match error {
        UsersError::Db(error) if error.is_unique_violation() => UsersError::SlugTaken,
        error => error,
    }
}
