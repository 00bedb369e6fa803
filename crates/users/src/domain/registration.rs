//! Creating users, by order of auth.

use super::unverified::remove_from;
use super::{Users, audited, profile};
use crate::error::UsersError;
use crate::store;
use crate::store::users::Model;
use chrono::{DateTime, Duration, TimeDelta, Utc};
use orion_contracts::audit::AuditAction;
use orion_contracts::events::{UserCreated, UserUpdated};
use orion_contracts::roles::{GUEST, USER};
use orion_contracts::users::{PutUser, User, UserPut, UserStatus};
use orion_contracts::{Author, Email, FieldCode, Secret, ServiceName, UserId};
use orion_infra::Change;
use orion_infra::audit::AuditRecord;
use orion_infra::secrets::token_hash;
use uuid::Uuid;

/// What was asked for, checked.
struct NewUser<'a> {
    email: Email,
    display_name: Option<String>,
    locale: String,
    verified: bool,
    /// A one-time link makes them an administrator.
    is_of_a_link: bool,
    roles: Vec<&'a str>,
}

impl<'a> NewUser<'a> {
    /// Checks before anything is looked up, so that a refusal tells nothing of who exists.
    fn checked(request: &'a PutUser) -> Result<Self, UsersError> {
        if !request.verified && !request.roles.is_empty() {
            return Err(UsersError::invalid("roles", FieldCode::Invalid, "need a verified e-mail address"));
        }
        let default = if request.verified { USER } else { GUEST };
        let mut roles: Vec<_> = request.roles.iter().map(String::as_str).collect();
        if roles.is_empty() {
            roles.push(default);
        }
        roles.sort_unstable();
        roles.dedup();
        Ok(Self {
            email: request.email.clone(),
            display_name: request
                .display_name
                .as_deref()
                .map(|name| profile::name("display_name", name))
                .transpose()?,
            locale: profile::locale(request.locale.as_deref().unwrap_or(profile::DEFAULT_LOCALE))?,
            verified: request.verified,
            is_of_a_link: request.verified && !request.roles.is_empty(),
            roles,
        })
    }
}

impl Users {
    /// Creates a user, or finds the one who has this id or address already. A pending one gets one more verification
    /// token. Older ones stay in force: whoever registers an address must not void what its owner was sent. Who comes by a
    /// provider, which vouches for the address, is the one who waits there, with all that others wrote of them: the token
    /// verifies them as a link does.
    pub(crate) async fn put(&self, id: UserId, request: &PutUser) -> Result<UserPut, UsersError> {
        let new = NewUser::checked(request)?;
        match self.try_put(id, &new).await {
            // Two calls for one address may race on PostgreSQL; the one that lost finds the winner's user.
            Err(UsersError::Db(error)) if error.is_unique_violation() => self.try_put(id, &new).await,
            outcome => outcome,
        }
    }

    async fn try_put(&self, id: UserId, new: &NewUser<'_>) -> Result<UserPut, UsersError> {
        self.infra
            .write(Author::service(ServiceName::Auth), async |change| {
                let by_id = store::users::lock(change, id).await?;
                if by_id.as_ref().is_some_and(|user| user.email != new.email.as_str()) {
                    return Err(UsersError::IdTaken);
                }
                let found = match by_id {
                    None => store::users::lock_by_email(change, &new.email).await?,
                    found => found,
                };
                if found.as_ref().is_some_and(|user| user.is_service_account) {
                    return Err(UsersError::EmailTaken);
                }
                let (found, removed) = match found {
                    // An administrator by a one-time link has an id already; whoever waits there has nothing that they do not get.
                    Some(user) if new.is_of_a_link && user.id != id.0 && is_pending(&user)? => {
                        let description = "Removed a user who never verified the address that somebody else has";
                        (None, Some(remove_from(change, user, description).await?))
                    }
                    found => (found, None),
                };
                let user = match found {
                    Some(user) if new.verified && !new.is_of_a_link && is_pending(&user)? => {
                        introduced(change, new, user).await?
                    }
                    Some(user) => {
                        change.unaudited("a new link is no change of the user");
                        store::users::complete(change, user, change.now()).await?
                    }
                    None => self.create(change, id, new).await?,
                };
                let verification = match user.status {
                    UserStatus::PendingVerification => {
                        let good_for = Duration::hours(i64::from(self.config.get().verification_hours));
                        Some(self.issue_verification(change, &user, good_for).await?)
                    }
                    _ => None,
                };
                let verification = verification.map(|issued| (issued.token, issued.expires_at));
                let (verification_token, verification_expires_at) = verification.unzip();
                let is_invited = store::invitations::find(change, user.id).await?.is_some();
                Ok(UserPut { user, verification_token, verification_expires_at, is_invited, removed })
            })
            .await
    }

    async fn create(&self, change: &mut Change, id: UserId, new: &NewUser<'_>) -> Result<User, UsersError> {
        let now = change.now();
        let user = Model { display_name: new.display_name.clone(), ..blank(id, &new.email, &new.locale, now) };
        let user = match new.verified {
            true => Model { status: UserStatus::Active.as_str().to_owned(), email_verified_at: Some(now), ..user },
            false => user,
        };
        self.insert(change, user, &new.roles).await
    }

