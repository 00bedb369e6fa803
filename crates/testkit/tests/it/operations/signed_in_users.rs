//! `orion user`: people are found, shown, changed, invited and ordered about by commands.

use super::administrator::EMAIL;
use super::signed_in::Person;
use orion_contracts::{Author, ServiceName};
use orion_infra::DbError;
use orion_infra::db::dialect::statement;
use orion_testkit::TestPlatform;
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_user_is_named_by_address_or_id_everywhere_and_one_that_there_is_not_is_told_with_what_finds_users() {
    const NOBODY: &str = "019e4c31-0b62-7a1e-8f3d-5c9e2d7b6a10";
    let orion = TestPlatform::start().await;
    orion.administrator().await;
    let ada = orion.user("ada").await;
    let root = Person::at(&orion);
    root.login("");
    let lists = [["session", "list"], ["device", "list"], ["provider", "list"], ["factor", "show"]];
    for words in lists.into_iter().chain([["security", "events"], ["security", "attempts"]]) {
        let of = |who: &str| root.done(&[words[0], words[1], "--user", who], "");
        assert_eq!(of(&ada.email), of(&ada.id.to_string()), "{words:?}");
        for who in ["nobody@example.com", NOBODY] {
            let said = root.refused(&[words[0], words[1], "--user", who], "");
            let next =
                format!("there is no such user as {who}, or none that you may see; `orion user list --search TEXT`");
            assert!(said.contains(&next), "{words:?}: {said}");
        }
        let neither = root.types(&[words[0], words[1], "--user", "ada"], "");
        assert_eq!(neither.status.code(), Some(2), "{neither:?}");
    }
    let said = root.refused(&["factor", "reset", "nobody@example.com", "--reason", "Lost"], "");
    assert!(said.contains("no such user as nobody@example.com"), "{said}");
    let reset = root.done(&["factor", "reset", &ada.email, "--reason", "Lost"], "");
    assert_eq!(reset["user_id"], json!(ada.id));
    let ended = root.done(&["session", "end", "--all", "--user", &ada.email], "");
    assert!(ended["ended"].as_u64().unwrap() > 0, "{ended}");
}

