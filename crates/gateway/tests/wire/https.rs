//! Upstreams behind TLS: who they must prove to be, and that nothing is said to anybody else.

use super::service::{Service, reply};
use super::support::Gateway;
use super::{ask, exchange, get, problem, serve};
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::Arc;
use tempfile::TempDir;

/// An authority that nobody knows but who is given its file.
struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    directory: TempDir,
}

impl Authority {
    fn new() -> Self {
        let mut parameters = CertificateParams::default();
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        parameters.distinguished_name.push(DnType::CommonName, "An authority");
        let key = KeyPair::generate().expect("a key");
        let issuer = CertifiedIssuer::self_signed(parameters, key).expect("a certificate");
        let directory = tempfile::tempdir().expect("a directory");
        let pem = format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", BASE64.encode(issuer.der()));
        std::fs::write(directory.path().join("ca.pem"), pem).expect("written");
        Self { issuer, directory }
    }

    fn file(&self) -> PathBuf {
        self.directory.path().join("ca.pem")
    }

    /// What a server has that proves to be `name`.
    fn config(&self, name: &str) -> Arc<ServerConfig> {
        let mut parameters = CertificateParams::new([name.to_owned()]).expect("a name");
        parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let key = KeyPair::generate().expect("a key");
        let certificate = parameters.signed_by(&key, &self.issuer).expect("a certificate");
        let config = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], PrivateKeyDer::Pkcs8(key.serialize_der().into()))
            .expect("a good configuration");
        Arc::new(config)
    }

    /// A server that proves to be `name`.
    fn serve(&self, name: &str) -> Service {
        Service::over_tls(self.config(name), |heard, out| {
            reply(out, "200 OK", "", &format!("{} {}", heard.number, heard.body))
        })
    }
}

/// A gateway before a service that it speaks TLS with.
fn before(service: &Service, host: &str, tls: Value) -> Gateway {
    to(&format!("https://{host}:{}", service.address.port()), tls)
}

fn to(url: &str, tls: Value) -> Gateway {
    serve(json!({
        "routes": [{ "name": "shop", "path": "/*", "upstream": "shop", "access": "public" }],
        "upstreams": [{ "name": "shop", "endpoints": [{ "url": url }], "breaker": { "enabled": false }, "tls": tls }],
    }))
}

/// Nobody whom the gateway cannot trust hears a word of a request.
fn assert_told_nothing(gateway: &Gateway, service: &Service) {
    let request = b"POST /secret HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 6\r\n\r\nsecret";
    let answer = exchange(gateway, request);
    assert_eq!(problem(&answer)["status"], 502, "{answer}");
    assert!(service.connections() > 0, "it was there");
    assert_eq!(service.requests(), 0);
}

#[test]
fn the_right_authority_and_the_right_name_pass() {
    let authority = Authority::new();
    for (name, host) in [("localhost", "localhost"), ("127.0.0.1", "127.0.0.1")] {
        let service = authority.serve(name);
        let gateway = before(&service, host, json!({ "ca_file": authority.file() }));
        let answer = ask(&gateway, b"POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 4\r\n\r\nbody");
        assert_eq!((answer.status, answer.text()), (200, "0 body".to_owned()), "{answer:?}");
    }
}

#[test]
fn a_name_can_be_demanded_that_is_not_the_host() {
    let authority = Authority::new();
    let service = authority.serve("shop.internal");
    let tls = |name| json!({ "ca_file": authority.file(), "server_name": name });
    assert_eq!(ask(&before(&service, "127.0.0.1", tls("shop.internal")), &get("/", "")).status, 200);
    assert_eq!(ask(&before(&service, "127.0.0.1", tls("other.internal")), &get("/", "")).status, 502);
    assert_eq!(service.requests(), 1);
}

#[test]
fn a_connection_over_tls_is_used_again() {
    let authority = Authority::new();
    let service = authority.serve("localhost");
    let gateway = before(&service, "localhost", json!({ "ca_file": authority.file() }));
    for number in 0..10 {
        assert_eq!(ask(&gateway, &get("/", "")).text(), format!("{number} "));
    }
    // One of each core at most.
    assert!((1..=2).contains(&service.connections()), "{}", service.connections());
}

#[test]
fn long_bodies_pass_both_ways() {
    let authority = Authority::new();
    let service = authority.serve("localhost");
    let gateway = before(&service, "localhost", json!({ "ca_file": authority.file() }));
    let body = "b".repeat(900);
    for _ in 0..3 {
        let request = format!("POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 900\r\n\r\n{body}");
        assert!(ask(&gateway, request.as_bytes()).text().ends_with(&body));
    }
}

#[test]
fn the_end_of_a_long_upload_arrives_although_the_upstream_was_slow_to_read() {
    const LONG: usize = 8 * 1024 * 1024;
    let authority = Authority::new();
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("https://localhost:{}", listener.local_addr().expect("an address").port());
    let config = authority.config("localhost");
    std::thread::spawn(move || {
        let (stream, _) = listener.accept().expect("a connection");
        let tls = rustls::ServerConnection::new(config).expect("a good configuration");
        let mut stream = rustls::StreamOwned::new(tls, stream);
        let mut space = vec![0; 64 * 1024];
        let mut read = stream.read(&mut space).expect("the head and more");
        // Long enough for all sockets between to be full.
        std::thread::sleep(std::time::Duration::from_millis(500));
        while read < LONG {
            read += stream.read(&mut space).expect("the rest");
        }
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nall").expect("written");
        stream.flush().expect("flushed");
    });
    let gateway = serve(json!({
        "routes": [{ "name": "shop", "path": "/*", "upstream": "shop", "access": "public", "max_body_bytes": LONG, "timeout_ms": 5000 }],
        "upstreams": [{ "name": "shop", "endpoints": [{ "url": url }], "tls": { "ca_file": authority.file() } }],
    }));
    let mut request = format!("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: {LONG}\r\n\r\n").into_bytes();
    request.resize(request.len() + LONG, b'u');
    assert_eq!(ask(&gateway, &request).text(), "all");
}

#[test]
fn another_name_is_not_trusted() {
    let authority = Authority::new();
    let service = authority.serve("other.example");
    assert_told_nothing(&before(&service, "localhost", json!({ "ca_file": authority.file() })), &service);
}

#[test]
fn another_authority_is_not_trusted() {
    let (authority, other) = (Authority::new(), Authority::new());
    let service = authority.serve("localhost");
    assert_told_nothing(&before(&service, "localhost", json!({ "ca_file": other.file() })), &service);
    // Nor is one that the system does not know.
    assert_told_nothing(&before(&service, "localhost", json!({})), &service);
}

#[test]
fn a_port_without_tls_is_told_nothing() {
    let authority = Authority::new();
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let gateway = to(&format!("https://localhost:{port}"), json!({ "ca_file": authority.file() }));
    let asking = std::thread::spawn(move || exchange(&gateway, &get("/secret", "")));
    let (mut stream, _) = listener.accept().expect("a connection");
    let mut heard = vec![0; 4096];
    let length = stream.read(&mut heard).expect("something");
    stream.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n").expect("written");
    let answer = asking.join().expect("no panic");
    assert_eq!(problem(&answer)["status"], 502, "{answer}");
    stream.read_to_end(&mut heard).expect("the end");
    assert!(length > 0 && !heard.windows(6).any(|window| window == b"secret"));
}
