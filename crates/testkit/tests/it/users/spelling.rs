//! What is searched, sorted and told apart by has one spelling, however its letters are composed, also where a version before wrote it.

use super::organisations::{ORGANISATIONS, organisation_of};
use super::{new_id, pending, put};
use orion_contracts::organisations::Organisation;
use orion_contracts::teams::Team;
use orion_contracts::users::{PutUser, User};
use orion_contracts::{Page, ServiceName};
use orion_infra::db::dialect::statement;
use orion_testkit::{Client, PASSWORD, TestPlatform, TestUser, assert_problem, eventually};
use sea_orm::{ConnectionTrait, Value};
use serde_json::json;
use std::time::Duration;

const USERS: &str = "/api/v1/users";

/// With the accent as one sign, and as one of its own.
const COMPOSED: &str = "Jos\u{e9}";
const APART: &str = "Jose\u{301}";
/// The same in an address.
const SEARCHES: [&str; 4] = ["jos%C3%A9", "jose%CC%81", "JOS%C3%89", "JOSE%CC%81"];

async fn found(client: &Client, query: &str) -> Vec<String> {
    let page: Page<User> = client.get(&format!("{USERS}?{query}")).await.expect(200).json();
    page.items.into_iter().map(|user| user.email.to_string().replace("@example.com", "")).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_is_found_and_sorted_alike_however_its_letters_are_composed() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    for (email, name) in [("one", COMPOSED), ("two", APART), ("three", "Josef"), ("four", "Jota")] {
        let order = PutUser { display_name: Some(name.to_owned()), ..pending(&format!("{email}@example.com")) };
        put(&orion, new_id(&orion), &order).await.expect("created");
    }
    for search in SEARCHES {
        assert_eq!(found(root, &format!("search={search}&sort=email")).await, ["one", "two"], "{search}");
    }
    // Both stand in one place, and who made the one before the other is before them.
    assert_eq!(found(root, "search=jo&sort=name").await, ["three", "one", "two", "four"]);
    let shown: Page<User> = root.get(&format!("{USERS}?search=two")).await.json();
    assert_eq!(shown.items[0].display_name.as_deref(), Some(APART), "shown as it was typed");

    let bob = orion.user("bob").await;
    let path = format!("{USERS}/{}", bob.id);
    let tagged: User = root.patch(&path, json!({ "tags": [COMPOSED, APART, "JOSE\u{301}"] })).await.expect(200).json();
    assert_eq!(tagged.tags, ["jos\u{e9}"], "two spellings are one tag");
    for tag in SEARCHES {
        assert_eq!(found(root, &format!("tags={tag}")).await, ["bob"], "{tag}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn organisations_and_teams_are_found_and_told_apart_however_their_letters_are_composed() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    let id = organisation_of(&orion, APART, &[]).await;
    for search in SEARCHES {
        let page: Page<Organisation> = root.get(&format!("{ORGANISATIONS}?search={search}")).await.expect(200).json();
        assert_eq!(page.items.iter().map(|one| one.id).collect::<Vec<_>>(), [id], "{search}");
    }
    let teams = format!("{ORGANISATIONS}/{id}/teams");
    root.post(&teams, json!({ "name": APART })).await.expect(201);
    assert_problem!(root.post(&teams, json!({ "name": COMPOSED })).await, 409, "conflict");
}

/// Makes rows what a version before left: spelt as they were typed, and not said to be spelt.
async fn spelt_by_a_version_before(orion: &TestPlatform, users: &[&User]) {
    let change = orion.infra(ServiceName::Users).db.begin().await.unwrap();
    let run = async |sql: &str, values: Vec<Value>| {
        change.execute_raw(statement(&change, sql, values)).await.unwrap();
    };
    let apart = || Value::from(APART.to_lowercase());
    for user in users {
        let id = || Value::from(user.id.0);
        run(
            "UPDATE users SET spelt_at = 0, name_key = $1, tags = $2 WHERE id = $3",
            vec![apart(), json!([APART.to_lowercase(), "jos\u{e9}"]).to_string().into(), id()],
        )
        .await;
        run("DELETE FROM user_search_terms WHERE user_id = $1", vec![id()]).await;
        let term = APART.to_lowercase().into_bytes();
        run("INSERT INTO user_search_terms (term, user_id) VALUES ($1, $2)", vec![term.into(), id()]).await;
        run("DELETE FROM user_tags WHERE user_id = $1", vec![id()]).await;
        for tag in [apart(), "jos\u{e9}".into()] {
            run("INSERT INTO user_tags (tag, user_id) VALUES ($1, $2)", vec![tag, id()]).await;
        }
    }
    run("UPDATE organisations SET spelt_at = 0, name_key = $1", vec![apart()]).await;
    run("UPDATE teams SET spelt_at = 0, name_key = $1 WHERE name = $2", vec![apart(), APART.into()]).await;
    change.commit().await.unwrap();
}

/// Until the job waits for its next time.
async fn waits(orion: &TestPlatform) {
    let infra = orion.infra(ServiceName::Users);
    let waits = "SELECT id FROM jobs WHERE kind = 'respell' AND state = 'due' AND due_at > $1";
    eventually("the job", || async {
        let select = statement(infra.db.read(), waits, [infra.clock.now().into()]);
        infra.db.read().query_one_raw(select).await.unwrap().map(drop)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_version_before_has_spelt_is_found_once_the_job_has_spelt_it() {
    let orion = TestPlatform::builder().set("auth.access_token_seconds", 3600).start().await;
    let root = orion.administrator().await;
    let ada = orion.user("ada").await;
    let named = json!({ "display_name": APART });
    let ada: User = root.patch(&format!("{USERS}/{}", ada.id), named).await.expect(200).json();
    let id = organisation_of(&orion, APART, &[]).await;
    let teams = format!("{ORGANISATIONS}/{id}/teams");
    let apart: Team = root.post(&teams, json!({ "name": APART })).await.expect(201).json();
    orion.settle().await;
    waits(&orion).await;
    spelt_by_a_version_before(&orion, &[&ada]).await;
    // Of two that a version before told apart, both stay.
    let composed: Team = root.post(&teams, json!({ "name": COMPOSED })).await.expect(201).json();
    for search in &SEARCHES[..1] {
        assert!(found(root, &format!("search={search}")).await.is_empty());
        let page: Page<Organisation> = root.get(&format!("{ORGANISATIONS}?search={search}")).await.expect(200).json();
        assert!(page.items.is_empty());
    }
    orion.advance(Duration::from_secs(700)).await;
    waits(&orion).await;
    orion.settle().await;
    let root = &TestUser::sign_in(&orion.anonymous(), &root.email, PASSWORD).await;
    for search in SEARCHES {
        assert_eq!(found(root, &format!("search={search}")).await, ["ada"], "{search}");
        assert_eq!(found(root, &format!("tags={search}")).await, ["ada"], "{search}");
        let page: Page<Organisation> = root.get(&format!("{ORGANISATIONS}?search={search}")).await.expect(200).json();
        assert_eq!(page.items.len(), 1, "{search}");
    }
    let now: User = root.get(&format!("{USERS}/{}", ada.id)).await.expect(200).json();
    assert_eq!((now.version, now.display_name.as_deref()), (ada.version, Some(APART)), "it is no edit");
    assert_eq!(now.tags, ["jos\u{e9}"]);
    let listed: Page<Team> = root.get(&teams).await.expect(200).json();
    assert_eq!(listed.items.iter().map(|team| team.id).collect::<Vec<_>>(), [apart.id, composed.id]);
    // Once it is done nothing is left, nor what cannot be done again and again.
    let left = "SELECT id FROM users WHERE spelt_at <> version + grants_version UNION ALL \
                SELECT id FROM organisations WHERE spelt_at <> version UNION ALL SELECT id FROM teams WHERE spelt_at <> version";
    let db = orion.infra(ServiceName::Users).db.read();
    assert!(db.query_all_raw(statement(db, left, [])).await.unwrap().is_empty());
    // A version before that works beside this one changes a row, and spells it in its way.
    let change = orion.infra(ServiceName::Users).db.begin().await.unwrap();
    let beside = "UPDATE users SET version = version + 1, name_key = 'zzz' WHERE id = $1";
    change.execute_raw(statement(&change, beside, [ada.id.0.into()])).await.unwrap();
    change.commit().await.unwrap();
    orion.advance(Duration::from_secs(700)).await;
    waits(&orion).await;
    let look = "SELECT id FROM users WHERE name_key = 'zzz'";
    assert!(db.query_all_raw(statement(db, look, [])).await.unwrap().is_empty());
}
