//! What commands say to whoever typed something wrong: what it is, where, and what to do next; and what is done twice.

use super::administrator::EMAIL;
use super::signed_in::Person;
use orion_testkit::TestPlatform;
use serde_json::{Value, json};
use std::collections::BTreeMap;

const SOME_ID: &str = "019e4c31-0b62-7a1e-8f3d-5c9e2d7b6a10";

fn text(person: &Person, words: &[&str]) -> String {
    let output = person.types(words, "");
    assert!(output.status.success(), "{words:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap()
}

/// What is said before anybody is asked.
fn misuse(words: &[&str]) -> String {
    let output = orion_testkit::process::command(words, &[]).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{words:?}: {output:?}");
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn a_wrong_word_is_refused_with_how_it_is_written() {
    for flag in ["--created-since", "--created-until", "--last-login-since", "--last-login-until"] {
        let said = misuse(&["user", "list", flag, "yesterday"]);
        assert!(said.contains(flag) && said.contains("2030-01-01T00:00:00Z, or a day such as 2030-01-01"), "{said}");
    }
    for words in [&["audit", "list"][..], &["audit", "export"], &["security", "events", "--all"]] {
        let said = misuse(&[words, &["--since", "yesterday"]].concat());
        assert!(said.contains("or a day such as 2030-01-01"), "{words:?}: {said}");
    }
    let edit = ["user", "edit", "ada@example.com"];
    for (flag, wrong, how) in [("--link", "github", "github=https://"), ("--metadata", "[]", "must be a JSON object")] {
        let said = misuse(&[&edit[..], &[flag, wrong]].concat());
        assert!(said.contains(flag) && said.contains(how), "{said}");
    }
    for wrong in ["x", "=1", "a b=1"] {
        let said = misuse(&["permission", "check", "users.read", "--attribute", wrong]);
        assert!(said.contains("must be NAME=VALUE, such as region=eu"), "{said}");
    }
    let said = misuse(&["role", "create", "support", "--level", "-1"]);
    assert!(said.contains("-1 is not in 1..=99"), "{said}");
    assert!(misuse(&["security", "attempts", "--all", "--address", "nonsense"]).contains("--address"));
    // What of several has to be named is all told.
    let said = misuse(&["session", "end"]);
    assert!(said.contains("--others") && said.contains("--all"), "{said}");
    let said = misuse(&["service-account", "edit", "Bot"]);
    assert!(said.contains("--name") && said.contains("--description"), "{said}");
    for form in ["-ojson", "-o=json", "--output=json"] {
        let said: Value = serde_json::from_str(&misuse(&["user", "bogus", form])).unwrap();
        assert!(said["error"].as_str().unwrap().starts_with("unrecognized subcommand 'bogus'"), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_that_there_is_not_is_told_with_the_one_meant_and_with_what_lists_them() {
    let orion = TestPlatform::start().await;
    orion.administrator().await;
    let root = Person::at(&orion);
    root.login("");
    for (words, told) in [
        (&["user", "list", "--role", "modrator"][..], "did you mean moderator?"),
        (&["user", "list", "--role", "zzz"], "--role: must be the name of a role; `orion role list` lists them"),
        (&["user", "invite", "eve@example.com", "--role", "modrator"], "did you mean moderator?"),
        (
            &["user", "create", "eve@example.com", "--role", "moderator", "--role", "zzz"],
            ", and not zzz; `orion role list`",
        ),
        (&["permission", "check", "users.read", "zzz"], ", and not zzz; `orion permission list` lists them"),
        (&["permission", "who-can", "zzz"], "`orion permission list` lists them"),
        (
            &["role", "create", "support", "--level", "30", "--parent", "zzz"],
            "--parent: must be the name of a role; `orion role list`",
        ),
        (&["role", "create", "moderator", "--level", "30"], "already. `orion role edit moderator` changes it."),
        (&["user", "edit", EMAIL, "--locale", "nonsense"], "--locale: must be"),
        (&["organisation", "create", "Looms", "--slug", "Bad slug"], "--slug: must be"),
        (&["organisation", "list", "--user", SOME_ID], "there is no such user as"),
        (&["organisation", "show", SOME_ID], "`orion organisation list --all` shows what there is."),
        (&["apikey", "show", SOME_ID], "`orion apikey list` shows what there is."),
        (&["apikey", "rotate", SOME_ID], "`orion apikey list` shows what there is."),
        (&["apikey", "revoke", SOME_ID], "`orion apikey list` shows what there is."),
        (&["service-account", "show", SOME_ID], "`orion service-account list` shows what there is."),
        (&["session", "end", SOME_ID], "`orion session list` shows what there is."),
        (
            &["session", "end", SOME_ID, "--user", EMAIL],
            "`orion session list --user root@example.com` shows what there is.",
        ),
        (&["device", "block", SOME_ID], "`orion device list` shows what there is."),
        (&["provider", "unlink", SOME_ID], "`orion provider list` shows what there is."),
        (&["security", "lift", SOME_ID], "`orion security throttles` shows what there is."),
        (&["audit", "show", SOME_ID], "`orion audit list` shows what there is."),
    ] {
        let said = root.refused(words, "");
        assert!(said.contains(told), "{words:?}: {said}");
    }
    root.done(&["organisation", "create", "Engines"], "");
    let said = root.refused(&["organisation", "show", "engine"], "");
    assert!(said.contains("did you mean engines? `orion organisation list` names yours"), "{said}");
    // Whoever shares nothing but the domain was not meant.
    let said = root.refused(&["organisation", "remove", "engines", "nobody@example.com"], "");
    assert!(!said.contains("did you mean"), "{said}");
    root.done(&["service-account", "create", "Bot"], "");
    assert!(root.refused(&["service-account", "show", "bot"], "").contains("did you mean Bot?"));
    let eve = orion.user("eve").unverified().await;
    let said = root.refused(&["organisation", "add", "engines", &eve.email], "");
    assert!(said.contains("`orion organisation invite engines EMAIL` invites"), "{said}");
    let file = tempfile::NamedTempFile::new().unwrap();
    let said = root.refused(&["audit", "export", "--file", file.path().to_str().unwrap()], "");
    assert!(said.contains("is there already, and is not written over: name another one"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_role_is_not_said_to_be_changed_by_what_changes_nothing() {
    let orion = TestPlatform::start().await;
    orion.administrator().await;
    let root = Person::at(&orion);
    root.login("");
    root.done(&["role", "create", "support", "--level", "30", "--parent", "user", "--permission", "users.read"], "");
    let edit = ["role", "edit", "support"];
    let said = root.refused(&[&edit[..], &["--take", "users.raed"]].concat(), "");
    assert!(said.contains("there is no permission users.raed; did you mean users.read?"), "{said}");
    let said = root.refused(&[&edit[..], &["--take", "users.read", "--give", "users.read"]].concat(), "");
    assert!(said.contains("say one of them"), "{said}");
    let said = root.refused(&[&edit[..], &["--take", "profile.write"]].concat(), "");
    assert!(said.contains("support inherits profile.write from user"), "{said}");
    let said = text(&root, &[&edit[..], &["--take", "users.write"]].concat());
    assert!(said.contains("did not give users.write: there was nothing to take"), "{said}");
    assert_eq!(root.done(&["role", "show", "support"], "")["role"]["own_permissions"], json!(["users.read"]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_taken_away_twice_is_told_to_have_been_gone() {
    let orion = TestPlatform::start().await;
    orion.administrator().await;
    let root = Person::at(&orion);
    root.login("");
    root.done(&["user", "invite", "zoe@example.com"], "");
    let withdraw = ["user", "withdraw-invitation", "zoe@example.com"];
    assert_eq!(root.done(&withdraw, "")["withdrawn"], true);
    assert!(text(&root, &withdraw).contains("was withdrawn before: nothing was to be done."));
    assert_eq!(root.done(&withdraw, "")["withdrawn"], false);
    let said = text(&root, &["user", "avatar", "remove"]);
    assert_eq!(said, "There was no picture: nothing was to be done.\n");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_verified_log_says_once_in_json_whether_it_holds() {
    let orion = TestPlatform::start().await;
    orion.administrator().await;
    let root = Person::at(&orion);
    root.login("");
    orion.settle().await;
    let output = root.types(&["audit", "verify", "-o", "json"], "");
    let told = String::from_utf8(output.stdout).unwrap();
    let keys: BTreeMap<String, Value> = serde_json::from_str(&told).unwrap();
    assert_eq!((&keys["holds"], told.matches("\"holds\"").count()), (&json!(true), 1), "{told}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_program_calls_with_and_is_not_taken_is_named_by_its_variable() {
    let orion = TestPlatform::start().await;
    let program = Person::at(&orion);
    for (variable, other) in [("ORION_TOKEN", "ORION_API_KEY"), ("ORION_API_KEY", "ORION_TOKEN")] {
        let mut command = program.command(&["user", "list", "--url", &program.url()]);
        let output = command.env(variable, "nonsense").output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains(&format!("does not take what {variable} holds")) && !said.contains(other), "{said}");
        assert!(said.contains("`orion login`"), "{said}");
        let mut command = program.command(&["user", "list", "--url", &program.url()]);
        let output = command.env(variable, "orion_one\norion_two").output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains(&format!("{variable} has a blank, a line break")), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_may_see_nobody_sees_themselves_whole() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    let person = Person::at(&orion);
    person.login_as(&ada.email, "");
    for who in ["me", &ada.email] {
        let shown = person.done(&["user", "show", who], "");
        assert_eq!((&shown["sessions"], &shown["two_factor"]["enabled"]), (&json!(2), &json!(false)), "{shown}");
    }
    for words in [["session", "list"], ["device", "list"], ["provider", "list"], ["factor", "show"]] {
        let of_me = person.done(&[words[0], words[1], "--user", "me"], "");
        assert_eq!(of_me, person.done(&words, ""), "{words:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn programs_are_told_of_whom_and_where_and_people_what_is_left() {
    let orion = TestPlatform::start().await;
    orion.administrator().await;
    let ada = orion.user("ada").await;
    let root = Person::at(&orion);
    root.login("");
    let email = ada.email.as_str();
    let id = root.done(&["organisation", "create", "Engines"], "")["id"].clone();
    root.done(&["organisation", "add", "engines", email], "");
    let of_ada = json!(ada.id);
    for words in [
        &["role", "give", email, "moderator"][..],
        &["role", "take", email, "moderator"],
        &["permission", "give", email, "users.read"],
    ] {
        assert_eq!(root.done(words, "")["user_id"], of_ada, "{words:?}");
    }
    let inside = ["engines", email, "organisation_admin"];
    for verb in ["give", "take"] {
        let told = root.done(&[&["organisation", verb], &inside[..]].concat(), "");
        let found = (&told["user_id"], &told["organisation_id"], &told["role"]);
        assert_eq!(found, (&of_ada, &id, &json!("organisation_admin")), "{told}");
    }
    // What holds for an organisation is another thing, and stays.
    let deny = ["permission", "deny", email, "users.read", "--organisation", "engines"];
    let denied = root.done(&deny, "");
    assert_eq!((&denied["user_id"], &denied["organisation_id"]), (&of_ada, &id), "{denied}");
    let said = text(&root, &["permission", "clear", email, "users.read"]);
    assert!(said.contains("any more.") && said.contains("for an organisation stays"), "{said}");
    let said = text(&root, &["permission", "clear", email, "users.read", "--organisation", "engines"]);
    assert!(!said.contains("stays"), "{said}");
}
