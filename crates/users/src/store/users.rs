//! The `users` table.

use super::{avatars, search_terms, user_roles, user_tags};
use chrono::{DateTime, Utc};
use orion_contracts::spelling::folded;
use orion_contracts::users::{User, UserStatus};
use orion_contracts::{Email, UserId};
use orion_infra::DbError;
use orion_infra::db::dialect::statement;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::LockType;
use sea_orm::{ExprTrait, IntoActiveModel, QueryOrder, QuerySelect};
use serde::de::DeserializeOwned;
use serde_json::json;
use std::collections::BTreeSet;

/// How much of a name users are sorted by, in characters.
const SORTED_BY: usize = 200;
/// How long a tag is, in characters.
pub(crate) const LONGEST_TAG: usize = 50;

/// A row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "users")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub email: String,
    pub username: Option<String>,
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    pub display_name: Option<String>,
    /// The name of the file with their picture.
    pub avatar: Option<String>,
    pub bio: Option<String>,
    pub phone: Option<String>,
    pub location: Option<String>,
    pub website: Option<String>,
    /// JSON: addresses by the names of places.
    pub social_links: String,
    /// JSON: the tags in their order; `user_tags` has them for searching.
    pub tags: String,
    /// JSON: an object.
    pub metadata: String,
    pub timezone: String,
    pub locale: String,
    pub status: String,
    /// Why it is so, in an administrator's words.
    pub status_reason: Option<String>,
    pub email_verified_at: Option<DateTimeUtc>,
    pub last_login_at: Option<DateTimeUtc>,
    pub last_login_ip: Option<String>,
    pub login_count: i64,
    /// What a list is sorted by, where nobody who never signed in may be missing: microseconds since 1970, 0 for never.
    pub last_login_key: i64,
    /// What a list is sorted by: the name that is shown, or the address, as it is searched for.
    pub name_key: String,
    pub has_second_factor: bool,
    /// A program, which nobody signs in as: see `service_accounts`.
    pub is_service_account: bool,
    /// Of when that was told.
    pub second_factor_at: Option<DateTimeUtc>,
    /// Counts changes of the user, roles included.
    pub version: i64,
    /// Counts changes of what the user may do.
    pub grants_version: i64,
    /// Both together as they were when the user was spelt, as lists search and sort; another number where a version of the program before
    /// did it.
    pub spelt_at: i64,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    pub deleted_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// The status as a value.
    pub(crate) fn status(&self) -> Result<UserStatus, DbError> {
        self.status.parse().map_err(|error| DbError(DbErr::Type(error)))
    }

    /// The user as others see them.
    pub(crate) fn with_roles(self, roles: Vec<String>) -> Result<User, DbError> {
        let status = self.status()?;
        Ok(User {
            id: UserId(self.id),
            email: Email::stored(self.email),
            username: self.username,
            first_name: self.first_name,
            last_name: self.last_name,
            display_name: self.display_name,
            avatar_url: self.avatar.map(|name| avatars::address(self.id, &name)),
            bio: self.bio,
            phone: self.phone,
            location: self.location,
            website: self.website,
            social_links: read(&self.social_links),
            tags: read(&self.tags),
            metadata: read(&self.metadata),
            has_second_factor: self.has_second_factor,
            timezone: self.timezone,
            locale: self.locale,
            status,
            status_reason: self.status_reason,
            deleted_at: self.deleted_at,
            is_verified: self.email_verified_at.is_some(),
            roles,
            last_login_at: self.last_login_at,
            created_at: self.created_at,
            updated_at: self.updated_at,
            version: self.version,
        })
    }

    /// Whether this version has spelt the user.
    pub(crate) fn is_spelt(&self) -> bool {
        self.spelt_at == self.version + self.grants_version
    }
}

/// JSON of our own.
fn read<T: DeserializeOwned + Default>(json: &str) -> T {
    serde_json::from_str(json).unwrap_or_default()
}

/// What lists sort a user by: both databases compare it byte by byte.
fn name_key(user: &Model) -> String {
    let both = || {
        let names = [&user.first_name, &user.last_name];
        names.into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join(" ")
    };
    let name = user.display_name.clone().unwrap_or_else(both);
    let name = folded(if name.is_empty() { &user.email } else { &name });
    name.chars().take(SORTED_BY).collect()
}

/// The row as it is written: with what lists sort it by, and with tags of one spelling, each once, which those that versions before wrote
/// may not have.
fn spelt(user: &Model) -> Model {
    let spell = |tag: String| {
        let spelt = folded(&tag);
        // Some few letters are several once they are composed.
        if spelt.chars().count() > LONGEST_TAG { tag } else { spelt }
    };
    let tags: BTreeSet<String> = read::<Vec<String>>(&user.tags).into_iter().map(spell).collect();
    let (name_key, tags) = (name_key(user), json!(tags).to_string());
    Model { name_key, tags, spelt_at: user.version + user.grants_version, ..user.clone() }
}

/// The user with their roles.
pub(crate) async fn complete(db: &impl ConnectionTrait, user: Model, now: DateTime<Utc>) -> Result<User, DbError> {
    let roles = user_roles::names(db, &[user.id], now).await?.remove(&user.id).unwrap_or_default();
    user.with_roles(roles)
}

/// The user with this id.
pub(crate) async fn find(db: &impl ConnectionTrait, id: UserId) -> Result<Option<Model>, DbError> {
    Ok(Entity::find_by_id(id.0).one(db).await?)
}

