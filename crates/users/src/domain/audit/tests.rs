//! The chain on a real database: what is appended, cut and tampered with.

use super::append::append;
use super::verify::{Break, verify};
use super::{ChainKeys, cut};
use crate::MIGRATIONS;
use crate::store::audit_chain::{self, ChainEnds};
use chrono::Duration;
use orion_contracts::ServiceName;
use orion_contracts::audit::{AuditAction, AuditEntry};
use orion_infra::config::DatabaseConfig;
use orion_infra::db::connect::DbSource;
use orion_infra::secrets::Secrets;
use orion_infra::{Clock, Db, Doorbell, Metrics, Random};
use sea_orm::ConnectionTrait;
use tempfile::TempDir;

struct Chain {
    db: Db,
    secrets: Secrets,
    clock: Clock,
    random: Random,
    _directory: TempDir,
}

impl Chain {
    /// A chain of `length` entries.
    async fn of(length: i64) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let config =
            DatabaseConfig { url: orion_contracts::Secret::new(""), max_connections: 1, acquire_timeout_ms: 5000 };
        let db = DbSource::Files(directory.path().to_owned())
            .open(ServiceName::Users, &config, Doorbell::default(), &Metrics::new(ServiceName::Users))
            .await
            .expect("a database");
        let (clock, random) = (Clock::system(), Random::seeded(7));
        MIGRATIONS.apply(&db, clock.now()).await.expect("tables");
        let secrets = Secrets::new([1; 32], [2; 32], random.clone());
        let chain = Self { db, secrets, clock, random, _directory: directory };
        chain.append(&chain.entries(ServiceName::Auth, 1..=length)).await;
        chain
    }

    fn entries(&self, service: ServiceName, sequences: std::ops::RangeInclusive<i64>) -> Vec<AuditEntry> {
        let entry = |sequence| AuditEntry {
            id: self.random.id(&self.clock),
            service,
            sequence,
            occurred_at: self.clock.now(),
            user_id: None,
            session_id: None,
            action: AuditAction::Login,
            resource: "session".to_owned(),
            resource_id: None,
            description: "Signed in".to_owned(),
            old_values: None,
            new_values: None,
            ip_address: None,
            user_agent: None,
            request_id: None,
            success: true,
        };
        sequences.map(entry).collect()
    }

    async fn append(&self, entries: &[AuditEntry]) {
        append(&self.db, &self.secrets, &self.clock, entries).await.expect("appended");
    }

    async fn tamper(&self, sql: &str) {
        let txn = self.db.begin().await.expect("a transaction");
        txn.execute_unprepared(sql).await.expect(sql);
        txn.commit().await.expect("committed");
    }

    async fn verify(&self) -> Vec<Break> {
        verify(&self.db, &self.secrets).await.expect("readable")
    }

    async fn ends(&self) -> ChainEnds {
        audit_chain::find(self.db.read()).await.expect("readable")
    }
}

#[tokio::test]
async fn an_empty_chain_and_an_untouched_one_hold() {
    assert_eq!(Chain::of(0).await.verify().await, []);
    let chain = Chain::of(5).await;
    chain.append(&chain.entries(ServiceName::Gateway, 1..=3)).await;
    assert_eq!(chain.verify().await, []);
    assert_eq!(chain.ends().await.head_position, 8);
}

#[tokio::test]
async fn an_entry_that_arrives_twice_is_appended_once() {
    let chain = Chain::of(2).await;
    let entries = chain.entries(ServiceName::Users, 1..=3);
    chain.append(&entries[..2]).await;
    chain.append(&entries).await;
    assert_eq!(chain.ends().await.head_position, 5);
    assert_eq!(chain.verify().await, []);
}

#[tokio::test]
async fn two_entries_cannot_have_one_number() {
    let chain = Chain::of(2).await;
    let again = chain.entries(ServiceName::Auth, 2..=2);
    append(&chain.db, &chain.secrets, &chain.clock, &again).await.expect_err("the number is taken");
    assert_eq!(chain.verify().await, []);
}

