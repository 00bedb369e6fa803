//! Layers: what wins, what is refused, and how it is told.

use super::*;
use crate::Config;

fn layers() -> Layers {
    Layers::new(Keys::of::<Config>())
}

fn environment(pairs: &[(&str, &str)]) -> Layers {
    let mut layers = layers();
    layers.add_environment(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    layers
}

fn told(layers: &Layers) -> Vec<String> {
    layers.problems().iter().map(ToString::to_string).collect()
}

fn text<'a>(layers: &'a Layers, key: &str) -> Option<&'a str> {
    layers.get(key).and_then(Value::as_str)
}

#[test]
fn the_environment_wins_over_the_file_and_keeps_types() {
    let mut layers = layers();
    layers.add_toml("[database]\nmax_connections = 7\nurl = \"postgres://file\"", "orion.toml");
    let variables = [("ORION_DATABASE_URL".to_owned(), "postgres://environment".to_owned())];
    layers.add_environment(variables.into_iter());
    assert_eq!(told(&layers), Vec::<String>::new());
    assert_eq!(text(&layers, "database.url"), Some("postgres://environment"));
    assert_eq!(layers.get("database.max_connections").and_then(Value::as_integer), Some(7));
    assert_eq!(layers.origin("database.url"), "ORION_DATABASE_URL");
    assert_eq!(layers.origin("database.max_connections"), "orion.toml:2");
    assert_eq!(layers.origin("namespace"), "default");
}

#[test]
fn all_that_is_wrong_is_told_at_once_with_its_line() {
    let mut layers = layers();
    layers.add_toml(
        "namspace = \"a\"\n[databse]\nurl = \"\"\n[database]\nmax_conections = 1\nurl = 7\n\n[auth]\nkey_rotation_days = 0\n",
        "orion.toml",
    );
    let told = told(&layers);
    for (at, words) in [
        "orion.toml:1: unknown key `namspace`; did you mean `namespace`?",
        "orion.toml:9: auth.key_rotation_days (ORION_AUTH_KEY_ROTATION_DAYS) must be a whole number from 1 to 36525, but is 0",
        "orion.toml:5: unknown key `database.max_conections`; did you mean `database.max_connections`?",
        "orion.toml:6: database.url (ORION_DATABASE_URL) must be a text",
        "orion.toml:2: unknown key `databse`; did you mean `database`?",
    ]
    .iter()
    .enumerate()
    {
        assert!(told.contains(&(*words).to_owned()), "{at}: {told:#?}");
    }
    assert_eq!(told.len(), 5, "{told:#?}");
}

#[test]
fn a_file_that_is_no_toml_is_told_with_the_line() {
    let mut layers = layers();
    layers.add_toml("[database]\nurl = \n", "orion.toml");
    assert!(told(&layers)[0].starts_with("orion.toml:2: "), "{:?}", told(&layers));
}

#[test]
fn unknown_variables_are_refused_with_the_nearest_known_one() {
    assert!(told(&environment(&[("ORION_DATABSE_URL", "x")]))[0].contains("did you mean `ORION_DATABASE_URL`?"));
    let wrong = told(&environment(&[("ORION_DATABASE_MAX_CONNECTIONS", "many")]));
    assert!(
        wrong[0].starts_with("ORION_DATABASE_MAX_CONNECTIONS: database.max_connections must be a whole"),
        "{wrong:?}"
    );
}

#[test]
fn what_kubernetes_says_of_services_is_passed_over() {
    let links = [
        ("ORION_AUTH_SERVICE_HOST", "10.0.0.1"),
        ("ORION_AUTH_SERVICE_PORT", "3001"),
        ("ORION_AUTH_SERVICE_PORT_HTTP", "3001"),
        ("ORION_AUTH_PORT", "tcp://10.0.0.1:3001"),
        ("ORION_AUTH_PORT_3001_TCP", "tcp://10.0.0.1:3001"),
        ("ORION_AUTH_PORT_3001_TCP_PROTO", "tcp"),
        ("ORION_AUTH_PORT_3001_TCP_PORT", "3001"),
        ("ORION_AUTH_PORT_3001_TCP_ADDR", "10.0.0.1"),
        ("ORION_LISTEN_AUTH_PORT", "tcp://10.0.0.1:3001"),
    ];
    let layers = environment(&links);
    assert_eq!((told(&layers), layers.origin("listen.auth_port")), (Vec::new(), "default"));
    assert_eq!(told(&environment(&[("ORION_LISTEN_AUTH_PROT", "3001")])).len(), 1, "a mistyped one is still refused");
}

