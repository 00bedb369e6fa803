//! `/api/v1/settings`. What each key does to running services is told in a file per service.

#[macro_use]
mod effects;
mod auth;
mod console;
mod gateway;
mod log;
mod notifications;
mod users;

use orion_contracts::audit::AuditEntry;
use orion_contracts::settings::{Setting, SettingChange, SettingList};
use orion_contracts::{Author, Page, ServiceName};
use orion_infra::DbError;
use orion_infra::db::dialect::statement;
use orion_testkit::{Answer, PASSWORD, TestPlatform, TestUser, assert_problem, eventually};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use std::time::Duration;

/// Puts a value over the start's.
async fn put(user: &TestUser, key: &str, value: Value) -> Answer {
    user.put(&format!("/api/v1/settings/{key}"), json!({ "value": value })).await
}

/// Until all instances have applied what was changed last.
async fn applied(user: &TestUser) -> SettingList {
    eventually("all instances having applied the settings", || async {
        let list: SettingList = user.get("/api/v1/settings").await.expect(200).json();
        let are = list.instances.len() == 5 && list.instances.iter().all(|one| one.version == Some(list.version));
        are.then_some(list)
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_can_be_changed_is_listed_with_words_bounds_and_the_value_of_the_start() {
    let orion = TestPlatform::builder().set("auth.access_token_seconds", 240).start().await;
    let root = orion.administrator().await;
    let list = applied(root).await;
    assert_eq!((list.version, list.items.iter().filter(|one| one.is_changed).count()), (0, 0));
    let one = list.items.iter().find(|one| one.key == "auth.access_token_seconds").unwrap();
    assert!(one.description.contains("in seconds") && one.schema["maximum"] == 3600, "{one:?}");
    assert_eq!((&one.value, &one.start_value), (&json!(240), &json!(240)));
    // The document's examples are what is answered.
    let document: Value = root.at(orion.service_url(ServiceName::Admin)).get("/openapi.json").await.json();
    let path = "/paths/~1api~1v1~1settings~1{key}/delete/responses/200/content/application~1json/example";
    for example in ["/components/schemas/Setting/example", path] {
        let example = document.pointer(example).expect(example);
        assert_eq!((&example["key"], &example["schema"]), (&json!(one.key), &one.schema));
        assert_eq!(example["description"], one.description);
    }
    let services = ["auth.", "users.", "notifications.", "admin.", "gateway.", "log."];
    assert!(services.iter().all(|prefix| list.items.iter().any(|one| one.key.starts_with(prefix))));
    // What is read at the start only is no setting, and neither is a secret.
    for key in ["database.max_connections", "secrets.master_key", "nowhere", "auth", "auth.access_token_seconds.x"] {
        assert_problem!(root.get(&format!("/api/v1/settings/{key}")).await, 404, "not-found");
        assert_problem!(put(root, key, json!(1)).await, 404, "not-found");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_survives_a_restart_and_can_be_taken_back() {
    let mut orion = TestPlatform::builder().set("auth.access_token_seconds", 240).start().await;
    let root = orion.administrator().await;
    put(root, "auth.access_token_seconds", json!(77)).await.expect(200);
    let (email, token) = (root.email.clone(), root.token.clone().unwrap());
    orion.restart().await;
    let lifetime = || async {
        let login = json!({ "email": email, "password": PASSWORD });
        orion.anonymous().post("/api/v1/auth/login", &login).await.expect(200).value()["expires_in"].clone()
    };
    // From the first request on.
    assert_eq!(lifetime().await, 77);
    let root = orion.anonymous().with_token(token);
    let setting: Setting = root.delete("/api/v1/settings/auth.access_token_seconds").await.expect(200).json();
    assert_eq!((setting.is_changed, setting.value), (false, json!(240)));
    eventually("the value of the start", || async { (lifetime().await == 240).then_some(()) }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_history_says_who_changed_what_and_why() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    let path = "/api/v1/settings/auth.password_min_length";
    root.put(path, json!({ "value": 20, "reason": "an incident" })).await.expect(200);
    put(root, "users.verification_hours", json!(48)).await.expect(200);
    root.delete(&format!("{path}?reason=it%20is%20over")).await.expect(200);
    let page: Page<SettingChange> = root.get("/api/v1/settings/changes?limit=2").await.expect(200).json();
    let told: Vec<_> = page.items.iter().map(|one| (one.version, &*one.key, one.after.clone())).collect();
    assert_eq!(told, [(3, "auth.password_min_length", None), (2, "users.verification_hours", Some(json!(48))),]);
    assert_eq!(page.items[0].reason.as_deref(), Some("it is over"));
    let rest = format!("/api/v1/settings/changes?limit=2&cursor={}", page.next_cursor.unwrap());
    let page: Page<SettingChange> = root.get(&rest).await.expect(200).json();
    let first = &page.items[0];
    assert_eq!((&first.before, &first.after), (&None, &Some(json!(20))));
    assert_eq!((first.reason.as_deref(), first.changed_by), (Some("an incident"), Some(root.id)));
    assert!(page.next_cursor.is_none());
    let of_one = root.get("/api/v1/settings/changes?key=users.verification_hours").await.expect(200);
    assert_eq!(of_one.json::<Page<SettingChange>>().items.len(), 1);
    assert_problem!(root.get("/api/v1/settings/changes?key=%00").await, 422, "validation");
    let odd = root.at(orion.service_url(ServiceName::Admin)).get("/api/v1/settings/%00").await;
    assert!(matches!(odd.status, 400 | 404), "{odd:?}");
    // The audit log has them too.
    orion.settle().await;
    let audit: Page<AuditEntry> = root.get("/api/v1/audit?action=setting_change").await.expect(200).json();
    assert_eq!(audit.items.len(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_nothing_is_to_be_taken_back_nothing_is_changed() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    let path = "/api/v1/settings/auth.access_token_seconds";
    let setting: Setting = root.delete(path).await.expect(200).json();
    assert_eq!((setting.version, setting.is_changed, setting.value), (0, false, json!(300)));
    put(root, "auth.access_token_seconds", json!(77)).await.expect(200);
    for _ in 0..2 {
        let setting: Setting = root.delete(path).await.expect(200).json();
        assert_eq!((setting.version, setting.is_changed), (2, false));
    }
    let stale = root.request("DELETE", path).header("if-match", "\"1\"");
    assert_problem!(Answer::of(stale).await, 412, "precondition-failed");
    let page: Page<SettingChange> = root.get("/api/v1/settings/changes").await.expect(200).json();
    let list: SettingList = root.get("/api/v1/settings").await.expect(200).json();
    assert_eq!((page.items.len(), list.version), (2, 2));
    orion.settle().await;
    let audit: Page<AuditEntry> = root.get("/api/v1/audit?action=setting_change").await.expect(200).json();
    assert_eq!(audit.items.len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_who_change_the_same_at_once_one_is_told() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    let path = "/api/v1/settings/auth.refresh_grace_seconds";
    let seen = root.get(path).await.expect(200).header("etag").unwrap();
    assert_eq!(seen, "\"0\"");
    let change = |value: u32| {
        let request = root.request("PUT", path).header("if-match", &seen).json(&json!({ "value": value }));
        async move { Answer::of(request).await }
    };
    let (one, other) = tokio::join!(change(20), change(30));
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412]);
    let loser = if one.status == 412 { one } else { other };
    assert_problem!(loser, 412, "precondition-failed");
    // Another key in between is no reason.
    let seen = root.get(path).await.header("etag").unwrap();
    put(root, "users.verification_hours", json!(48)).await.expect(200);
    let request = root.request("PUT", path).header("if-match", seen).json(&json!({ "value": 40 }));
    Answer::of(request).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_no_process_could_start_with_is_refused_and_changes_nothing() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    for (key, value, code, part) in [
        ("auth.access_token_seconds", json!(0), "out_of_range", "from 1 to 3600"),
        ("auth.access_token_seconds", json!(3601), "out_of_range", "from 1 to 3600"),
        ("auth.access_token_seconds", json!("300"), "wrong_type", "whole number"),
        ("auth.access_token_seconds", json!(1.5), "wrong_type", "whole number"),
        ("auth.access_token_seconds", json!(1e300), "wrong_type", "whole number"),
        ("auth.access_token_seconds", json!(-0.0), "out_of_range", "but is 0"),
        // The console warns two minutes before it ends.
        ("admin.session_idle_minutes", json!(4), "out_of_range", "from 5 to"),
        ("auth.access_token_seconds", json!(null), "wrong_type", "whole number"),
        ("auth.access_token_seconds", json!({}), "wrong_type", "whole number"),
        ("auth.access_token_seconds", json!(18_446_744_073_709_551_615_u64), "out_of_range", "whole number"),
        ("auth.sign_in_url", json!("javascript:0"), "invalid", "http"),
        ("auth.verification_url", json!(format!("https://x.example/{}", "a".repeat(2000))), "too_long", "2000"),
        ("auth.verification_url", json!("https://x.example/?token=1"), "invalid", "token"),
        ("auth.verification_url", json!("https://u:p@x.example/"), "invalid", "password"),
        ("auth.second_factor_roles", json!("Admin"), "invalid", "name 1"),
        ("auth.second_factor_roles", json!("admin;super_admin"), "invalid", "name 1"),
        ("auth.second_factor_roles", json!("admin *"), "invalid", "name 2"),
        ("auth.return_urls", json!("https://a.example/cb, https://b.example/cb"), "invalid", "URL 1 has a comma"),
        (
            "auth.return_urls",
            json!("https://a.example/ https://*.b.example/"),
            "invalid",
            "URL 2 must be a URL of one host",
        ),
        ("log.filter", json!("loud"), "invalid", "no level"),
    ] {
        let answer = put(root, key, value.clone()).await;
        assert!(answer.text.contains(part), "{key} {value}: {}", answer.text);
        assert_eq!(
            (answer.problem_fields(), answer.problem_codes()),
            (vec!["value".to_owned()], vec![code.to_owned()])
        );
        assert_problem!(answer, 422, "validation");
    }
    let path = "/api/v1/settings/auth.access_token_seconds";
    for (reason, code) in [("x".repeat(501), "too_long"), (" ".to_owned(), "required"), ("a\0".to_owned(), "invalid")] {
        let answer = root.put(path, json!({ "value": 100, "reason": reason })).await;
        assert_eq!((answer.status, answer.problem_codes()), (422, vec![code.to_owned()]), "{}", answer.text);
        let written = reason.replace(' ', "%20").replace('\0', "%00");
        let answer = root.delete(&format!("{path}?reason={written}")).await;
        assert_eq!((answer.status, answer.problem_codes()), (422, vec![code.to_owned()]), "{}", answer.text);
    }
    for body in [json!({}), json!({ "value": 1, "more": 1 }), json!({ "value": 100, "reason": "x".repeat(501) })] {
        let answer = root.put("/api/v1/settings/auth.access_token_seconds", body).await;
        assert!(matches!(answer.status, 400 | 422), "{answer:?}");
    }
    let list: SettingList = root.get("/api/v1/settings").await.expect(200).json();
    assert_eq!(list.version, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_process_cannot_apply_it_says_and_applies_the_rest() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    // As a newer version, with other bounds, may have written it.
    let infra = orion.infra(ServiceName::Admin);
    let planted = infra.write(Author::PLATFORM, async |change| {
        change.unaudited("a test");
        let sql = "INSERT INTO settings (key, value, version, changed_at) VALUES ($1, $2, 0, $3)";
        let wrong = [
            ("auth.password_min_length", "9999"),
            ("of.tomorrow", "true"),
            ("auth.sign_in_url", "\"nowhere\""),
            ("users.verification_hours", "0"),
        ];
        for (key, value) in wrong {
            let insert = statement(change, sql, [key.into(), value.into(), change.now().into()]);
            change.execute_raw(insert).await?;
        }
        Ok::<_, DbError>(())
    });
    planted.await.unwrap();
    put(root, "auth.access_token_seconds", json!(77)).await.expect(200);
    let list = applied(root).await;
    for instance in &list.instances {
        let told = instance.refused.join(" ");
        assert!(told.contains("auth.password_min_length: must be") && told.contains("of.tomorrow"), "{instance:?}");
    }
    let login = json!({ "email": root.email, "password": PASSWORD });
    let tokens = orion.anonymous().post("/api/v1/auth/login", &login).await.expect(200).value();
    assert_eq!(tokens["expires_in"], 77);
    // It hides nothing of what comes, neither for another key nor for its own.
    for (key, value) in [
        ("auth.sign_in_url", json!("javascript:0")),
        ("users.verification_hours", json!(0)),
        ("log.filter", json!("loud")),
    ] {
        assert_problem!(put(root, key, value).await, 422, "validation");
    }
    // Whoever mends it can, also what this version does not know.
    let unknown: Setting = root.get("/api/v1/settings/of.tomorrow").await.expect(200).json();
    assert!(unknown.is_changed && unknown.description.contains("does not know"), "{unknown:?}");
    assert_problem!(put(root, "of.tomorrow", json!(false)).await, 404, "not-found");
    put(root, "auth.sign_in_url", json!("https://shop.example/")).await.expect(200);
    for key in ["auth.password_min_length", "of.tomorrow", "users.verification_hours"] {
        root.delete(&format!("/api/v1/settings/{key}")).await.expect(200);
    }
    assert_problem!(root.delete("/api/v1/settings/of.tomorrow").await, 404, "not-found");
    assert!(applied(root).await.instances.iter().all(|one| one.refused.is_empty()));
}

/// JSON has one kind of numbers, and a JSON Schema takes each of these for an integer.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_whole_number_may_be_written_as_a_fraction() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    for (key, written, kept) in [
        ("auth.access_token_seconds", "300.0", 300),
        ("auth.access_token_seconds", "3e2", 300),
        ("gateway.rate_limit_requests", "-0", 0),
        ("gateway.rate_limit_requests", "0.0", 0),
    ] {
        let body = format!(r#"{{"value":{written}}}"#);
        let request =
            root.request("PUT", &format!("/api/v1/settings/{key}")).header("content-type", "application/json");
        let setting = Answer::of(request.body(body)).await.expect(200).value();
        assert_eq!(setting["value"].to_string(), kept.to_string(), "{key}: {written}");
    }
    assert!(applied(root).await.instances.iter().all(|one| one.refused.is_empty()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_row_that_is_no_json_keeps_nobody_from_the_others_and_can_be_taken_back() {
    let mut orion = TestPlatform::start().await;
    let (email, path) = (orion.administrator().await.email.clone(), "/api/v1/settings/users.unverified_days");
    put(orion.administrator().await, "users.unverified_days", json!(9)).await.expect(200);
    let infra = orion.infra(ServiceName::Admin);
    let written = infra.write(Author::PLATFORM, async |change| {
        change.unaudited("a test");
        change.execute_raw(statement(change, "UPDATE settings SET value = 'debug'", [])).await?;
        change.execute_raw(statement(change, "UPDATE setting_changes SET before = '{', after = ''", [])).await?;
        Ok::<_, DbError>(())
    });
    written.await.unwrap();
    put(orion.administrator().await, "auth.access_token_seconds", json!(77)).await.expect(200);
    // One that is started then has the others.
    orion.restart().await;
    let root = TestUser::sign_in(&orion.anonymous(), &email, PASSWORD).await;
    let login = json!({ "email": email, "password": PASSWORD });
    assert_eq!(orion.anonymous().post("/api/v1/auth/login", login).await.expect(200).value()["expires_in"], 77);
    for instance in &applied(&root).await.instances {
        let told = instance.refused.join(" ");
        assert!(told.contains("users.unverified_days: must be a whole number"), "{instance:?}");
        assert!(told.contains("\"debug\""), "{instance:?}");
    }
    let shown: Setting = root.get(path).await.expect(200).json();
    assert_eq!((shown.is_changed, shown.value), (true, json!("debug")));
    let page: Page<SettingChange> = root.get("/api/v1/settings/changes").await.expect(200).json();
    assert_eq!((&page.items[1].before, &page.items[1].after), (&Some(json!("{")), &Some(json!(""))));
    let mended: Setting = root.delete(path).await.expect(200).json();
    assert!(!mended.is_changed);
    assert!(applied(&root).await.instances.iter().all(|one| one.refused.is_empty()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_who_may_changes_settings() {
    let orion = TestPlatform::start().await;
    assert_problem!(orion.anonymous().get("/api/v1/settings").await, 401, "unauthenticated");
    let admin = orion.user("anna").with_role("admin").await;
    admin.get("/api/v1/settings").await.expect(200);
    assert_problem!(put(&admin, "auth.access_token_seconds", json!(60)).await, 403, "permission-denied");
    let path = "/api/v1/settings/auth.access_token_seconds";
    assert_problem!(admin.delete(path).await, 403, "permission-denied");
    let bob = orion.user("bob").await;
    assert_problem!(bob.get("/api/v1/settings").await, 403, "permission-denied");
    assert_problem!(bob.get("/api/v1/settings/changes").await, 403, "permission-denied");
}

/// The bus brings it at once; whoever does not hear it reads again and again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_that_nobody_was_told_of_is_applied_within_a_minute() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    applied(root).await;
    let infra = orion.infra(ServiceName::Admin);
    let planted = infra.write(Author::PLATFORM, async |change| {
        change.unaudited("a test");
        let insert = "INSERT INTO settings (key, value, version, changed_at) VALUES ($1, $2, 1, $3)";
        let values = ["auth.access_token_seconds".into(), "77".into(), change.now().into()];
        change.execute_raw(statement(change, insert, values)).await?;
        change.execute_raw(statement(change, "UPDATE settings_version SET last = 1", [])).await?;
        Ok::<_, DbError>(())
    });
    planted.await.unwrap();
    orion.advance(Duration::from_secs(61)).await;
    applied(root).await;
}
