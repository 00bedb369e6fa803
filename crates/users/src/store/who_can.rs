//! Who holds one of some roles, or a permission by itself, page by page of their ids.

use orion_contracts::{OrganisationId, TeamId, UserId};
use orion_infra::DbError;
use orion_infra::db::dialect::statement;
use sea_orm::{ConnectionTrait, Value};
use std::collections::BTreeSet;
use uuid::Uuid;

/// How many lists one statement puts together: databases bound it.
const TOGETHER: usize = 100;

/// Those after one of them, wherever, until whenever and under whatever condition they hold it. One statement, where there are not very many
/// roles; each index is read no further than the page.
pub(crate) async fn candidates(
    db: &impl ConnectionTrait,
    roles: &[Uuid],
    permission: Option<Uuid>,
    after: Option<UserId>,
    limit: u64,
) -> Result<Vec<UserId>, DbError> {
    let tables = ["user_roles", "user_conditional_roles", "user_narrow_roles"];
    let of_roles =
        roles.iter().flat_map(|id| tables.map(|table| List { table, column: "role_id", id: *id, place: None }));
    let by_itself = permission.into_iter().flat_map(|id| {
        let tables = ["user_permissions", "user_conditional_permissions"];
        tables.map(|table| List { table, column: "permission_id", id, place: None })
    });
    read(db, &of_roles.chain(by_itself).collect::<Vec<_>>(), after, limit).await
}

/// For what it is held.
#[derive(Clone, Copy)]
pub(crate) enum Where {
    /// For everything.
    Everywhere,
    /// For an organisation.
    Inside(OrganisationId),
    /// For a team.
    OfTeam(TeamId),
}

/// The first who certainly hold one of some roles, or a permission by itself, just there.
pub(crate) async fn holders(
    db: &impl ConnectionTrait,
    held: &[(Vec<Uuid>, Option<Uuid>, Where)],
    limit: u64,
) -> Result<Vec<UserId>, DbError> {
    let lists = held.iter().flat_map(|(roles, permission, place)| {
        let (of_roles, by_itself) = match place {
            Where::OfTeam(_) => ("user_narrow_roles", None),
            Where::Everywhere | Where::Inside(_) => ("user_roles", *permission),
        };
        let place = Some(*place);
        let of_roles = roles.iter().map(move |id| List { table: of_roles, column: "role_id", id: *id, place });
        let by_itself = by_itself.map(|id| List { table: "user_permissions", column: "permission_id", id, place });
        of_roles.chain(by_itself)
    });
    read(db, &lists.collect::<Vec<_>>(), None, limit).await
}

/// Whom one list names: those who hold something.
struct List {
    table: &'static str,
    column: &'static str,
    id: Uuid,
    /// There alone; wherever when absent.
    place: Option<Where>,
}

/// Reads several as one, in the order of the ids.
async fn read(
    db: &impl ConnectionTrait,
    lists: &[List],
    after: Option<UserId>,
    limit: u64,
) -> Result<Vec<UserId>, DbError> {
    let after = after.map_or(Uuid::nil(), |user| user.0);
    let most = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut found = BTreeSet::new();
    for together in lists.chunks(TOGETHER) {
        let mut values = vec![Value::from(after), Value::from(most)];
        let mut unions = Vec::with_capacity(together.len());
        for (at, List { table, column, id, place }) in together.iter().enumerate() {
            let mut bind = |value: Uuid| {
                values.push(Value::from(value));
                values.len()
            };
            let id = bind(*id);
            let there = match place {
                None => String::new(),
                Some(Where::Everywhere) => " AND organisation_id IS NULL".to_owned(),
                Some(Where::Inside(organisation)) => format!(" AND organisation_id = ${}", bind(organisation.0)),
                Some(Where::OfTeam(team)) => format!(" AND team_id = ${}", bind(team.0)),
            };
            unions.push(format!(
                "SELECT user_id FROM (SELECT user_id FROM {table} WHERE {column} = ${id}{there} AND user_id > $1 \
                 ORDER BY user_id LIMIT $2) AS of_{at}"
            ));
        }
        let sql = format!("SELECT user_id FROM ({}) AS held ORDER BY user_id LIMIT $2", unions.join(" UNION "));
        for row in db.query_all_raw(statement(db, &sql, values)).await? {
            found.insert(UserId(row.try_get("", "user_id")?));
        }
    }
    Ok(found.into_iter().take(usize::try_from(limit).unwrap_or(usize::MAX)).collect())
}
