//! A platform that is killed (SIGKILL: nothing is finished, nothing is flushed) in the middle of what must be done whole or not at
//! all. Each round kills at another moment of it, and starts anew in the same place.

mod codes;
mod email_changes;
mod invitations;
mod keys;
mod provider_visits;
mod resets;

use crate::operations::administrator::{EMAIL, set_up};
use orion_testkit::backend::Place;
use orion_testkit::mailbox::Mailbox;
use orion_testkit::process::Ports;
use orion_testkit::smtp::SmtpServer;
use orion_testkit::{Answer, Backend, Client, Machine, OrionProcess, PASSWORD, TestUser, seed};
use serde_json::json;
use std::time::{Duration, Instant};
use tokio::task::JoinHandle;

/// A platform that is killed and started again.
struct Platform {
    machine: Machine,
    orion: Option<OrionProcess>,
    /// Another process of auth, where the mix has room for one; it is not killed.
    second: Option<(Ports, OrionProcess)>,
    mail: Mailbox,
    random: orion_infra::Random,
}

impl Platform {
    /// All services in one process, with these keys set.
    async fn start(keys: &[(&str, String)]) -> Self {
        let smtp = SmtpServer::start().await;
        let machine = Machine::with(Place::new(Backend::current()).await).set("mail.smtp_url", smtp.url());
        let machine = machine.set("auth.login_failures_before_delay", 1000).set("auth.hash_queue", 1000);
        // Many come at once, to processes that have just begun: they are slow on a busy machine, and none is to be turned away.
        let machine = machine.set("database.acquire_timeout_ms", 20_000);
        let machine = keys.iter().fold(machine, |machine, (key, value)| machine.set(key, value));
        let mut platform =
            Self { machine, orion: None, second: None, mail: Mailbox::Smtp(smtp), random: seed::random() };
        platform.start_again().await;
        platform
    }

    /// One more process of auth on the same database.
    async fn start_second(&mut self) {
        let ports = Ports::free();
        let mut process =
            self.machine.start_beside(&["serve", "auth"], &[("listen.auth_port", ports.auth.to_string())]);
        process.ready(ports.auth).await;
        self.second = Some((ports, process));
    }

    async fn start_again(&mut self) {
        self.orion = Some(self.machine.up().await);
    }

    fn kill(&mut self) {
        self.orion.take().expect("it runs").kill();
    }

    fn client(&self) -> Client {
        self.machine.ports.client()
    }

    /// The processes of auth, each at its own port.
    fn nodes(&self) -> Vec<Client> {
        let ports = [Some(self.machine.ports.auth), self.second.as_ref().map(|(ports, _)| ports.auth)];
        ports.into_iter().flatten().map(|port| Client::new(format!("http://127.0.0.1:{port}"))).collect()
    }

    /// The first administrator.
    async fn administrator(&self) -> TestUser {
        set_up(&self.machine, self.orion.as_ref().expect("it runs")).await;
        TestUser::sign_in(&self.client(), EMAIL, PASSWORD).await
    }

    /// The token of the newest mail to somebody. One that was being sent when its process was killed waits for the lease to run out, a
    /// minute.
    async fn mailed(&self, to: &str, token: fn(&str) -> Option<String>) -> String {
        let deadline = Instant::now() + Duration::from_secs(120);
        loop {
            if let Some(token) = self.mail.to(to).await.iter().rev().find_map(|text| token(text)) {
                return token;
            }
            assert!(Instant::now() < deadline, "no mail came to {to}");
            // What is awaited here tells nobody: it is asked again and again.
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Somebody whose address is verified.
    async fn person(&self, email: &str) -> TestUser {
        let client = self.client();
        client.post("/api/v1/auth/register", json!({ "email": email, "password": PASSWORD })).await.expect(201);
        let order = json!({ "token": self.mail.verification_token(email).await, "password": PASSWORD });
        client.post("/api/v1/auth/verify-email", order).await.expect(204);
        TestUser::sign_in(&client, email, PASSWORD).await
    }

    /// A moment of that round, in something that takes so long: later in each, and never quite the same.
    fn moment(&self, round: u32, rounds: u32, whole: Duration) -> Duration {
        whole.mul_f64((f64::from(round) + self.random.fraction()) / f64::from(rounds))
    }

    /// Kills it so long after these requests were sent; the answers that came.
    async fn killed_while(&mut self, requests: Vec<reqwest::RequestBuilder>, after: Duration) -> Vec<Answer> {
        let under_way: Vec<JoinHandle<_>> = requests
            .into_iter()
            .map(|request| tokio::spawn(async move { Answer::try_of(request).await.ok() }))
            .collect();
        // What is interrupted happens in real time.
        tokio::time::sleep(after).await;
        self.kill();
        futures_util::future::join_all(under_way).await.into_iter().filter_map(Result::unwrap).collect()
    }
}

/// What something gives, and how long it takes when nobody kills it, with some more: a moment after it is one to be killed at, too.
async fn timed<T>(what: impl Future<Output = T>) -> (T, Duration) {
    let started = Instant::now();
    let outcome = what.await;
    (outcome, started.elapsed().mul_f64(1.3))
}