#[test]
fn a_word_of_which_there_are_only_so_many_is_refused_with_all_that_there_are() {
    for (words, known) in [
        (["security", "events", "--kind"], "session.refresh_token_reused"),
        (["security", "events", "--severity"], "low, medium, high"),
        (["security", "attempts", "--status"], "success, failed, blocked, suspicious"),
        (["security", "attempts", "--failure"], "too_many_failures"),
        (["user", "list", "--status"], "pending_verification"),
    ] {
        let output = orion_testkit::process::command(&[&words[..], &["nonsense"]].concat(), &[]).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains("possible values: ") && said.contains(known), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn users_are_listed_and_shown_by_commands() {
    let orion = TestPlatform::start().await;
    orion.administrator().await;
    let ada = orion.user("ada").await;
    // Newer, so that it is found before, and it begins as the other does.
    let other = orion.user("ada@example.com.au").with_role("moderator").await;
    let eve = orion.user("eve").unverified().await;
    let root = Person::at(&orion);
    root.login("");
    let list = |words: &[&str]| {
        let users = root.done(&[&["user", "list"], words].concat(), "");
        users.as_array().unwrap().iter().map(|user| user["email"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(list(&[]), [&*eve.email, &other.email, &ada.email, EMAIL]);
    assert_eq!(list(&["--search", "ADA@EX"]), [&*other.email, &ada.email]);
    assert!(list(&["--search", "a&status=active#"]).is_empty(), "a text is a text, whatever stands in it");
    assert_eq!(list(&["--status", "pending_verification"]), [&*eve.email]);
    assert_eq!(list(&["--status", "active", "--search", "eve"]), Vec::<String>::new());
    assert_eq!(list(&["--role", "moderator"]), [&*other.email]);
    assert_eq!(list(&["--verified", "false"]), [&*eve.email]);
    assert_eq!(list(&["--second-factor", "true"]), Vec::<String>::new());
    assert_eq!(list(&["--sort", "-email", "--created-since", "2000-01-01T00:00:00Z", "--limit", "1"]), [EMAIL]);
    assert!(root.refused(&["user", "list", "--role", "nobody"], "").contains("role"));
    let table = root.types(&["user", "list", "--limit", "2"], "");
    let (rows, said) = (String::from_utf8(table.stdout).unwrap(), String::from_utf8(table.stderr).unwrap());
    assert!(rows.contains("E-MAIL") && rows.contains("pending_verification") && !rows.contains(EMAIL), "{rows}");
    assert!(said.contains("There are more") && said.contains("--search"), "{said}");
    let all = root.types(&["user", "list", "--limit", "4"], "");
    assert!(all.stderr.is_empty(), "{all:?}");
    let misspelt = root.types(&["user", "list", "--status", "activ"], "");
    assert!(misspelt.status.code() == Some(2) && String::from_utf8_lossy(&misspelt.stderr).contains("suspended"));

    let shown = root.done(&["user", "show", "Ada@Example.com"], "");
    assert_eq!((&shown["id"], &shown["status"]), (&json!(ada.id), &json!("active")));
    assert_eq!((&shown["roles"], &shown["sessions"]), (&json!(["user"]), &json!(1)));
    assert_eq!(shown["two_factor"]["enabled"], false);
    assert_eq!(root.done(&["user", "show", &other.id.to_string()], "")["email"], *other.email);
    let lines = String::from_utf8(root.types(&["user", "show", &eve.email], "").stdout).unwrap();
    for told in ["eve@example.com (not verified)", "pending_verification", "guest", "no second factor"] {
        assert!(lines.contains(told), "{told}: {lines}");
    }
    let nobody = "019e4c31-0b62-7a1e-8f3d-5c9e2d7b6a10";
    for who in ["ada@example.co", nobody] {
        let said = root.refused(&["user", "show", who], "");
        assert!(said.contains(&format!("no such user as {who}")) && said.contains("orion user list"), "{said}");
    }
    let neither = root.types(&["user", "show", "ada"], "");
    assert!(neither.status.code() == Some(2) && String::from_utf8_lossy(&neither.stderr).contains("a user's id, or"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_profile_is_changed_by_a_command_and_what_is_not_named_stays() {
    let orion = TestPlatform::start().await;
    orion.administrator().await;
    let ada = orion.user("ada").await;
    let root = Person::at(&orion);
    root.login("");
    let changed = root.done(&["user", "edit", &ada.email, "--first-name", "Ada", "--bio", "Writes programs"], "");
    assert_eq!((&changed["first_name"], &changed["bio"]), (&json!("Ada"), &json!("Writes programs")));
    let changed = root.done(&["user", "edit", &ada.id.to_string(), "--bio", ""], "");
    assert_eq!((&changed["first_name"], &changed["bio"]), (&json!("Ada"), &Value::Null));
    let words = [
        "--username",
        "Ada",
        "--link",
        "github=https://github.com/ada",
        "--tags",
        "vip, Beta",
        "--metadata",
        r#"{"crm":1}"#,
    ];
    let changed = root.done(&[&["user", "edit", &ada.email][..], &words].concat(), "");
    assert_eq!((&changed["username"], &changed["tags"]), (&json!("ada"), &json!(["beta", "vip"])));
    assert_eq!(
        (&changed["social_links"]["github"], &changed["metadata"]["crm"]),
        (&json!("https://github.com/ada"), &json!(1))
    );
    let changed = root.done(&["user", "edit", &ada.email, "--link", "github=", "--tags", ""], "");
    assert_eq!((&changed["social_links"], &changed["tags"]), (&json!({}), &json!([])));
    let none = root.types(&["user", "preferences", &ada.email], "");
    assert!(String::from_utf8_lossy(&none.stdout).contains("Nothing was chosen yet"), "{none:?}");
    let merge = |patch| root.done(&["user", "preferences", &ada.email, "--merge", patch], "");
    merge(r#"{"display":{"theme":"dark"},"custom":{"a":1}}"#);
    let kept = merge(r#"{"custom":null}"#);
    assert_eq!((&kept["display"], &kept["custom"]), (&json!({ "theme": "dark" }), &json!({})));
    assert_eq!(root.done(&["user", "preferences", &ada.id.to_string()], ""), kept);
    let misspelt = root.types(&["user", "preferences", &ada.email, "--merge", r#"{"colour":{}}"#], "");
    assert!(misspelt.status.code() == Some(2) && String::from_utf8_lossy(&misspelt.stderr).contains("colour"));
    let said = root.refused(&["user", "edit", &ada.email, "--timezone", "Europe/Atlantis"], "");
    assert!(said.contains("timezone") && said.contains("IANA"), "{said}");
    assert_eq!(root.types(&["user", "edit", &ada.email], "").status.code(), Some(2), "something has to be named");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_are_created_and_invited_by_commands() {
    let orion = TestPlatform::start().await;
    orion.administrator().await;
    let root = Person::at(&orion);
    root.login("");
    let made = root.done(&["user", "create", "eve@example.com", "--first-name", "Eve", "--role", "moderator"], "");
    assert_eq!((&made["status"], &made["first_name"]), (&json!("pending_verification"), &json!("Eve")));
    orion.settle().await;
    assert!(orion.mailbox.to("eve@example.com").await.is_empty());
    let sent = root.done(&["user", "resend-invitation", "eve@example.com"], "");
    assert_eq!(sent["roles"], json!(["moderator"]));
    root.done(&["user", "invite", "zoe@example.com", "--locale", "es"], "");
    orion.settle().await;
    for email in ["eve@example.com", "zoe@example.com"] {
        assert_eq!(orion.mailbox.to(email).await.len(), 1, "{email}");
    }
    root.done(&["user", "withdraw-invitation", "zoe@example.com"], "");
    let said = root.refused(&["user", "invite", "zoe@example.com"], "");
    assert!(said.contains("Somebody has this e-mail address"), "{said}");
    let said = root.refused(&["user", "invite", "ann@example.com", "--role", "nobody"], "");
    assert!(said.contains("roles"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn users_are_suspended_deleted_and_brought_back_by_commands() {
    let orion = TestPlatform::start().await;
    orion.administrator().await;
    let ada = orion.user("ada").await;
    let root = Person::at(&orion);
    root.login("");
    for (verb, status) in
        [("suspend", "suspended"), ("deactivate", "inactive"), ("delete", "deleted"), ("reactivate", "active")]
    {
        let changed = root.done(&["user", verb, &ada.email, "--reason", "Ticket 4711"], "");
        assert_eq!((&changed["id"], &changed["status"]), (&json!(ada.id), &json!(status)));
        let lines = String::from_utf8(root.types(&["user", "show", &ada.email], "").stdout).unwrap();
        assert!(lines.contains(status) && lines.contains("Ticket 4711") == (status != "active"), "{lines}");
    }
    let said = root.refused(&["user", "suspend", EMAIL, "--reason", "Why not"], "");
    assert!(said.contains("Nobody changes their own status"), "{said}");
    let said = root.refused(&["user", "suspend", "nobody@example.com", "--reason", "Why not"], "");
    assert!(said.contains("no such user as nobody@example.com"), "{said}");
    assert_eq!(root.types(&["user", "suspend", &ada.email], "").status.code(), Some(2), "a reason is asked for");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_caller_may_not_see_of_a_user_is_left_out_and_the_rest_is_shown() {
    let orion = TestPlatform::start().await;
    let (ada, eve) = (orion.user("ada").await, orion.user("eve").await);
    let given = orion.infra(ServiceName::Users).write(Author::PLATFORM, async |change| {
        change.unaudited("a test");
        let insert = "INSERT INTO user_permissions (id, user_id, permission_id, granted_at) \
                      SELECT $1, $2, id, $3 FROM permissions WHERE name = 'users.read'";
        let values = [ada.id.0.into(), ada.id.0.into(), change.now().into()];
        Ok::<_, DbError>(change.execute_raw(statement(change, insert, values)).await?.rows_affected())
    });
    assert_eq!(given.await.unwrap(), 1);
    let (reader, anybody) = (Person::at(&orion), Person::at(&orion));
    reader.login_as(&ada.email, "");
    let shown = reader.done(&["user", "show", &eve.email], "");
    assert_eq!((&shown["sessions"], &shown["two_factor"]["enabled"]), (&Value::Null, &json!(false)));
    let lines = String::from_utf8(reader.types(&["user", "show", &eve.email], "").stdout).unwrap();
    assert!(lines.contains("not for you to see"), "{lines}");
    let said = reader.refused(&["user", "reset-password", &eve.email, "--reason", "x"], "");
    assert!(said.contains("This needs the permission users.write"), "{said}");

    anybody.login_as(&eve.email, "");
    for words in [&["user", "list"][..], &["user", "show", &ada.email], &["user", "show", &ada.id.to_string()]] {
        let said = anybody.refused(words, "");
        assert!(said.contains("This needs the permission users.read"), "{said}");
    }
}
