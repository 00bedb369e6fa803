use crate::config::GatewayConfig;
use crate::document::{GatewayDocument, testing};
use crate::domain::{Gateway, InForce};
use crate::routing::RouteConfig;
use orion_contracts::gateway_changes::{GatewayEdit, GatewayItemChange};
use orion_contracts::{Author, FieldCode, Problem, ServiceName};
use orion_infra::db::dialect::statement;
use orion_infra::idempotency::IdempotencyKey;
use orion_infra::jobs::{Retention, days};
use orion_infra::settings::AppliedState;
use orion_infra::testing::TestInfra;
use orion_infra::versions::SeenVersions;
use orion_infra::{Change, DbError, Infra, Settings};
use sea_orm::ConnectionTrait;
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;

const ME: Author = Author::PLATFORM;

fn route(name: &str, path: &str) -> RouteConfig {
    let value = json!({ "name": name, "path": path, "upstream": "http://127.0.0.1:9000" });
    serde_json::from_value(value).expect("a route")
}

fn document(routes: &[(&str, &str)]) -> GatewayDocument {
    GatewayDocument { routes: routes.iter().map(|(name, path)| route(name, path)).collect() }
}

async fn process(test: &TestInfra, config: GatewayConfig) -> Gateway {
    let opened = InForce::open(test.infra.clone(), Settings::new(config), BTreeMap::new(), AppliedState::default());
    let in_force = Arc::new(opened.await.unwrap_or_else(|_| panic!("opens")));
    Gateway::new(test.infra.clone(), in_force, Arc::default())
}

async fn gateway(file: &[(&str, &str)]) -> (TestInfra, Gateway) {
    let test = Infra::for_test(ServiceName::Gateway, crate::MIGRATIONS).await;
    let gateway = process(&test, GatewayConfig { routes: document(file).routes, ..GatewayConfig::default() }).await;
    (test, gateway)
}

impl Gateway {
    async fn put(&self, name: &str, path: &str, seen: Option<i64>) -> Result<i64, Problem> {
        let seen = seen.map_or(SeenVersions::ANY, |version| SeenVersions::one_of(vec![version], Vec::new()));
        Ok(self.replace_route(ME, name, &seen, &route(name, path), None).await?.version)
    }

    async fn add(&self, name: &str, path: &str) -> Result<i64, Problem> {
        Ok(self.add_route(ME, &IdempotencyKey::default(), &route(name, path), Some("for a test")).await?.version)
    }

    async fn put_all(&self, routes: &[(&str, &str)]) -> Result<i64, Problem> {
        Ok(self
            .replace_document(ME, &IdempotencyKey::default(), &SeenVersions::ANY, &document(routes), None)
            .await?
            .version)
    }

    async fn names(&self) -> Vec<String> {
        self.document().await.expect("read").document.routes.into_iter().map(|route| route.name).collect()
    }
}

fn fields(problem: &Problem) -> Vec<&str> {
    problem.errors.iter().map(|error| &*error.field).collect()
}

fn told(changes: &[GatewayItemChange]) -> Vec<(&str, GatewayEdit)> {
    changes.iter().map(|change| (&*change.name, change.edit)).collect()
}

#[tokio::test]
async fn two_who_change_different_routes_are_not_in_each_others_way_and_of_the_same_one_is_told() {
    let (_test, gateway) = gateway(&[]).await;
    let (a, b) = (gateway.add("a", "/a").await.expect("added"), gateway.add("b", "/b").await.expect("added"));
    assert_eq!((a, b), (1, 2));
    // Both have read before either changes.
    assert_eq!(gateway.put("a", "/a2", Some(a)).await.expect("replaced"), 3);
    assert_eq!(gateway.put("b", "/b2", Some(b)).await.expect("replaced"), 4);
    let stale = gateway.put("a", "/a3", Some(a)).await.expect_err("somebody was faster");
    assert_eq!(stale.status, 412);
    let seen = SeenVersions::one_of(vec![a], Vec::new());
    assert_eq!(gateway.remove_route(ME, "a", &seen, None).await.expect_err("the same").status, 412);
    assert_eq!(gateway.route("a").await.expect("there").route.path, "/a2");
}

