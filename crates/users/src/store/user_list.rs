//! The list of users: what narrows it, and its order.

use super::users::{Column, Entity, Model};
use super::{conditional_roles, narrow_roles, organisation_members, search_terms, user_roles, user_tags};
use chrono::{DateTime, Utc};
use orion_contracts::user_list::UserSort;
use orion_contracts::users::UserStatus;
use orion_infra::DbError;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Asterisk, Query, SelectStatement, SimpleExpr, SubQueryStatement, UnionType};
use sea_orm::{Condition, ExprTrait, Order, QueryFilter, QueryOrder, QuerySelect, QueryTrait};
use std::collections::BTreeSet;

/// The first that holds of so many at most is looked up by its own index, and they are sorted. All else is asked of each of them, or of
/// each user in the order of the list: among so many the page is soon full. Ten thousand that are sorted take fifty times as long as a
/// page of them.
pub(crate) const FEW: u64 = 4_000;

/// What a list of users is asked for.
pub(crate) struct Filter {
    /// Words, as terms are spelt.
    pub(crate) words: BTreeSet<String>,
    pub(crate) status: Option<UserStatus>,
    /// Who holds this role now, everywhere.
    pub(crate) role: Option<Uuid>,
    /// Who is a member of this organisation.
    pub(crate) organisation: Option<Uuid>,
    pub(crate) is_verified: Option<bool>,
    pub(crate) has_second_factor: Option<bool>,
    pub(crate) created: Between,
    pub(crate) last_login: Between,
    /// All of them.
    pub(crate) tags: BTreeSet<String>,
    pub(crate) sort: UserSort,
    /// Only users that come after this place.
    pub(crate) after: Option<Place>,
    /// How many at most.
    pub(crate) limit: u64,
    pub(crate) now: DateTime<Utc>,
    /// How many are few: [`FEW`].
    pub(crate) few: u64,
}

/// From a moment on, and before another.
#[derive(Clone, Copy, Default)]
pub(crate) struct Between {
    pub(crate) since: Option<DateTime<Utc>>,
    pub(crate) until: Option<DateTime<Utc>>,
}

/// A place in a sorted list.
pub(crate) struct Place {
    pub(crate) key: Key,
    pub(crate) id: Uuid,
}

impl Place {
    /// That a user with this key and this id comes after it.
    fn before(&self, key: Expr, id: Expr, order: &Order) -> SimpleExpr {
        let (here, there) = (Expr::tuple([key, id]), Expr::tuple([self.key.value(), Expr::value(self.id)]));
        if *order == Order::Asc { here.gt(there) } else { here.lt(there) }
    }
}

/// What a user is sorted by.
pub(crate) enum Key {
    Created(DateTime<Utc>),
    LastLogin(i64),
    Name(String),
    Email(String),
}

impl Key {
    /// Of a user in a list that is sorted so.
    pub(crate) fn of(user: &Model, sort: UserSort) -> Self {
        match column(sort).0 {
            Column::CreatedAt => Self::Created(user.created_at),
            Column::LastLoginKey => Self::LastLogin(user.last_login_key),
            Column::NameKey => Self::Name(user.name_key.clone()),
            _ => Self::Email(user.email.clone()),
        }
    }

    fn value(&self) -> SimpleExpr {
        match self {
            Self::Created(at) => Expr::value(*at),
            Self::LastLogin(at) => Expr::value(*at),
            Self::Name(text) | Self::Email(text) => Expr::value(text.clone()),
        }
    }
}

/// The column of a sort, and which way it goes. Each has an index with the id behind it.
fn column(sort: UserSort) -> (Column, Order) {
    match sort {
        UserSort::Created => (Column::CreatedAt, Order::Asc),
        UserSort::CreatedDown => (Column::CreatedAt, Order::Desc),
        UserSort::LastLogin => (Column::LastLoginKey, Order::Asc),
        UserSort::LastLoginDown => (Column::LastLoginKey, Order::Desc),
        UserSort::Name => (Column::NameKey, Order::Asc),
        UserSort::NameDown => (Column::NameKey, Order::Desc),
        UserSort::Email => (Column::Email, Order::Asc),
        UserSort::EmailDown => (Column::Email, Order::Desc),
    }
}

