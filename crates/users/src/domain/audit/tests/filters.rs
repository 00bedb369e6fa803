//! Looking into the log.

use super::Chain;
use crate::store::audit_log;
use sea_orm::{ConnectionTrait, DbBackend, QueryTrait, Statement};

#[tokio::test]
async fn each_filter_is_served_by_an_index() {
    let chain = Chain::of(1).await;
    let word = || Some("word".to_owned());
    let (id, now) = (Some(chain.entry().id.0), Some(chain.test.infra.clock.now()));
    let filter = audit_log::Filter::default;
    for (index, mut filter) in [
        ("audit_log_principal", audit_log::Filter { principal: word(), ..filter() }),
        ("audit_log_actor", audit_log::Filter { actor: id, ..filter() }),
        ("audit_log_organisation", audit_log::Filter { organisation: id, ..filter() }),
        ("audit_log_action", audit_log::Filter { action: word(), ..filter() }),
        ("audit_log_resource", audit_log::Filter { resource: word(), ..filter() }),
        ("audit_log_object", audit_log::Filter { resource: word(), resource_id: word(), ..filter() }),
        ("audit_log_occurred_at", audit_log::Filter { since: now, ..filter() }),
        ("audit_log_occurred_at", audit_log::Filter { until: now, ..filter() }),
    ] {
        let by_time = filter.since.or(filter.until).is_some();
        for before in [None, Some(7)] {
            filter.before = before;
            let query = audit_log::select(&filter, 50).build(DbBackend::Sqlite);
            let explain = format!("EXPLAIN QUERY PLAN {}", query.sql);
            let values = query.values.map(|values| values.0).unwrap_or_default();
            let explain = Statement::from_sql_and_values(DbBackend::Sqlite, explain, values);
            let rows = chain.test.infra.db.read().query_all_raw(explain).await.expect("explained");
            let plan: Vec<String> = rows.iter().map(|row| row.try_get("", "detail").expect("a detail")).collect();
            let (kind, step) = if by_time { ("COVERING INDEX", 2) } else { ("INDEX", 0) };
            assert!(plan[step].starts_with(&format!("SEARCH audit_log USING {kind} {index} (")), "{index}: {plan:?}");
            assert!(plan.iter().all(|step| !step.starts_with("SCAN")), "{index}: {plan:?}");
            // Newest first, without sorting all that is found.
            assert!(by_time || plan.len() == 1, "{index}: {plan:?}");
        }
    }
}
