//! API keys: what their owners' programs call with. A key may do what its owner may at that moment, under its scopes; whatever becomes of
//! the owner becomes of it. Each change of a key is told to all processes as a change of what its owner may do, by which they drop
//! both.

use super::powers::Powers;
use super::roles::Hierarchy;
use super::{Users, giving, moments, organisations, ranks, service_accounts};
use crate::error::UsersError;
use crate::store;
use crate::store::api_keys::Model;
use chrono::{DateTime, TimeDelta, Utc};
use orion_contracts::api_keys::{
    ApiKey, ApiKeyFacts, ApiKeyFound, ApiKeyQuery, CreateApiKey, MOST_API_KEYS, NewApiKey, OVERLAP_SECONDS,
    RotateApiKey, UpdateApiKey, make, shown_prefix,
};
use orion_contracts::audit::AuditAction;
use orion_contracts::bus::BusMessage;
use orion_contracts::events::{ApiKeyCreated, ApiKeyRevoked, ApiKeyRotated, ApiKeyUpdated};
use orion_contracts::permissions::{self, ApiKeysRead, ApiKeysRevoke, ApiKeysWrite, Demand, ServiceAccountsWrite};
use orion_contracts::users::UserStatus;
use orion_contracts::{ApiKeyId, FieldCode, OrganisationId, Page, Problem, Secret, UserId};
use orion_http::identity::{Bounds, Object};
use orion_http::{Caller, Permitted, page};
use orion_infra::audit::AuditRecord;
use orion_infra::idempotency::IdempotencyKey;
use orion_infra::secrets::sha256_hex;
use orion_infra::versions::SeenVersions;
use orion_infra::{Change, Random};

impl Users {
    /// Makes a key of the caller's own, or of a service account.
    pub(crate) async fn create_api_key(
        &self,
        caller: &Permitted,
        of: Option<UserId>,
        key: &IdempotencyKey,
        request: &CreateApiKey,
    ) -> Result<NewApiKey, UsersError> {
        let scopes = scopes(&request.scopes)?;
        if let Some(end) = request.expires_at {
            moments::check_end(end, self.infra.clock.now())?;
        }
        self.infra
            .write_once(&caller.caller, key, async |change| {
                let owner = match of {
                    None => ranks::lock_caller(change, caller, &Object::about(caller.user_id())).await?,
                    Some(account) => service_accounts::lock(change, caller, account).await?.0,
                };
                organisations::refuse_stranger(change, request.organisation_id, UserId(owner.id)).await?;
                let secret_of = match of {
                    None => SecretOf::Own,
                    Some(account) => SecretOf::Program { account, until: request.expires_at },
                };
                refuse_beyond(change, caller, request.organisation_id, &scopes, secret_of).await?;
                if store::api_keys::count(change, UserId(owner.id), change.now()).await? >= MOST_API_KEYS {
                    return Err(UsersError::TooManyApiKeys);
                }
                let secret = secret(&self.infra.random);
                let now = change.now();
                let key = Model {
                    id: change.id(),
                    user_id: owner.id,
                    name: request.name.trim().to_owned(),
                    prefix: shown_prefix(secret.expose()).to_owned(),
                    key_hash: sha256_hex(secret.expose().as_bytes()),
                    previous_hash: None,
                    previous_until: None,
                    scopes: stored(&scopes),
                    organisation_id: request.organisation_id.map(|organisation| organisation.0),
                    rate_limit: request.rate_limit.map(i64::from),
                    expires_at: request.expires_at,
                    last_used_at: None,
                    usage_count: 0,
                    created_by: caller.user_id().0,
                    created_at: now,
                    updated_at: now,
                    revoked_at: None,
                    version: 1,
                };
                store::api_keys::insert(change, &key).await?;
                let key = key.shown(now);
                let record = AuditRecord::new(AuditAction::Create, "api_key", "Made an API key");
                change.audit(of_key(record, &key).values(None, Some(audited(&key)?)));
                change.tell(key.id.0, key.version, ApiKeyCreated { key: (&key).into() });
                let not_held = not_held(change, &key).await?;
                Ok(NewApiKey { key, secret, not_held })
            })
            .await
    }

    /// Keys, newest first: one's own, or those of others.
    pub(crate) async fn api_keys(&self, caller: &Permitted, query: &ApiKeyQuery) -> Result<Page<ApiKey>, UsersError> {
        let limit = page::limit(query.limit)?;
        let before: Option<ApiKeyId> = page::decode(query.cursor.as_deref())?;
        let whose = match (query.everybody, query.user_id) {
            (Some(true), Some(_)) => {
                return Err(UsersError::invalid("everybody", FieldCode::Invalid, "does not go with user_id"));
            }
            (Some(true), None) => None,
            (_, user) => Some(user.unwrap_or_else(|| caller.user_id())),
        };
        if whose != Some(caller.user_id()) {
            caller.may(ApiKeysRead, whose.map_or(Object::PLATFORM, Object::about))?;
        }
        let db = self.infra.db.read_aside();
        let found = store::api_keys::list(db, whose, before, u64::from(limit) + 1).await?;
        let now = self.infra.clock.now();
        let found = page::page(found, limit, |key| ApiKeyId(key.id));
        let items = found.items.into_iter().map(|key| key.shown(now)).collect();
        Ok(Page { items, next_cursor: found.next_cursor })
    }