/// How the ids of those of whom something holds are called in all tables.
const USER_ID: &str = "user_id";

/// One thing that narrows a list, said in two ways.
struct Narrowing {
    /// The ids of those of whom it holds, by an index, as [`USER_ID`]; maybe more than once.
    ids: SelectStatement,
    /// Whether it holds of the user of the query around; written so that no index is used for it.
    each: SimpleExpr,
}

impl Narrowing {
    /// By columns of the user: `not` holds of all others.
    fn by_columns(is: SimpleExpr, not: SimpleExpr) -> Self {
        let ids = Query::select().expr_as(Expr::col(Column::Id), USER_ID).from(Entity).and_where(is).to_owned();
        Self { ids, each: ExprTrait::not(not) }
    }

    /// Whether it holds of so many at most.
    async fn is_of(&self, db: &impl ConnectionTrait, few: u64) -> Result<bool, DbError> {
        let some = self.ids.clone().limit(few + 1).to_owned();
        let count = Query::select().expr_as(Expr::col(Asterisk).count(), "n").from_subquery(some, "some").to_owned();
        let found = db
            .query_one_raw(db.get_database_backend().build(&count))
            .await?
            .ok_or(DbErr::RecordNotFound("a count".to_owned()))?;
        Ok(found.try_get::<i64>("", "n")? <= i64::try_from(few).unwrap_or(i64::MAX))
    }
}

impl Filter {
    fn narrowings(&self) -> Vec<Narrowing> {
        let words = self.words.iter().map(|word| Narrowing {
            ids: search_terms::beginning_with(word),
            each: Expr::exists(search_terms::begins_with(word)),
        });
        let tags = self
            .tags
            .iter()
            .map(|tag| Narrowing { ids: user_tags::having(tag), each: Expr::exists(user_tags::has(tag)) });
        let role = self.role.map(|role| Narrowing {
            ids: user_roles::holders(role, self.now)
                .union(UnionType::All, conditional_roles::holders(role, self.now))
                .union(UnionType::All, narrow_roles::holders(role, self.now))
                .to_owned(),
            // In one: of several, PostgreSQL reads all holders into a table before it asks the first user.
            each: Expr::exists(
                user_roles::holds(role, self.now)
                    .union(UnionType::All, conditional_roles::holds(role, self.now))
                    .union(UnionType::All, narrow_roles::holds(role, self.now))
                    .to_owned(),
            ),
        });
        let organisation = self.organisation.map(|organisation| Narrowing {
            ids: organisation_members::of(organisation),
            each: Expr::exists(organisation_members::is_of(organisation)),
        });
        let status = self.status.map(UserStatus::as_str);
        let status = status.map(|status| Narrowing::by_columns(Column::Status.eq(status), Column::Status.ne(status)));
        let (is_null, is_not_null) = (Column::EmailVerifiedAt.is_null(), Column::EmailVerifiedAt.is_not_null());
        let verified = self.is_verified.map(|is_verified| match is_verified {
            true => Narrowing::by_columns(is_not_null, is_null),
            false => Narrowing::by_columns(is_null, is_not_null),
        });
        let factor = self.has_second_factor;
        let factor =
            factor.map(|has| Narrowing::by_columns(Column::HasSecondFactor.eq(has), Column::HasSecondFactor.ne(has)));
        let ranges = self.ranges().into_iter().filter(|(moment, ..)| Some(*moment) != sorted_moment(self.sort));
        let ranges = ranges.map(|(_, is, not)| Narrowing::by_columns(is, not));
        words
            .chain(tags)
            .chain(role)
            .chain(organisation)
            .chain(status)
            .chain(verified)
            .chain(factor)
            .chain(ranges)
            .collect()
    }