    /// Writes somebody new, with roles by nobody in particular; audits and tells it.
    pub(super) async fn insert(&self, change: &mut Change, user: Model, roles: &[&str]) -> Result<User, UsersError> {
        let (id, now) = (UserId(user.id), change.now());
        store::users::insert(change, &user).await?;
        self.give_roles(change, id, roles).await?;
        let user = store::users::complete(change, user, now).await?;
        let record = AuditRecord::new(AuditAction::Create, "user", "Created a user");
        change.audit(record.on(user.id).values(None, Some(audited(&user)?)));
        change.tell(user.id.0, user.version, UserCreated { user: (&user).into() });
        let created = self.created.clone();
        change.after_commit(move || created.inc());
        Ok(user)
    }

    /// Gives roles by name, by nobody in particular.
    pub(super) async fn give_roles(&self, change: &mut Change, user: UserId, names: &[&str]) -> Result<(), UsersError> {
        let roles = store::roles::by_names(change, names).await?;
        if roles.len() != names.len() {
            return Err(UsersError::invalid("roles", FieldCode::NotOneOf, "must be names of roles that exist"));
        }
        let given = roles.into_iter().map(|role| store::user_roles::Model {
            id: change.id(),
            user_id: user.0,
            role_id: role.id,
            organisation_id: None,
            assigned_by: None,
            assigned_at: change.now(),
            expires_at: None,
        });
        let given = given.collect();
        Ok(store::user_roles::insert(change, given).await?)
    }

    /// A new token, and until when it verifies.
    pub(super) async fn issue_verification(
        &self,
        change: &Change,
        user: &User,
        good_for: TimeDelta,
    ) -> Result<Issued, UsersError> {
        let token = self.infra.random.token();
        let expires_at = change.now() + good_for;
        let verification = store::email_verifications::Model {
            id: change.id(),
            user_id: user.id.0,
            email: user.email.to_string(),
            token_hash: token_hash(&token),
            expires_at,
            used_at: None,
            created_at: change.now(),
        };
        let id = verification.id;
        store::email_verifications::insert(change, verification).await?;
        Ok(Issued { id, token: Secret::new(token), expires_at })
    }
}

/// A link that was made.
pub(super) struct Issued {
    /// The verification's id.
    pub(super) id: Uuid,
    pub(super) token: Secret,
    pub(super) expires_at: DateTime<Utc>,
}

/// Somebody of whom nothing is known but their address and language; they wait for its verification.
pub(super) fn blank(id: UserId, email: &Email, locale: &str, now: DateTime<Utc>) -> Model {
    Model {
        id: id.0,
        email: email.to_string(),
        username: None,
        first_name: None,
        last_name: None,
        display_name: None,
        avatar: None,
        bio: None,
        phone: None,
        location: None,
        website: None,
        social_links: "{}".to_owned(),
        tags: "[]".to_owned(),
        metadata: "{}".to_owned(),
        timezone: profile::DEFAULT_TIMEZONE.to_owned(),
        locale: locale.to_owned(),
        status: UserStatus::PendingVerification.as_str().to_owned(),
        status_reason: None,
        email_verified_at: None,
        last_login_at: None,
        last_login_ip: None,
        login_count: 0,
        last_login_key: 0,
        name_key: String::new(),
        has_second_factor: false,
        is_service_account: false,
        second_factor_at: None,
        version: 1,
        grants_version: 1,
        spelt_at: 0,
        created_at: now,
        updated_at: now,
        deleted_at: None,
    }
}

/// Somebody who waits, as who vouches for their address calls them: whoever registered it may be somebody else, who has said no more
/// of them than this. What an administrator wrote of somebody invited stays.
async fn introduced(change: &mut Change, new: &NewUser<'_>, before: Model) -> Result<User, UsersError> {
    let now = change.now();
    let is_invited = store::invitations::find(change, UserId(before.id)).await?.is_some();
    let is_called_so = before.display_name == new.display_name && before.locale == new.locale;
    if is_invited || is_called_so {
        change.unaudited("a new link is no change of the user");
        return Ok(store::users::complete(change, before, now).await?);
    }
    let after = Model {
        display_name: new.display_name.clone(),
        locale: new.locale.clone(),
        version: before.version + 1,
        updated_at: now,
        ..before.clone()
    };
    store::users::update(change, &after).await?;
    let (old, user) =
        (store::users::complete(change, before, now).await?, store::users::complete(change, after, now).await?);
    let record = AuditRecord::new(AuditAction::Update, "user", "Took the name from who vouches for the e-mail address");
    change.audit(record.on(user.id).values(Some(audited(&old)?), Some(audited(&user)?)));
    change.tell(user.id.0, user.version, UserUpdated { user: (&user).into() });
    Ok(user)
}

fn is_pending(user: &Model) -> Result<bool, UsersError> {
    Ok(user.status()? == UserStatus::PendingVerification)
}

#[cfg(test)]
mod tests {
    use super::NewUser;
    use orion_contracts::users::PutUser;

    fn request(verified: bool, roles: &[&str]) -> PutUser {
        let roles = roles.iter().map(|role| (*role).to_owned()).collect();
        let email = "a@example.com".parse().expect("an address");
        PutUser { email, display_name: None, locale: None, verified, roles }
    }

    #[test]
    fn unverified_users_are_guests_and_nothing_else() {
        let pending = request(false, &[]);
        assert_eq!(NewUser::checked(&pending).map(|new| new.roles).expect("valid"), ["guest"]);
        let verified = request(true, &[]);
        assert_eq!(NewUser::checked(&verified).map(|new| new.roles).expect("valid"), ["user"]);
        assert!(NewUser::checked(&request(false, &["super_admin"])).is_err());
    }
}
