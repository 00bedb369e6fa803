//! `orion config`, and what of a configuration is refused at start.

use super::command_line::{refused, run};
use orion_testkit::Machine;
use serde_json::Value;

#[test]
fn a_configuration_that_cannot_be_used_is_refused_with_its_key() {
    let directory = tempfile::tempdir().unwrap();
    let data_dir = directory.path().display().to_string();
    let key = "ab".repeat(32);
    for (words, environment, named) in [
        (&["up"][..], &[("ORION_LISTEN_GATEWAY_PROT", "1")][..], "ORION_LISTEN_GATEWAY_PORT"),
        (&["up", "--set", "listen.gateway_prot=1"], &[], "listen.gateway_port"),
        (&["up"], &[("ORION_LISTEN_GATEWAY_PORT", "many")], "ORION_LISTEN_GATEWAY_PORT"),
        (&["up", "--set", "namespace=Not Good"], &[], "namespace"),
        (&["up", "--database-url", "mysql://x"], &[], "ORION_DATABASE_URL"),
        (
            &["up"],
            &[
                ("ORION_DATABASE_URL", "postgres://nobody@127.0.0.1:9/x"),
                ("ORION_SECRETS_MASTER_KEY", &key),
                ("ORION_SECRETS_INTERNAL_SECRET", &key),
                ("ORION_MAIL_SMTP_URL", "smtp+plain://127.0.0.1:9"),
            ],
            "ORION_DATABASE_URL",
        ),
        (&["serve", "users"], &[("ORION_DATABASE_URL", "postgres://nobody@127.0.0.1:9/x")], "ORION_SECRETS_MASTER_KEY"),
        (&["serve", "users"], &[], "which nothing on the embedded database reaches"),
        (&["serve", "uesrs"], &[], "unknown service"),
        (&["up", "--config", "/nonexistent.toml"], &[], "--config: /nonexistent.toml"),
        (&["up"], &[("ORION_CONFIG", "/nonexistent.toml")], "ORION_CONFIG: /nonexistent.toml"),
        (&["up"], &[("ORION_SECRETS_MASTER_KEY_FILE", "/nonexistent")], "/nonexistent"),
        (&["up", "--set", "secrets.master_key=abc"], &[], "secrets.master_key"),
    ] {
        let words: Vec<&str> = words.iter().copied().chain(["--data-dir", &data_dir]).collect();
        let message = refused(&words, environment);
        assert!(message.contains(named), "{words:?}: {message}");
        assert!(!message.contains("panicked"), "{message}");
    }
}

