//! SQLite, PostgreSQL: schemas are made once, checked, and shared with a newer version.

use orion::{Platform, Schema};
use orion_contracts::ServiceName;
use orion_infra::db::Migrations;
use orion_infra::db::dialect::statement;
use orion_infra::{Clock, Db, Random};
use orion_testkit::node::{Node, empty_place, plant_migration};
use orion_testkit::{Backend, TestPlatform};
use sea_orm::ConnectionTrait;

const NONE: Migrations = Migrations(Vec::new);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_processes_may_migrate_at_once() {
    let place = empty_place().await;
    let (first, second) = (Node::start(&place).await, Node::start(&place).await);
    let mut opened = Vec::new();
    for node in [&first, &second, &first, &second, &first] {
        opened.push(node.connections.service(ServiceName::Users).await.unwrap());
    }
    let migrating = opened.into_iter().map(|infra| async move { NONE.apply(&infra).await.map(|()| infra) });
    for migrated in futures_util::future::join_all(migrating).await {
        NONE.check(&migrated.unwrap()).await.unwrap();
    }
}

async fn schemas(db: &Db) -> usize {
    let select = "SELECT nspname FROM pg_namespace WHERE nspname = $1";
    let rows = db.read().query_all_raw(statement(db.read(), select, [ServiceName::Users.as_str().into()])).await;
    rows.unwrap().len()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_old_schema_is_refused_with_what_to_run_and_nothing_is_made() {
    let place = empty_place().await;
    let infra = Node::start(&place).await.connections.service(ServiceName::Users).await.unwrap();
    let refused = NONE.check(&infra).await.unwrap_err().to_string();
    assert!(refused.contains("orion migrate up"), "{refused}");
    if place.backend != Backend::Embedded {
        assert_eq!(schemas(&infra.db).await, 0, "looking made a schema");
        NONE.apply(&infra).await.unwrap();
        assert_eq!(schemas(&infra.db).await, 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_taken_back_can_be_made_again() {
    let place = empty_place().await;
    let infra = Node::start(&place).await.infra(ServiceName::Users).await;
    NONE.revert(&infra.db, 1).await.unwrap();
    assert!(NONE.state(&infra.db).await.unwrap().iter().all(|migration| !migration.applied));
    NONE.apply(&infra).await.unwrap();
    NONE.check(&infra).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_newer_version_added_is_listed_and_hinders_nobody() {
    let place = empty_place().await;
    let infra = Node::start(&place).await.infra(ServiceName::Users).await;
    plant_migration(&infra.db, "0099_from_the_future", false).await;
    NONE.check(&infra).await.unwrap();
    NONE.apply(&infra).await.unwrap();
    let state = NONE.state(&infra.db).await.unwrap();
    let newer = state.last().unwrap();
    assert!(newer.name == "0099_from_the_future" && newer.applied && !newer.known && !newer.is_refused(), "{state:?}");
    let refused = NONE.revert(&infra.db, 1).await.unwrap_err().to_string();
    assert!(refused.contains("0099_from_the_future"), "{refused}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_platform_starts_on_what_a_newer_version_added() {
    let mut platform = TestPlatform::start().await;
    for service in ServiceName::ALL {
        plant_migration(&platform.infra(service).db, "0099_from_the_future", false).await;
    }
    platform.restart().await;
    platform.anonymous().get("/.well-known/jwks.json").await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_schema_that_a_newer_version_made_unfit_is_refused_by_name() {
    let place = empty_place().await;
    let node = Node::start(&place).await;
    orion::platform::migrate(&node.config).await.unwrap();
    let infra = node.connections.service(ServiceName::Users).await.unwrap();
    plant_migration(&infra.db, "0100_without_names", true).await;
    let mut refusals =
        vec![NONE.check(&infra).await.unwrap_err().to_string(), NONE.apply(&infra).await.unwrap_err().to_string()];
    for schema in [Schema::Check, Schema::Migrate] {
        let (clock, _control) = Clock::adjustable();
        let started = Platform::launch(&node.config, &ServiceName::ALL, schema, clock, Random::system()).await;
        refusals.push(started.err().expect("it does not start").to_string());
    }
    for refusal in refusals {
        assert!(refusal.contains("0100_without_names") && refusal.contains("newer ORION"), "{refusal}");
    }
    assert!(NONE.state(&infra.db).await.unwrap().last().unwrap().is_refused());
}
