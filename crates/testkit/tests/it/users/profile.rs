//! The fields of a profile: what they may hold, who changes them, and who reads them.

use orion_contracts::users::User;
use orion_testkit::{TestPlatform, assert_problem};
use serde_json::{Value, json};

const ME: &str = "/api/v1/users/me";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_field_is_kept_in_one_spelling_and_what_was_not_named_stays() {
    let orion = TestPlatform::start().await;
    let bob = orion.user("bob").await;
    let change = json!({
        "username": "Bob.Builder", "phone": "+44 (20) 7946-0018", "location": " London ", "website": "HTTPS://Bob.Example",
        "social_links": { "GitHub": "https://github.com/bob", "x": "https://x.com/bob" },
    });
    let user: User = bob.patch(ME, change).await.expect(200).json();
    assert_eq!((user.username.as_deref(), user.phone.as_deref()), (Some("bob.builder"), Some("+442079460018")));
    assert_eq!((user.location.as_deref(), user.website.as_deref()), (Some("London"), Some("https://bob.example/")));
    let links: User = bob.patch(ME, json!({ "social_links": { "x": null }, "phone": null })).await.expect(200).json();
    assert_eq!(json!(links.social_links), json!({ "github": "https://github.com/bob" }));
    assert_eq!((links.phone, links.location.as_deref()), (None, Some("London")));
    for (field, value) in [
        ("username", json!("a")),
        ("username", json!("two words")),
        ("username", json!("administrator")),
        ("phone", json!("112")),
        ("location", json!("a\0b")),
        ("website", json!("javascript:alert(1)")),
        ("social_links", json!({ "x": "ftp://x.example" })),
        ("social_links", json!({ "a b": "https://x.example" })),
        (
            "social_links",
            json!((0..25).map(|n| (n.to_string(), "https://x.example")).collect::<std::collections::BTreeMap<_, _>>()),
        ),
    ] {
        let refused = bob.patch(ME, json!({ field: value })).await;
        assert_eq!(assert_problem!(refused, 422, "validation").problem_fields(), [field], "{value}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn null_is_refused_where_nothing_can_be_cleared() {
    let orion = TestPlatform::start().await;
    let (root, bob) = (orion.administrator().await, orion.user("bob").await);
    let role = json!({ "name": "support", "display_name": "Support", "level": 30, "permissions": ["users.read"] });
    root.post("/api/v1/roles", role).await.expect(201);
    let made: Value = root.post("/api/v1/organisations", json!({ "name": "Engines" })).await.expect(201).json();
    let organisation = format!("/api/v1/organisations/{}", made["id"].as_str().unwrap());
    let order = json!({ "name": "Nightly", "scopes": ["profile.read"] });
    let made: Value = root.post("/api/v1/api-keys", order).await.expect(201).json();
    let key = format!("/api/v1/api-keys/{}", made["key"]["id"].as_str().unwrap());
    let made: Value = root.post("/api/v1/service-accounts", json!({ "name": "Warehouse" })).await.expect(201).json();
    let program = format!("/api/v1/service-accounts/{}", made["id"].as_str().unwrap());
    let user = format!("/api/v1/users/{}", bob.id);
    for (path, fields) in [
        (ME, &["social_links", "timezone", "locale"][..]),
        (user.as_str(), &["tags", "metadata"]),
        ("/api/v1/roles/support", &["display_name", "level", "permissions"]),
        (organisation.as_str(), &["name", "slug"]),
        (key.as_str(), &["name", "scopes"]),
        (program.as_str(), &["name", "is_active"]),
    ] {
        for field in fields {
            let refused = root.patch(path, json!({ *field: null })).await;
            assert_eq!(assert_problem!(refused, 422, "validation").problem_fields(), [*field], "{path}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tags_and_metadata_are_set_and_read_by_administrators_alone() {
    let orion = TestPlatform::start().await;
    let (root, bob) = (orion.administrator().await, orion.user("bob").await);
    let path = format!("/api/v1/users/{}", bob.id);
    let change = json!({ "tags": ["VIP", "beta"], "metadata": { "crm": "C-1", "seats": { "paid": 3 } } });
    let user: User = root.patch(&path, change).await.expect(200).json();
    assert_eq!(
        (user.tags, json!(user.metadata)),
        (vec!["beta".into(), "vip".into()], json!({ "crm": "C-1", "seats": { "paid": 3 } }))
    );
    let kept: User = root.patch(&path, json!({ "metadata": { "crm": null, "note": "x" } })).await.expect(200).json();
    assert_eq!((kept.tags.len(), json!(kept.metadata)), (2, json!({ "note": "x", "seats": { "paid": 3 } })));
    let own: Value = bob.get(ME).await.json();
    assert_eq!((&own["tags"], &own["metadata"]), (&json!([]), &json!({})));
    let answered: Value = bob.patch(ME, json!({ "bio": "Builds" })).await.expect(200).json();
    assert_eq!((&answered["tags"], &answered["metadata"]), (&json!([]), &json!({})));
    for own in [json!({ "tags": ["vip"] }), json!({ "metadata": {} })] {
        assert_problem!(bob.patch(ME, own).await, 422, "validation");
    }
    assert_eq!(root.get(&path).await.json::<User>().tags.len(), 2, "their own change took nothing away");
    let large = json!({ "metadata": { "note": "x".repeat(9000) } });
    assert_eq!(assert_problem!(root.patch(&path, large).await, 422, "validation").problem_fields(), ["metadata"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_username_is_of_one_person_also_of_those_who_ask_at_once() {
    let orion = TestPlatform::start().await;
    let (ada, bob) = (orion.user("ada").await, orion.user("bob").await);
    let wanted = json!({ "username": "Builder" });
    let (first, second) = tokio::join!(ada.patch(ME, &wanted), bob.patch(ME, &wanted));
    let (taken, winner) = if first.status == 200 { (second, &ada) } else { (first, &bob) };
    assert_eq!(assert_problem!(taken, 409, "conflict").problem_fields(), ["username"]);
    winner.patch(ME, &wanted).await.expect(200);
    winner.patch(ME, json!({ "username": null })).await.expect(200);
    let other = if winner.id == ada.id { &bob } else { &ada };
    other.patch(ME, &wanted).await.expect(200);
}
