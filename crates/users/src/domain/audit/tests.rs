//! The chain on a real database: what is appended, found, cut and tampered with.

use super::cut::{Cut, Stop, cut};
use super::verify::{Break, verify};
use super::{ChainKeys, Users};
use crate::store::audit_chain::{self, ChainEnds};
use crate::store::audit_log;
use crate::{MIGRATIONS, UsersConfig};
use chrono::Duration;
use orion_contracts::audit::{AuditAction, AuditAppended, AuditEntry, AuditObject, AuditQuery, WrittenEntry};
use orion_contracts::{AuditEntryId, Author, Principal, ServiceName};
use orion_infra::audit::mac;
use orion_infra::secrets::{Scope, Secrets};
use orion_infra::testing::TestInfra;
use orion_infra::{Change, DbError, Infra, Random};
use sea_orm::{ConnectionTrait, DbBackend, QueryTrait, Statement};
use serde_json::{Value, json};

const YEAR: Duration = Duration::days(365);

struct Chain {
    test: TestInfra,
    users: Users,
}

impl Chain {
    /// A chain of `length` entries.
    async fn of(length: usize) -> Self {
        let test = Infra::for_test(ServiceName::Users, MIGRATIONS).await;
        let config = UsersConfig { verification_hours: 24, audit_retention_days: 365 };
        let chain = Self { users: Users::new(test.infra.clone(), config), test };
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
        verify(&self.test.infra, &self.users.witness).await.expect("readable")
    }

    async fn cut(&self, keep: Duration) -> Cut {
        cut(&self.test.infra, &self.users.witness, keep).await.expect("cut")
    }

    async fn ends(&self) -> ChainEnds {
        audit_chain::find(self.test.infra.db.read()).await.expect("readable")
    }

    async fn list(&self, query: AuditQuery) -> Vec<Value> {
        self.users.audit_entries(&query).await.expect("listed").items
    }

    fn seal(&self, ends: &ChainEnds) -> String {
        ChainKeys(&self.test.infra.secrets).seal(ends)
    }
}

#[tokio::test]
async fn an_empty_chain_and_an_untouched_one_hold() {
    assert_eq!(Chain::of(0).await.verify().await, []);
    let chain = Chain::of(5).await;
    chain.grow(3).await;
    assert_eq!(chain.verify().await, []);
    assert_eq!(chain.ends().await.head_position, 8);
}

#[tokio::test]
async fn an_entry_that_arrives_twice_is_appended_once() {
    let chain = Chain::of(2).await;
    let entries: Vec<_> = (0..3).map(|_| chain.written(&chain.entry())).collect();
    chain.append(&entries[..2]).await;
    assert!(chain.append(&[&entries[..], &entries[..]].concat()).await.refused.is_empty());
    assert_eq!(chain.ends().await.head_position, 5);
    assert_eq!(chain.verify().await, []);
}

#[tokio::test]
async fn what_cannot_be_taken_is_named_and_keeps_no_other_waiting() {
    let chain = Chain::of(1).await;
    let entry = chain.entry();
    let id = entry.id;
    let good = chain.written(&entry);
    let huge = AuditEntry { description: "x".repeat(1024 * 1024), ..chain.entry() };
    let foreign = AuditEntry { service: ServiceName::Admin, ..chain.entry() };
    for (bad, why) in [
        (WrittenEntry { mac: "0".repeat(64), ..good.clone() }, "MAC"),
        (WrittenEntry { entry: good.entry.replace("Signed in", "Signed up"), ..good.clone() }, "MAC"),
        (chain.text(id, "{}".to_owned()), "cannot be read"),
        (chain.text(id, "no JSON".to_owned()), "cannot be read"),
        (chain.text(id, good.entry.replacen("\"20", "\"+1120", 1)), "no year"),
        (chain.written(&huge), "more than"),
        (chain.written(&foreign), "another service"),
        (chain.text(id, chain.written(&chain.entry()).entry), "another entry"),
    ] {
        let next = chain.written(&chain.entry());
        let appended = chain.append(&[bad.clone(), next.clone()]).await;
        let [refused] = &appended.refused[..] else { panic!("{why}: {appended:?}") };
        assert!(refused.id == bad.id && refused.reason.contains(why), "{why}: {refused:?}");
        assert!(chain.list(AuditQuery::default()).await[0]["id"] == json!(next.id), "{why}");
    }
    assert!(chain.append(&[good]).await.refused.is_empty(), "its id was not taken by what was refused");
    assert_eq!(chain.verify().await, []);
}

