//! Looking into the log.

use super::super::{ChainKeys, facets};
use super::Chain;
use crate::store::audit_log;
use orion_contracts::audit::{AuditEntry, AuditQuery};
use orion_contracts::{ApiKeyId, Principal, ServiceName, UserId};
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

#[tokio::test]
async fn what_a_person_did_by_their_keys_is_found_under_them() {
    let chain = Chain::of(1).await;
    let (random, clock) = (&chain.test.infra.random, &chain.test.infra.clock);
    let (user, key): (UserId, ApiKeyId) = (random.id(clock), random.id(clock));
    let by_key = Principal::ApiKey { id: key.0, user_id: user };
    let entries = [
        AuditEntry { principal: by_key, ..chain.entry() },
        AuditEntry { principal: Principal::User { user_id: user, session_id: None }, ..chain.entry() },
        AuditEntry { actor: Some(user), ..chain.entry() },
    ];
    let written: Vec<_> = entries.iter().map(|entry| chain.written(entry)).collect();
    chain.append(&written).await;
    let found = async |query: AuditQuery| chain.list(query).await;
    let by = |id: String| AuditQuery { principal: Some(id), ..AuditQuery::default() };
    let expected: Vec<_> = [1, 0].map(|at: usize| json!(entries[at])).into();
    assert_eq!(found(by(user.to_string())).await, expected);
    assert_eq!(found(by(user.to_string().to_uppercase())).await, expected, "however it is written");
    assert_eq!(found(AuditQuery { success: Some(true), ..by(user.to_string()) }).await, expected);
    let about = AuditQuery { about: Some(user), ..by(user.to_string()) };
    assert_eq!(found(about).await, expected);
    assert_eq!(found(by(key.to_string())).await, expected[1..]);
    assert!(chain.verify().await.is_empty());

    let keys = ChainKeys(&chain.test.infra.secrets);
    let mut link = audit_log::at(chain.test.infra.db.read(), 2).await.expect("readable").expect("a link").row;
    assert_eq!(link.actor_id, Some(user.0));
    link.actor_id = None;
    assert!(!keys.is_payload(&link, &link.payload_hmac), "nobody takes it away unseen");
    assert!(facets::fit(&link), "older versions wrote none");
    chain.tamper(&format!("UPDATE audit_log SET payload_hmac = '{}' WHERE position = 2", keys.payload(&link))).await;
    assert!(chain.append(&written).await.refused.is_empty(), "sent again it is none other");
}

#[tokio::test]
async fn an_entry_that_cannot_be_read_says_whose_it_is_by_its_columns() {
    let other = Chain::of(0).await;
    let (random, clock) = (&other.test.infra.random, &other.test.infra.clock);
    let (user, other): (UserId, UserId) = (random.id(clock), random.id(clock));
    for principal in [
        Principal::Anonymous,
        Principal::User { user_id: user, session_id: None },
        Principal::ApiKey { id: other.0, user_id: user },
        Principal::ServiceAccount { id: other.0 },
        Principal::Client { id: other.0 },
        Principal::Service { service: ServiceName::Auth },
        Principal::Platform,
    ] {
        let chain = Chain::of(1).await;
        let written = chain.written(&AuditEntry { principal, ..chain.entry() });
        chain.append(&[written]).await;
        chain.tamper("UPDATE audit_log SET entry = 'nothing' WHERE position = 2").await;
        let told = chain.list(AuditQuery::default()).await.remove(0);
        assert_eq!(told["principal"], json!(principal));
    }
}
