//! `orion route list` and `orion route explain`.

use super::signed_in::Person;
use orion_testkit::TestPlatform;
use orion_testkit::shop::Shop;
use serde_json::json;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn routes_are_listed_and_explained_by_commands() {
    let shop = Shop::open().await;
    let orion = TestPlatform::builder().file(shop.route("methods = [\"GET\"]\nstrip_prefix = true")).start().await;
    orion.administrator().await;
    let root = Person::at(&orion);
    root.login("");
    let listed = root.done(&["route", "list"], "");
    let shown = listed.as_array().unwrap().iter().find(|route| route["name"] == "shop").unwrap();
    assert_eq!((&shown["path"], &shown["conditions"]), (&json!("/shop/*"), &json!(["method GET"])));
    let explained = root.done(&["routes", "explain", "get", "http://localhost/shop/cart?a=1"], "");
    assert_eq!(explained["route"]["name"], "shop");
    assert_eq!(explained["route"]["applies"]["destinations"][0]["target"], "/cart?a=1");
    let words = ["route", "explain", "GET", "/shop/cart", "-H", "accept: text/html", "--client", "192.0.2.1"];
    let lines = String::from_utf8(root.types(&words, "").stdout).unwrap();
    for told in ["Route         shop", "path /shop/cart is below /shop", "Access        authenticated", "as /cart"] {
        assert!(lines.contains(told), "{told}: {lines}");
    }
    let taken = root.types(&["route", "explain", "POST", "/shop/cart"], "");
    let lines = String::from_utf8(taken.stdout).unwrap();
    assert_eq!(taken.status.code(), Some(1));
    assert!(
        lines.contains("404: No route takes it.") && lines.contains("shop (/shop/*): it asks for method GET"),
        "{lines}"
    );
    let said = root.refused(&["route", "explain", "GET", "shop"], "");
    assert!(said.contains("url") && said.contains("must be a URL"), "{said}");
}
