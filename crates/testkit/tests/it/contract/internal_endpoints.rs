//! Every internal endpoint as it is declared: who is served, and who is not.

use orion_contracts::ServiceName;
use orion_contracts::internal::{self, ALL, Declared};
use orion_infra::peers::token;
use orion_testkit::{Answer, Client, TestPlatform};
use serde_json::json;

/// Calls an endpoint of `owner` as `caller`, with a path and a body that nobody can read.
async fn call(orion: &TestPlatform, declared: &Declared, owner: ServiceName, caller: ServiceName) -> Answer {
    let infra = orion.infra(caller);
    let path: Vec<_> =
        declared.path.split('/').map(|word| if word.starts_with('{') { "no-id" } else { word }).collect();
    let proof = token::mint(&infra.secrets, caller, owner, infra.clock.now());
    let (method, body) = match declared.method {
        internal::Method::Get => ("GET", None),
        internal::Method::Put => ("PUT", Some(json!([]))),
        internal::Method::Post => ("POST", Some(json!([]))),
    };
    let request = Client::new(orion.service_url(owner)).request(method, &path.join("/")).header(token::HEADER, proof);
    Answer::of(match body {
        Some(body) => request.json(&body),
        None => request,
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_not_declared_is_refused_everywhere_before_anything_is_read() {
    let orion = TestPlatform::start().await;
    for declared in ALL {
        for (owner, caller) in declared.owners.iter().flat_map(|owner| ServiceName::ALL.map(|caller| (*owner, caller)))
        {
            let answer = call(&orion, declared, owner, caller).await;
            if !declared.callers.contains(&caller) {
                assert!(answer.text.contains("permission-denied"), "{declared:?} at {owner} from {caller}: {answer:?}");
                assert_eq!(answer.status, 403, "{declared:?} at {owner} from {caller}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_declared_endpoint_is_served_by_its_owners_and_by_nobody_else() {
    let orion = TestPlatform::start().await;
    for declared in ALL {
        for owner in ServiceName::ALL {
            let answer = call(&orion, declared, owner, declared.callers[0]).await;
            // The console's server refuses what does not come from its page before it looks for a path.
            let expected: &[u16] = if declared.owners.contains(&owner) { &[200, 400, 422] } else { &[403, 404, 405] };
            assert!(expected.contains(&answer.status), "{declared:?} at {owner}: {answer:?}");
        }
    }
}