    /// One key that the caller may see. Of others nobody learns whether it is there.
    pub(crate) async fn api_key(&self, caller: &Permitted, id: ApiKeyId) -> Result<ApiKey, UsersError> {
        let key = store::api_keys::find(self.infra.db.read(), id).await?.ok_or(UsersError::ApiKeyNotFound)?;
        let owner = UserId(key.user_id);
        if owner != caller.user_id() && caller.may(ApiKeysRead, Object::about(owner)).is_err() {
            return Err(UsersError::ApiKeyNotFound);
        }
        Ok(key.shown(self.infra.clock.now()))
    }

    /// Changes the name and the scopes of a key of one's own, or of a service account.
    pub(crate) async fn update_api_key(
        &self,
        caller: &Permitted,
        id: ApiKeyId,
        seen: &SeenVersions,
        key: &IdempotencyKey,
        request: &UpdateApiKey,
    ) -> Result<ApiKey, UsersError> {
        let scopes = request.scopes.as_deref().map(scopes).transpose()?;
        self.infra
            .write_once(&caller.caller, key, async |change| {
                let before = lock_held(change, caller, id).await?;
                seen.check(before.version)?;
                if let Some(scopes) = &scopes {
                    let had = before.scopes();
                    let more: Vec<_> = scopes.iter().filter(|scope| !had.contains(scope)).cloned().collect();
                    let organisation = before.organisation_id.map(OrganisationId);
                    refuse_beyond(change, caller, organisation, &more, SecretOf::of(caller, &before)).await?;
                }
                let after = Model {
                    name: request.name.as_deref().map_or_else(|| before.name.clone(), |name| name.trim().to_owned()),
                    scopes: scopes.as_ref().map_or_else(|| before.scopes.clone(), |scopes| stored(scopes)),
                    ..before.clone()
                };
                let now = change.now();
                if after == before {
                    change.unaudited("nothing changed; only the answer is kept");
                    return Ok(before.shown(now));
                }
                let after = changed(change, after).await?;
                let (old, key) = (before.shown(now), after.shown(now));
                let record = AuditRecord::new(AuditAction::Update, "api_key", "Changed an API key");
                change.audit(of_key(record, &key).values(Some(audited(&old)?), Some(audited(&key)?)));
                let is_wider = key.scopes.iter().any(|scope| !old.scopes.contains(scope));
                change.tell(id.0, key.version, ApiKeyUpdated { key: (&key).into(), is_wider });
                Ok(key)
            })
            .await
    }

    /// Gives a key of one's own, or of a service account, a new secret. The old one goes on for a while; one that still went on from before ends.
    pub(crate) async fn rotate_api_key(
        &self,
        caller: &Permitted,
        id: ApiKeyId,
        seen: &SeenVersions,
        key: &IdempotencyKey,
        request: &RotateApiKey,
    ) -> Result<NewApiKey, UsersError> {
        let overlap = request.overlap_seconds.unwrap_or(OVERLAP_SECONDS);
        self.infra
            .write_once(&caller.caller, key, async |change| {
                let before = lock_held(change, caller, id).await?;
                seen.check(before.version)?;
                let (now, secret) = (change.now(), secret(&self.infra.random));
                if before.expires_at.is_some_and(|end| end <= now) {
                    return Err(UsersError::ApiKeyEnded);
                }
                let previous_until = (overlap > 0).then(|| now + TimeDelta::seconds(i64::from(overlap)));
                let previous_until = previous_until.map(|until| before.expires_at.map_or(until, |end| until.min(end)));
                let after = Model {
                    prefix: shown_prefix(secret.expose()).to_owned(),
                    key_hash: sha256_hex(secret.expose().as_bytes()),
                    previous_hash: previous_until.map(|_| before.key_hash.clone()),
                    previous_until,
                    ..before.clone()
                };
                let after = changed(change, after).await?;
                let (old, key) = (before.shown(now), after.shown(now));
                let record = AuditRecord::new(AuditAction::Update, "api_key", "Gave an API key a new secret");
                change.audit(of_key(record, &key).values(Some(audited(&old)?), Some(audited(&key)?)));
                change.tell(id.0, key.version, ApiKeyRotated { key: (&key).into(), previous_until });
                let not_held = not_held(change, &key).await?;
                Ok(NewApiKey { key, secret, not_held })
            })
            .await
    }

