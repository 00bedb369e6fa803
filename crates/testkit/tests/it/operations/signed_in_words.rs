//! How the commands of somebody who is signed in speak: in the names that were typed, in flags and commands, and of what may have been meant.

use super::signed_in::Person;
use orion_contracts::pointers;
use orion_testkit::TestPlatform;
use serde_json::{Value, json};
use std::time::Duration;

fn text(person: &Person, words: &[&str]) -> String {
    let output = person.types(words, "");
    assert!(output.status.success(), "{words:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap()
}

/// Each place to which services send who calls them, by a real refusal: what a service words anew fails here.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_platform_names_by_its_address_is_told_by_its_command() {
    let orion = TestPlatform::builder().set("auth.access_token_seconds", 3600).start().await;
    let administrator = orion.administrator().await;
    let (ada, bob) = (orion.user("ada").await, orion.user("bob").await);
    let root = Person::at(&orion);
    root.login("");
    root.done(&["organisation", "create", "Engines"], "");
    root.done(&["organisation", "add", "engines", &ada.email], "");
    root.done(&["organisation", "transfer", "engines", &ada.email, "--yes"], "");
    root.done(&["role", "create", "miller", "--level", "5"], "");
    let other = root.elsewhere();
    other.login_as(&ada.email, "");
    // What is held for one team is tried on another.
    root.done(&["role", "create", "lead", "--scope", "team", "--level", "5", "--permission", "teams.write"], "");
    for team in ["Mill", "Forge"] {
        root.done(&["team", "create", "engines", team], "");
    }
    root.done(&["organisation", "add", "engines", &bob.email], "");
    root.done(&["team", "add", "engines", "Mill", &bob.email], "");
    root.done(&["organisation", "give", "engines", &bob.email, "lead", "--team", "Mill"], "");
    let lead = root.elsewhere();
    lead.login_as(&bob.email, "");
    lead.done(&["organisation", "use", "engines"], "");

    let mut told: Vec<(&str, String)> = vec![
        (pointers::PERMISSIONS, root.refused(&["permission", "give", &ada.email, "zzz.zzz"], "")),
        (pointers::PERMISSIONS, root.refused(&["role", "edit", "miller", "--give", "zzz.zzz"], "")),
        (pointers::ROLES_INSIDE, root.refused(&["organisation", "give", "engines", &ada.email, "zzz"], "")),
        (pointers::TRANSFER, root.refused(&["user", "delete", &ada.email, "--reason", "gone"], "")),
        (pointers::MEMBERS, root.refused(&["role", "give", &ada.email, "organisation_admin"], "")),
        (pointers::MEMBERS, root.refused(&["role", "take", &ada.email, "organisation_admin"], "")),
        (pointers::NOT_ACTING, other.refused(&["organisation", "show", "engines"], "")),
        (pointers::NOT_ACTING, lead.refused(&["team", "edit", "engines", "Forge", "--name", "Mine"], "")),
    ];
    let gone = orion.user("gone").await;
    root.done(&["user", "delete", &gone.email, "--reason", "gone"], "");
    told.push((pointers::RESTORE, root.refused(&["user", "suspend", &gone.email, "--reason", "gone"], "")));
    orion.advance(Duration::from_secs(600)).await;
    let stale = json!({ "name": "x", "display_name": "X", "level": 5 });
    let refused = administrator.post("/api/v1/roles", stale).await;
    assert!(refused.text.contains(pointers::STEP_UP), "{refused:?}");
    // The command line steps up by itself, and tells who cannot be asked.
    let said = root.refused(&["role", "create", "x", "--level", "5"], "");
    assert!(said.contains("sign in again"), "{said}");
    told.push((pointers::STEP_UP, said));
    for (place, said) in &told {
        assert!(said.contains("`orion ") && !said.contains("/api/") && !said.contains(place), "{place}: {said}");
    }
    for place in pointers::ALL {
        assert!(told.iter().any(|(known, _)| *known == place), "nothing here is sent to: {place}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fields_are_told_by_their_flags() {
    let orion = TestPlatform::start().await;
    orion.administrator().await;
    let ada = orion.user("ada").await;
    let root = Person::at(&orion);
    root.login("");
    root.done(&["organisation", "create", "Engines"], "");
    root.done(&["organisation", "add", "engines", &ada.email], "");
    root.done(&["team", "create", "engines", "Mill"], "");
    let made =
        text(&root, &["role", "create", "miller", "--scope", "team", "--level", "5", "--permission", "users.read"]);
    assert!(
        made.contains("warning: by a role of the scope team, users.read counts only where a team's things"),
        "{made}"
    );
    let give = ["organisation", "give", "engines", &ada.email, "miller"];
    let said = root.refused(&give, "");
    assert!(said.contains("--team: must be") && said.contains("`orion team list`"), "{said}");
    let said = root.refused(&[&give[..], &["--team", "Mill"]].concat(), "");
    assert!(said.contains("--team: ") && said.contains("`orion team add`") && !said.contains("team_id"), "{said}");
    let said = root.refused(&["role", "give", &ada.email, "moderator", "--until", "2020-01-01"], "");
    assert!(said.contains("--until: ") && !said.contains("expires_at"), "{said}");
    let said = root.refused(&["role", "give", &ada.email, "moderator", "--when", "nonsense"], "");
    assert!(said.contains("--when: "), "{said}");
    let said = root.refused(&["user", "edit", &ada.email, "--first-name", &"x".repeat(101)], "");
    assert!(said.contains("--first-name: ") && !said.contains("first_name"), "{said}");
    let said = root.refused(&["user", "invite", "zoe@example.com", "--role", "nobody"], "");
    assert!(said.contains("--role: "), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_say_the_names_that_were_typed_and_what_was_not_to_be_done() {
    let orion = TestPlatform::start().await;
    orion.administrator().await;
    let ada = orion.user("ada").await;
    let root = Person::at(&orion);
    root.login("");
    let email = ada.email.as_str();
    let organisation = root.done(&["organisation", "create", "Engines"], "");
    let id = organisation["id"].as_str().unwrap();
    let mut told = vec![text(&root, &["organisation", "add", "engines", email])];
    assert_eq!(told[0], format!("{email} is a member of engines now.\n"));
    root.done(&["team", "create", "engines", "Mill"], "");
    told.push(root.refused(&["team", "members", "engines", "Forge"], ""));
    assert!(told[1].contains("there is no team Forge of engines; `orion team list engines` lists all"), "{told:?}");
    told.push(text(&root, &["team", "add", "engines", "Mill", email]));
    told.push(text(&root, &["team", "remove", "engines", "Mill", email]));
    told.push(text(&root, &["team", "remove", "engines", "Mill", email]));
    assert!(told[4].contains("was not in the team Mill"), "{told:?}");
    told.push(text(&root, &["organisation", "give", "engines", email, "organisation_admin"]));
    told.push(text(&root, &["role", "list", "--user", email]));
    assert!(told[6].contains("engines"), "{told:?}");
    told.push(text(&root, &["organisation", "take", "engines", email, "organisation_admin"]));
    assert!(told[7].contains("inside engines is taken from"), "{told:?}");
    told.push(text(&root, &["organisation", "take", "engines", email, "organisation_admin"]));
    assert!(told[8].contains("did not hold the role organisation_admin inside engines"), "{told:?}");
    told.push(text(&root, &["permission", "give", email, "teams.write", "--organisation", "engines"]));
    told.push(text(&root, &["permission", "list", "--user", email]));
    told.push(text(&root, &["permission", "explain", "teams.write", "--user", email]));
    assert!(told[11].contains("for the organisation engines alone"), "{told:?}");
    for told in &told {
        assert!(!told.contains(id), "{told}");
    }
    let text_of = |words: &[&str]| text(&root, words);
    assert!(text_of(&["permission", "clear", email, "users.read"]).contains("was neither given nor denied users.read"));
    let said = text_of(&["role", "take", email, "moderator"]);
    assert_eq!(said, format!("{email} did not hold the role moderator: nothing was to be done.\n"));
    assert_eq!(root.done(&["role", "take", email, "user"], "")["taken"], true);
    // What somebody is promised who has not come yet is taken back by the same word.
    root.done(&["user", "invite", "zoe@example.com", "--role", "moderator"], "");
    let take = ["role", "take", "zoe@example.com", "moderator"];
    assert_eq!(root.done(&take, "")["taken"], true);
    assert_eq!(root.done(&take, "")["taken"], false);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_may_see_little_is_told_what_they_may_have_meant_and_knows_themselves() {
    let orion = TestPlatform::start().await;
    orion.administrator().await;
    let ada = orion.user("ada").await;
    let bob = orion.user("bob").await;
    let root = Person::at(&orion);
    root.login("");
    root.done(&["organisation", "create", "Engines"], "");
    root.done(&["organisation", "add", "engines", &ada.email], "");
    root.done(&["organisation", "give", "engines", &ada.email, "organisation_admin"], "");
    let person = root.elsewhere();
    person.login_as(&ada.email, "");
    // Who may list neither permissions nor roles.
    let said = person.refused(&["permission", "check", "users.raed"], "");
    assert!(said.contains("did you mean users.read?"), "{said}");
    let said = person.refused(&["apikey", "create", "CI", "--scope", "users.raed"], "");
    assert!(said.contains("did you mean users.read?"), "{said}");
    person.done(&["organisation", "use", "engines"], "");
    let said = person.refused(&["organisation", "give", "engines", &ada.email, "organisation_admn"], "");
    assert!(said.contains("did you mean organisation_admin?"), "{said}");
    assert!(person.refused(&["organisation", "show", "engine"], "").contains("did you mean engines?"));
    let mistyped = ada.email.replace('@', "a@");
    let said = person.refused(&["organisation", "remove", "engines", &mistyped], "");
    assert!(said.contains(&format!("did you mean {}?", ada.email)), "{said}");
    let said = root.refused(&["role", "give", &mistyped, "moderator"], "");
    assert!(said.contains(&format!("did you mean {}?", ada.email)), "{said}");
    // Oneself is known without users.read, also where one acts for nobody; others are not.
    person.done(&["organisation", "use", "none"], "");
    for own in ["me", &ada.email, &ada.id.to_string()] {
        let about = ["permission", "check", "profile.read", "--owner", own];
        assert_eq!(person.done(&about, "")[0]["allowed"], true, "{own}");
    }
    let said = person.refused(&["permission", "check", "profile.read", "--owner", &bob.email], "");
    assert!(said.contains("name the id instead"), "{said}");
    assert_eq!(person.done(&["apikey", "list", "--user", "me"], ""), json!([]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_say_which_of_their_scopes_count_for_nothing_and_are_listed_by_the_name_of_their_program() {
    let orion = TestPlatform::start().await;
    orion.administrator().await;
    let root = Person::at(&orion);
    root.login("");
    let bot = root.done(&["service-account", "create", "Nightly export"], "");
    let bot = bot["id"].as_str().unwrap();
    root.done(&["permission", "give", bot, "users.read"], "");
    let make = ["apikey", "create", "CI", "--service-account", "Nightly export", "--scope", "users.read", "--scope"];
    let of = |scope: &'static str| [&make[..], &[scope]].concat();
    let made = root.done(&of("audit.read"), "");
    assert_eq!(made["not_held"], json!(["audit.read"]));
    let told = text(&root, &of("audit.read"));
    assert!(told.contains("warning: the key's owner does not hold audit.read for certain"), "{told}");
    let listed = root.done(&["apikey", "list", "--service-account", "Nightly export"], "");
    assert_eq!(listed.as_array().unwrap().len(), 2, "{listed}");
    root.done(&["permission", "give", bot, "audit.read"], "");
    let id = made["key"]["id"].as_str().unwrap();
    assert_eq!(root.done(&["apikey", "rotate", id], "")["not_held"], json!([]));
    assert_eq!(root.done(&["apikey", "create", "Mine", "--scope", "profile.read"], "")["not_held"], json!([]));
    let edited = root.done(&["apikey", "edit", id, "--name", "Nightly", "--scope", "users.read"], "");
    assert_eq!((&edited["name"], &edited["scopes"]), (&json!("Nightly"), &json!(["users.read"])));
    assert_eq!(root.done(&["apikey", "edit", id, "--name", "CI"], "")["scopes"], json!(["users.read"]));
    let said = root.refused(&["apikey", "edit", id, "--scope", "users.raed"], "");
    assert!(said.contains("users.read"), "{said}");
    assert_eq!(root.types(&["apikey", "edit", id], "").status.code(), Some(2), "nothing to change");
    root.done(&["apikey", "revoke", id, "--yes"], "");
    let both = ["apikey", "list", "--everybody", "--service-account", "Nightly export"];
    assert_eq!(root.types(&both, "").status.code(), Some(2));
    let none: Value = root.done(&["apikey", "list"], "");
    assert_eq!(none.as_array().unwrap().len(), 1);
}
