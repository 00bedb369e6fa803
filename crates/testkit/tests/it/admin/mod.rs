//! The console: its sessions, what it forwards, its live data, its page.

mod acting;
mod events;
mod forward;
mod jobs;
mod live;
mod mails;
mod organisation;
mod overview;
mod parked_events;
mod reset;
mod session;
mod settings;
mod setup;
mod sign_in;
mod step_up;
mod web_app;

use orion_contracts::ServiceName;
use orion_testkit::{Answer, Client, PASSWORD, TestPlatform};
use serde_json::{Value, json};

/// A browser on the console's page.
struct Browser {
    client: Client,
    origin: String,
    cookie: Option<String>,
    /// That of a sign-in under way.
    flow: Option<String>,
    /// That by which it is known.
    device: Option<String>,
}

impl Browser {
    /// Nobody is signed in.
    fn new(orion: &TestPlatform) -> Self {
        let origin = orion.config.admin.console_url.origin().ascii_serialization();
        let client = Client::new(orion.service_url(ServiceName::Admin));
        Self { client, origin, cookie: None, flow: None, device: None }
    }

    /// The first administrator, by the sign-in page.
    async fn administrator(orion: &TestPlatform) -> Self {
        let mut browser = Self::new(orion);
        browser.sign_in(&orion.administrator().await.email).await.expect(201);
        browser
    }

    /// Signs in and keeps the cookie.
    async fn sign_in(&mut self, email: &str) -> Answer {
        let answer = self.post("/console/session", json!({ "email": email, "password": PASSWORD })).await;
        self.keep_cookie(&answer);
        answer
    }

    fn keep_cookie(&mut self, answer: &Answer) {
        for cookie in answer.headers.get_all("set-cookie") {
            let cookie = cookie.to_str().unwrap();
            let pair = cookie.split(';').next().unwrap().to_owned();
            let pair = (!cookie.contains("Max-Age=0")).then_some(pair);
            match (cookie.contains("_flow"), cookie.contains("_device")) {
                (true, _) => self.flow = pair,
                (_, true) => self.device = pair,
                _ => self.cookie = pair,
            }
        }
    }

    /// Does a step of a sign-in or of a step-up, and keeps its cookies.
    async fn step(&mut self, step: &str, body: Value) -> Answer {
        let answer = self.post(&format!("/console/session/{step}"), body).await;
        self.keep_cookie(&answer);
        answer
    }

    fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        let request = self.client.request(method, path);
        let cookies: Vec<_> = self.cookie.iter().chain(&self.flow).chain(&self.device).map(String::as_str).collect();
        match cookies.as_slice() {
            [] => request,
            cookies => request.header("cookie", cookies.join("; ")),
        }
    }

    fn proven(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        self.request(method, path).header("x-orion-csrf", "1").header("origin", &self.origin)
    }

    async fn get(&self, path: &str) -> Answer {
        Answer::of(self.request("GET", path)).await
    }

    async fn post(&self, path: &str, body: Value) -> Answer {
        Answer::of(self.proven("POST", path).json(&body)).await
    }

    async fn delete(&self, path: &str) -> Answer {
        Answer::of(self.proven("DELETE", path)).await
    }
}