    /// Revokes a key: one's own, or that of somebody who stands not above. Revoked again, nothing changes. A key that may not change
    /// keys revokes itself, and no other of its owner's.
    pub(crate) async fn revoke_api_key(
        &self,
        caller: &Permitted,
        id: ApiKeyId,
        seen: &SeenVersions,
    ) -> Result<(), UsersError> {
        refuse_actor(caller)?;
        let is_another = caller.key.as_ref().is_some_and(|key| key.facts.id != id);
        self.infra
            .write(&caller.caller, async |change| {
                let found = store::api_keys::find(change, id).await?.ok_or(UsersError::ApiKeyNotFound)?;
                let owner = UserId(found.user_id);
                let object = Object::about(owner);
                // Owners are locked before their keys, whoever does it.
                if owner == caller.user_id() {
                    ranks::lock_caller(change, caller, &object).await?;
                    if is_another {
                        ranks::still(change, caller, ApiKeysWrite::PERMISSION, &object).await?;
                    }
                } else if caller.may(ApiKeysRevoke, object).is_ok() {
                    ranks::lock_for(change, caller, ApiKeysRevoke::PERMISSION, owner).await?;
                } else {
                    return Err(UsersError::ApiKeyNotFound);
                }
                let before = store::api_keys::lock(change, id).await?.ok_or(UsersError::ApiKeyNotFound)?;
                if before.revoked_at.is_some() {
                    change.unaudited("it was revoked before");
                    return Ok(());
                }
                seen.check(before.version)?;
                let now = change.now();
                let after = Model { revoked_at: Some(now), ..before.clone() };
                let after = changed(change, after).await?;
                let (old, key) = (before.shown(now), after.shown(now));
                let record = AuditRecord::new(AuditAction::Delete, "api_key", "Revoked an API key");
                change.audit(of_key(record, &key).values(Some(audited(&old)?), Some(audited(&key)?)));
                change.tell(id.0, key.version, ApiKeyRevoked { key: (&key).into() });
                Ok(())
            })
            .await
    }

    /// The key that a secret belongs to, and what decides about it.
    pub(crate) async fn find_api_key(&self, hash: &str) -> Result<ApiKeyFound, UsersError> {
        let db = self.infra.db.read();
        let Some(key) = store::api_keys::find_by_hash(db, hash).await? else { return Ok(ApiKeyFound::default()) };
        let owner = store::users::find(db, UserId(key.user_id)).await?;
        let status = owner.as_ref().map(store::users::Model::status).transpose()?;
        // The secret from before a rotation ends with the overlap, or with the key.
        let is_previous = key.key_hash != hash;
        let overlap = key.previous_until.filter(|_| is_previous);
        let expires_at = [key.expires_at, overlap].into_iter().flatten().min();
        Ok(ApiKeyFound {
            key: Some(ApiKeyFacts {
                id: ApiKeyId(key.id),
                user_id: UserId(key.user_id),
                of_service_account: owner.as_ref().is_some_and(|owner| owner.is_service_account),
                scopes: key.scopes(),
                organisation_id: key.organisation_id.map(OrganisationId),
                rate_limit: key.rate_limit(),
                expires_at,
                is_revoked: key.revoked_at.is_some(),
                is_owner_active: status == Some(UserStatus::Active),
            }),
        })
    }
}

/// A new secret.
fn secret(random: &Random) -> Secret {
    let mut pool = Vec::new();
    make(|| {
        if pool.is_empty() {
            pool = random.bytes::<64>().to_vec();
        }
        pool.pop().unwrap_or_default()
    })
}

/// Names of permissions that exist, each once.
fn scopes(names: &[String]) -> Result<Vec<String>, UsersError> {
    let is_known = |name: &String| permissions::ALL.iter().any(|known| known.name == name);
    if !names.iter().all(is_known) {
        return Err(UsersError::invalid("scopes", FieldCode::NotOneOf, "must be names of permissions that exist"));
    }
    let mut names = names.to_vec();
    names.sort_unstable();
    names.dedup();
    Ok(names)
}

fn stored(scopes: &[String]) -> String {
    serde_json::json!(scopes).to_string()
}

/// Refuses whoever acts as somebody else: a key that they made would outlive that, and one that they revoked would be missed by who
/// knows nothing of it.
fn refuse_actor(caller: &Caller) -> Result<(), Problem> {
    match caller.claims.act {
        None => Ok(()),
        Some(_) => {
            let detail = "Whoever acts as somebody else makes, changes and revokes no keys of theirs.";
            Err(Problem::permission_denied().detail(detail))
        }
    }
}

