//! Who holds one of some roles, or a permission by itself, page by page of their ids.

use orion_contracts::UserId;
use orion_infra::DbError;
use orion_infra::db::dialect::statement;
use sea_orm::ConnectionTrait;
use std::collections::BTreeSet;
use uuid::Uuid;

/// Those after one of them, wherever and until whenever they hold it; each index is read no further than the page.
pub(crate) async fn candidates(
    db: &impl ConnectionTrait,
    roles: &[Uuid],
    permission: Option<Uuid>,
    after: Option<UserId>,
    limit: u64,
) -> Result<Vec<UserId>, DbError> {
    let after = after.map_or(Uuid::nil(), |user| user.0);
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let of_roles = "SELECT user_id FROM user_roles WHERE role_id = $1 AND user_id > $2 ORDER BY user_id LIMIT $3";
    let directly =
        "SELECT user_id FROM user_permissions WHERE permission_id = $1 AND user_id > $2 ORDER BY user_id LIMIT $3";
    let of_conditional_roles =
        "SELECT user_id FROM user_conditional_roles WHERE role_id = $1 AND user_id > $2 ORDER BY user_id LIMIT $3";
    let asked = roles.iter().flat_map(|role| [(of_roles, *role), (of_conditional_roles, *role)]);
    let conditionally = "SELECT user_id FROM user_conditional_permissions WHERE permission_id = $1 AND user_id > $2 \
                         ORDER BY user_id LIMIT $3";
    let directly = permission.into_iter().flat_map(|id| [(directly, id), (conditionally, id)]);
    let asked = asked.chain(directly);
    let mut found = BTreeSet::new();
    for (sql, id) in asked {
        for row in db.query_all_raw(statement(db, sql, [id.into(), after.into(), limit.into()])).await? {
            found.insert(UserId(row.try_get("", "user_id")?));
        }
    }
    Ok(found.into_iter().take(usize::try_from(limit).unwrap_or(usize::MAX)).collect())
}
