//! Names in place of ids, for whatever has a name.

use super::signed_in::Person;
use orion_testkit::TestPlatform;
use serde_json::{Value, json};

const BOT: &str = "Nightly export";

fn entries(person: &Person, filters: &[&str]) -> Vec<Value> {
    let words = [&["audit", "list", "--limit", "200"], filters].concat();
    person.done(&words, "").as_array().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_audit_log_is_asked_by_the_names_of_organisations_and_service_accounts() {
    let orion = TestPlatform::start().await;
    orion.administrator().await;
    let root = Person::at(&orion);
    root.login("");
    let id = root.done(&["organisation", "create", "Analytical Engines"], "")["id"].as_str().unwrap().to_owned();
    root.done(&["organisation", "create", "Looms"], "");
    let bot = root.done(&["service-account", "create", BOT, "--organisation", "analytical-engines"], "");
    let bot = bot["id"].as_str().unwrap();
    root.done(&["permission", "give", BOT, "users.read"], "");
    orion.settle().await;

    let found = entries(&root, &["--organisation", "analytical-engines"]);
    assert!(!found.is_empty() && found.iter().all(|entry| entry["organisation_id"] == json!(id)), "{found:?}");
    assert_eq!(found, entries(&root, &["--organisation", &id]));
    let said = root.refused(&["audit", "list", "--organisation", "analytical-engine"], "");
    assert!(said.contains("did you mean analytical-engines?"), "{said}");
    let exported = root.types(&["audit", "export", "--organisation", "analytical-engines", "--format", "ndjson"], "");
    let exported = String::from_utf8(exported.stdout).unwrap();
    assert_eq!(exported.lines().count(), found.len(), "{exported}");

    assert_eq!(entries(&root, &["--about", BOT]), entries(&root, &["--about", bot]));
    assert!(!entries(&root, &["--about", BOT]).is_empty());
    assert_eq!(entries(&root, &["--by", BOT]), entries(&root, &["--by", bot]));
    entries(&root, &["--by", "users"]);
    let said = root.refused(&["audit", "list", "--by", "Nightly exprt"], "");
    assert!(said.contains("did you mean Nightly export?"), "{said}");
    assert_eq!(root.types(&["audit", "list", "--by", "ada@"], "").status.code(), Some(2), "no address, and no name");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_account_is_given_things_by_its_name() {
    let orion = TestPlatform::start().await;
    orion.administrator().await;
    let ada = orion.user("ada").await;
    let root = Person::at(&orion);
    root.login("");
    root.done(&["organisation", "create", "Engines"], "");
    root.done(&["team", "create", "engines", "Weaving mill"], "");
    let bot = root.done(&["service-account", "create", BOT, "--organisation", "engines"], "")["id"].clone();
    for words in [
        &["permission", "give", BOT, "users.read"][..],
        &["role", "give", BOT, "moderator"],
        &["organisation", "give", "engines", BOT, "organisation_admin"],
        &["team", "add", "engines", "Weaving mill", BOT],
    ] {
        let output = root.types(words, "");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success() && said.contains(BOT), "{output:?}");
    }
    let id = bot.as_str().unwrap();
    for words in [["permission", "list"], ["role", "list"]] {
        let of = |who: &str| root.done(&[words[0], words[1], "--user", who], "");
        assert_eq!(of(BOT), of(id), "{words:?}");
    }
    assert_eq!(root.done(&["permission", "check", "users.read", "--user", BOT], "")[0]["allowed"], true);
    assert_eq!(root.done(&["team", "members", "engines", "Weaving mill"], "")[0]["user_id"], bot);
    let last = [
        (&["role", "take", BOT, "moderator"][..], "taken"),
        (&["permission", "clear", BOT, "users.read"], "cleared"),
        (&["organisation", "take", "engines", BOT, "organisation_admin"], "taken"),
        (&["team", "remove", "engines", "Weaving mill", BOT], "removed"),
    ];
    for (words, was) in last {
        assert_eq!(root.done(words, "")[was], true, "{words:?}");
        let again = root.types(words, "");
        let said = String::from_utf8_lossy(&again.stdout).into_owned();
        assert!(again.status.success() && said.ends_with(": nothing was to be done.\n"), "{again:?}");
        assert_eq!(root.done(words, "")[was], false, "{words:?}");
    }

    // Whoever meant a person is told how those are named, and a mistyped address is no name.
    let said = root.refused(&["permission", "give", "ada", "users.read"], "");
    assert!(said.contains("no service account ada") && said.contains("people are named by their e-mail"), "{said}");
    let said = root.refused(&["team", "add", "engines", "Weaving mill", "Nightly exprt"], "");
    assert!(said.contains("did you mean Nightly export?"), "{said}");
    assert_eq!(root.types(&["role", "give", "ada@", "moderator"], "").status.code(), Some(2));
    root.done(&["service-account", "create", BOT], "");
    let said = root.refused(&["role", "give", BOT, "moderator"], "");
    assert!(said.contains("several service accounts are called Nightly export") && said.contains(id), "{said}");
    let anybody = root.elsewhere();
    anybody.login_as(&ada.email, "");
    let said = anybody.refused(&["role", "list", "--user", BOT], "");
    assert!(said.contains("name the id instead"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_invitation_is_named_by_who_is_invited_and_by_where_to() {
    let orion = TestPlatform::start().await;
    orion.administrator().await;
    let bob = orion.user("bob").await;
    let root = Person::at(&orion);
    root.login("");
    root.done(&["organisation", "create", "Analytical Engines"], "");
    let invite = ["organisation", "invite", "analytical-engines", &bob.email];
    root.done(&invite, "");
    let withdraw = |email: &str| ["organisation", "withdraw", "analytical-engines", email].map(str::to_owned);
    let said = root.refused(&withdraw("bobb@example.com").each_ref().map(String::as_str), "");
    assert!(
        said.contains("did you mean bob@example.com?") && said.contains("invitations analytical-engines`"),
        "{said}"
    );
    root.done(&withdraw(&bob.email).each_ref().map(String::as_str), "");
    root.done(&invite, "");

    let person = root.elsewhere();
    person.login_as(&bob.email, "");
    let said = person.refused(&["organisation", "accept", "Analytical Engine"], "");
    assert!(
        said.contains("did you mean Analytical Engines?") && said.contains("`orion organisation invitations`"),
        "{said}"
    );
    person.done(&["organisation", "decline", "analytical engines"], "");
    assert!(person.refused(&["organisation", "accept", "Analytical Engines"], "").contains("no invitation to"));
    root.done(&invite, "");
    let accepted = person.done(&["organisation", "accept", "Analytical Engines"], "");
    assert!(accepted["invitation_id"].is_string(), "{accepted}");
    assert_eq!(person.done(&["organisation", "list"], "")[0]["organisation"]["slug"], "analytical-engines");
}
