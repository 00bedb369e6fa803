//! `/console/overview`

use super::Browser;
use orion_contracts::ServiceName;
use orion_contracts::admin::{Overview, ServiceStatus};
use orion_testkit::{TestPlatform, assert_problem, eventually};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_services_are_up_and_their_instances_known() {
    let orion = TestPlatform::start().await;
    assert_problem!(Browser::new(&orion).get("/console/overview").await, 401, "no-console-session");
    let browser = Browser::administrator(&orion).await;
    let services = eventually("five healthy services", || async {
        let Overview { services } = browser.get("/console/overview").await.json();
        let healthy = services.iter().all(|one| one.status == ServiceStatus::Up && one.instances.len() == 1);
        healthy.then_some(services)
    })
    .await;
    assert_eq!(services.iter().map(|one| one.service).collect::<Vec<_>>(), ServiceName::ALL);
    assert!(services.iter().all(|one| one.latency_ms.is_some()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_that_was_stopped_is_no_longer_up() {
    let mut orion = TestPlatform::start().await;
    let browser = Browser::administrator(&orion).await;
    orion.stop_service(ServiceName::Notifications).await;
    eventually("notifications being seen to be away", || async {
        let Overview { services } = browser.get("/console/overview").await.json();
        let one = services.iter().find(|one| one.service == ServiceName::Notifications)?;
        (one.status != ServiceStatus::Up).then_some(())
    })
    .await;
}
