//! One suite per need, run on every adapter: each test here runs on the mix of the run, and the mixes together cover
//! all adapters.

mod broker;
mod bus;
mod cache;
mod changes;
mod db;
mod events;
mod future_events;
mod idempotency;
mod identity;
mod internal_endpoints;
mod isolation;
mod jobs;
mod lanes;
mod listeners;
mod mailer;
mod migrations;
mod objects;
mod parked_events;
mod peers;
mod pooler;
mod secrets;
