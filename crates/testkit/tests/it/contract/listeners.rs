//! Who listens is said twice, with the event and by its consumers: both say the same.

use orion_contracts::ServiceName;
use orion_contracts::events::{HEARS_EVERYTHING, kinds};
use orion_testkit::TestPlatform;
use std::collections::BTreeSet;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_listeners_of_each_event_are_those_that_have_a_consumer_of_it() {
    let orion = TestPlatform::start().await;
    let mut registered = BTreeSet::new();
    for service in ServiceName::ALL {
        for (kind, name) in orion.consumers(service) {
            match kind {
                Some(kind) => assert!(registered.insert((kind, service, name)), "{name} of {kind} in {service} twice"),
                None => assert_eq!(service, HEARS_EVERYTHING, "{name}"),
            }
        }
    }
    let registered: BTreeSet<_> = registered.into_iter().map(|(kind, service, _)| (kind, service)).collect();
    let listed: BTreeSet<_> = kinds().flat_map(|kind| kind.named.iter().map(|service| (kind.name, *service))).collect();
    assert_eq!(registered, listed);
    assert!(orion.consumers(HEARS_EVERYTHING).iter().any(|(kind, _)| kind.is_none()));
}
