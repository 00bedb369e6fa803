//! `orion user impersonate`.

use super::signed_in::Person;
use orion_contracts::auth::SessionList;
use orion_testkit::{TestPlatform, TestUser, eventually};
use serde_json::Value;

const REASON: &str = "Ticket 4711: the list is empty";

fn whoami(person: &Person) -> (String, String) {
    let output = person.types(&["token", "show"], "");
    assert!(output.status.success(), "{output:?}");
    (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
}

async fn acted_as(user: &TestUser) -> bool {
    let list: SessionList = user.get("/api/v1/auth/sessions").await.expect(200).json();
    list.items.iter().any(|session| session.actor.is_some())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_commands_that_follow_are_done_as_the_user_until_it_is_stopped_and_the_sign_in_stays() {
    let orion = TestPlatform::start().await;
    let (ada, root) = (orion.user("ada").await, orion.administrator().await);
    let person = Person::at(&orion);
    person.login("");
    let begun = person.done(&["user", "impersonate", &ada.email, "--reason", REASON], "");
    assert_eq!((begun["email"].as_str(), begun["by"].as_str()), (Some(&*ada.email), Some(&*root.email)));
    let (told, beside) = whoami(&person);
    assert!(told.contains(&format!("as that of {} as {}:", root.email, ada.email)), "{told}");
    assert!(
        beside.starts_with(&format!("{} as {}, until 20", root.email, ada.email)),
        "every command says so: {beside}"
    );
    let refused = person.refused(&["user", "list"], "");
    assert!(refused.contains("users.read"), "{refused}");
    let listed = String::from_utf8(person.types(&["session", "list"], "").stdout).unwrap();
    assert!(listed.contains(&format!("({} acts as them: {REASON})", root.email)), "{listed}");
    let refused = person.refused(&["session", "end", "--others"], "");
    assert!(refused.contains("while acting as somebody else"), "{refused}");

    let stopped = person.done(&["user", "impersonate", "--stop"], "");
    assert_eq!((&stopped["stopped"], stopped["email"].as_str()), (&Value::Bool(true), Some(&*root.email)));
    assert!(!acted_as(&ada).await);
    let (told, beside) = whoami(&person);
    assert!(told.contains(&format!("as that of {}:", root.email)) && beside.is_empty(), "{told} {beside}");
    assert_eq!(person.done(&["user", "impersonate", "--stop"], "")["stopped"], false);
    person.done(&["user", "list"], "");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_meant_as_the_user_is_never_done_as_oneself_and_signing_out_ends_both() {
    let orion = TestPlatform::start().await;
    let (ada, bob) = (orion.user("ada").await, orion.user("bob").await);
    orion.administrator().await;
    let person = Person::at(&orion);
    person.login("");
    let act = |user: &TestUser| person.done(&["user", "impersonate", &user.id.to_string(), "--reason", REASON], "");
    act(&ada);
    // As another one: of the sign-in, not out of acting as the first one.
    act(&bob);
    assert!(!acted_as(&ada).await && acted_as(&bob).await);
    let list: SessionList = bob.get("/api/v1/auth/sessions").await.expect(200).json();
    let session = list.items.iter().find(|session| session.actor.is_some()).unwrap().id;
    bob.delete(&format!("/api/v1/auth/sessions/{session}")).await.expect(204);
    for words in [&["token", "print"][..], &["session", "list"], &["user", "list"]] {
        let refused = person.refused(words, "");
        assert!(refused.contains("you do not act as bob@example.com any more; go on as yourself by"), "{refused}");
    }
    // Its time, as this machine knows it.
    act(&ada);
    let mut kept: Value = serde_json::from_slice(&std::fs::read(person.file()).unwrap()).unwrap();
    kept["acting"]["until"] = Value::from("2020-01-01T00:00:00Z");
    std::fs::write(person.file(), kept.to_string()).unwrap();
    assert!(person.refused(&["user", "list"], "").contains("--stop"));
    person.done(&["user", "impersonate", "--stop"], "");
    person.done(&["user", "list"], "");

    act(&ada);
    person.done(&["logout"], "");
    assert!(!acted_as(&ada).await);
    assert!(person.refused(&["token", "print"], "").contains("nobody is signed in"));
    orion.settle().await;
    eventually("the mails", async || (orion.mailbox.to(&ada.email).await.len() >= 3).then_some(())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reason_is_asked_for_and_who_may_not_is_told() {
    let orion = TestPlatform::start().await;
    let (ada, bob) = (orion.user("ada").await, orion.user("bob").with_role("admin").await);
    let root = orion.administrator().await;
    let person = Person::at(&orion);
    for words in [
        &["user", "impersonate"][..],
        &["user", "impersonate", &ada.email],
        &["user", "impersonate", "--reason", REASON],
        &["user", "impersonate", "nobody", "--reason", REASON],
        &["user", "impersonate", &ada.email, "--stop"],
    ] {
        assert_eq!(person.types(words, "").status.code(), Some(2), "{words:?}");
    }
    let order = ["user", "impersonate", &ada.email, "--reason", REASON];
    assert!(person.refused(&order, "").contains("nobody is signed in"));
    person.login_as(&bob.email, "");
    assert!(person.refused(&order, "").contains("users.impersonate"));
    person.login("");
    assert!(person.refused(&["user", "impersonate", &ada.email, "--reason", " "], "").contains("reason"));
    assert!(
        person.refused(&["user", "impersonate", &root.email, "--reason", REASON], "").contains("You are that user")
    );
    let nobody = person.refused(&["user", "impersonate", "eve@example.com", "--reason", REASON], "");
    assert!(nobody.contains("there is no such user as eve@example.com"), "{nobody}");
    person.done(&["user", "list"], "");
}
