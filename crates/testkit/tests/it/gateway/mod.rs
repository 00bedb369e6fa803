//! The gateway in front of ORION's services and of a user's own.

mod api_keys;
mod changes;
mod failures;
mod identity;
mod matching;
mod problems;
mod root;
mod routes;
