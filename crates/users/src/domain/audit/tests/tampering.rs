//! What somebody has done to the log is found.

use super::Chain;
use crate::domain::audit::ChainKeys;
use crate::domain::audit::verify::Break;
use crate::store::audit_chain::ChainEnds;
use orion_contracts::audit::AuditQuery;
use orion_infra::secrets::Secrets;
use serde_json::json;

#[tokio::test]
async fn a_changed_entry_is_found() {
    for (sql, found) in [
        ("entry = replace(entry, 'Signed in', 'Signed up')", Break::Entry(3)),
        ("service = 'admin'", Break::Entry(3)),
        ("action = 'logout'", Break::Entry(3)),
        ("principal_id = ''", Break::Entry(3)),
        ("success = false", Break::Entry(3)),
        ("occurred_at = '2000-01-01T00:00:00+00:00'", Break::Entry(3)),
        ("appended_at = '2000-01-01T00:00:00+00:00'", Break::Link(3)),
        ("previous_hash = hash", Break::Link(3)),
        ("hash = payload_hmac", Break::Link(3)),
        ("ip_address = '192.0.2.9'", Break::Entry(3)),
        ("redacted_at = appended_at", Break::Entry(3)),
        ("redaction = payload_hmac", Break::Redaction(3)),
    ] {
        let chain = Chain::of(5).await;
        chain.tamper(&format!("UPDATE audit_log SET {sql} WHERE position = 3")).await;
        let breaks = chain.verify().await;
        assert!(breaks.contains(&found), "{sql}: {breaks:?}");
    }
}

#[tokio::test]
async fn an_entry_that_is_no_json_any_more_hides_no_other() {
    let chain = Chain::of(3).await;
    chain.tamper("UPDATE audit_log SET entry = '' WHERE position = 2").await;
    let listed = chain.list(AuditQuery::default()).await;
    assert_eq!((listed.len(), &listed[1]["action"]), (3, &json!("login")));
}

#[tokio::test]
async fn removed_links_and_added_rows_are_found() {
    let chain = Chain::of(5).await;
    chain.tamper("DELETE FROM audit_log WHERE position = 3").await;
    assert!(chain.verify().await.contains(&Break::Missing { from: 3, to: 3 }));
    for position in [-1, 6] {
        let chain = Chain::of(5).await;
        let columns = "service, occurred_at, principal_kind, action, resource, success, entry, payload_hmac, \
                       previous_hash, hash, appended_at";
        let copy = format!("SELECT {position}, zeroblob(16), {columns} FROM audit_log WHERE position = 5");
        chain.tamper(&format!("INSERT INTO audit_log (position, id, {columns}) {copy}")).await;
        assert_eq!(chain.verify().await, [Break::Stray(position)]);
    }
}

#[tokio::test]
async fn rows_that_changed_places_or_were_put_in_between_are_found() {
    let chain = Chain::of(5).await;
    for (from, to) in [(2, -1), (3, 2), (-1, 3)] {
        chain.tamper(&format!("UPDATE audit_log SET position = {to} WHERE position = {from}")).await;
    }
    let breaks = chain.verify().await;
    assert!(breaks.contains(&Break::Link(2)) && breaks.contains(&Break::Link(3)), "{breaks:?}");

    // One is copied into a place that is made for it, with an id of its own.
    let chain = Chain::of(5).await;
    for position in [5, 4, 3] {
        chain.tamper(&format!("UPDATE audit_log SET position = {} WHERE position = {position}", position + 1)).await;
    }
    let columns = "service, occurred_at, principal_kind, action, resource, success, entry, payload_hmac, previous_hash, \
                   hash, appended_at";
    let copy = format!("SELECT 3, zeroblob(16), {columns} FROM audit_log WHERE position = 2");
    chain.tamper(&format!("INSERT INTO audit_log (position, id, {columns}) {copy}")).await;
    let breaks = chain.verify().await;
    assert!(breaks.contains(&Break::Entry(3)) && breaks.contains(&Break::Link(3)), "{breaks:?}");
    assert!(breaks.contains(&Break::Stray(6)), "{breaks:?}");
}

#[tokio::test]
async fn a_truncated_chain_is_found_and_so_are_ends_that_were_moved_to_hide_it() {
    let chain = Chain::of(5).await;
    chain.tamper("DELETE FROM audit_log WHERE position > 3").await;
    assert_eq!(chain.verify().await, [Break::Missing { from: 4, to: 5 }]);
    let hash = "(SELECT hash FROM audit_log WHERE position = 3)";
    chain.tamper(&format!("UPDATE audit_chain SET head_position = 3, head_hash = {hash}")).await;
    assert!(chain.verify().await.contains(&Break::Ends));
    chain.grow(1).await;
    assert!(chain.verify().await.contains(&Break::Ends), "the next entry seals nothing that others have written");
}

#[tokio::test]
async fn an_older_copy_put_back_is_found_also_once_it_has_grown() {
    let chain = Chain::of(3).await;
    let ChainEnds { head_hash, seal, .. } = chain.ends().await;
    chain.grow(2).await;
    chain.tamper("DELETE FROM audit_log WHERE position > 3").await;
    let older = format!("UPDATE audit_chain SET head_position = 3, head_hash = '{head_hash}', seal = '{seal}'");
    chain.tamper(&older).await;
    assert_eq!(chain.verify().await, [Break::Rewound]);

    let chain = Chain::of(3).await;
    let ChainEnds { head_hash, seal, .. } = chain.ends().await;
    chain.grow(2).await;
    chain.tamper("DELETE FROM audit_log WHERE position > 3").await;
    let older = format!("UPDATE audit_chain SET head_position = 3, head_hash = '{head_hash}', seal = '{seal}'");
    chain.tamper(&older).await;
    chain.grow(4).await;
    assert_eq!(chain.verify().await, [Break::Rewound]);
}

#[tokio::test]
async fn a_chain_rebuilt_without_the_key_is_found() {
    let chain = Chain::of(2).await;
    let stranger = Secrets::new([9; 32], [2; 32], chain.test.infra.random.clone());
    let seal = ChainKeys(&stranger).seal(&chain.ends().await);
    chain.tamper(&format!("UPDATE audit_chain SET seal = '{seal}'")).await;
    assert_eq!(chain.verify().await, [Break::Ends]);
}