    /// The ends of ranges: of which moment, what must hold, and what must not.
    fn ranges(&self) -> Vec<(Moment, SimpleExpr, SimpleExpr)> {
        let mut ranges = Vec::new();
        if let Some(since) = self.created.since {
            ranges.push((Moment::Created, Column::CreatedAt.gte(since), Column::CreatedAt.lt(since)));
        }
        if let Some(until) = self.created.until {
            ranges.push((Moment::Created, Column::CreatedAt.lt(until), Column::CreatedAt.gte(until)));
        }
        // Who never signed in has 0, which is before all moments.
        if let Some(since) = self.last_login.since {
            let since = Ord::max(since.timestamp_micros(), 1);
            ranges.push((Moment::LastLogin, Column::LastLoginKey.gte(since), Column::LastLoginKey.lt(since)));
        }
        if let Some(until) = self.last_login.until {
            let until = Ord::max(until.timestamp_micros(), 1);
            ranges.push((Moment::LastLogin, Column::LastLoginKey.lt(until), Column::LastLoginKey.gte(until)));
        }
        ranges
    }
}

/// What a range is of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Moment {
    Created,
    LastLogin,
}

/// The moment that a list is sorted by.
fn sorted_moment(sort: UserSort) -> Option<Moment> {
    match sort {
        UserSort::Created | UserSort::CreatedDown => Some(Moment::Created),
        UserSort::LastLogin | UserSort::LastLoginDown => Some(Moment::LastLogin),
        UserSort::Name | UserSort::NameDown | UserSort::Email | UserSort::EmailDown => None,
    }
}

/// Users of whom all holds that is asked for.
pub(crate) async fn list(db: &impl ConnectionTrait, filter: &Filter) -> Result<Vec<Model>, DbError> {
    let (column, order) = column(filter.sort);
    // There are few of these among many people: no index is for it.
    let mut query = Entity::find().filter(Column::IsServiceAccount.eq(false));
    let mut few = None;
    for narrowing in filter.narrowings() {
        // Of the few, all else is asked of each.
        if few.is_none() && narrowing.is_of(db, filter.few).await? {
            few = Some(narrowing.ids);
        } else {
            query = query.filter(narrowing.each);
        }
    }
    let sorted = filter.ranges().into_iter().filter(|(moment, ..)| Some(*moment) == sorted_moment(filter.sort));
    let query = match few {
        Some(ids) => {
            let each = sorted.fold(query, |query, (_, _, not)| query.filter(ExprTrait::not(not)));
            Entity::find().filter(Column::Id.in_subquery(first_of(ids, each, filter)))
        }
        None => {
            // A range of what the list is sorted by is a part of that index, and so is the place after which it goes on.
            let query = sorted.fold(query, |query, (_, is, _)| query.filter(is));
            let place = filter.after.as_ref();
            let after =
                place.map(|place| place.before(Expr::col((Entity, column)), Expr::col((Entity, Column::Id)), &order));
            query.filter(Condition::all().add_option(after)).limit(filter.limit)
        }
    };
    Ok(query.order_by(column, order.clone()).order_by(Column::Id, order).all(db).await?)
}

/// The ids of the first of few, who are looked up one by one and sorted; whole users, of two thousand bytes each, are read of the page
/// alone. Left to choose, PostgreSQL reads all users to find them, or walks the index of the order and asks each user whether they are
/// among the few, which is soon done only where these stand all over it: who never signed in stands at its end. For the same reason the
/// place after which the list goes on is compared with what was looked up: beside the id it would be looked up in the index of the order,
/// of which it may be half.
fn first_of(ids: SelectStatement, found: Select<Entity>, filter: &Filter) -> SelectStatement {
    let (column, order) = column(filter.sort);
    let theirs = Expr::col((Entity, Column::Id)).equals(("few", USER_ID));
    let key = found.select_only().column(column).into_query().and_where(theirs).to_owned();
    let few = Query::select().distinct().column(USER_ID).from_subquery(ids, "ids").to_owned();
    let keyed = Query::select()
        .column(USER_ID)
        .expr_as(SimpleExpr::from(SubQueryStatement::from(key)), "key")
        .from_subquery(few, "few")
        // A few more came since they were counted. With a limit each key is looked up once, and not again to be sorted.
        .limit(2 * filter.few)
        .to_owned();
    Query::select()
        .column(USER_ID)
        .from_subquery(keyed, "keyed")
        .and_where(Expr::col("key").is_not_null())
        .and_where_option(filter.after.as_ref().map(|place| place.before(Expr::col("key"), Expr::col(USER_ID), &order)))
        .order_by("key", order.clone())
        .order_by(USER_ID, order)
        .limit(filter.limit)
        .to_owned()
}
