//! Calls between services that do not take each other's word.

use orion_contracts::internal::ListJobs;
use orion_contracts::jobs::JobQuery;
use orion_contracts::{Problem, ServiceName};
use orion_infra::peers::Peers;
use orion_infra::secrets::Secrets;
use orion_infra::{Clock, Metrics, Random};
use orion_testkit::node::{Node, Recorder, empty_place};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_peer_that_refuses_our_proof_is_unavailable_to_our_callers_and_says_why_to_us() {
    let place = empty_place().await;
    let node = Node::start(&place).await;
    let infra = node.infra(ServiceName::Admin).await;
    let _running = node.listen(infra.clone(), Arc::new(Recorder::default()));
    let calling = |secrets: Secrets, clock: Clock| {
        let (local, limit) = (node.connections.local().clone(), Duration::from_secs(5));
        Peers::new(ServiceName::Auth, local, &BTreeMap::new(), limit, secrets, clock, &Metrics::new(ServiceName::Auth))
            .unwrap()
    };
    let strange = Secrets::new([1; 32], [2; 32], Random::seeded(1));
    let (ahead, control) = Clock::adjustable();
    control.advance(Duration::from_secs(300));
    for (peers, reason) in [
        (calling(strange, infra.clock.clone()), "secrets.internal_secret"),
        (calling(infra.secrets.clone(), ahead), "clocks"),
    ] {
        let error = peers.to(ServiceName::Admin).call(&ListJobs {}, &JobQuery::default()).await.unwrap_err();
        assert!(error.to_string().contains(reason), "{error}");
        let problem = Problem::from(error);
        assert_eq!((problem.status, problem.name()), (503, "unavailable"), "{problem}");
    }
}
