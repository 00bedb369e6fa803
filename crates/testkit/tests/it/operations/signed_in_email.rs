//! `orion user email`

use super::signed_in::Person;
use orion_testkit::{PASSWORD, TestPlatform};
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_is_asked_for_shown_and_withdrawn_by_commands() {
    let orion = TestPlatform::start().await;
    let (ada, root) = (orion.user("ada").await, orion.administrator().await.clone());
    let terminal = |email: &str| {
        let person = Person::at(&orion);
        let words = ["login", "--email", email, "--url", &person.url()];
        person.done(&words, &format!("{PASSWORD}\n"));
        person
    };
    let (own, admin) = (terminal(&ada.email), terminal(&root.email));
    assert_eq!(own.done(&["user", "email"], ""), json!({ "email": ada.email, "pending": null }));
    let asked = own.done(&["user", "email", "--to", "Ada@New.example"], "");
    assert_eq!(asked["pending"]["email"], "ada@new.example");
    let shown = admin.types(&["user", "email", "--user", &ada.email], "");
    let shown = String::from_utf8(shown.stdout).unwrap();
    assert!(shown.contains("ada@new.example") && shown.contains("waits for the link"), "{shown}");
    let withdrawn = admin.done(&["user", "email", "--user", &ada.id.to_string(), "--withdraw"], "");
    assert_eq!(withdrawn["pending"], Value::Null);
    let asked = admin.done(&["user", "email", "--user", &ada.email, "--to", "other@new.example"], "");
    assert_eq!(asked["pending"]["requested_by"], json!(root.id));
    let said = own.refused(&["user", "email", "--to", &ada.email], "");
    assert!(said.contains("address of now"), "{said}");
    let said = own.refused(&["user", "email", "--user", &root.id.to_string(), "--to", "x@new.example"], "");
    assert!(said.contains("users.write") || said.contains("may not"), "{said}");
    assert_eq!(own.types(&["user", "email", "--to", "nobody"], "").status.code(), Some(2));
    orion.settle().await;
}
