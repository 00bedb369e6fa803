//! What operators see: the command line, start and end of a process, health, metrics, documentation.

pub(crate) mod administrator;
mod apikey;
mod audit;
mod command_line;
mod configuration;
mod data_directory;
mod declared;
mod documented_api;
mod documents;
mod end_check;
mod lifecycle;
mod log_secrets;
mod output;
mod probes;
mod settings;
mod signed_in;
mod signed_in_acting;
mod signed_in_avatar;
mod signed_in_email;
mod signed_in_named;
mod signed_in_organisations;
mod signed_in_roles;
mod signed_in_told;
mod signed_in_users;
mod signed_in_words;
mod signed_in_wrong;
mod start;
