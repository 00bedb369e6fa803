use super::{HeaderEdits, HeaderEditsConfig};
use crate::policies::names::Side;
use crate::policies::template::Facts;
use http::{HeaderMap, HeaderName, HeaderValue};
use proptest::prelude::*;

const FACTS: Facts<'static> = Facts {
    scheme: "https",
    authority: "shop.example:8443",
    path: "/shop/a%20b",
    query: Some("q=1"),
    captures: &["a%20b"],
    request_id: "r-1",
    client: std::net::IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 7)),
    user_id: None,
};

fn config(text: &str) -> HeaderEditsConfig {
    toml::from_str(text).expect("an example")
}

fn prepared(text: &str, side: Side) -> HeaderEdits {
    config(text).prepare("request_headers", side, &["id"]).expect("edits that may be made")
}

fn edited(edits: &HeaderEdits, headers: &[(&str, &str)], facts: &Facts<'_>) -> Vec<(String, String)> {
    let name = |name: &str| HeaderName::try_from(name).expect("a name");
    let mut map: HeaderMap =
        headers.iter().map(|(key, value)| (name(key), HeaderValue::from_str(value).expect("a value"))).collect();
    edits.apply(&mut map, facts);
    let text = |value: &HeaderValue| value.to_str().expect("text").to_owned();
    let mut all: Vec<_> = map.iter().map(|(name, value)| (name.to_string(), text(value))).collect();
    all.sort();
    all
}

fn faults(text: &str, side: Side) -> Vec<String> {
    let faults = config(text).prepare("h", side, &["id"]).expect_err("edits that may not be made");
    faults.into_iter().map(|fault| format!("{}: {}", fault.key, fault.message)).collect()
}

#[test]
fn headers_are_set_added_removed_and_renamed() {
    let edits = prepared(
        r#"
        set = { x-item = "{id}", x-who = "{client} via {host}" }
        add = { accept = "text/html" }
        remove = ["x-gone"]
        rename = { x-old = "x-new" }
        "#,
        Side::Request,
    );
    let headers =
        [("x-item", "mine"), ("accept", "a/b"), ("x-gone", "1"), ("x-old", "2"), ("x-new", "mine"), ("x-kept", "3")];
    let expected = [
        ("accept", "a/b"),
        ("accept", "text/html"),
        ("x-item", "a%20b"),
        ("x-kept", "3"),
        ("x-new", "2"),
        ("x-who", "192.0.2.7 via shop.example"),
    ];
    let expected: Vec<_> = expected.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    assert_eq!(edited(&edits, &headers, &FACTS), expected);
}