#[test]
fn what_up_refuses_is_refused_by_the_check_with_key_variable_and_origin() {
    let directory = tempfile::tempdir().unwrap();
    let data_dir = directory.path().display().to_string();
    for (setting, variable) in [
        ("auth.access_token_seconds=0", "ORION_AUTH_ACCESS_TOKEN_SECONDS"),
        ("auth.access_token_seconds=3601", "ORION_AUTH_ACCESS_TOKEN_SECONDS"),
        ("auth.session_absolute_days=4294967295", "ORION_AUTH_SESSION_ABSOLUTE_DAYS"),
        ("users.audit_retention_days=4294967295", "ORION_USERS_AUDIT_RETENTION_DAYS"),
        ("notifications.retention_days=36526", "ORION_NOTIFICATIONS_RETENTION_DAYS"),
        ("admin.event_log_days=4294967295", "ORION_ADMIN_EVENT_LOG_DAYS"),
        ("admin.session_absolute_hours=4294967295", "ORION_ADMIN_SESSION_ABSOLUTE_HOURS"),
        ("auth.argon2_memory_kib=1", "ORION_AUTH_ARGON2_MEMORY_KIB"),
        ("auth.verification_url=nowhere", "ORION_AUTH_VERIFICATION_URL"),
        ("auth.logo_path=/nonexistent.svg", "ORION_AUTH_LOGO_PATH"),
        ("auth.passkey_origins=https://console.example.com", "ORION_AUTH_PASSKEY_ORIGINS"),
        ("users.verification_hours=0", "ORION_USERS_VERIFICATION_HOURS"),
        ("notifications.delivery_attempts=0", "ORION_NOTIFICATIONS_DELIVERY_ATTEMPTS"),
        ("admin.session_idle_minutes=0", "ORION_ADMIN_SESSION_IDLE_MINUTES"),
        ("admin.event_log_days=0", "ORION_ADMIN_EVENT_LOG_DAYS"),
        ("admin.console_url=http://example.com", "ORION_ADMIN_CONSOLE_URL"),
        ("gateway.rate_limit_seconds=0", "ORION_GATEWAY_RATE_LIMIT_SECONDS"),
        ("gateway.request_timeout_ms=0", "ORION_GATEWAY_REQUEST_TIMEOUT_MS"),
        ("mail.timeout_ms=60001", "ORION_MAIL_TIMEOUT_MS"),
        ("database.max_connections=0", "ORION_DATABASE_MAX_CONNECTIONS"),
        ("redis.url=nonsense", "ORION_REDIS_URL"),
        ("amqp.url=nonsense", "ORION_AMQP_URL"),
        ("mail.smtp_url=nonsense", "ORION_MAIL_SMTP_URL"),
        ("mail.from=nobody", "ORION_MAIL_FROM"),
        ("peers.auth_url=nowhere", "ORION_PEERS_AUTH_URL"),
        ("secrets.master_key=abc", "ORION_SECRETS_MASTER_KEY"),
    ] {
        let (key, value) = setting.split_once('=').unwrap();
        for words in [&["up"][..], &["config", "check"]] {
            let words: Vec<_> = words.iter().copied().chain(["--data-dir", &data_dir]).collect();
            let flags: Vec<_> = words.iter().copied().chain(["--set", setting]).collect();
            for (message, origin) in [
                (refused(&flags, &[]), format!("--set {key} ({variable})")),
                (refused(&words, &[(variable, value)]), format!("{variable}: {key}")),
            ] {
                assert!(message.contains(&origin), "{message}");
                assert!(!message.contains("500") && !message.contains("panicked"), "{message}");
            }
        }
    }
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0, "it began to start");
}

#[test]
fn all_that_is_wrong_is_told_at_once_each_with_its_place() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("orion.toml");
    let path = file.display().to_string();
    std::fs::write(&file, "[gatway]\ncores = 1\n\n[auth]\nkey_rotation_days = \"x\"\n").unwrap();
    let environment = [("ORION_CONFIG", &*path), ("ORION_REDIS_URL", "nonsense"), ("ORION_NAMSPACE", "a")];
    let message = refused(&["config", "check"], &environment);
    for told in [
        "4 things are wrong",
        &format!("{path}:1: unknown key `gatway`; did you mean `gateway`?"),
        &format!("{path}:5: auth.key_rotation_days (ORION_AUTH_KEY_ROTATION_DAYS) must be a whole number from 1 to"),
        "ORION_NAMSPACE: is no variable of ORION; did you mean `ORION_NAMESPACE`?",
        "ORION_REDIS_URL: redis.url must be a URL such as redis://",
    ] {
        assert!(message.contains(told), "{told}: {message}");
    }
}

#[test]
fn keys_are_shown_by_what_they_begin_with_and_explained() {
    let shown = |words: &[&str]| String::from_utf8(run(words, &[]).stdout).unwrap();
    let some = shown(&["config", "show", "database"]);
    assert!(some.contains("database.url") && !some.contains("auth."), "{some}");
    assert!(refused(&["config", "show", "databse"], &[]).contains("did you mean database"));
    assert!(shown(&["config", "default"]).contains("#access_token_seconds = 300"));
    assert!(shown(&["config", "reference"]).contains("### `auth.access_token_seconds`"));
    let schema: Value = serde_json::from_str(&shown(&["config", "schema"])).unwrap();
    assert_eq!(schema["properties"]["auth"]["properties"]["access_token_seconds"]["maximum"], 3600);
}