#[test]
fn a_key_that_the_environment_sets_twice_is_refused() {
    let twice = [("ORION_REDIS_URL", "redis://a"), ("ORION_REDIS_URL_FILE", "/nowhere")];
    for order in [[twice[0], twice[1]], [twice[1], twice[0]]] {
        let told = told(&environment(&order));
        assert!(told[0].contains("redis.url") && told[0].contains("ORION_REDIS_URL_FILE"), "{told:?}");
    }
    // A key whose own name ends like that is no file of another.
    let both = [("ORION_GATEWAY_ACCESS_LOG", "file"), ("ORION_GATEWAY_ACCESS_LOG_FILE", "x")];
    assert_eq!(told(&environment(&both)), Vec::<String>::new());
}

#[test]
fn addresses_that_nobody_set_follow_the_ports() {
    let mut layers = environment(&[("ORION_LISTEN_ADMIN_PORT", "21004"), ("ORION_PUBLIC_URL", "")]);
    layers.follow_ports();
    assert_eq!(text(&layers, "admin.console_url"), Some("http://localhost:21004"));
    assert_eq!(text(&layers, "public_url"), Some("http://localhost:3000"));
    assert_eq!(layers.origin("admin.console_url"), "listen.admin_port");
}

#[test]
fn a_secret_can_stand_in_a_file() {
    let file = std::env::temp_dir().join(format!("orion-layer-{}", std::process::id()));
    std::fs::write(&file, "postgres://from-file\n").expect("written");
    let variables = [("ORION_DATABASE_URL_FILE", &*file.display().to_string())];
    assert_eq!(text(&environment(&variables), "database.url"), Some("postgres://from-file"));
    std::fs::write(&file, "\n").expect("written");
    let empty = told(&environment(&variables));
    std::fs::remove_file(&file).expect("removed");
    assert!(empty[0].contains("the file is empty"), "{empty:?}");
}

#[test]
fn every_key_has_a_variable_words_and_bounds_of_its_own() {
    let keys = Keys::of::<Config>();
    let variables: std::collections::BTreeSet<_> = keys.all().map(|key| variable(&key.name)).collect();
    assert_eq!(variables.len(), keys.all().count());
    for key in keys.all() {
        let is_bounded = !matches!(key.kind, super::super::value::Kind::Whole { most: None, .. });
        assert!(!key.words.is_empty() && is_bounded, "{}: words, and bounds where it is a number", key.name);
        assert_eq!(key.kind.accept(key.default.clone()), Ok(key.default.clone()), "{}: its default", key.name);
    }
}

#[derive(Default, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(default)]
struct Outer {
    inner: Inner,
}

#[derive(Default, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(default)]
struct Inner {
    deep: Deep,
}

#[derive(Default, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(default)]
struct Deep {
    word: String,
}

#[test]
fn sections_nest() {
    let mut layers = Layers::new(Keys::of::<Outer>());
    layers.add_toml("[inner.deep]\nword = \"file\"\nwrod = 1", "orion.toml");
    assert_eq!(told(&layers), ["orion.toml:3: unknown key `inner.deep.wrod`; did you mean `inner.deep.word`?"]);
    layers.add_environment([("ORION_INNER_DEEP_WORD".to_owned(), "variable".to_owned())].into_iter());
    let read: Outer = layers.table().try_into().expect("read");
    assert_eq!(read.inner.deep.word, "variable");
}

#[derive(Default, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(default)]
struct Auth {
    providers: BTreeMap<String, Provider>,
}

#[derive(Default, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(default)]
struct Whole {
    auth: Auth,
}

#[derive(Default, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Provider {
    /// Who we are there.
    id: String,
    /// What proves it.
    client_id: orion_contracts::Secret,
    /// How long it is waited for.
    #[schemars(range(min = 1, max = 60))]
    seconds: u32,
}

