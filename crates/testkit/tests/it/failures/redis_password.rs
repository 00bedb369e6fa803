//! A Redis that refuses the password for a while, as when one is changed.

use orion_contracts::ServiceName;
use orion_testkit::{Backend, TestPlatform, eventually};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;
use url::Url;

/// A user of the test's own on the server that all tests share.
struct RedisUser {
    server: Url,
    name: String,
}

impl RedisUser {
    fn make() -> Self {
        let server = Backend::server("ORION_REDIS_URL").parse().unwrap();
        let user = Self { server, name: format!("test-{}", uuid::Uuid::new_v4().simple()) };
        user.say("on ~* &* +@all");
        user.password("first");
        user
    }

    fn password(&self, password: &str) {
        self.say(&format!("resetpass >{password}"));
    }

    fn say(&self, rules: &str) {
        self.command(&format!("ACL SETUSER {} {rules}", self.name));
    }

    /// Ends all connections of the user.
    fn kick(&self) {
        self.command(&format!("CLIENT KILL USER {}", self.name));
    }

    fn command(&self, command: &str) {
        let place = (self.server.host_str().unwrap(), self.server.port().unwrap_or(6379));
        let mut stream = TcpStream::connect(place).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        let login = self.server.password().map(|password| format!("AUTH {password}"));
        for line in login.as_deref().into_iter().chain([command]) {
            stream.write_all(format!("{line}\r\n").as_bytes()).unwrap();
            let mut answer = [0; 256];
            let length = stream.read(&mut answer).unwrap();
            assert!(!answer.starts_with(b"-"), "{line}: {}", String::from_utf8_lossy(&answer[..length]));
        }
    }

    /// The server as the platform reaches it, as this user.
    fn url(&self, password: &str) -> String {
        let mut url = self.server.clone();
        url.set_username(&self.name).unwrap();
        url.set_password(Some(password)).unwrap();
        url.into()
    }
}

impl Drop for RedisUser {
    fn drop(&mut self) {
        self.command(&format!("ACL DELUSER {}", self.name));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Redis: ./orion test --full runs it"]
async fn a_password_that_redis_refused_for_a_while_is_taken_again_without_a_restart() {
    let user = RedisUser::make();
    let orion = TestPlatform::builder().set("redis.url", user.url("first")).start().await;
    let gateway = orion.infra(ServiceName::Gateway);
    let is_well = async || gateway.cache.ping().await.is_ok() && gateway.bus.is_healthy();
    eventually("cache and bus", || async { is_well().await.then_some(()) }).await;

    user.password("second");
    user.kick();
    // For long enough that every connection was tried again, and refused.
    eventually("both away", || async {
        (gateway.cache.ping().await.is_err() && !gateway.bus.is_healthy()).then_some(())
    })
    .await;
    for _ in 0..10 {
        let _ = gateway.cache.ping().await;
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    user.password("first");
    eventually("cache and bus again", || async { is_well().await.then_some(()) }).await;
    orion.user("ada").await.get("/api/v1/users/me").await.expect(200);
}
