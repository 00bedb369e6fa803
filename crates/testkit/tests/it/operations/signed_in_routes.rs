//! `orion route`.

use super::signed_in::Person;
use orion_testkit::TestPlatform;
use orion_testkit::shop::Shop;
use serde_json::json;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn routes_are_added_shown_changed_removed_and_taken_back_by_commands() {
    let shop = Shop::open().await;
    let orion = TestPlatform::builder().file(shop.route("")).start().await;
    orion.administrator().await;
    let root = Person::at(&orion);
    root.login("");
    let upstream = format!("http://{}", shop.address);
    let add = ["route", "add", "store", "--path", "/store/*", "--upstream", &upstream, "--access", "public"];
    let added = root.done(&[&add[..], &["--reason", "it opens"]].concat(), "");
    assert_eq!((&added["version"], &added["route"]["path"]), (&json!(1), &json!("/store/*")));
    orion.anonymous().get("/store/x").await.expect(200);
    assert!(root.refused(&add, "").contains("`orion route edit store` changes it"));
    let listed = root.done(&["route", "list"], "");
    let sources: Vec<_> = ["shop", "store"]
        .map(|name| listed.as_array().unwrap().iter().find(|route| route["name"] == name).unwrap()["source"].clone())
        .into();
    assert_eq!(sources, ["file", "stored"]);

    // What is shown is a file by which it can be made.
    let shown = String::from_utf8(root.types(&["route", "show", "store"], "").stdout).unwrap();
    assert!(shown.starts_with("# It stands in the database: version 1"), "{shown}");
    let file = root.home.path().join("store.toml").display().to_string();
    std::fs::write(&file, shown.replace("/store/*", "/stores/*")).unwrap();
    let changed = root.done(&["route", "edit", "store", "-f", &file], "");
    assert_eq!((&changed["route"]["path"], &changed["route"]["access"]), (&json!("/stores/*"), &json!("public")));
    let edit = ["route", "edit", "store", "--with", "timeout_ms=5000", "--with", "rate_limit={requests=9,seconds=1}"];
    let changed = root.done(&edit, "");
    assert_eq!(
        (&changed["route"]["timeout_ms"], &changed["route"]["rate_limit"]["requests"]),
        (&json!(5000), &json!(9))
    );
    let changed = root.done(&["route", "edit", "store", "--without", "timeout_ms", "--without", "rate_limit"], "");
    assert!(changed["route"]["timeout_ms"].is_null() && changed["route"]["rate_limit"].is_null(), "{changed}");
    let yaml = format!("name: third\npath: /third\nupstream: {upstream}\n");
    let third = root.done(&["route", "add", "-f", "-"], &yaml);
    assert_eq!(third["route"]["name"], "third");

    let history = root.done(&["route", "history"], "");
    assert_eq!((history.as_array().unwrap().len(), &history[4]["reason"]), (5, &json!("it opens")));
    let compared = String::from_utf8(root.types(&["route", "diff", "2"], "").stdout).unwrap();
    assert!(compared.contains("~ route store") && compared.contains("+ path = \"/stores/*\""), "{compared}");
    let compared = root.done(&["route", "diff", "5", "--against", "0"], "");
    assert_eq!(compared["changes"].as_array().unwrap().len(), 2);
    assert_eq!(root.done(&["route", "rollback", "1", "--reason", "it was better"], "")["version"], 6);
    orion.anonymous().get("/store/x").await.expect(200);
    assert_eq!(orion.anonymous().get("/third").await.status, 404);
    let applied = root.done(&["route", "applied"], "");
    assert_eq!((applied.as_array().unwrap().len(), &applied[0]["version"]), (1, &json!(6)));
    root.done(&["route", "remove", "store"], "");
    assert_eq!(orion.anonymous().get("/store/x").await.status, 404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_wrong_with_a_route_is_told_by_its_key() {
    let shop = Shop::open().await;
    let orion = TestPlatform::builder().file(shop.route("")).start().await;
    orion.administrator().await;
    let root = Person::at(&orion);
    root.login("");
    let said = root.refused(&["route", "add", "a", "--path", "/livez", "--upstream", "http://127.0.0.1:1"], "");
    assert!(said.contains("path: /livez belongs to ORION"), "{said}");
    let said =
        root.refused(&["route", "add", "a", "--path", "/a", "--upstream", "http://h", "--with", "planet=Mars"], "");
    assert!(said.contains("planet"), "{said}");
    let said = root.refused(&["route", "edit", "shop", "--path", "/a"], "");
    assert!(said.contains("gateway.routes[0]"), "{said}");
    let said = root.refused(&["route", "show", "gone"], "");
    assert!(said.contains("`orion route list` shows what there is"), "{said}");
    let said = root.refused(&["route", "rollback", "9"], "");
    assert!(said.contains("`orion route history` shows what there is"), "{said}");
    let said = root.refused(&["route", "add", "-f", "/nowhere.toml"], "");
    assert!(said.contains("/nowhere.toml: "), "{said}");
    for wrong in [
        &["route", "add"][..],
        &["route", "add", "a"],
        &["route", "edit", "a"],
        &["route", "edit", "a", "--with", "x"],
        &["route", "history", "--limit", "0"],
        &["route", "diff", "x"],
    ] {
        assert_eq!(root.types(wrong, "").status.code(), Some(2), "{wrong:?}");
    }
}