#[test]
fn sections_are_named_by_who_sets_them() {
    let mut layers = Layers::new(Keys::of::<Whole>());
    layers.add_toml(
        "[auth.providers.google]\nid = \"file\"\nsecnods = 1\nseconds = 99\n[auth.providers.Bad]",
        "orion.toml",
    );
    assert_eq!(
        told(&layers),
        [
            "orion.toml:5: unknown key `auth.providers.Bad`; did you mean `auth.providers.*`?",
            "orion.toml:3: unknown key `auth.providers.google.secnods`; did you mean `auth.providers.google.seconds`?",
            "orion.toml:4: auth.providers.google.seconds (ORION_AUTH_PROVIDERS_GOOGLE_SECONDS) must be a whole number from 1 to 60, but is 99",
        ]
    );
    let variables = [
        ("ORION_AUTH_PROVIDERS_MY_IDP_ID", "mine"),
        ("ORION_AUTH_PROVIDERS_MY_IDP_CLIENT_ID", "s3cret"),
        ("ORION_AUTH_PROVIDERS_GOOGLE_ID", "variable"),
    ];
    let mut layers = Layers::new(Keys::of::<Whole>());
    layers.add_toml("[auth.providers.google]\nid = \"file\"\nseconds = 5", "orion.toml");
    layers.add_environment(variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    layers.set_text("auth.providers.my_idp.seconds", "7", "--set");
    assert_eq!(told(&layers), Vec::<String>::new());
    let read: Whole = layers.table().try_into().expect("read");
    let (mine, google) = (&read.auth.providers["my_idp"], &read.auth.providers["google"]);
    assert_eq!((&*mine.id, mine.client_id.expose(), mine.seconds), ("mine", "s3cret", 7));
    assert_eq!((&*google.id, google.seconds), ("variable", 5));
    let shown = crate::config::shown(&layers);
    let secret = shown.iter().find(|one| one.key == "auth.providers.my_idp.client_id").expect("shown");
    assert_eq!((&*secret.value, &*secret.origin), ("********", "ORION_AUTH_PROVIDERS_MY_IDP_CLIENT_ID"));
    assert!(!shown.iter().any(|one| one.key.contains('*')), "{shown:?}");
}

#[test]
fn each_item_of_a_list_is_told_by_its_own_line() {
    let mut layers = layers();
    let routes = "[[gateway.routes]]\nname = \"a\"\npath = \"/a\"\nupstream = \"127.0.0.1:8080\"\n\n[[gateway.routes]]\nname = \"b\"\n\
                  foward_token = true\ntimeout_ms = \"1s\"\naccess = \"secret\"\nrate_limit = { requests = 1, secnods = 2 }\n";
    layers.add_toml(routes, "o.toml");
    let told = told(&layers);
    for words in [
        "o.toml:8: gateway.routes[1].foward_token (ORION_GATEWAY_ROUTES) is no key that it can have; did you mean `forward_token`?",
        "o.toml:9: gateway.routes[1].timeout_ms (ORION_GATEWAY_ROUTES) must be a whole number from 1 to 86400000, but is \"1s\"",
        "o.toml:10: gateway.routes[1].access (ORION_GATEWAY_ROUTES) must be one of authenticated, public, but is \"secret\"",
        "o.toml:11: gateway.routes[1].rate_limit.secnods (ORION_GATEWAY_ROUTES) is no key that it can have; did you mean `seconds`?",
        "o.toml:6: gateway.routes[1] (ORION_GATEWAY_ROUTES) must have `path`",
    ] {
        assert!(told.iter().any(|one| one.contains(words)), "{words}\n{told:#?}");
    }
    // What only the gateway's own check finds is told by the line as well.
    let mut layers = Layers::new(Keys::of::<Config>());
    layers.add_toml("[[gateway.routes]]\nname = \"a\"\npath = \"/a\"\nupstream = \"http://h:1\"\n\n[[gateway.routes]]\nname = \"a\"\npath = \"/b\"\nupstream = \"http://h:1\"", "o.toml");
    assert_eq!(layers.origin("gateway.routes[1].name"), "o.toml:7");
    layers.set_text("gateway.routes", "[]", "--set gateway.routes");
    assert_eq!(layers.origin("gateway.routes[1].name"), "--set gateway.routes");
}

#[test]
fn a_mistyped_section_is_told_with_the_one_that_was_meant() {
    let mut layers = layers();
    layers.set_text("gatway.x", "1", "--set gatway.x");
    layers.set_text("", "1", "--set ");
    layers.set_text("listen.gateway_port", "x", "--set listen.gateway_port");
    assert_eq!(
        told(&layers),
        [
            "--set gatway.x: unknown key `gatway.x`; did you mean `gateway`?",
            "--set : names no key: write it as KEY=VALUE",
            "--set listen.gateway_port (ORION_LISTEN_GATEWAY_PORT) must be a whole number from 0 to 65535, but is \"x\"",
        ]
    );
}
