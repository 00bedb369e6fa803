//! The `audit_log` table: the links of the chain, with what they are found by. Links are read as they lie there: one that somebody has
//! made unreadable hides no other.

use chrono::{DateTime, Utc};
use orion_contracts::AuditEntryId;
use orion_infra::db::stored::{self, Stored};
use orion_infra::{Change, DbError};
use sea_orm::entity::prelude::*;
use sea_orm::{ExprTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect};
use std::collections::{BTreeMap, HashMap};

/// A row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_log")]
pub struct Model {
    /// Counts up from 1 without gaps.
    #[sea_orm(primary_key, auto_increment = false)]
    pub position: i64,
    pub id: Uuid,
    pub service: String,
    pub occurred_at: DateTimeUtc,
    pub principal_kind: String,
    pub principal_id: Option<String>,
    pub actor_id: Option<Uuid>,
    pub organisation_id: Option<Uuid>,
    pub action: String,
    pub resource: String,
    pub resource_id: Option<String>,
    pub request_id: Option<String>,
    pub success: bool,
    /// The entry as JSON, byte for byte as its service wrote it.
    pub entry: String,
    /// Over the columns above, but for the position.
    pub payload_hmac: String,
    pub previous_hash: String,
    /// Over the hash before, the payload's HMAC, the position and the time of appending.
    pub hash: String,
    pub appended_at: DateTimeUtc,
    /// From where; none in what older versions have appended, whatever the entry says.
    pub ip_address: Option<String>,
    /// When the personal values were taken out of the entry.
    pub redacted_at: Option<DateTimeUtc>,
    /// Over what is left of it, and the link.
    pub redaction: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The kind of those who are keys.
pub(crate) const API_KEY: &str = "api_key";

/// A link as it lies there.
pub(crate) type Row = Stored<Model>;

/// Which of the ids are in the chain already, and with what payload.
pub(crate) async fn known(db: &impl ConnectionTrait, ids: Vec<Uuid>) -> Result<HashMap<Uuid, String>, DbError> {
    let known = stored::all(db, Entity::find().filter(Column::Id.is_in(ids))).await?;
    Ok(known.into_iter().map(|known| (known.row.id, known.row.payload_hmac)).collect())
}

/// How many links one statement inserts at most: databases bound the number of parameters.
const ROWS: usize = 500;

/// Inserts links.
pub(crate) async fn insert(db: &impl ConnectionTrait, links: &[Model]) -> Result<(), DbError> {
    for links in links.chunks(ROWS) {
        let rows = links.iter().map(|link| link.clone().into_active_model().reset_all());
        Entity::insert_many(rows).exec_without_returning(db).await?;
    }
    Ok(())
}

/// Where a link stands in a list: newest first, and of those of one moment the one that was appended last.
pub(crate) type Place = (DateTime<Utc>, i64);

/// Where a link stands in a list, as far as that can be read.
fn place(link: &Row) -> Option<Place> {
    // Both databases keep a position as the whole number that it is.
    // A time that is spelt otherwise is compared by its spelling, and a page that began behind it would begin elsewhere.
    let is_read = !link.unreadable.contains(&"occurred_at") && !link.is_respelt;
    is_read.then_some((link.row.occurred_at, link.row.position))
}

/// How many links that stand nowhere are passed over for one that stands somewhere, where a page ends among them.
const PASSED: u64 = 1000;

/// What a list of links is asked for; what is given must all be so.
#[derive(Debug, Clone, Default)]
pub(crate) struct Filter {
    pub(crate) principal: Option<String>,
    pub(crate) actor: Option<Uuid>,
    pub(crate) organisation: Option<Uuid>,
    pub(crate) action: Option<String>,
    pub(crate) resource: Option<String>,
    pub(crate) resource_id: Option<String>,
    pub(crate) service: Option<String>,
    pub(crate) ip_address: Option<String>,
    pub(crate) success: Option<bool>,
    /// By this user, by themselves or as somebody else, or to them.
    pub(crate) about: Option<Uuid>,
    /// At this moment or later.
    pub(crate) since: Option<DateTime<Utc>>,
    /// Before this moment.
    pub(crate) until: Option<DateTime<Utc>>,
    /// Before this one.
    pub(crate) before: Option<Place>,
    /// At this position or before it.
    pub(crate) up_to: Option<i64>,
    /// Of what belongs to these organisations alone.
    pub(crate) within: Option<Vec<Uuid>>,
}

/// Links, newest first, and where those after them begin, if there are any.
pub(crate) async fn newest(
    db: &impl ConnectionTrait,
    filter: &Filter,
    limit: u64,
) -> Result<(Vec<Row>, Option<Place>), DbError> {
    let most = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut found = first(db, filter, limit.saturating_add(1)).await?;
    if found.len() <= most {
        return Ok((found, None));
    }
    // Where the last one stands nowhere, the next page begins with the first that does.
    let begins = |link: &Row| place(link).map(|(moment, position)| (moment, position.saturating_add(1)));
    let mut next = found[..most].last().and_then(place).or_else(|| begins(&found[most]));
    if next.is_none() {
        found = first(db, filter, limit.saturating_add(PASSED)).await?;
        next = found.iter().skip(most).find_map(begins);
    }
    found.truncate(most);
    Ok((found, next))
}

async fn first(db: &impl ConnectionTrait, filter: &Filter, limit: u64) -> Result<Vec<Row>, DbError> {
    let looks = looks(filter);
    if looks.is_empty() {
        return stored::all(db, select(filter, limit)).await;
    }
    let mut found = BTreeMap::new();
    for what in looks {
        for link in stored::all(db, select(filter, limit).filter(what)).await? {
            found.insert(place(&link).unwrap_or((DateTime::<Utc>::MAX_UTC, link.row.position)), link);
        }
    }
    Ok(found.into_values().rev().take(usize::try_from(limit).unwrap_or(usize::MAX)).collect())
}

/// What is one of several things: each has an index, and none serves all of them.
fn looks(filter: &Filter) -> Vec<Expr> {
    let principal = filter.principal.as_deref().filter(|_| filter.resource_id.is_none());
    match (filter.about, principal.and_then(|principal| Some((principal, person(principal)?)))) {
        (Some(user), _) => {
            let text = user.to_string();
            vec![Column::PrincipalId.eq(&*text), Column::ActorId.eq(user), Column::ResourceId.eq(&*text)]
        }
        (None, Some((principal, person))) => vec![Column::PrincipalId.eq(principal), by_their_key(person)],
        (None, None) => Vec::new(),
    }
}

/// The id of a principal that has one.
fn person(principal: &str) -> Option<Uuid> {
    Uuid::try_parse(principal).ok()
}

/// What a key of this person did.
fn by_their_key(person: Uuid) -> Expr {
    Column::ActorId.eq(person).and(beside_the_index(Column::PrincipalKind.eq(API_KEY)))
}

/// The query of [`newest`]. Each filter is served by an index; of several, by that of the one that leaves the least.
pub(crate) fn select(filter: &Filter, limit: u64) -> Select<Entity> {
    // Each by its name: a filter that was forgotten here would show everything.
    let Filter {
        principal,
        actor,
        organisation,
        action,
        resource,
        resource_id,
        service,
        ip_address,
        success,
        about,
        since,
        until,
        before,
        up_to,
        within,
    } = filter;
    let text = |column: Column, value: &Option<String>| value.as_ref().map(|value| column.eq(value.as_str()));
    let id = |column: Column, value: &Option<Uuid>| value.map(|value| column.eq(value));
    let is_looked_for = !looks(filter).is_empty();
    // A person, also by their keys. Looked for by an index of each where it is what is looked for.
    let principal = principal.as_deref().filter(|_| about.is_some() || !is_looked_for).map(|principal| {
        let named = Column::PrincipalId.eq(principal);
        person(principal).map_or(named.clone(), |person| named.or(by_their_key(person)))
    });
    // Those that leave the least come first.
    let mut what = [
        text(Column::ResourceId, resource_id),
        principal,
        id(Column::ActorId, actor),
        text(Column::IpAddress, ip_address),
        id(Column::OrganisationId, organisation),
        within.as_ref().map(|within| Column::OrganisationId.is_in(within.iter().copied())),
        text(Column::Action, action),
        text(Column::Resource, resource).filter(|_| resource_id.is_none()),
        text(Column::Service, service),
        success.map(|success| Column::Success.eq(success)),
    ]
    .into_iter()
    .flatten();
    // With what is looked for besides, the first one is no index's business either.
    let first = if is_looked_for { None } else { what.next() };
    // An object has an index of its own.
    let object = text(Column::Resource, resource).filter(|_| resource_id.is_some());
    let what: Vec<_> = first.into_iter().chain(object).chain(what.map(beside_the_index)).collect();
    let since = since.map(|since| Column::OccurredAt.gte(since));
    // A cursor's moment is before the end already, unless somebody made it up.
    let until = until.map(|until| Column::OccurredAt.lt(until));
    let (place, until) = match *before {
        Some((moment, position)) => {
            let earlier = Column::OccurredAt.lt(moment).or(Column::Position.lt(position));
            (Some(Column::OccurredAt.lte(moment).and(beside_the_index(earlier))), until.map(beside_the_index))
        }
        None => (None, until),
    };
    let up_to = up_to.map(|position| beside_the_index(Column::Position.lte(position)));
    let links = Entity::find().order_by_desc(Column::OccurredAt).order_by_desc(Column::Position).limit(limit);
    what.into_iter().chain(since).chain(place).chain(until).chain(up_to).fold(links, QueryFilter::filter)
}

/// One link, as far as it belongs to one of these organisations' doings, where some are named.
pub(crate) async fn find(
    db: &impl ConnectionTrait,
    id: AuditEntryId,
    within: Option<Vec<Uuid>>,
) -> Result<Option<Row>, DbError> {
    let query = Entity::find().filter(Column::Id.eq(id.0)).limit(1);
    let within = within.map(|within| Column::OrganisationId.is_in(within));
    Ok(stored::all(db, within.into_iter().fold(query, QueryFilter::filter)).await?.pop())
}

/// The link at a position.
pub(crate) async fn at(db: &impl ConnectionTrait, position: i64) -> Result<Option<Row>, DbError> {
    Ok(stored::all(db, Entity::find_by_id(position)).await?.pop())
}

/// Writes what a redaction has left of a link.
pub(crate) async fn redact(change: &Change, link: &Model) -> Result<(), DbError> {
    let update = Entity::update_many()
        .col_expr(Column::Entry, link.entry.as_str().into())
        .col_expr(Column::IpAddress, link.ip_address.clone().into())
        .col_expr(Column::RedactedAt, link.redacted_at.into())
        .col_expr(Column::Redaction, link.redaction.clone().into());
    update.filter(Column::Position.eq(link.position)).exec(change).await?;
    Ok(())
}

/// A condition that is looked at in what an index has found. SQLite, which knows nothing of how often a value stands in a column,
/// would sooner or later take the index of one that half of the log has.
fn beside_the_index(condition: Expr) -> Expr {
    condition.eq(Expr::cust("TRUE"))
}

/// Links after a position, in the order of the chain.
pub(crate) async fn after(db: &impl ConnectionTrait, position: i64, limit: u64) -> Result<Vec<Row>, DbError> {
    let query = Entity::find().filter(Column::Position.gt(position));
    stored::all(db, query.order_by_asc(Column::Position).limit(limit)).await
}

/// The first position that there is, and the last one.
pub(crate) async fn bounds(db: &impl ConnectionTrait) -> Result<(Option<i64>, Option<i64>), DbError> {
    let first = stored::all(db, Entity::find().order_by_asc(Column::Position).limit(1)).await?;
    let last = stored::all(db, Entity::find().order_by_desc(Column::Position).limit(1)).await?;
    Ok((first.first().map(|first| first.row.position), last.first().map(|last| last.row.position)))
}

/// When the last of what is in the log happened, as far as it happened before this moment. Where that cannot be read of any of a number of
/// links, it is said to be long ago.
pub(crate) async fn happened_last(
    db: &impl ConnectionTrait,
    before: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>, DbError> {
    const LOOKED_AT: u64 = 10;
    let last = Entity::find().filter(Column::OccurredAt.lt(before)).order_by_desc(Column::OccurredAt);
    let last = stored::all(db, last.limit(LOOKED_AT)).await?;
    let read = last.iter().find_map(place).map(|(moment, _)| moment);
    Ok(read.or_else(|| last.first().map(|_| DateTime::UNIX_EPOCH)))
}

/// Removes the links up to a position.
pub(crate) async fn delete_up_to(db: &impl ConnectionTrait, position: i64) -> Result<u64, DbError> {
    Ok(Entity::delete_many().filter(Column::Position.lte(position)).exec(db).await?.rows_affected)
}
