//! Looking into the log.

use super::Chain;
use crate::store::audit_log;
use orion_contracts::audit::{AuditEntry, AuditQuery};
use orion_contracts::{Principal, UserId};
use sea_orm::{ConnectionTrait, DbBackend, QueryTrait, Statement};
use serde_json::json;

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
        ("audit_log_resource_id", audit_log::Filter { resource_id: word(), ..filter() }),
        ("audit_log_service", audit_log::Filter { service: word(), ..filter() }),
        ("audit_log_ip_address", audit_log::Filter { ip_address: word(), ..filter() }),
        ("audit_log_success", audit_log::Filter { success: Some(false), ..filter() }),
        // Of several, that of the one that leaves the least.
        (
            "audit_log_principal",
            audit_log::Filter { principal: word(), success: Some(true), service: word(), action: word(), ..filter() },
        ),
        (
            "audit_log_ip_address",
            audit_log::Filter { ip_address: word(), within: Some(id.into_iter().collect()), ..filter() },
        ),
        ("audit_log_action", audit_log::Filter { action: word(), resource: word(), success: Some(true), ..filter() }),
        ("audit_log_occurred_at", audit_log::Filter { since: now, ..filter() }),
        ("audit_log_occurred_at", audit_log::Filter { until: now, ..filter() }),
        // And of that what happened in a time.
        ("audit_log_service", audit_log::Filter { service: word(), until: now, ..filter() }),
        ("audit_log_resource", audit_log::Filter { resource: word(), since: now, until: now, ..filter() }),
    ] {
        let is_within = filter.since.or(filter.until).is_some();
        for before in [None, now.map(|now| (now, 7))] {
            filter.before = before;
            let query = audit_log::select(&filter, 50).build(DbBackend::Sqlite);
            let explain = format!("EXPLAIN QUERY PLAN {}", query.sql);
            let values = query.values.map(|values| values.0).unwrap_or_default();
            let explain = Statement::from_sql_and_values(DbBackend::Sqlite, explain, values);
            let rows = chain.test.infra.db.read().query_all_raw(explain).await.expect("explained");
            let plan: Vec<String> = rows.iter().map(|row| row.try_get("", "detail").expect("a detail")).collect();
            // Newest first, without sorting all that is found.
            let [step] = &*plan else { panic!("{index}: {plan:?}") };
            assert!(step.starts_with(&format!("SEARCH audit_log USING INDEX {index} (")), "{index}: {plan:?}");
            assert!(!is_within || step.contains("occurred_at"), "{index}: {plan:?}");
        }
    }
}

#[tokio::test]
async fn what_a_user_did_and_what_was_done_to_them_is_one_list_in_the_order_of_the_log() {
    let chain = Chain::of(1).await;
    let user: UserId = chain.test.infra.random.id(&chain.test.infra.clock);
    let entry = || chain.entry();
    let of_them = |mut entry: AuditEntry| {
        entry.object.resource_id = Some(user.to_string());
        entry
    };
    let by = |session_id| Principal::User { user_id: user, session_id };
    let entries = [
        AuditEntry { principal: by(None), ..entry() },
        of_them(entry()),
        AuditEntry { actor: Some(user), ..entry() },
        entry(),
        of_them(AuditEntry { principal: by(None), success: false, ..entry() }),
        AuditEntry { ip_address: Some("2001:db8::7".to_owned()), ..of_them(entry()) },
    ];
    let written: Vec<_> = entries.iter().map(|entry| chain.written(entry)).collect();
    chain.append(&written).await;
    let about = AuditQuery { about: Some(user), ..AuditQuery::default() };
    let expected: Vec<_> = [5, 4, 2, 1, 0].map(|at: usize| json!(entries[at])).into();
    assert_eq!(chain.list(about.clone()).await, expected);
    assert_eq!(chain.list(AuditQuery { limit: Some(2), ..about.clone() }).await, expected[..2]);
    let found = |query: AuditQuery| async { chain.list(query).await };
    assert_eq!(found(AuditQuery { success: Some(false), ..about.clone() }).await, expected[1..2]);
    // However it is written it is one address.
    let address = "2001:0DB8:0::7".parse().ok();
    assert_eq!(found(AuditQuery { ip_address: address, ..about }).await, expected[..1]);
}