/// The user with this id, theirs alone to change until the transaction ends.
pub(crate) async fn lock(db: &impl ConnectionTrait, id: UserId) -> Result<Option<Model>, DbError> {
    Ok(Entity::find_by_id(id.0).lock(LockType::NoKeyUpdate).one(db).await?)
}

/// Like [`lock`], by e-mail address.
pub(crate) async fn lock_by_email(db: &impl ConnectionTrait, email: &Email) -> Result<Option<Model>, DbError> {
    Ok(Entity::find().filter(Column::Email.eq(email.as_str())).lock(LockType::NoKeyUpdate).one(db).await?)
}

/// The user with this e-mail address.
pub(crate) async fn find_by_email(db: &impl ConnectionTrait, email: &Email) -> Result<Option<Model>, DbError> {
    Ok(Entity::find().filter(Column::Email.eq(email.as_str())).one(db).await?)
}

/// Whether somebody has this username.
pub(crate) async fn has_username(db: &impl ConnectionTrait, username: &str) -> Result<bool, DbError> {
    Ok(Entity::find().filter(Column::Username.eq(username)).one(db).await?.is_some())
}

/// Inserts a user. Only normalised addresses are written.
pub(crate) async fn insert(db: &impl ConnectionTrait, user: &Model) -> Result<(), DbError> {
    let row = spelt(user);
    Entity::insert(row.clone().into_active_model().reset_all()).exec_without_returning(db).await?;
    user_tags::insert(db, user.id, &read::<Vec<String>>(&row.tags)).await?;
    search_terms::insert(db, user).await
}

/// Writes what can change of a user and makes them findable by it.
pub(crate) async fn update(db: &impl ConnectionTrait, user: &Model) -> Result<(), DbError> {
    let row = spelt(user);
    Entity::update(row.clone().into_active_model().reset_all()).exec(db).await?;
    user_tags::replace(db, user.id, &read::<Vec<String>>(&row.tags)).await?;
    search_terms::replace(db, user).await
}

/// Removes the user, with what belongs to them.
pub(crate) async fn delete(db: &impl ConnectionTrait, id: UserId) -> Result<(), DbError> {
    Entity::delete_by_id(id.0).exec(db).await?;
    Ok(())
}

/// Users who came before a moment and have not verified their address, oldest first, from a place on. The place is that
/// of the last one: when they came, and who they are.
pub(crate) async fn unverified(
    db: &impl ConnectionTrait,
    before: DateTime<Utc>,
    after: Option<(DateTime<Utc>, UserId)>,
    limit: u64,
) -> Result<Vec<Model>, DbError> {
    let mut query = Entity::find()
        .filter(Column::Status.eq(UserStatus::PendingVerification.as_str()))
        .filter(Column::CreatedAt.lt(before));
    if let Some((created_at, id)) = after {
        let later = Column::CreatedAt.gt(created_at);
        query = query.filter(later.or(Column::CreatedAt.eq(created_at).and(Column::Id.gt(id.0))));
    }
    Ok(query.order_by_asc(Column::CreatedAt).order_by_asc(Column::Id).limit(limit).all(db).await?)
}

/// Users who were deleted before a moment, longest ago first, after this one.
pub(crate) async fn deleted(
    db: &impl ConnectionTrait,
    before: DateTime<Utc>,
    after: Option<(DateTime<Utc>, UserId)>,
    limit: u64,
) -> Result<Vec<Model>, DbError> {
    let mut query = Entity::find().filter(Column::DeletedAt.lt(before));
    if let Some((deleted_at, id)) = after {
        let later = Column::DeletedAt.gt(deleted_at);
        query = query.filter(later.or(Column::DeletedAt.eq(deleted_at).and(Column::Id.gt(id.0))));
    }
    Ok(query.order_by_asc(Column::DeletedAt).order_by_asc(Column::Id).limit(limit).all(db).await?)
}

/// Notes a sign-in. It is no edit: the version stays.
pub(crate) async fn signed_in(
    db: &impl ConnectionTrait,
    id: UserId,
    at: DateTime<Utc>,
    ip_address: Option<&str>,
) -> Result<(), DbError> {
    // Events may come out of order: an older sign-in counts, but is not the last one.
    let update = statement(
        db,
        "UPDATE users SET login_count = login_count + 1, \
         last_login_ip = CASE WHEN last_login_at > $1 THEN last_login_ip ELSE $2 END, \
         last_login_key = CASE WHEN last_login_key > $4 THEN last_login_key ELSE $4 END, \
         last_login_at = CASE WHEN last_login_at > $1 THEN last_login_at ELSE $1 END WHERE id = $3",
        [at.into(), ip_address.map(str::to_owned).into(), id.0.into(), at.timestamp_micros().into()],
    );
    db.execute_raw(update).await?;
    Ok(())
}

/// Notes whether a sign-in asks for a second factor. It is no edit: the version stays. What is older than what is known does nothing.
pub(crate) async fn second_factor(
    db: &impl ConnectionTrait,
    id: UserId,
    at: DateTime<Utc>,
    is_there: bool,
) -> Result<(), DbError> {
    Entity::update_many()
        .col_expr(Column::HasSecondFactor, Expr::value(is_there))
        .col_expr(Column::SecondFactorAt, Expr::value(at))
        .filter(Column::Id.eq(id.0))
        .filter(Column::SecondFactorAt.is_null().or(Column::SecondFactorAt.lte(at)))
        .exec(db)
        .await?;
    Ok(())
}
