//! Routes in the files of `orion plan` and `orion apply`.

use super::Author;
use orion_testkit::TestPlatform;
use orion_testkit::shop::Shop;
use serde_json::json;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn routes_are_made_changed_and_pruned_in_one_step_and_then_in_sync() {
    let shop = Shop::open().await;
    let orion = TestPlatform::builder().file(shop.route("")).start().await;
    let root = Author::at(&orion).await;
    let upstream = format!("http://{}", shop.address);
    let route =
        |name: &str, path: &str| format!("  {name}: {{ path: {path}, upstream: '{upstream}', access: public }}\n");
    root.writes(&format!("version: 1\nroutes:\n{}{}", route("a", "/a"), route("b", "/b")));
    let (code, plan) = root.plans(&[]);
    assert_eq!(
        (code, plan["changes"].as_array().unwrap().len(), plan["steps"].as_array().unwrap().len()),
        (Some(2), 2, 1)
    );
    root.applies(&[]);
    orion.anonymous().get("/a").await.expect(200);
    assert_eq!(root.plans(&[]).0, Some(0));
    // Two change places, which no order of single steps could do.
    root.writes(&format!("version: 1\nroutes:\n{}{}", route("a", "/b"), route("b", "/a")));
    root.applies(&[]);
    root.writes(&format!("version: 1\nroutes:\n{}", route("a", "/b")));
    assert_eq!(root.plans(&[]).0, Some(0), "what is in no file stays");
    root.applies(&["--prune"]);
    assert_eq!(orion.anonymous().get("/a").await.status, 404);
    orion.anonymous().get("/b").await.expect(200);
    // What the gateway would refuse is said at its own field, and nothing is done.
    let said = root
        .writes(&format!(
            "version: 1\nroutes:\n{}  c:\n    path: /livez\n    upstream: '{upstream}'\n",
            route("a", "/b")
        ))
        .obstacles(&[]);
    assert!(said.contains(r#"5 "route c" "path: /livez belongs to ORION""#), "{said}");
    let said = root.writes(&format!("version: 1\nroutes:\n{}", route("shop", "/x"))).obstacles(&[]);
    assert!(said.contains("gateway.routes[0]"), "{said}");
    let versions = orion.administrator().await.get("/api/v1/gateway/versions").await.expect(200).value();
    assert_eq!(versions["items"].as_array().unwrap().len(), 3, "{versions}");
    assert_eq!(versions["items"][0]["summary"], json!(["route b removed"]));
}
