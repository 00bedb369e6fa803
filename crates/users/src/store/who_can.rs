//! Who holds one of some roles, or a permission by itself, page by page of their ids.

use orion_contracts::UserId;
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
    let after = after.map_or(Uuid::nil(), |user| user.0);
    let most = i64::try_from(limit).unwrap_or(i64::MAX);
    let tables = ["user_roles", "user_conditional_roles", "user_narrow_roles"];
    let of_roles = roles.iter().flat_map(|id| tables.map(|table| (table, "role_id", *id)));
    let by_itself = permission.into_iter().flat_map(|id| {
        [("user_permissions", "permission_id", id), ("user_conditional_permissions", "permission_id", id)]
    });
    let lists: Vec<_> = of_roles.chain(by_itself).collect();
    let mut found = BTreeSet::new();
    for together in lists.chunks(TOGETHER) {
        let list = |(at, (table, column, _)): (usize, &(&str, &str, Uuid))| {
            let id = at + 3;
            format!(
                "SELECT user_id FROM (SELECT user_id FROM {table} WHERE {column} = ${id} AND user_id > $1 \
                 ORDER BY user_id LIMIT $2) AS of_{at}"
            )
        };
        let union = together.iter().enumerate().map(list).collect::<Vec<_>>().join(" UNION ");
        let sql = format!("SELECT user_id FROM ({union}) AS held ORDER BY user_id LIMIT $2");
        let ids = together.iter().map(|(.., id)| Value::from(*id));
        let values = [Value::from(after), Value::from(most)].into_iter().chain(ids);
        for row in db.query_all_raw(statement(db, &sql, values)).await? {
            found.insert(UserId(row.try_get("", "user_id")?));
        }
    }
    Ok(found.into_iter().take(usize::try_from(limit).unwrap_or(usize::MAX)).collect())
}