#[test]
fn a_route_that_cannot_be_used_is_refused_with_its_place() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("orion.toml");
    let path = file.display().to_string();
    let route = |more: &str| {
        let text =
            format!("[[gateway.routes]]\nname = \"a\"\npath = \"/a\"\nupstream = \"http://localhost:1\"\n{more}");
        std::fs::write(&file, text).unwrap();
    };
    for (more, key) in [
        ("rate_limit = { requests = 0, seconds = 1 }", "gateway.routes[0].rate_limit.requests"),
        ("rate_limit = { requests = 1, seconds = 0 }", "gateway.routes[0].rate_limit.seconds"),
        ("timeout_ms = 0", "gateway.routes[0].timeout_ms"),
        ("access = \"anybody\"", "gateway.routes[0].access"),
    ] {
        route(more);
        for (words, environment) in
            [(&["config", "check", "--config", &path][..], vec![]), (&["up"], vec![("ORION_CONFIG", path.as_str())])]
        {
            let message = refused(words, &environment);
            assert!(message.contains(key) && message.contains(&format!("{path}:5: ")), "{message}");
        }
    }
    route("");
    assert!(run(&["config", "check"], &[("ORION_CONFIG", &path)]).status.success());
}

#[test]
fn the_check_says_what_is_missing_for_these_services() {
    let key = "ab".repeat(32);
    let mut environment = vec![("ORION_DATABASE_URL", "postgres://orion@db/orion")];
    // All of it at once, by the check and by the start, which has not written anything yet.
    for words in [&["config", "check"][..], &["up"]] {
        let missing = refused(words, &environment);
        for variable in ["ORION_SECRETS_MASTER_KEY", "ORION_SECRETS_INTERNAL_SECRET", "ORION_MAIL_SMTP_URL"] {
            assert!(missing.contains(variable), "{missing}");
        }
    }
    environment.extend([("ORION_SECRETS_MASTER_KEY", key.as_str()), ("ORION_SECRETS_INTERNAL_SECRET", &key)]);
    assert!(refused(&["config", "check"], &environment).contains("ORION_MAIL_SMTP_URL"));
    assert!(run(&["config", "check", "users", "auth"], &environment).status.success());
    assert!(refused(&["config", "check", "users"], &[]).contains("which nothing on the embedded database reaches"));
    // The gateway forwards to services behind TLS as well.
    environment.push(("ORION_PEERS_AUTH_URL", "https://auth"));
    assert!(run(&["config", "check", "gateway"], &environment).status.success());
    assert!(run(&["config", "check", "users"], &environment).status.success());
}

#[test]
fn the_configuration_is_shown_with_its_origins_and_without_secrets() {
    let environment = [("ORION_DATABASE_URL", "postgres://orion:hunter2@db:5432/orion")];
    let output = run(&["config", "show", "-o", "json", "--set", "listen.gateway_port=8080"], &environment);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(!text.contains("hunter2"), "{text}");
    let broken =
        [("ORION_AMQP_URL", "amqp://u:p@ss/hunter21@h"), ("ORION_DATABASE_URL", "postgres://u:p@ss#hunter6@h/d")];
    for words in [&["config", "show"][..], &["config", "check"]] {
        let output = run(words, &broken);
        let told = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert!(!told.contains("hunter") && !told.contains("@ss"), "{told}");
    }
    let rows: Vec<Value> = serde_json::from_str(&text).unwrap();
    let row = |key: &str| rows.iter().find(|row| row["key"] == key).unwrap_or_else(|| panic!("no {key}"));
    assert_eq!(row("database.url")["origin"], "ORION_DATABASE_URL");
    assert_eq!(row("listen.gateway_port")["value"], "8080");
    assert_eq!(row("namespace")["origin"], "default");
    let output =
        run(&["config", "show", "-o", "json", "--redis-url", "redis://cache", "--data-dir", "here"], &environment);
    let rows: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
    let origin = |key: &str| rows.iter().find(|row| row["key"] == key).map(|row| row["origin"].clone());
    assert_eq!(origin("redis.url"), Some("--redis-url".into()));
    assert_eq!(origin("data_dir"), Some("--data-dir".into()));
    assert!(run(&["config", "check"], &[]).status.success());
}

