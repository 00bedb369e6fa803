//! The chain on a real database: what is appended, found, cut and tampered with.

mod appending;
mod filters;
mod looking_after;
mod proof;
mod tampering;
mod unreadable;

use super::cut::{Cut, cut};
use super::verify::{Break, Found, Log, verify};
use super::{ChainKeys, Users};
use crate::store::audit_chain::{self, ChainEnds};
use crate::{MIGRATIONS, UsersConfig};
use chrono::Duration;
use orion_contracts::audit::{AuditAction, AuditAppended, AuditEntry, AuditObject, AuditQuery, WrittenEntry};
use orion_contracts::{AuditEntryId, Author, Principal, ServiceName};
use orion_http::identity::Scope;
use orion_infra::audit::mac;
use orion_infra::testing::TestInfra;
use orion_infra::{Change, DbError, Infra, Settings};
use sea_orm::ConnectionTrait;
use serde_json::Value;

const YEAR: Duration = Duration::days(365);

struct Chain {
    test: TestInfra,
    users: Users,
}

impl Chain {
    /// A chain of `length` entries.
    async fn of(length: usize) -> Self {
        let test = Infra::for_test(ServiceName::Users, MIGRATIONS).await;
        let config = UsersConfig {
            verification_hours: 24,
            avatar_max_kib: 5120,
            email_change_hours: 24,
            invitation_days: 7,
            unverified_days: 7,
            erase_deleted_days: 30,
            audit_retention_days: 365,
        };
        let chain = Self { users: Users::new(test.infra.clone(), Settings::new(config)), test };
        chain.grow(length).await;
        chain
    }

    fn entry(&self) -> AuditEntry {
        let infra = &self.test.infra;
        AuditEntry {
            id: infra.random.id(&infra.clock),
            service: ServiceName::Auth,
            occurred_at: infra.clock.now(),
            principal: Principal::Anonymous,
            actor: None,
            organisation_id: None,
            action: AuditAction::Login,
            object: AuditObject { resource: "session".to_owned(), resource_id: None },
            description: "Signed in".to_owned(),
            old_values: None,
            new_values: None,
            ip_address: None,
            user_agent: None,
            request_id: None,
            success: true,
            redaction: None,
        }
    }

    fn written(&self, entry: &AuditEntry) -> WrittenEntry {
        self.text(entry.id, serde_json::to_string(entry).expect("JSON"))
    }

    fn text(&self, id: AuditEntryId, entry: String) -> WrittenEntry {
        WrittenEntry { id, mac: mac(&self.test.infra.secrets, ServiceName::Auth, &entry), entry }
    }

    async fn append(&self, entries: &[WrittenEntry]) -> AuditAppended {
        self.users.append_audit(ServiceName::Auth, entries).await.expect("appended")
    }

    /// Appends new entries.
    async fn grow(&self, length: usize) {
        let entries: Vec<_> = (0..length).map(|_| self.written(&self.entry())).collect();
        assert!(self.append(&entries).await.refused.is_empty());
    }

    fn advance(&self, by: Duration) {
        self.test.clock.advance(by.to_std().expect("forward"));
    }

    async fn tamper(&self, sql: &str) {
        let tampering = async |change: &mut Change| {
            change.unaudited("a test");
            change.execute_unprepared(sql).await.map_err(DbError::from)
        };
        self.test.infra.write(Author::PLATFORM, tampering).await.expect(sql);
    }

    async fn verify(&self) -> Vec<Break> {
        self.found().await.breaks
    }

    async fn found(&self) -> Found {
        verify(Log::of(&self.test.infra), &self.users.witness).await.expect("readable")
    }

    async fn cut(&self, keep: Duration) -> Cut {
        cut(&self.test.infra, &self.users.witness, keep).await.expect("cut")
    }

    async fn ends(&self) -> ChainEnds {
        audit_chain::find(self.test.infra.db.read()).await.expect("readable")
    }

    async fn list(&self, query: AuditQuery) -> Vec<Value> {
        self.users.audit_entries(&Scope::Everything, &query).await.expect("listed").items
    }

    fn seal(&self, ends: &ChainEnds) -> String {
        ChainKeys(&self.test.infra.secrets).seal(ends)
    }
}
