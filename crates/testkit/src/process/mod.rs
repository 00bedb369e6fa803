//! The real binary as a process, to be killed at any moment.

mod machine;

pub use machine::Machine;

use crate::client::Client;
use rustix::process::{Pid, Resource, Rlimit, Signal, kill_process, prlimit};
use std::env;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A running `orion`. Dropping it kills it.
pub struct OrionProcess {
    child: Child,
    pub log: PathBuf,
}

/// Ports for the services of one platform, free at the moment of asking.
#[derive(Debug, Clone, Copy)]
pub struct Ports {
    pub gateway: u16,
    pub auth: u16,
    pub users: u16,
    pub notifications: u16,
    pub admin: u16,
    pub pages: u16,
}

impl Ports {
    pub fn free() -> Self {
        let listeners: Vec<_> = (0..6).map(|_| TcpListener::bind("127.0.0.1:0").unwrap()).collect();
        let port = |at: usize| listeners[at].local_addr().unwrap().port();
        Self { gateway: port(0), auth: port(1), users: port(2), notifications: port(3), admin: port(4), pages: port(5) }
    }

    /// As flags of the command line.
    pub fn flags(&self) -> Vec<(String, String)> {
        [
            ("gateway", self.gateway),
            ("auth", self.auth),
            ("users", self.users),
            ("notifications", self.notifications),
            ("admin", self.admin),
            ("pages", self.pages),
        ]
        .map(|(name, port)| (format!("listen.{name}_port"), port.to_string()))
        .to_vec()
    }

    /// A client of the gateway.
    pub fn client(&self) -> Client {
        Client::new(format!("http://127.0.0.1:{}", self.gateway))
    }
}

/// The binary beside this test: `target/<profile>/orion`.
fn binary() -> PathBuf {
    if let Ok(path) = env::var("ORION_BINARY") {
        return path.into();
    }
    let test = env::current_exe().unwrap();
    let path = test.parent().and_then(Path::parent).unwrap().join("orion");
    assert!(path.exists(), "{} is missing; run the tests by ./orion test, which builds it", path.display());
    path
}

/// `orion` with these words and keys, and nothing of ORION's in its environment.
pub fn command(words: &[&str], flags: &[(String, String)]) -> Command {
    let mut command = Command::new(binary());
    command.args(words);
    for (name, _) in env::vars().filter(|(name, _)| name.starts_with("ORION_")) {
        command.env_remove(name);
    }
    for (key, value) in flags {
        command.arg("--set").arg(format!("{key}={value}"));
    }
    command
}

impl OrionProcess {
    /// Runs a command; what it says goes to the end of a file.
    fn start(mut command: Command, log: PathBuf) -> Self {
        let file = std::fs::OpenOptions::new().create(true).append(true).open(&log).unwrap();
        command.stdin(Stdio::null()).stdout(file.try_clone().unwrap()).stderr(file);
        Self { child: command.spawn().unwrap(), log }
    }

    /// What it has said so far.
    pub fn output(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Kills it with SIGKILL: nothing is finished, nothing is flushed.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Its number.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Stops it where it stands: it keeps its ports and connections, and says nothing.
    pub fn stand_still(&self) {
        kill_process(Pid::from_child(&self.child), Signal::STOP).unwrap();
    }

    /// Lets it go on.
    pub fn go_on(&self) {
        kill_process(Pid::from_child(&self.child), Signal::CONT).unwrap();
    }

    /// Asks it to end with SIGTERM, without waiting.
    pub fn tell_to_end(&self) {
        kill_process(Pid::from_child(&self.child), Signal::TERM).unwrap();
    }

    /// Asks it to end with SIGTERM, and gives its exit code.
    pub fn terminate(&mut self) -> Option<i32> {
        self.tell_to_end();
        self.wait()
    }

    /// Waits for its end, and gives its exit code; fails the test after twenty seconds.
    pub fn wait(&mut self) -> Option<i32> {
        let deadline = Instant::now() + Duration::from_secs(20);
        while Instant::now() < deadline {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            // A process ends in real time.
            std::thread::sleep(Duration::from_millis(5));
        }
        panic!("it did not end: {}", self.output());
    }

    /// Lets no file of it grow beyond so many bytes, or any again: a disk without room, without a disk of its own.
    pub fn limit_files(&self, bytes: Option<u64>) {
        let process = Some(Pid::from_child(&self.child));
        let Rlimit { maximum, .. } =
            prlimit(process, Resource::Fsize, Rlimit { current: bytes, maximum: None }).unwrap();
        assert_eq!(maximum, None, "the tests themselves may write files of any size");
    }

    /// Waits until a service of it is ready.
    pub async fn ready(&mut self, port: u16) {
        let client = Client::new(format!("http://127.0.0.1:{port}"));
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            if let Ok(answer) = crate::Answer::try_of(client.request("GET", "/readyz")).await
                && answer.status == 200
            {
                return;
            }
            if let Some(status) = self.child.try_wait().unwrap() {
                panic!("it ended with {status}: {}", self.output());
            }
            assert!(Instant::now() < deadline, "it is not ready: {}", self.output());
            // A process starts in real time.
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

impl Drop for OrionProcess {
    fn drop(&mut self) {
        self.kill();
    }
}