#[tokio::test]
async fn a_restored_service_sends_its_entries_again_and_the_log_keeps_what_it_has() {
    let chain = Chain::of(1).await;
    let before = chain.entry();
    chain.append(&[chain.written(&before)]).await;
    let other = AuditEntry { description: "Signed in elsewhere".to_owned(), ..before.clone() };
    let renewed = AuditEntry { id: chain.entry().id, ..before.clone() };
    let next = chain.entry();
    let sent = [&other, &before, &renewed, &next].map(|entry| chain.written(entry));
    let appended = chain.append(&sent).await;
    assert_eq!(appended.refused.iter().map(|refused| refused.id).collect::<Vec<_>>(), [before.id]);
    let listed = chain.list(AuditQuery::default()).await;
    let expected: Vec<_> = [&next, &renewed, &before].map(|entry| json!(entry)).into();
    assert_eq!(listed[..3], expected);
    assert_eq!((chain.ends().await.head_position, chain.verify().await), (4, vec![]));
}

#[tokio::test]
async fn an_entry_of_a_newer_version_is_kept_found_and_told_as_it_is() {
    let chain = Chain::of(1).await;
    let id = chain.entry().id;
    let robot = "01a205e0-7b04-7ecf-b8e8-ad2a13e81daf";
    let mut newer = json!(AuditEntry { id, ..chain.entry() });
    newer["action"] = json!("teleport");
    newer["principal"] = json!({ "kind": "robot", "id": robot });
    newer["mood"] = json!({ "a word": [1, 2.50, "\u{0}"] });
    newer["object"]["resource_id"] = json!("\u{0}".to_owned() + &"é".repeat(300));
    assert!(chain.append(&[chain.text(id, newer.to_string())]).await.refused.is_empty());
    for query in [
        AuditQuery { action: Some("teleport".to_owned()), ..AuditQuery::default() },
        AuditQuery { principal: Some(robot.to_owned()), ..AuditQuery::default() },
    ] {
        assert_eq!(chain.list(query).await, [newer.clone()]);
    }
    assert_eq!(chain.verify().await, []);
}

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

#[tokio::test]
async fn after_a_change_of_keys_the_chain_holds_goes_on_and_knows_what_it_has() {
    let mut chain = Chain::of(0).await;
    let secrets = |master, internal| Secrets::new([master; 32], [internal; 32], Random::system());
    let rotate = |chain: &mut Chain, secrets: Secrets| {
        chain.test.infra.secrets = secrets;
        chain.users = Users::new(chain.test.infra.clone(), chain.users.config.clone());
    };
    rotate(&mut chain, secrets(1, 2));
    chain.grow(2).await;
    let before = chain.entry();
    chain.append(&[chain.written(&before)]).await;
    let waiting = chain.written(&chain.entry());
    rotate(&mut chain, secrets(3, 4));
    assert!(chain.verify().await.contains(&Break::Ends), "without the key of before");
    let both = secrets(3, 4).with_older(Scope::AtRest, [[1; 32]]).with_older(Scope::InMessages, [[2; 32]]);
    rotate(&mut chain, both);
    assert_eq!(chain.verify().await, []);
    assert!(chain.append(&[waiting, chain.written(&before)]).await.refused.is_empty());
    assert_eq!((chain.ends().await.head_position, chain.verify().await), (4, vec![]));
    rotate(&mut chain, secrets(1, 2));
    assert!(chain.verify().await.contains(&Break::Link(4)), "appended with the new key");
}

#[tokio::test]
async fn retention_cuts_the_beginning_and_the_rest_still_holds() {
    let chain = Chain::of(3).await;
    chain.advance(Duration::days(300));
    chain.grow(2).await;
    assert_eq!(chain.cut(YEAR).await, Cut::default());
    chain.advance(Duration::days(70));
    chain.grow(1).await;
    chain.advance(Duration::days(10));
    assert_eq!(chain.cut(YEAR).await, Cut { removed: 3, stop: None });
    assert_eq!(chain.verify().await, []);
    let ends = chain.ends().await;
    assert_eq!((ends.cut_position, ends.cut_at.is_some()), (3, true));
    assert_eq!(chain.users.audit_verification().await.expect("known").entries, 3);
    chain.grow(1).await;
    assert_eq!(chain.verify().await, []);
}

#[tokio::test]
async fn the_newest_link_stays_however_old_it_is() {
    let chain = Chain::of(3).await;
    chain.advance(Duration::days(30));
    assert_eq!(chain.cut(Duration::days(10)).await, Cut { removed: 2, stop: None });
    assert_eq!(chain.cut(Duration::days(10)).await, Cut::default());
    assert_eq!(chain.verify().await, []);
}

