//! The integration tests: a folder per service, a file per resource, on the mix that `ORION_TEST_BACKEND` names.

mod admin;
mod auth;
mod contract;
mod failures;
mod gateway;
mod main_job;
mod notifications;
mod operations;
mod users;
