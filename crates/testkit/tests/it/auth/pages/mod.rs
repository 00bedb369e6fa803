//! ORION's own pages, a file per page.

mod email_change;
mod ended;
mod flow;
mod guard;
mod mailed;
mod offer;
mod organisation_invitation;
mod passkey;
mod reset;
mod shared_browsers;
pub(super) mod sign_in;
mod sign_up;
mod verify_email;
mod waits;

use orion_testkit::{Answer, Client, TestPlatform};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// Somebody's browser: it keeps cookies, and sends forms as browsers do.
pub(crate) struct Browser {
    client: Client,
    cookies: Arc<Mutex<BTreeMap<String, String>>>,
}

impl Browser {
    pub(crate) fn new(orion: &TestPlatform) -> Self {
        Self::at(orion.anonymous())
    }

    /// One that opens the pages of what this client calls.
    pub(crate) fn at(client: Client) -> Self {
        Self { client, cookies: Arc::default() }
    }

    /// The same browser at another platform, which is sent the same cookies: they know hosts and no ports.
    fn elsewhere(&self, orion: &TestPlatform) -> Self {
        Self { client: orion.anonymous(), cookies: self.cookies.clone() }
    }

    /// The value of a cookie that it keeps.
    fn cookie(&self, name: &str) -> Option<String> {
        self.cookies.lock().unwrap().get(name).cloned()
    }

    /// The whole name of a cookie that it keeps, which the platform's port may stand in.
    fn name_of(&self, begins: &str) -> String {
        let cookies = self.cookies.lock().unwrap();
        cookies.keys().find(|name| name.starts_with(begins)).cloned().unwrap()
    }

    /// Keeps another value of that cookie.
    fn keep(&self, name: String, value: &str) {
        self.cookies.lock().unwrap().insert(name, value.to_owned());
    }

    pub(crate) fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        let cookies = self.cookies.lock().unwrap();
        let pairs: Vec<_> = cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = self.client.request(method, path).header("user-agent", "Mozilla/5.0 (X11; Linux) Firefox/140.0");
        if pairs.is_empty() { request } else { request.header("cookie", pairs.join("; ")) }
    }

    async fn answer(&self, request: reqwest::RequestBuilder) -> Answer {
        let answer = Answer::of(request).await;
        for cookie in answer.headers.get_all("set-cookie") {
            let pair = cookie.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            self.cookies.lock().unwrap().insert(name.to_owned(), value.to_owned());
        }
        answer
    }

    /// Opens a page.
    pub(crate) async fn open(&self, path: &str) -> Answer {
        self.answer(self.request("GET", path)).await
    }

    /// Opens a page, and sends its form with these fields.
    pub(super) async fn send(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let mark = mark_in(&self.open(path).await.text);
        self.send_marked(path, &mark, fields).await
    }

    /// Sends a form with this mark.
    pub(super) async fn send_marked(&self, path: &str, mark: &str, fields: &[(&str, &str)]) -> Answer {
        self.answer(self.post(path, mark, fields)).await
    }

    /// A form with this mark, as the browser is at this moment.
    fn post(&self, path: &str, mark: &str, fields: &[(&str, &str)]) -> reqwest::RequestBuilder {
        let request = form(self.request("POST", path), mark, fields);
        request.header("origin", "null").header("sec-fetch-site", "same-origin")
    }
}

/// The request with a form as its body.
fn form(request: reqwest::RequestBuilder, mark: &str, fields: &[(&str, &str)]) -> reqwest::RequestBuilder {
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    let body = form.append_pair("form_token", mark).extend_pairs(fields).finish();
    request.header("content-type", "application/x-www-form-urlencoded").body(body)
}

/// The mark of the form on a page; empty where there is no form.
pub(super) fn mark_in(page: &str) -> String {
    let after = page.split_once("name=\"form_token\" value=\"").map(|(_, after)| after);
    after.and_then(|after| after.split('"').next()).unwrap_or_default().to_owned()
}

/// Whether the scripts on a page are the one for passkeys and the one of all pages, each at most once.
pub(super) fn has_no_script_but_ours(page: &str) -> bool {
    let ours = [" src=\"/auth/passkey.js?v=", " id=\"page\">"];
    let scripts: Vec<_> = page.split("<script").skip(1).collect();
    let is_ours = |script: &&str| ours.iter().any(|start| script.starts_with(start));
    let twice = |start: &str| scripts.iter().filter(|script| script.starts_with(start)).count() > 1;
    scripts.iter().all(is_ours) && !ours.into_iter().any(twice)
}

/// What is said of a field, as those who do not see the page are told.
fn said_of<'a>(page: &'a str, field: &str) -> Option<&'a str> {
    let described = format!("aria-describedby=\"{field}-wrong\"");
    let after = page.contains(&described).then(|| page.split_once(&format!("id=\"{field}-wrong\">")))??.1;
    after.split('<').next()
}
