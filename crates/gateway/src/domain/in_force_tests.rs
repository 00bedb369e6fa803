use super::*;
use crate::document::testing;
use crate::domain::Gateway;
use crate::routing::RouteConfig;
use orion_contracts::Author;
use orion_infra::idempotency::IdempotencyKey;
use orion_infra::testing::TestInfra;
use orion_infra::versions::SeenVersions;
use serde_json::json;

fn route(name: &str, path: &str) -> RouteConfig {
    let value = json!({ "name": name, "path": path, "upstream": "http://127.0.0.1:9000" });
    serde_json::from_value(value).expect("a route")
}

fn file(routes: &[(&str, &str)]) -> GatewayConfig {
    GatewayConfig { routes: routes.iter().map(|(name, path)| route(name, path)).collect(), ..GatewayConfig::default() }
}

async fn process(test: &TestInfra, config: GatewayConfig) -> (Gateway, Settings<GatewayConfig>) {
    let settings = Settings::new(config);
    let process = AppliedState::default();
    let opened = InForce::open(test.infra.clone(), settings.clone(), BTreeMap::new(), process).await;
    let in_force = Arc::new(opened.unwrap_or_else(|_| panic!("opens")));
    (Gateway::new(test.infra.clone(), in_force, Arc::default()), settings)
}

async fn add(gateway: &Gateway, name: &str, path: &str) -> Result<i64, Problem> {
    let key = IdempotencyKey::default();
    let added = gateway.add_route(Author::PLATFORM, &key, &route(name, path), None).await?;
    Ok(added.version)
}

fn serves(gateway: &Gateway, path: &str) -> bool {
    testing::serves(&gateway.in_force.table().get(), path)
}

async fn infra() -> TestInfra {
    Infra::for_test(ServiceName::Gateway, crate::MIGRATIONS).await
}

#[tokio::test]
async fn a_change_is_in_force_here_when_it_is_answered_and_elsewhere_at_the_next_look() {
    let test = infra().await;
    let (here, _) = process(&test, file(&[("file", "/file")])).await;
    let (there, _) = process(&test, file(&[])).await;
    assert_eq!(add(&here, "shop", "/shop/*").await.expect("added"), 1);
    assert!(serves(&here, "/shop") && serves(&here, "/file"));
    assert_eq!((here.in_force.applied().version, there.in_force.applied().version), (Some(1), Some(0)));
    there.in_force.refresh().await.expect("read");
    assert!(serves(&there, "/shop") && !serves(&there, "/file"));
    here.remove_route(Author::PLATFORM, "shop", &SeenVersions::ANY, None).await.expect("removed");
    there.in_force.refresh().await.expect("read");
    assert!(!serves(&here, "/shop") && !serves(&there, "/shop"));
    assert_eq!(there.in_force.applied().version, Some(2));
}

#[tokio::test]
async fn a_process_begins_with_what_is_kept() {
    let test = infra().await;
    let (here, _) = process(&test, file(&[])).await;
    add(&here, "shop", "/shop/*").await.expect("added");
    let (later, _) = process(&test, file(&[("file", "/file")])).await;
    assert!(serves(&later, "/shop") && serves(&later, "/file"));
}

#[tokio::test]
async fn a_version_that_does_not_go_with_the_file_of_a_process_is_told_and_what_was_in_force_stays() {
    let test = infra().await;
    let (here, _) = process(&test, file(&[])).await;
    let (there, settings) = process(&test, file(&[("mine", "/shop/*")])).await;
    add(&here, "shop", "/shop/*").await.expect("nothing here has the path");
    there.in_force.refresh().await.expect("read");
    let applied = there.in_force.applied();
    assert_eq!(applied.version, Some(0));
    assert!(applied.refused.iter().any(|told| told.starts_with("routes.shop.path")), "{applied:?}");
    assert!(there.in_force.check_newest().is_err() && there.in_force.check().is_ok());
    assert!(serves(&there, "/shop"), "the route of its file");
    // Its file is mended, and nothing else has to happen.
    settings.set(file(&[]));
    there.in_force.refresh().await.expect("read");
    assert_eq!((there.in_force.applied().version, there.in_force.check_newest()), (Some(1), Ok(())));
}

#[tokio::test]
async fn a_start_with_what_cannot_be_applied_lets_nobody_in_by_half_of_it_and_can_be_mended() {
    let test = infra().await;
    let (here, _) = process(&test, file(&[])).await;
    add(&here, "admin", "/admin/*").await.expect("added");
    add(&here, "shop", "/shop/*").await.expect("added");
    let (later, _) = process(&test, file(&[("admin", "/elsewhere"), ("all", "/*")])).await;
    assert!(!serves(&later, "/admin/x") && !serves(&later, "/shop") && !serves(&later, "/else"));
    assert!(later.in_force.check().is_err_and(|told| told.contains("routes.admin.name")));
    assert_eq!(later.in_force.applied().version, None);
    // What is in the way can be taken away where nothing is in force.
    later.remove_route(Author::PLATFORM, "admin", &SeenVersions::ANY, None).await.expect("removed");
    assert!(serves(&later, "/shop") && serves(&later, "/else"));
    assert_eq!(later.in_force.check(), Ok(()));
}

#[tokio::test]
async fn defaults_that_change_while_it_runs_are_those_of_kept_routes_too() {
    let test = infra().await;
    let (here, settings) = process(&test, file(&[])).await;
    add(&here, "shop", "/shop/*").await.expect("added");
    settings.set(GatewayConfig { max_body_bytes: 2048, ..file(&[]) });
    here.in_force.refresh().await.expect("read");
    let table = here.in_force.table().get();
    assert!(table.routes().any(|route| &*route.name == "shop" && route.max_body == 2048));
}

#[tokio::test]
async fn a_version_that_is_read_piece_by_piece_is_that_which_is_read_whole() {
    let test = infra().await;
    let (here, _) = process(&test, file(&[])).await;
    let (follower, _) = process(&test, file(&[])).await;
    for round in 0..3 {
        for name in ["a", "b", "c"] {
            let path = format!("/{name}/{round}");
            let seen = SeenVersions::ANY;
            match here.route(name).await {
                Ok(_) if round == 2 && name == "b" => {
                    here.remove_route(Author::PLATFORM, name, &seen, None).await.expect("removed");
                }
                Ok(_) => {
                    let changed = route(name, &path);
                    here.replace_route(Author::PLATFORM, name, &seen, &changed, None)
                        .await
                        .map(drop)
                        .expect("replaced");
                }
                Err(_) => drop(add(&here, name, &path).await.expect("added")),
            }
            if round != 1 {
                follower.in_force.refresh().await.expect("read");
            }
        }
    }
    let (whole, _) = process(&test, file(&[])).await;
    let (followed, read) = (follower.in_force.document(), whole.in_force.document());
    assert_eq!((followed.stamp, &followed.items), (read.stamp, &read.items));
    assert!(serves(&follower, "/a/2") && !serves(&follower, "/b/1") && serves(&follower, "/c/2"));
}