#[test]
fn a_value_that_names_what_is_not_there_is_not_sent_and_neither_is_the_clients_own() {
    let edits = prepared(r#"set = { x-user = "u/{user_id}" }"#, Side::Request);
    assert_eq!(edited(&edits, &[("x-user", "admin")], &FACTS), vec![]);
    let known = Facts { user_id: Some("7"), ..FACTS };
    assert_eq!(edited(&edits, &[("x-user", "admin")], &known), vec![("x-user".to_owned(), "u/7".to_owned())]);
}

#[test]
fn a_twin_that_servers_read_alike_does_not_pass_beside_what_is_set() {
    let edits = prepared(r#"set = { x-tenant = "a" }"#, Side::Request);
    let sent = [("x.tenant", "b"), ("x_tenant", "c"), ("x-tenant", "d"), ("x-tenants", "e")];
    let expected = [("x-tenant", "a"), ("x-tenants", "e")].map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(edited(&edits, &sent, &FACTS), expected);
}

#[test]
fn what_connection_names_is_not_renamed() {
    let edits = prepared(r#"rename = { x-old = "x-new" }"#, Side::Request);
    let sent = [("connection", "close, X-Old"), ("x-old", "1")];
    assert_eq!(edited(&edits, &sent, &FACTS), vec![("connection".to_owned(), "close, X-Old".to_owned())]);
}

#[test]
fn what_frames_a_message_or_is_the_gateways_word_may_not_be_edited() {
    for name in [
        "Content-Length",
        "transfer-encoding",
        "connection",
        "te",
        "host",
        "x-orion-user-id",
        "x_orion_roles",
        "x.orion.roles",
        "x-forwarded-for",
        "x_forwarded_host",
        "forwarded",
        "via",
        "x-request-id",
        "traceparent",
        "expect",
        "upgrade",
        "content-encoding",
    ] {
        for edit in ["set = { \"NAME\" = \"1\" }", "add = { \"NAME\" = \"1\" }", "remove = [\"NAME\"]"] {
            assert_eq!(faults(&edit.replace("NAME", name), Side::Request).len(), 1, "{edit} of {name}");
        }
        for edit in ["rename = { \"NAME\" = \"x-a\" }", "rename = { x-a = \"NAME\" }"] {
            assert!(!faults(&edit.replace("NAME", name), Side::Request).is_empty(), "{edit} of {name}");
        }
    }
    for name in ["access-control-allow-origin", "ratelimit", "content-length", "x-orion-a", "content-encoding"] {
        assert_eq!(faults(&format!("set = {{ {name} = \"1\" }}"), Side::Answer).len(), 1, "{name}");
    }
}

#[test]
fn what_clients_say_of_themselves_cannot_become_the_gateways_word() {
    for name in ["x-real-ip", "remote-user", "x_remote_user", "cookie", "authorization", "x-api-key", "x-original-url"]
    {
        assert_eq!(faults(&format!("rename = {{ {name} = \"x-a\" }}"), Side::Request).len(), 1, "{name}");
    }
    // The operator may say it.
    prepared(r#"set = { x-real-ip = "{client}", remote-user = "{user_id}" }"#, Side::Request);
}

#[test]
fn vary_only_grows() {
    prepared(r#"add = { vary = "x-tenant" }"#, Side::Answer);
    assert_eq!(faults(r#"set = { vary = "x-tenant" }"#, Side::Answer).len(), 1);
    assert_eq!(faults(r#"remove = ["Vary"]"#, Side::Answer).len(), 1);
}

#[test]
fn every_fault_is_told_with_its_key() {
    let told = faults(
        r#"
        set = { "a b" = "1", x-a = "{nothing}", x-b = "line\r\nx-evil: 1", x-c = " padded", x-d = "ü" }
        remove = ["X-A"]
        rename = { x-e = "x-e" }
        "#,
        Side::Request,
    );
    let keys: Vec<_> = told.iter().map(|fault| fault.split(": ").next().unwrap_or_default()).collect();
    assert_eq!(keys, ["h.set.a b", "h.set.x-a", "h.set.x-b", "h.set.x-c", "h.set.x-d", "h.remove[0]", "h.rename.x-e"]);
    assert!(told[1].contains("{id}") && told[1].contains("{user_id}"), "{}", told[1]);
}

#[test]
fn there_are_at_most_so_many_edits() {
    let many = |count: usize| HeaderEditsConfig {
        remove: (0..count).map(|number| format!("x-{number}")).collect(),
        ..HeaderEditsConfig::default()
    };
    assert!(many(64).prepare("h", Side::Request, &[]).is_ok());
    assert!(many(65).prepare("h", Side::Request, &[]).is_err());
}

#[test]
fn unknown_keys_are_refused() {
    assert!(toml::from_str::<HeaderEditsConfig>("sets = { x-a = \"1\" }").is_err());
}

proptest! {
    #[test]
    fn no_fact_and_no_path_can_end_a_line(capture in "\\PC{0,8}|[\\x00-\\x7f]{0,8}", user in "[\\x00-\\x7f]{0,8}") {
        let edits = prepared(r#"set = { x-a = "1-{id}-{user_id}" }"#, Side::Request);
        let facts = Facts { captures: &[&capture], user_id: Some(&user), ..FACTS };
        let mut headers = HeaderMap::new();
        edits.apply(&mut headers, &facts);
        let value = headers.get("x-a").map(HeaderValue::as_bytes).unwrap_or_default();
        prop_assert!(!value.iter().any(|byte| matches!(byte, b'\r' | b'\n' | 0)));
    }
}
