//! The list of users: what it may be asked for.

use super::profile_fields::tag;
use super::{Users, moments};
use crate::error::UsersError;
use crate::store;
use crate::store::user_list::{Between, FEW, Filter, Key, Place};
use chrono::{DateTime, Utc};
use orion_contracts::email::as_kept;
use orion_contracts::user_list::{UserQuery, UserSort};
use orion_contracts::users::User;
use orion_contracts::{FieldCode, Page, Problem, UserId};
use orion_http::identity::Scope;
use orion_http::page;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use uuid::Uuid;

/// The longest text that is searched for, in characters.
const MAX_SEARCH: usize = 200;
/// How many words of it, or tags, are asked for at once.
const MAX_WORDS: usize = 8;

/// What a cursor holds: the last user of a page, and of which list.
#[derive(Serialize, Deserialize)]
struct Position {
    sort: UserSort,
    key: Sorted,
    id: UserId,
}

/// What the user was sorted by.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Sorted {
    Created(DateTime<Utc>),
    LastLogin(i64),
    Name(String),
    Email(String),
}

impl Users {
    /// Users of whom all holds that is asked for. They belong to no organisation, so who may see an organisation's sees none.
    pub(crate) async fn list(&self, scope: &Scope, query: &UserQuery) -> Result<Page<User>, UsersError> {
        let limit = page::limit(query.limit)?;
        let mut filter = self.filter(query)?;
        filter.limit = u64::from(limit) + 1;
        if *scope != Scope::Everything {
            return Ok(Page { items: Vec::new(), next_cursor: None });
        }
        filter.role = match &query.role {
            Some(name) => Some(self.role_id(name).await?),
            None => None,
        };
        let db = self.infra.db.read_aside();
        let found = store::user_list::list(db, &filter).await?;
        let Page { items, next_cursor } = page::page(found, limit, |user| position(filter.sort, user));
        let ids: Vec<_> = items.iter().map(|user| user.id).collect();
        let mut names = store::user_roles::names(db, &ids, filter.now).await?;
        let items = items
            .into_iter()
            .map(|user| {
                let roles = names.remove(&user.id).unwrap_or_default();
                user.with_roles(roles)
            })
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Page { items, next_cursor })
    }

    /// Refuses what no list can be asked for, before anything is looked up.
    fn filter(&self, query: &UserQuery) -> Result<Filter, UsersError> {
        let sort = query.sort.unwrap_or(UserSort::CreatedDown);
        Ok(Filter {
            words: words(query.search.as_deref().unwrap_or_default())?,
            status: query.status,
            role: None,
            organisation: query.organisation.map(|organisation| organisation.0),
            is_verified: query.is_verified,
            has_second_factor: query.has_second_factor,
            created: Between {
                since: moments::check("created_since", query.created_since)?,
                until: moments::check("created_until", query.created_until)?,
            },
            last_login: Between {
                since: moments::check("last_login_since", query.last_login_since)?,
                until: moments::check("last_login_until", query.last_login_until)?,
            },
            tags: tags(query.tags.as_deref().unwrap_or_default())?,
            sort,
            after: place(sort, query.cursor.as_deref())?,
            limit: 0,
            now: self.infra.clock.now(),
            few: FEW,
        })
    }

    async fn role_id(&self, name: &str) -> Result<Uuid, UsersError> {
        let found = self.catalogue().await?.all().find(|role| role.name == name && role.organisation_id.is_none());
        let unknown = || UsersError::invalid("role", FieldCode::NotOneOf, "must be the name of a role");
        found.map(|role| role.id.0).ok_or_else(unknown)
    }
}

fn words(search: &str) -> Result<BTreeSet<String>, UsersError> {
    let kept: Vec<_> = search.split_whitespace().map(as_kept).collect();
    let words = store::terms::words(&kept.join(" "));
    if search.chars().count() > MAX_SEARCH || words.len() > MAX_WORDS {
        let message = "must have at most 200 characters and 8 words";
        return Err(UsersError::invalid("search", FieldCode::TooLong, message));
    }
    Ok(words)
}

fn tags(text: &str) -> Result<BTreeSet<String>, UsersError> {
    let asked = text.split(',').map(str::trim).filter(|text| !text.is_empty());
    let tags = asked.map(tag).collect::<Result<BTreeSet<_>, _>>()?;
    if tags.len() > MAX_WORDS {
        return Err(UsersError::invalid("tags", FieldCode::TooLong, "must be at most 8 tags"));
    }
    Ok(tags)
}

fn position(sort: UserSort, user: &store::users::Model) -> Position {
    let key = match Key::of(user, sort) {
        Key::Created(at) => Sorted::Created(at),
        Key::LastLogin(at) => Sorted::LastLogin(at),
        Key::Name(name) => Sorted::Name(name),
        Key::Email(email) => Sorted::Email(email),
    };
    Position { sort, key, id: UserId(user.id) }
}

