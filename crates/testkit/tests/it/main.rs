//! The integration tests: a folder per service, a file per resource, on the mix that `ORION_TEST_BACKEND` names.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on says so")]
#![allow(clippy::disallowed_methods, reason = "tests live in real time and read their environment")]

mod admin;
mod auth;
mod contract;
mod examples;
mod failures;
mod gateway;
mod main_job;
mod notifications;
mod operations;
mod users;