#[test]
fn one_port_for_two_services_is_refused_also_by_the_check() {
    let directory = tempfile::tempdir().unwrap();
    let data_dir = directory.path().display().to_string();
    let same = ["--set", "listen.gateway_port=23001", "--set", "listen.auth_port=23001"];
    for words in [&["up"][..], &["config", "check"]] {
        let words: Vec<_> = words.iter().copied().chain(same).chain(["--data-dir", &data_dir]).collect();
        let message = refused(&words, &[]);
        assert!(message.contains("listen.gateway_port") && message.contains("listen.auth_port"), "{message}");
        assert!(message.contains("23001") && !message.contains("cannot be listened on"), "{message}");
    }
    let key = "ab".repeat(32);
    let away = [
        ("ORION_DATABASE_URL", "postgres://orion@db/orion"),
        ("ORION_SECRETS_MASTER_KEY", &key),
        ("ORION_SECRETS_INTERNAL_SECRET", &key),
    ];
    let words: Vec<_> = ["config", "check", "auth"].into_iter().chain(same).collect();
    assert!(run(&words, &away).status.success(), "they live on different machines");
}

#[test]
fn what_should_be_looked_at_is_told_by_the_check() {
    let output = run(&["config", "check", "--set", "listen.host=0.0.0.0"], &[]);
    let warnings = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success() && warnings.contains("/metrics"), "{warnings}");
    let output = run(&["config", "check", "-o", "json", "--set", "listen.host=0.0.0.0"], &[]);
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(answer["warnings"].as_array().map(Vec::len), Some(1), "{answer}");
}

#[test]
fn a_data_directory_that_is_a_file_is_named_as_that() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("data");
    std::fs::write(&file, "").unwrap();
    for (words, place) in
        [(&["up"][..], &file), (&["config", "check"], &file), (&["config", "check"], &file.join("data"))]
    {
        let place = place.display().to_string();
        let message = refused(&[words, &["--data-dir", &place]].concat(), &[]);
        assert!(message.contains("data_dir") && message.contains("is a file"), "{message}");
    }
}

#[test]
fn the_check_refuses_databases_that_a_start_refuses_and_makes_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let check = |place: &std::path::Path| run(&["config", "check", "--data-dir", &place.display().to_string()], &[]);
    let fresh = directory.path().join("of/tomorrow");
    assert!(check(&fresh).status.success());
    assert!(check(directory.path()).status.success());
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0, "something was made");
    std::fs::write(directory.path().join("users.db"), "x").unwrap();
    let lost = check(directory.path());
    let told = String::from_utf8(lost.stderr).unwrap();
    assert!(!lost.status.success() && told.contains("gateway.db is missing beside"), "{told}");
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1, "something was made");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_role_that_is_to_have_a_second_factor_and_is_not_there_is_told_by_the_check_and_at_the_start() {
    let machine = Machine::embedded().await.set("auth.second_factor_roles", "admin, nosuch");
    let check = || {
        let output = machine.command(&["config", "check"]).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stderr).unwrap()
    };
    let is_told = |text: &str| text.contains("has nosuch, and no role is called so");
    assert!(is_told(&check()), "before the first start: {}", check());
    let mut orion = machine.up().await;
    assert!(is_told(&check()), "beside a platform that runs: {}", check());
    assert_eq!(orion.terminate(), Some(0));
    assert!(is_told(&orion.output()), "{}", orion.output());

    let machine = Machine::embedded().await.set("auth.second_factor_roles", "admin, super_admin");
    let mut orion = machine.up().await;
    assert_eq!(orion.terminate(), Some(0));
    let checked = machine.command(&["config", "check"]).output().unwrap();
    let told = [orion.output(), String::from_utf8(checked.stderr).unwrap()].concat();
    assert!(!told.contains("no role is called so"), "{told}");
}