/// Where a page begins. A cursor of a list that is sorted otherwise leads nowhere in this one; one that was made up may hold what no
/// database takes.
fn place(sort: UserSort, cursor: Option<&str>) -> Result<Option<Place>, Problem> {
    let Some(position) = page::decode::<Position>(cursor)? else { return Ok(None) };
    let strange = || Problem::invalid_cursor().detail("This cursor is of a list that is sorted otherwise.");
    let key = match (sort, position.key) {
        _ if position.sort != sort => None,
        (UserSort::Created | UserSort::CreatedDown, Sorted::Created(at)) if moments::is_storable(at) => {
            Some(Key::Created(at))
        }
        (UserSort::LastLogin | UserSort::LastLoginDown, Sorted::LastLogin(at)) => Some(Key::LastLogin(at)),
        (UserSort::Name | UserSort::NameDown, Sorted::Name(text)) if !text.contains('\0') => Some(Key::Name(text)),
        (UserSort::Email | UserSort::EmailDown, Sorted::Email(text)) if !text.contains('\0') => Some(Key::Email(text)),
        _ => None,
    };
    Ok(Some(Place { key: key.ok_or_else(strange)?, id: position.id.0 }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MIGRATIONS;
    use crate::domain::registration::blank;
    use chrono::TimeDelta;
    use orion_contracts::users::UserStatus;
    use orion_contracts::{Author, ServiceName};
    use orion_infra::{DbError, Infra};

    fn cursor(position: &Position) -> Option<String> {
        page::encode(position)
    }

    #[test]
    fn a_cursor_is_good_for_the_list_that_it_is_of_and_holds_nothing_that_a_database_refuses() {
        let id = UserId(Uuid::nil());
        let of = |sort, key| cursor(&Position { sort, key, id });
        let name = of(UserSort::Name, Sorted::Name("ada".into()));
        assert!(place(UserSort::Name, name.as_deref()).is_ok_and(|place| place.is_some()));
        for (sort, cursor) in [
            (UserSort::NameDown, name),
            (UserSort::Name, of(UserSort::Name, Sorted::Name("a\0".into()))),
            (UserSort::Name, of(UserSort::Name, Sorted::LastLogin(1))),
            (UserSort::Created, of(UserSort::Created, Sorted::Created(DateTime::<Utc>::MAX_UTC))),
        ] {
            let refused = place(sort, cursor.as_deref()).err().expect("refused");
            assert_eq!(refused.name(), "invalid-cursor", "{sort:?}");
        }
    }

    /// Nothing narrows it.
    fn everybody(now: DateTime<Utc>) -> Filter {
        Filter {
            words: BTreeSet::new(),
            status: None,
            role: None,
            organisation: None,
            is_verified: None,
            has_second_factor: None,
            created: Between::default(),
            last_login: Between::default(),
            tags: BTreeSet::new(),
            sort: UserSort::Name,
            after: None,
            limit: 100,
            now,
            few: FEW,
        }
    }

    #[tokio::test]
    async fn what_is_asked_of_each_user_finds_the_same_as_an_index() {
        let test = Infra::for_test(ServiceName::Users, MIGRATIONS).await;
        let now = test.infra.clock.now();
        let made = test.infra.write(Author::PLATFORM, async |change| {
            change.unaudited("a test");
            for number in 0..24_i64 {
                let email = format!("{}{number}@example.com", ["ada", "bob"][usize::from(number % 2 == 0)]);
                let email = email.parse().expect("an address");
                let at = now + TimeDelta::hours(number);
                let user = store::users::Model {
                    status: UserStatus::ALL[usize::try_from(number).unwrap_or_default() % 3].as_str().to_owned(),
                    email_verified_at: (number % 3 == 0).then_some(at),
                    has_second_factor: number % 4 == 0,
                    last_login_key: if number % 5 == 0 { 0 } else { at.timestamp_micros() },
                    tags: if number % 6 == 0 { r#"["vip"]"# } else { "[]" }.to_owned(),
                    ..blank(change.id(), &email, "en", at)
                };
                store::users::insert(change, &user).await?;
            }
            Ok::<_, DbError>(())
        });
        made.await.expect("written");
        let middle = Between { since: Some(now + TimeDelta::hours(5)), until: Some(now + TimeDelta::hours(15)) };
        let all = || everybody(now);
        let filters = || {
            [
                Filter { words: ["ada".to_owned()].into(), ..all() },
                Filter { words: ["a".to_owned(), "@example".to_owned()].into(), ..all() },
                Filter { status: Some(UserStatus::Suspended), ..all() },
                Filter { is_verified: Some(true), ..all() },
                Filter { has_second_factor: Some(false), tags: ["vip".to_owned()].into(), ..all() },
                Filter { has_second_factor: Some(true), ..all() },
                Filter { has_second_factor: Some(false), created: middle, ..all() },
                Filter { last_login: middle, ..all() },
                Filter { last_login: Between { since: None, ..middle }, status: Some(UserStatus::Active), ..all() },
            ]
        };
        let db = test.infra.db.read();
        for sort in UserSort::ALL {
            for (number, (one, same)) in filters().into_iter().zip(filters()).enumerate() {
                let by_index = store::user_list::list(db, &Filter { sort: *sort, ..one }).await.expect("a list");
                let each = store::user_list::list(db, &Filter { sort: *sort, few: 0, ..same }).await.expect("a list");
                assert!(!each.is_empty() && each.len() < 24, "{number} by {sort:?}");
                assert_eq!(each, by_index, "{number} by {sort:?}");
            }
        }
    }
}
