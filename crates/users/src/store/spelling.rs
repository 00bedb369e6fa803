//! Rows whose spelling, by which they are searched and sorted, a version before has made: see `m0027_spelling.rs`.

use super::{organisations, teams, users};
use orion_contracts::{OrganisationId, TeamId, UserId};
use orion_infra::DbError;
use orion_infra::db::dialect::statement;
use sea_orm::ConnectionTrait;
use uuid::Uuid;

/// What has a spelling.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Spelt {
    Users,
    Organisations,
    Teams,
}

impl Spelt {
    pub(crate) const ALL: [Self; 3] = [Self::Users, Self::Organisations, Self::Teams];

    /// As the indexes say it, so that they are used.
    const fn stale(self) -> &'static str {
        match self {
            Self::Users => "SELECT id FROM users WHERE spelt_at <> version + grants_version",
            Self::Organisations => "SELECT id FROM organisations WHERE spelt_at <> version",
            Self::Teams => "SELECT id FROM teams WHERE spelt_at <> version",
        }
    }
}

/// Ids of the rows that are spelt otherwise than this version spells them, after this one.
pub(crate) async fn stale(
    db: &impl ConnectionTrait,
    what: Spelt,
    after: Option<Uuid>,
    limit: u32,
) -> Result<Vec<Uuid>, DbError> {
    let sql = format!("{} AND id > $1 ORDER BY id LIMIT {limit}", what.stale());
    let found = db.query_all_raw(statement(db, &sql, [after.unwrap_or_default().into()])).await?;
    Ok(found.iter().map(|row| row.try_get("", "id")).collect::<Result<_, _>>()?)
}

/// Spells a row anew, unless that was done meanwhile; whether it was not.
pub(crate) async fn spell(change: &impl ConnectionTrait, what: Spelt, id: Uuid) -> Result<bool, DbError> {
    match what {
        Spelt::Users => {
            let found = users::lock(change, UserId(id)).await?.filter(|user| !user.is_spelt());
            let Some(user) = found else { return Ok(false) };
            users::update(change, &user).await?;
        }
        Spelt::Organisations => {
            let found = organisations::lock_any(change, OrganisationId(id)).await?;
            let Some(mut row) = found.filter(|row| row.spelt_at != row.version) else { return Ok(false) };
            row.name_key = organisations::name_key(&row.name);
            organisations::update(change, &row).await?;
        }
        Spelt::Teams => {
            let Some(organisation) = teams::organisation_of(change, id).await? else { return Ok(false) };
            organisations::lock_any(change, organisation).await?;
            let found = teams::lock(change, organisation, TeamId(id)).await?;
            let Some(mut row) = found.filter(|row| row.spelt_at != row.version) else { return Ok(false) };
            // Of two whose names look alike the second one keeps the place that it had in the list.
            let key = organisations::name_key(&row.name);
            if !teams::has_key(change, organisation, &key).await? {
                row.name_key = key;
            }
            teams::update(change, &row).await?;
        }
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use orion_contracts::ServiceName;
    use orion_infra::Infra;

    #[tokio::test]
    async fn what_is_to_be_spelt_is_found_by_an_index_that_has_nothing_else() {
        let test = Infra::for_test(ServiceName::Users, crate::MIGRATIONS).await;
        let db = test.infra.db.read();
        for what in Spelt::ALL {
            let sql = format!("EXPLAIN QUERY PLAN {} AND id > x'' ORDER BY id LIMIT 200", what.stale());
            let rows = db.query_all_raw(statement(db, &sql, [])).await.expect("a plan");
            let steps: Vec<String> = rows.iter().map(|row| row.try_get("", "detail").expect("a step")).collect();
            assert!(steps.iter().all(|step| step.contains("_to_spell")), "{what:?}: {steps:?}");
        }
    }
}