#[tokio::test]
async fn what_cannot_be_in_force_is_refused_with_all_its_fields_and_nothing_of_it_is_kept() {
    let (_test, gateway) = gateway(&[("file", "/file")]).await;
    let mut odd = route("odd", "/readyz");
    odd.timeout_ms = Some(0);
    let problem = gateway.add_route(ME, &IdempotencyKey::default(), &odd, None).await.expect_err("refused");
    assert_eq!((problem.status, fields(&problem)), (422, vec!["path", "timeout_ms"]));
    let problem = gateway.add("test", "/x").await.expect_err("a word of addresses");
    assert_eq!(fields(&problem), ["name"]);
    let problem = gateway.add("file", "/x").await.expect_err("of the file");
    assert!(problem.status == 409 && problem.detail.as_ref().is_some_and(|why| why.contains("gateway.routes[0]")));
    for problem in [gateway.put("file", "/x", None).await, gateway.put("gone", "/x", None).await] {
        assert!(matches!(problem.expect_err("not kept").status, 404 | 409));
    }
    gateway.add("a", "/a").await.expect("added");
    assert_eq!(gateway.add("a", "/b").await.expect_err("taken").errors[0].code, FieldCode::Taken);
    let problem = gateway.add("b", "/file").await.expect_err("the path of the file's");
    assert_eq!(fields(&problem), ["path"]);
    let renamed = gateway.replace_route(ME, "a", &SeenVersions::ANY, &route("z", "/a"), None).await;
    assert_eq!(fields(&renamed.expect_err("another name")), ["name"]);
    let reason = "x".repeat(501);
    let long = gateway.remove_route(ME, "a", &SeenVersions::ANY, Some(&reason)).await.expect_err("too long");
    assert_eq!(fields(&long), ["reason"]);
    assert_eq!(gateway.in_force.applied().version, Some(1));
}

#[tokio::test]
async fn a_document_is_replaced_whole_or_not_at_all_and_what_stays_keeps_its_version() {
    let (_test, gateway) = gateway(&[]).await;
    assert_eq!(gateway.put_all(&[("b", "/b"), ("a", "/a"), ("c", "/c")]).await.expect("kept"), 1);
    let bad = document(&[("a", "/a"), ("z", "/readyz"), ("y", "/a")]);
    let problem = gateway
        .replace_document(ME, &IdempotencyKey::default(), &SeenVersions::ANY, &bad, None)
        .await
        .expect_err("refused");
    let mut found = fields(&problem);
    found.sort_unstable();
    assert_eq!(found, ["routes[1].path", "routes[2].path"]);
    assert_eq!(gateway.names().await, ["a", "b", "c"]);
    // Tried out it says the same, and changes nothing.
    let verdict = gateway.try_document(&bad).await.expect("looked at");
    assert!(!verdict.is_valid && verdict.faults.len() == 2);
    let verdict = gateway.try_document(&document(&[("a", "/a"), ("d", "/d")])).await.expect("looked at");
    let expected = [("b", GatewayEdit::Removed), ("c", GatewayEdit::Removed), ("d", GatewayEdit::Added)];
    assert_eq!((verdict.is_valid, told(&verdict.changes)), (true, expected.to_vec()));
    let twice = gateway.put_all(&[("a", "/a"), ("a", "/b")]).await.expect_err("twice");
    assert_eq!(fields(&twice), ["routes[1].name"]);
    assert_eq!(gateway.in_force.applied().version, Some(1));
    // Two that change places are one change.
    assert_eq!(gateway.put_all(&[("a", "/b"), ("b", "/a"), ("c", "/c")]).await.expect("kept"), 2);
    assert_eq!(gateway.route("c").await.expect("there").version, 1);
    // The same once more is none.
    assert_eq!(gateway.put_all(&[("a", "/b"), ("b", "/a"), ("c", "/c")]).await.expect("kept"), 2);
}