#[tokio::test]
async fn dates_that_somebody_has_changed_cut_nothing() {
    let long_ago = "'2000-01-01T00:00:00+00:00'";
    for (rows, stop) in [
        ("appended_at = {} WHERE position = 5", None),
        ("occurred_at = {}, appended_at = {} WHERE position = 5", None),
        ("appended_at = {}", None),
        ("occurred_at = {}, appended_at = {} WHERE position < 5", Some(Stop::Broken(Break::Entry(1)))),
    ] {
        let chain = Chain::of(4).await;
        chain.advance(Duration::days(100));
        chain.grow(1).await;
        chain.advance(Duration::days(10));
        let sql = format!("UPDATE audit_log SET {}", rows.replace("{}", long_ago));
        chain.tamper(&sql).await;
        assert_eq!(chain.cut(YEAR).await, Cut { removed: 0, stop }, "{rows}");
        chain.users.cut_audit().await.expect("looked");
        assert!(chain.users.verify_audit_when_due().await.expect("verified") > 0, "{rows}");
        assert_eq!(audit_log::bounds(chain.test.infra.db.read()).await.expect("rows"), (Some(1), Some(5)), "{rows}");
        let told = chain.users.audit_verification().await.expect("told");
        assert!(!told.holds && told.break_count > 0 && !told.breaks.is_empty(), "{rows}: {told:?}");
    }
}

#[tokio::test]
async fn a_clock_that_has_jumped_ahead_cuts_nothing_also_when_the_platform_is_used_meanwhile() {
    let chain = Chain::of(5).await;
    chain.advance(YEAR * 2);
    assert_eq!(chain.cut(YEAR).await, Cut { removed: 0, stop: Some(Stop::Clock) });
    chain.grow(2).await;
    chain.advance(Duration::hours(1));
    chain.grow(1).await;
    assert_eq!(chain.cut(YEAR).await, Cut { removed: 0, stop: Some(Stop::Clock) });
    assert_eq!(chain.ends().await.cut_position, 0);
    assert_eq!(chain.verify().await, []);
}

#[tokio::test]
async fn a_clock_that_is_ahead_by_less_than_entries_are_kept_cuts_little_until_it_is_lived_by() {
    let chain = Chain::of(2).await;
    for _ in 0..10 {
        chain.advance(Duration::days(10));
        chain.grow(1).await;
    }
    // A hundred days have passed, and the clock says four hundred.
    chain.advance(Duration::days(300));
    chain.grow(1).await;
    assert_eq!(chain.cut(YEAR).await, Cut { removed: 0, stop: Some(Stop::Clock) });
    assert_eq!(
        chain.cut(Duration::days(125)).await,
        Cut { removed: 2, stop: None },
        "what is a month too young at most"
    );
    chain.advance(Duration::days(8));
    chain.grow(1).await;
    assert_eq!(chain.cut(YEAR).await, Cut { removed: 4, stop: None }, "nobody has said that it is wrong");
    assert_eq!(chain.verify().await, []);
}

#[tokio::test]
async fn one_look_cuts_a_part_of_the_log_only() {
    let chain = Chain::of(1000).await;
    chain.grow(600).await;
    chain.advance(Duration::days(30));
    chain.grow(1).await;
    assert_eq!(chain.cut(Duration::days(10)).await.removed, 1000);
    assert_eq!(chain.cut(Duration::days(10)).await.removed, 600);
    assert_eq!(chain.verify().await, []);
}

#[tokio::test]
async fn a_verification_is_noted_and_the_note_cannot_be_made_without_the_key() {
    let chain = Chain::of(3).await;
    assert_eq!(chain.users.audit_verification().await.expect("told").verified_at, None);
    assert_eq!(chain.users.verify_audit_when_due().await.expect("verified"), 0);
    let told = chain.users.audit_verification().await.expect("told");
    assert!(told.holds && told.verified_at.is_some(), "{told:?}");
    assert_eq!(chain.ends().await.seal, chain.seal(&chain.ends().await));

    chain.tamper("UPDATE audit_log SET action = 'logout' WHERE position = 2").await;
    assert_eq!(chain.users.verify_audit_when_due().await.expect("not due"), 0);
    chain.advance(Duration::hours(25));
    let now = chain.test.infra.clock.now().to_rfc3339();
    chain.tamper(&format!("UPDATE audit_chain SET verified_at = '{now}'")).await;
    assert_eq!(chain.users.verify_audit_when_due().await.expect("verified"), 2, "the entry, and the note");
    assert!(!chain.users.audit_verification().await.expect("told").holds);
}

#[tokio::test]
async fn restarts_neither_repeat_the_verification_nor_put_it_off() {
    let chain = Chain::of(1).await;
    chain.users.verify_audit_when_due().await.expect("verified");
    let first = chain.ends().await.verified_at;
    for (hours, is_due) in [(23, false), (2, true)] {
        chain.advance(Duration::hours(hours));
        let restarted = Users::new(chain.test.infra.clone(), chain.users.config.clone());
        restarted.verify_audit_when_due().await.expect("looked");
        assert_eq!(chain.ends().await.verified_at > first, is_due, "after {hours} more hours");
    }
}

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