#[tokio::test]
async fn a_changed_entry_is_found() {
    for (sql, found) in [
        ("UPDATE audit_log SET entry = replace(entry, 'Signed in', 'Signed up') WHERE position = 3", Break::Entry(3)),
        ("UPDATE audit_log SET service = 'admin', sequence = 1 WHERE position = 3", Break::Entry(3)),
        ("UPDATE audit_log SET previous_hash = hash WHERE position = 3", Break::Link(3)),
        ("UPDATE audit_log SET hash = payload_hmac WHERE position = 3", Break::Link(3)),
    ] {
        let chain = Chain::of(5).await;
        chain.tamper(sql).await;
        let breaks = chain.verify().await;
        assert!(breaks.contains(&found), "{sql}: {breaks:?}");
    }
}

#[tokio::test]
async fn a_removed_link_is_found() {
    let chain = Chain::of(5).await;
    chain.tamper("DELETE FROM audit_log WHERE position = 3").await;
    assert!(chain.verify().await.contains(&Break::Missing { from: 3, to: 3 }));
}

#[tokio::test]
async fn a_truncated_chain_is_found_and_so_are_ends_that_were_moved_to_hide_it() {
    let chain = Chain::of(5).await;
    chain.tamper("DELETE FROM audit_log WHERE position > 3").await;
    assert_eq!(chain.verify().await, [Break::Missing { from: 4, to: 5 }]);
    chain
        .tamper("UPDATE audit_chain SET head_position = 3, head_hash = (SELECT hash FROM audit_log WHERE position = 3)")
        .await;
    assert_eq!(chain.verify().await, [Break::Ends]);
}

#[tokio::test]
async fn an_older_copy_put_back_is_found_by_the_next_entry() {
    let chain = Chain::of(3).await;
    let older = chain.ends().await;
    chain.append(&chain.entries(ServiceName::Auth, 4..=5)).await;
    chain.tamper("DELETE FROM audit_log WHERE position > 3").await;
    let ChainEnds { head_hash, seal, .. } = &older;
    chain
        .tamper(&format!("UPDATE audit_chain SET head_position = 3, head_hash = '{head_hash}', seal = '{seal}'"))
        .await;
    chain.append(&chain.entries(ServiceName::Auth, 6..=6)).await;
    assert_eq!(chain.verify().await, [Break::Sequence { service: "auth".to_owned(), sequence: 6 }]);
}

#[tokio::test]
async fn a_chain_rebuilt_without_the_key_is_found() {
    let chain = Chain::of(2).await;
    let stranger = Secrets::new([9; 32], [2; 32], chain.random.clone());
    let keys = ChainKeys(&stranger);
    let mut ends = chain.ends().await;
    ends.seal = keys.seal(&ends);
    chain.tamper(&format!("UPDATE audit_chain SET seal = '{}'", ends.seal)).await;
    assert_eq!(chain.verify().await, [Break::Ends]);
}

#[tokio::test]
async fn retention_cuts_the_beginning_and_the_rest_still_holds() {
    let chain = Chain::of(5).await;
    let future = chain.clock.now() + Duration::days(1);
    chain.tamper("UPDATE audit_log SET appended_at = '2020-01-01T00:00:00+00:00' WHERE position <= 3").await;
    assert_eq!(cut(&chain.db, &chain.secrets, chain.clock.now() - Duration::days(1)).await.expect("cut"), 3);
    assert_eq!(chain.verify().await, []);
    chain.append(&chain.entries(ServiceName::Auth, 6..=6)).await;
    assert_eq!(chain.verify().await, []);
    assert_eq!(cut(&chain.db, &chain.secrets, future).await.expect("cut"), 3);
    assert_eq!(chain.verify().await, []);
}