#[tokio::test]
async fn every_version_can_be_read_compared_and_restored() {
    let (_test, gateway) = gateway(&[]).await;
    gateway.add("a", "/a").await.expect("added");
    gateway.add("b", "/b").await.expect("added");
    gateway.put("a", "/a2", None).await.expect("replaced");
    gateway.remove_route(ME, "b", &SeenVersions::ANY, None).await.expect("removed");
    let versions = gateway.versions(None, 50).await.expect("read");
    let summaries: Vec<_> = versions.iter().map(|one| (one.version, one.summary.join(", "))).collect();
    let words = ["route b removed", "route a replaced", "route b added", "route a added"];
    assert_eq!(summaries, [4, 3, 2, 1].into_iter().zip(words.map(str::to_owned)).collect::<Vec<_>>());
    assert_eq!(versions[3].reason.as_deref(), Some("for a test"));
    let third = gateway.version(3, None).await.expect("kept");
    assert_eq!((third.against, told(&third.changes)), (2, vec![("a", GatewayEdit::Replaced)]));
    assert_eq!(third.changes[0].before.as_ref().map(|before| &before["path"]), Some(&json!("/a")));
    let against = gateway.version(4, Some(2)).await.expect("kept");
    assert_eq!(told(&against.changes), [("a", GatewayEdit::Replaced), ("b", GatewayEdit::Removed)]);
    assert_eq!(told(&gateway.version(2, Some(0)).await.expect("kept").changes).len(), 2);
    for (version, other) in [(5, None), (0, None), (-1, None), (4, Some(9)), (i64::MAX, None), (4, Some(i64::MIN))] {
        assert_eq!(gateway.version(version, other).await.expect_err("not kept").status, 404);
    }

    let seen = SeenVersions::ANY;
    let restored = gateway.restore(ME, &IdempotencyKey::default(), (&seen, 2), None).await.expect("restored");
    assert_eq!((restored.version, gateway.names().await), (5, vec!["a".to_owned(), "b".to_owned()]));
    assert_eq!(gateway.route("a").await.expect("there").route.path, "/a");
    assert_eq!(gateway.versions(None, 1).await.expect("read")[0].restored, Some(2));
    assert!(testing::serves(&gateway.in_force.table().get(), "/b"));
    let gone = gateway.restore(ME, &IdempotencyKey::default(), (&seen, 99), None).await.expect_err("never was");
    assert_eq!(gone.status, 404);
}

#[tokio::test]
async fn what_was_wrong_already_keeps_nobody_from_mending_another_part() {
    let (test, gateway) = gateway(&[]).await;
    gateway.add("a", "/a").await.expect("added");
    gateway.add("b", "/b").await.expect("added");
    // As a newer version would have written it.
    let odd = "UPDATE gateway_items SET definition = '{\"name\":\"a\",\"planet\":\"Mars\"}' WHERE name = 'a'";
    let written = test.infra.write(ME, async |change: &mut Change| {
        change.unaudited("a test");
        Ok::<_, DbError>(change.execute_raw(statement(change, odd, [])).await?.rows_affected())
    });
    assert_eq!(written.await.expect("written"), 1);
    let later = process(&test, GatewayConfig::default()).await;
    assert!(later.in_force.check().is_err());
    assert_eq!(later.route("a").await.expect_err("unread").status, 409);
    let kept = later.replace_route(ME, "b", &SeenVersions::ANY, &route("b", "/b2"), None).await.expect("kept");
    assert!(kept.warnings.iter().any(|warning| warning.contains("not in force")), "{kept:?}");
    later.put("a", "/a", None).await.expect("mended");
    assert_eq!((later.in_force.check(), later.in_force.check_newest()), (Ok(()), Ok(())));
}

#[tokio::test]
async fn old_versions_go_and_those_that_stay_can_still_be_restored() {
    let (test, gateway) = gateway(&[]).await;
    gateway.add("stays", "/stays").await.expect("added");
    gateway.add("a", "/a0").await.expect("added");
    for number in 1..=210 {
        gateway.put("a", &format!("/a{number}"), None).await.expect("replaced");
    }
    let retention = Retention::new(&test.infra, crate::store::RETENTION.to_vec());
    let cut = async || {
        for rule in crate::store::RETENTION {
            retention.cut(rule, || false).await.expect("cut");
        }
    };
    cut().await;
    assert!(gateway.version(1, None).await.is_ok(), "nothing is old yet");
    test.clock.advance(days(100));
    cut().await;
    let kept = gateway.versions(None, 500).await.expect("read");
    assert_eq!((kept.len(), kept.last().map(|one| one.version)), (200, Some(13)));
    assert_eq!(gateway.version(12, None).await.expect_err("gone").status, 404);
    let oldest = gateway.version(13, None).await.expect("kept");
    assert_eq!(oldest.changes[0].before.as_ref().map(|before| before["path"].clone()), Some(json!("/a10")));
    let key = IdempotencyKey::default();
    gateway.restore(ME, &key, (&SeenVersions::ANY, 13), None).await.expect("restored");
    assert_eq!(gateway.names().await, ["a", "stays"]);
    assert_eq!(gateway.route("a").await.expect("there").route.path, "/a11");
}
