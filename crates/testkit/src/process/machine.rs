//! A machine for the real binary: a place, ports, and the flags that name both.

use super::{OrionProcess, Ports, command};
use crate::backend::{Backend, Place};
use crate::client::{Answer, Client};
use serde_json::Value;
use std::process::Command;
use tempfile::TempDir;

/// Where processes of one platform run. They end before it is dropped.
pub struct Machine {
    pub place: Place,
    pub ports: Ports,
    pub flags: Vec<(String, String)>,
    /// A data directory holds ORION's files alone; beside others, a start warns.
    logs: TempDir,
}

impl Machine {
    /// With an empty directory, for SQLite in it.
    pub async fn embedded() -> Self {
        Self::with(Place::new(Backend::Embedded).await)
    }

    /// With a place that was made.
    pub fn with(place: Place) -> Self {
        let ports = Ports::free();
        let flags = place.sources().flags.into_iter().chain(ports.flags()).collect();
        Self { place, ports, flags, logs: tempfile::tempdir().unwrap() }
    }

    /// Sets a key for all that runs here.
    #[must_use]
    pub fn set(mut self, key: &str, value: impl ToString) -> Self {
        self.flags.push((key.to_owned(), value.to_string()));
        self
    }

    /// The binary with these words, to be run.
    pub fn command(&self, words: &[&str]) -> Command {
        command(words, &self.flags)
    }

    /// Runs the binary with these words. All that it says with them here, however often, is one log.
    pub fn start(&self, words: &[&str]) -> OrionProcess {
        OrionProcess::start(self.command(words), self.logs.path().join(format!("{}.log", words.join("-"))))
    }

    /// One more process beside the others, with these keys set otherwise.
    pub fn start_beside(&self, words: &[&str], keys: &[(&str, String)]) -> OrionProcess {
        let mut flags = self.flags.clone();
        flags.extend(keys.iter().map(|(key, value)| ((*key).to_owned(), value.clone())));
        OrionProcess::start(command(words, &flags), self.logs.path().join(format!("{}-beside.log", words.join("-"))))
    }

    /// All services in one process, ready.
    pub async fn up(&self) -> OrionProcess {
        let mut orion = self.start(&["up"]);
        orion.ready(self.ports.pages).await;
        orion
    }

    /// `POST` as a page of the console sends it.
    pub async fn console(&self, path: &str, body: Value) -> Answer {
        let client = Client::new(format!("http://127.0.0.1:{}", self.ports.admin));
        let origin = format!("http://localhost:{}", self.ports.admin);
        let request = client.request("POST", path).header("x-orion-csrf", "1").header("origin", origin);
        Answer::of(request.json(&body)).await
    }
}
