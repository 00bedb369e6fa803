//! `orion organisation`.

use super::signed_in::Person;
use orion_testkit::TestPlatform;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn organisations_and_their_members_are_looked_after_by_commands() {
    let orion = TestPlatform::start().await;
    orion.administrator().await;
    let (ada, bob) = (orion.user("ada").await, orion.user("bob").await);
    let root = Person::at(&orion);
    root.login("");
    let made = root.done(&["organisation", "create", "Engines", "--description", "Weaves"], "");
    let id = made["id"].as_str().unwrap();
    assert_eq!(made["slug"], "engines");
    let edited = root.done(&["organisation", "edit", id, "--name", "Looms", "--description", ""], "");
    assert_eq!((&edited["name"], &edited["description"]), (&json!("Looms"), &Value::Null));
    root.done(&["organisation", "add", id, &ada.email], "");
    root.done(&["organisation", "give", id, &ada.email, "organisation_admin"], "");
    let of_ada = root.done(&["organisation", "list", "--user", &ada.email], "");
    assert_eq!(of_ada[0]["roles"], json!(["organisation_admin", "organisation_member"]));

    // Ada acts for it: what she holds inside holds in each command after it, also once the token was refreshed.
    let person = root.elsewhere();
    person.login_as(&ada.email, "");
    assert!(person.refused(&["organisation", "members", id], "").contains("organisations.read"));
    person.done(&["organisation", "use", id], "");
    let members = person.done(&["organisation", "members", id], "");
    assert_eq!(members.as_array().unwrap().len(), 2);
    let invited = person.done(&["organisation", "invite", id, &bob.email, "--role", "organisation_admin"], "");
    let waiting = person.done(&["organisation", "invitations", id], "");
    assert_eq!(waiting[0]["id"], invited["id"]);
    let said = person.refused(&["organisation", "give", id, &bob.email, "organisation_admin"], "");
    assert!(said.contains("is no member"), "{said}");
    assert!(
        person
            .refused(&["organisation", "use", "019e4c31-0b62-7a1e-8f3d-5c9e2d7b6a10"], "")
            .contains("no such organisation")
    );

    let other = root.elsewhere();
    other.login_as(&bob.email, "");
    let own = other.done(&["organisation", "invitations"], "");
    other.done(&["organisation", "accept", own[0]["id"].as_str().unwrap()], "");
    assert_eq!(other.done(&["organisation", "list"], "")[0]["organisation"]["name"], "Looms");
    let team = person.done(&["team", "create", "engines", "Mill", "--description", "Grinds"], "");
    assert_eq!(person.done(&["team", "list", id], "")[0]["id"], team["id"]);
    person.done(&["team", "add", id, "mill", &bob.email], "");
    assert_eq!(person.done(&["team", "members", id, "Mill"], "")[0]["email"], json!(bob.email));
    assert!(person.refused(&["team", "add", id, "forge", &bob.email], "").contains("there is no team forge"));
    person.done(&["team", "remove", id, team["id"].as_str().unwrap(), &bob.email], "");
    let edited = person.done(&["team", "edit", id, "mill", "--name", "Forge", "--description", ""], "");
    assert_eq!((&edited["name"], &edited["description"]), (&json!("Forge"), &Value::Null));
    let said = person.refused(&["team", "delete", id, "forge"], "");
    assert!(said.contains("The team Forge ends for good") && said.contains("say --yes"), "{said}");
    assert!(person.refused(&["team", "delete", id, "Frge", "--yes"], "").contains("did you mean Forge?"));
    person.done(&["team", "delete", id, "forge", "--yes"], "");
    let members = root.done(&["user", "list", "--organisation", "engines"], "");
    let items = members.as_array().or(members["items"].as_array()).unwrap();
    assert!(items.iter().any(|user| user["email"] == json!(ada.email)), "{members}");
    root.done(&["organisation", "take", id, &bob.email, "organisation_admin"], "");
    // Who owns it hands it over, and owns it no more.
    let handed = root.done(&["organisation", "transfer", id, &ada.email], "");
    assert_eq!(handed["owners"], json!([ada.id]));
    // Who runs the platform takes nothing from who owned it, and is told so.
    let text = root.types(&["organisation", "transfer", id, &bob.email], "");
    let text = String::from_utf8(text.stdout).unwrap();
    assert!(text.contains(&format!("{} owns it now, beside {}", bob.email, ada.email)), "{text}");
    root.done(&["organisation", "take", id, &bob.email, "organisation_owner"], "");
    let said = root.refused(&["organisation", "give", id, &bob.email, "organisation_admn"], "");
    assert!(said.contains("did you mean organisation_admin?") && !said.contains("/api/"), "{said}");
    assert!(person.refused(&["organisation", "leave", id], "").contains("must own the organisation"));
    person.done(&["organisation", "remove", id, &bob.email], "");
    let again = person.done(&["organisation", "invite", id, &bob.email], "");
    person.done(&["organisation", "withdraw", id, again["id"].as_str().unwrap()], "");
    assert_eq!(other.done(&["organisation", "invitations"], ""), json!([]));
    assert_eq!(person.done(&["organisation", "show", "engines"], "")["id"], made["id"], "by its name in addresses");
    assert!(person.refused(&["organisation", "show", "looms"], "").contains("there is no organisation looms"));
    person.done(&["organisation", "use", "none"], "");
    assert!(person.refused(&["organisation", "show", id], "").contains("organisations.read"));
    person.done(&["organisation", "use", id], "");
    let said = person.refused(&["organisation", "delete", id], "");
    assert!(said.contains("Looms (engines) ends for good") && said.contains("say --yes"), "{said}");
    // One is named by what it is called wherever one is.
    let about = ["permission", "explain", "teams.write", "--user", &ada.email, "--organisation", "engines"];
    assert_eq!(root.done(&about, "")["decision"]["allowed"], true);
    // Where no team was named, of what is held for one alone it is said which.
    let http = orion.administrator().await;
    let role =
        json!({ "name": "lead", "display_name": "Lead", "scope": "team", "level": 20, "permissions": ["teams.write"] });
    http.post("/api/v1/roles", role).await.expect(201);
    root.done(&["organisation", "add", id, &bob.email], "");
    let teams = format!("/api/v1/organisations/{id}/teams");
    let mill: Value = http.post(&teams, json!({ "name": "Mill" })).await.expect(201).json();
    let mill = mill["id"].as_str().unwrap();
    http.put(&format!("{teams}/{mill}/members/{}", bob.id), json!({})).await.expect(204);
    root.done(&["organisation", "give", id, &bob.email, "lead", "--team", "Mill"], "");
    let about = ["permission", "explain", "teams.write", "--user", &bob.email, "--organisation", "engines"];
    let told = String::from_utf8(root.types(&about, "").stdout).unwrap();
    assert!(told.contains("held for a team alone, and none was asked about"), "{told}");
    assert!(told.contains(&format!("Ask about     --organisation {id} --team {mill}")), "{told}");
    let named = [&about[..], &["--team", mill]].concat();
    let told = String::from_utf8(root.types(&named, "").stdout).unwrap();
    assert!(told.contains("by the role lead") && !told.contains("Ask about"), "{told}");

    let bot = root.done(&["service-account", "create", "Nightly export", "--organisation", "engines"], "");
    assert_eq!(bot["organisation_id"], made["id"]);
    root.done(&["permission", "give", bot["id"].as_str().unwrap(), "teams.write", "--organisation", "engines"], "");
    let key = ["apikey", "create", "CI", "--scope", "teams.write", "--service-account", "Nightly export"];
    root.done(&[&key[..], &["--organisation", "engines"]].concat(), "");
    let said = root.refused(&["service-account", "show", "Nightly exprt"], "");
    assert!(said.contains("did you mean Nightly export?"), "{said}");
    assert_eq!(root.done(&["service-account", "disable", "Nightly export"], "")["is_active"], false);
    person.done(&["organisation", "delete", id, "--yes"], "");
    assert_eq!(root.done(&["organisation", "list", "--all"], ""), json!([]));
    for wrong in [&["organisation", "show", "No slug"][..], &["organisation", "use"], &["organisation", "edit", id]] {
        assert_eq!(root.types(wrong, "").status.code(), Some(2), "{wrong:?}");
    }
    orion.leave_undelivered();
}
