//! A bucket that speaks S3 as far as ORION calls it: objects are put, read, looked at and deleted by requests that are signed
//! (AWS Signature Version 4). It is no S3, and says yes to nothing whose signature it cannot make itself.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac;
use axum::Router;
use axum::body::{Bytes, to_bytes};
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use http::{HeaderMap, Method, StatusCode, header};
use orion_contracts::Secret;
use orion_infra::config::ObjectsConfig;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The largest object.
const MOST: usize = 16 * 1024 * 1024;
const KEY_ID: &str = "AKIDEXAMPLE";
const KEY: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const REGION: &str = "eu-test-1";
/// Its name.
const NAME: &str = "faces";

/// The running server, with one bucket.
#[derive(Clone)]
pub struct Bucket {
    pub address: SocketAddr,
    inner: Arc<Inner>,
}

#[derive(Default)]
struct Inner {
    objects: Mutex<BTreeMap<String, Bytes>>,
    asked: Mutex<Vec<String>>,
    is_away: AtomicBool,
    is_silent: AtomicBool,
}

impl Bucket {
    /// Listens on a free port.
    pub async fn open() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let bucket = Self { address: listener.local_addr().unwrap(), inner: Arc::default() };
        let server = bucket.clone();
        let router = Router::new().fallback(move |request: Request| {
            let server = server.clone();
            async move { server.answer(request).await }
        });
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        bucket
    }

    /// The configuration that leads to it.
    pub fn flags(&self) -> Vec<(&'static str, String)> {
        vec![
            ("objects.s3_bucket", NAME.to_owned()),
            ("objects.s3_endpoint", format!("http://{}", self.address)),
            ("objects.s3_region", REGION.to_owned()),
            ("objects.s3_access_key_id", KEY_ID.to_owned()),
            ("objects.s3_secret_access_key", KEY.to_owned()),
        ]
    }

    /// The same, where no file of a configuration is read.
    pub fn config(&self) -> ObjectsConfig {
        ObjectsConfig {
            s3_bucket: NAME.to_owned(),
            s3_endpoint: format!("http://{}", self.address),
            s3_region: REGION.to_owned(),
            s3_access_key_id: KEY_ID.to_owned(),
            s3_secret_access_key: Secret::new(KEY),
            ..ObjectsConfig::default()
        }
    }

    /// The names of what it holds.
    pub fn names(&self) -> Vec<String> {
        self.objects().keys().cloned().collect()
    }

    /// What it was asked, and what it said: `PUT avatars/a.jpg 200`.
    pub fn asked(&self) -> Vec<String> {
        self.inner.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Answers every call with 503 from now on, or none any more.
    pub fn be_away(&self, is_away: bool) {
        self.inner.is_away.store(is_away, Ordering::SeqCst);
    }

    /// Takes every call from now on and answers none.
    pub fn be_silent(&self) {
        self.inner.is_silent.store(true, Ordering::SeqCst);
    }

    fn objects(&self) -> MutexGuard<'_, BTreeMap<String, Bytes>> {
        self.inner.objects.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn answer(&self, request: Request) -> Response {
        if self.inner.is_silent.load(Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
        let (parts, body) = request.into_parts();
        let body = to_bytes(body, MOST).await.unwrap_or_default();
        let key = parts.uri.path().strip_prefix(&format!("/{NAME}")).unwrap_or_default().trim_start_matches('/');
        let response = match () {
            () if self.inner.is_away.load(Ordering::SeqCst) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
            () if !parts.uri.path().starts_with(&format!("/{NAME}")) => refused(StatusCode::NOT_FOUND, "NoSuchBucket"),
            () => match check(&parts, &body) {
                Ok(()) => self.done(&parts, key, body),
                Err(why) => refused(StatusCode::FORBIDDEN, &why),
            },
        };
        let told = format!("{} {key} {}", parts.method, response.status().as_u16());
        self.inner.asked.lock().unwrap_or_else(PoisonError::into_inner).push(told);
        response
    }

    fn done(&self, parts: &Parts, key: &str, body: Bytes) -> Response {
        let mut objects = self.objects();
        match (&parts.method, key) {
            (&Method::PUT, key) if !key.is_empty() => {
                let tag = tag(&body);
                objects.insert(key.to_owned(), body);
                [(header::ETAG, tag)].into_response()
            }
            (&Method::GET | &Method::HEAD, key) => match objects.get(key) {
                Some(object) => {
                    let told = [
                        (header::ETAG, tag(object)),
                        (header::LAST_MODIFIED, "Mon, 02 Mar 2026 10:00:00 GMT".to_owned()),
                        (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
                    ];
                    (told, object.clone()).into_response()
                }
                None => refused(StatusCode::NOT_FOUND, "NoSuchKey"),
            },
            (&Method::DELETE, key) => {
                objects.remove(key);
                StatusCode::NO_CONTENT.into_response()
            }
            _ => refused(StatusCode::METHOD_NOT_ALLOWED, "MethodNotAllowed"),
        }
    }
}

fn refused(status: StatusCode, code: &str) -> Response {
    let text = format!("<Error><Code>{code}</Code><Message>{code}</Message></Error>");
    (status, [(header::CONTENT_TYPE, "application/xml")], text).into_response()
}

fn tag(object: &[u8]) -> String {
    format!("\"{}\"", &hex(digest(&SHA256, object).as_ref())[..32])
}

/// Says no unless the request is signed for this bucket's region by its key, and what is signed is what has come.
fn check(parts: &Parts, body: &[u8]) -> Result<(), String> {
    let headers = &parts.headers;
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let authorization = text("authorization");
    let signed = authorization.strip_prefix("AWS4-HMAC-SHA256 ").ok_or("AccessDenied: not signed")?;
    let part = |name: &str| {
        let mut all = signed.split(',').map(str::trim);
        all.find_map(|part| part.strip_prefix(name)?.strip_prefix('=')).ok_or(format!("no {name}"))
    };
    let date = text("x-amz-date");
    let day = date.get(..8).ok_or("AccessDenied: no date")?;
    let scope = format!("{day}/{REGION}/s3/aws4_request");
    if part("Credential")? != format!("{KEY_ID}/{scope}") {
        return Err("InvalidAccessKeyId: another key, day, region or service".to_owned());
    }
    let names: Vec<_> = part("SignedHeaders")?.split(';').collect();
    for name in ["host", "x-amz-content-sha256", "x-amz-date"] {
        if !names.contains(&name) {
            return Err(format!("AccessDenied: {name} is not signed"));
        }
    }
    let payload = text("x-amz-content-sha256");
    if payload != hex(digest(&SHA256, body).as_ref()) {
        return Err("XAmzContentSHA256Mismatch".to_owned());
    }
    let canonical = format!(
        "{}\n{}\n\n{}\n{}\n{payload}",
        parts.method,
        parts.uri.path(),
        canonical_headers(headers, &names),
        names.join(";"),
    );
    let to_sign = format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n{}", hex(digest(&SHA256, canonical.as_bytes()).as_ref()));
    let first = sign(format!("AWS4{KEY}").as_bytes(), day);
    let key = [REGION, "s3", "aws4_request"].iter().fold(first, |key, step| sign(&key, step));
    match part("Signature")? == hex(&sign(&key, &to_sign)) {
        true => Ok(()),
        false => Err("SignatureDoesNotMatch".to_owned()),
    }
}

fn canonical_headers(headers: &HeaderMap, names: &[&str]) -> String {
    names.iter().fold(String::new(), |mut text, name| {
        let values: Vec<_> = headers.get_all(*name).iter().filter_map(|value| value.to_str().ok()).collect();
        let _ = writeln!(text, "{name}:{}", values.join(","));
        text
    })
}

fn sign(key: &[u8], text: &str) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text.as_bytes()).as_ref().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
