//! `orion role` and `orion permission`.

use super::signed_in::Person;
use orion_testkit::TestPlatform;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn roles_are_made_shown_changed_and_removed_by_commands() {
    let orion = TestPlatform::start().await;
    orion.administrator().await;
    let ada = orion.user("ada").await;
    let root = Person::at(&orion);
    root.login("");
    let words = ["role", "create", "support", "--level", "30", "--parent", "user", "--permission", "users.read"];
    assert_eq!(root.done(&words, "")["own_permissions"], json!(["users.read"]));
    let listed = root.done(&["role", "list"], "");
    let names: Vec<_> = listed.as_array().unwrap().iter().map(|role| role["name"].as_str().unwrap()).collect();
    assert_eq!(names.len(), 10, "{names:?}");
    assert!(names.contains(&"support") && names.is_sorted());
    let edit = ["role", "edit", "support", "--give", "sessions.read", "--take", "users.read", "--description", "Desk"];
    let changed = root.done(&edit, "");
    assert_eq!((&changed["own_permissions"], &changed["description"]), (&json!(["sessions.read"]), &json!("Desk")));
    let changed = root.done(&["role", "edit", "support", "--parent", "", "--description", ""], "");
    assert_eq!((&changed["parent"], &changed["description"]), (&Value::Null, &Value::Null));

    let client = orion.administrator().await;
    client.put(&format!("/api/v1/users/{}/roles/support", ada.id), json!({})).await.expect(204);
    let lines = String::from_utf8(root.types(&["role", "show", "support"], "").stdout).unwrap();
    for told in ["support", "Level          30", "Held by        1 person", "sessions.read"] {
        assert!(lines.contains(told), "{told}: {lines}");
    }
    let said = root.refused(&["role", "delete", "support"], "");
    assert!(said.contains("The role support ends for good") && said.contains("say --yes"), "{said}");
    let said = root.refused(&["role", "delete", "support", "--yes"], "");
    assert!(said.contains("One person holds this role"), "{said}");
    let said = root.refused(&["role", "edit", "support", "--give", "users.fly"], "");
    assert!(said.contains("users.fly, which is no permission") && said.contains("`orion permission list`"), "{said}");
    let said = root.refused(&["role", "edit", "support", "--give", "users.raed"], "");
    assert!(said.contains("did you mean users.read?"), "{said}");
    let said = root.refused(&["role", "show", "suport"], "");
    assert!(said.contains("There is no such role; did you mean support?"), "{said}");
    for wrong in
        [&["role", "show", "../users"][..], &["role", "edit", "support"], &["role", "create", "x", "--level", "100"]]
    {
        assert_eq!(root.types(wrong, "").status.code(), Some(2), "{wrong:?}");
    }
    client.delete(&format!("/api/v1/users/{}/roles/support", ada.id)).await.expect(204);
    root.done(&["role", "delete", "support", "--yes"], "");
    assert!(root.refused(&["role", "show", "support"], "").contains("There is no such role."));
    let permissions = root.done(&["permission", "list"], "");
    assert!(permissions.as_array().unwrap().iter().any(|permission| permission["name"] == "roles.write"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn roles_are_given_and_taken_by_commands() {
    let orion = TestPlatform::start().await;
    orion.administrator().await;
    let ada = orion.user("ada").await;
    let root = Person::at(&orion);
    root.login("");
    let held = || root.done(&["role", "list", "--user", &ada.email], "");
    root.done(&["role", "give", &ada.email, "moderator", "--until", "2999-01-01T00:00:00Z"], "");
    assert_eq!((&held()[0]["role"], &held()[0]["expires_at"]), (&json!("moderator"), &json!("2999-01-01T00:00:00Z")));
    root.done(&["role", "give", &ada.id.to_string(), "moderator"], "");
    assert_eq!(held()[0]["expires_at"], Value::Null);
    root.done(&["role", "give", &ada.email, "moderator", "--when", "request.mfa"], "");
    assert_eq!(held()[0]["condition"], "request.mfa");
    let said = root.refused(&["role", "give", &ada.email, "moderator", "--when", "request.mfo"], "");
    assert!(said.contains("did you mean `request.mfa`"), "{said}");
    let said = root.refused(&["role", "give", &ada.email, "moderatr"], "");
    assert!(said.contains("did you mean moderator?"), "{said}");
    let said = root.refused(&["role", "give", &ada.email, "moderator", "--when", "request.ip == '10.0.0.0/8'"], "");
    assert!(said.contains("write `request.ip.inNetwork(\"10.0.0.0/8\")`"), "{said}");
    let taken = root.types(&["role", "take", &ada.email, "moderator"], "");
    let text = String::from_utf8(taken.stdout).unwrap();
    assert_eq!(text, format!("The role moderator is taken from {}.\n", ada.email));
    assert_eq!(held().as_array().unwrap().len(), 1, "user is left");
    assert!(root.refused(&["role", "give", &ada.email, "nothing"], "").contains("There is no such role."));
    let said = root.refused(&["role", "take", "nobody@example.com", "user"], "");
    assert!(said.contains("no such user as nobody@example.com"), "{said}");
    assert!(root.refused(&["role", "take", "root@example.com", "super_admin"], "").contains("super_admin"));
    assert_eq!(root.types(&["role", "give", &ada.email, "../x"], "").status.code(), Some(2));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn permissions_are_given_denied_and_taken_away_by_commands() {
    let orion = TestPlatform::start().await;
    orion.administrator().await;
    let ada = orion.user("ada").await;
    let root = Person::at(&orion);
    root.login("");
    let effects = || {
        let held = root.done(&["permission", "list", "--user", &ada.email], "");
        let held = held.as_array().unwrap().iter().map(|held| (held["permission"].clone(), held["effect"].clone()));
        held.collect::<Vec<_>>()
    };
    root.done(&["permission", "give", &ada.email, "users.read", "--until", "2999-01-01T00:00:00Z"], "");
    assert_eq!(effects(), [(json!("users.read"), json!("grant"))]);
    root.done(&["permission", "deny", &ada.id.to_string(), "users.read"], "");
    assert_eq!(effects(), [(json!("users.read"), json!("denial"))]);
    root.done(&["permission", "clear", &ada.email, "users.read"], "");
    assert!(effects().is_empty());
    let said = root.refused(&["permission", "give", &ada.email, "users.fly"], "");
    assert!(said.contains("There is no such permission; `orion permission list` lists them"), "{said}");
    let said = root.refused(&["permission", "deny", &ada.email, "users.red"], "");
    assert!(said.contains("did you mean users.read?"), "{said}");
    let said = root.refused(&["permission", "give", "nobody@example.com", "users.read"], "");
    assert!(said.contains("no such user as nobody@example.com"), "{said}");
    for wrong in [&["permission", "give", &ada.email, "../x"][..], &["permission", "give", &ada.email]] {
        assert_eq!(root.types(wrong, "").status.code(), Some(2), "{wrong:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_somebody_may_is_said_and_explained_by_commands() {
    let orion = TestPlatform::start().await;
    orion.administrator().await;
    let ada = orion.user("ada").with_role("moderator").await;
    let root = Person::at(&orion);
    root.login("");
    let said = root.done(&["permission", "check", "users.read", "users.write", "--user", &ada.email], "");
    let allowed: Vec<_> = said.as_array().unwrap().iter().map(|answer| answer["allowed"].clone()).collect();
    assert_eq!(allowed, [json!(true), json!(false)]);
    assert_eq!(root.done(&["permission", "check", "settings.write"], "")[0]["role"], "super_admin");
    let words = |permission: &str| {
        let explained = root.types(&["permission", "explain", permission, "--user", &ada.email], "");
        String::from_utf8(explained.stdout).unwrap()
    };
    assert!(words("users.read").contains("Why           by the role moderator"), "{}", words("users.read"));
    let missing = words("settings.write");
    assert!(missing.contains("May           no") && missing.contains("Given by      super_admin"), "{missing}");
    assert!(missing.contains("Ask           root@example.com"), "{missing}");
    let condition = "request.mfa && object.attributes.region == 'eu'";
    root.done(&["permission", "give", &ada.email, "settings.write", "--when", condition], "");
    let failed = words("settings.write");
    assert!(failed.contains("request.mfa is not known") && !failed.contains("Step up"), "{failed}");
    let about = ["permission", "explain", "settings.write", "--user", &ada.email, "--attribute", "region=eu"];
    let failed = String::from_utf8(root.types(&about, "").stdout).unwrap();
    assert!(failed.contains("Step up       allowed once they have proven a second factor"), "{failed}");
    assert!(failed.contains("object.attributes.region was \"eu\""), "{failed}");
    let marked = root.done(&["permission", "log", "settings.write", "on"], "");
    assert_eq!(marked["log_decisions"], true);
    assert_eq!(root.types(&["permission", "log", "settings.write", "perhaps"], "").status.code(), Some(2));
    let who = root.done(&["permission", "who-can", "users.read"], "");
    let emails: Vec<_> = who.as_array().unwrap().iter().map(|who| who["email"].as_str().unwrap()).collect();
    assert!(emails.contains(&&*ada.email) && emails.len() == 2, "{emails:?}");
    assert!(root.refused(&["permission", "explain", "users.fly"], "").contains("name of a permission"));
    for words in [
        &["permission", "explain", "users.red"][..],
        &["permission", "check", "users.red"],
        &["permission", "who-can", "users.red"],
    ] {
        let said = root.refused(words, "");
        assert!(said.contains("did you mean users.read?"), "{words:?}: {said}");
    }
}