/// Whose key it is that somebody is told the secret of, or widens.
#[derive(Clone, Copy)]
enum SecretOf {
    /// Their own. The scopes are a ceiling: what they lose later the key loses with them.
    Own,
    /// That of a service account, which goes on when they have lost what they hold, until then; without an end, for good.
    Program { account: UserId, until: Option<DateTime<Utc>> },
}

impl SecretOf {
    fn of(caller: &Caller, key: &Model) -> Self {
        match UserId(key.user_id) {
            owner if owner == caller.user_id() => Self::Own,
            account => Self::Program { account, until: key.expires_at },
        }
    }
}

/// Refuses a key for an organisation, or for none, whose scopes the caller does not hold there at this moment; of a service account, also
/// for as long as the key lasts, and with a role of the account's level: a right of an hour would else be one for good.
async fn refuse_beyond(
    change: &Change,
    caller: &Caller,
    organisation: Option<OrganisationId>,
    scopes: &[String],
    secret_of: SecretOf,
) -> Result<(), UsersError> {
    refuse_actor(caller)?;
    let known = Hierarchy::read(change).await?;
    // In whatever organisation the caller is at the moment.
    let bounds = Bounds { organisation, ..Bounds::from(&*caller.claims) };
    let powers = Powers::of_caller(change, caller, bounds, &known).await?;
    let object = Object { organisation, ..Object::PLATFORM };
    let SecretOf::Program { account, until } = secret_of else { return powers.refuse_now(scopes, &object) };
    let level = store::user_roles::level(change, account, change.now()).await?;
    // One without a role has nothing that is above anybody.
    if level > 0 {
        giving::refuse_above(change, giving::givers(caller), level, until).await?;
    }
    powers.refuse_beyond(scopes, &object, until)
}

/// Those of a key's scopes that its owner does not hold where it acts.
async fn not_held(change: &Change, key: &ApiKey) -> Result<Vec<String>, UsersError> {
    let known = Hierarchy::read(change).await?;
    let organisation = key.organisation_id;
    let bounds = Bounds { organisation, ..Bounds::default() };
    let powers = Powers::of(change, key.user_id, bounds, &known).await?;
    Ok(powers.lacks_now(&key.scopes, &Object { organisation, ..Object::about(key.user_id) }))
}

/// A key that was not revoked, locked after its owner: the caller's own, or that of a service account that stands not above them. Whoever
/// has a new secret of it made holds what it may themselves.
async fn lock_held(change: &Change, caller: &Permitted, id: ApiKeyId) -> Result<Model, UsersError> {
    let found = store::api_keys::find(change, id).await?.ok_or(UsersError::ApiKeyNotFound)?;
    let owner = UserId(found.user_id);
    let is_own = owner == caller.user_id();
    if is_own {
        ranks::lock_caller(change, caller, &Object::about(owner)).await?;
    } else if caller.may(ServiceAccountsWrite, Object::about(owner)).is_ok() {
        let locked = service_accounts::lock(change, caller, owner).await;
        locked.map_err(|error| match error {
            UsersError::ServiceAccountNotFound => UsersError::ApiKeyNotFound,
            other => other,
        })?;
        ranks::still(change, caller, caller.demanded, &Object::about(owner)).await?;
    } else {
        return Err(UsersError::ApiKeyNotFound);
    }
    let key = store::api_keys::lock(change, id).await?.ok_or(UsersError::ApiKeyNotFound)?;
    if key.revoked_at.is_some() {
        return Err(UsersError::ApiKeyRevoked);
    }
    // What it allows by now: it may have been given more before it was locked.
    let scopes = if is_own { Vec::new() } else { key.scopes() };
    let organisation = key.organisation_id.map(OrganisationId);
    refuse_beyond(change, caller, organisation, &scopes, SecretOf::of(caller, &key)).await?;
    Ok(key)
}

/// Writes a changed key, and has every process drop it.
async fn changed(change: &mut Change, key: Model) -> Result<Model, UsersError> {
    let key = Model { version: key.version + 1, updated_at: change.now(), ..key };
    store::api_keys::update(change, &key).await?;
    let user_id = UserId(key.user_id);
    let mut owner = store::users::lock(change, user_id).await?.ok_or(UsersError::UserNotFound)?;
    owner.grants_version += 1;
    store::users::update(change, &owner).await?;
    change.announce(BusMessage::GrantsChanged { user_id, version: owner.grants_version });
    Ok(key)
}

/// An entry about a key: of the organisation that the key is for, whatever whoever changes it acts for.
fn of_key(record: AuditRecord, key: &ApiKey) -> AuditRecord {
    record.on(key.id).for_organisation(key.organisation_id)
}

/// What the audit log keeps of a key.
fn audited(key: &ApiKey) -> Result<serde_json::Value, Problem> {
    serde_json::to_value(key).map_err(|error| {
        tracing::error!(%error, "a key cannot be written as JSON");
        Problem::internal()
    })
}
