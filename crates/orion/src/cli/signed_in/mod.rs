//! Commands that speak to a platform as a person does: over `/api/v1`, with the tokens of a sign-in. `orion login` keeps them in
//! a file of the person's own; `ORION_TOKEN` or `ORION_API_KEY` takes their place where a program has
//! one.

mod apikey;
mod arguments;
mod audit;
mod authz;
mod avatar;
mod calls;
mod declared;
mod device;
mod email;
mod factor;
mod gone;
mod holder;
mod impersonate;
mod keep;
mod keys;
mod lists;
mod login;
mod organisation;
mod permission;
mod prompt;
mod provider;
mod refusals;
mod requests;
mod role;
mod route;
mod security;
mod service_account;
mod session;
mod team;
mod token;
mod user;
mod user_words;
mod which;
mod who;
mod words;

pub(super) use apikey::Command as ApiKey;
pub(super) use audit::Command as Audit;
pub(super) use declared::{ApplyOrder, PlanOrder};
pub(super) use device::Command as Device;
pub(super) use factor::Command as Factor;
pub(super) use keys::Command as Keys;
pub(super) use login::Login;
pub(super) use organisation::Command as Organisation;
pub(super) use permission::Command as Permission;
pub(super) use provider::Command as Provider;
pub(super) use role::Command as Role;
pub(super) use route::Command as Route;
pub(super) use security::Command as Security;
pub(super) use service_account::Command as ServiceAccount;
pub(super) use session::Command as Session;
pub(super) use team::Command as Team;
pub(super) use token::Command as Token;
pub(super) use user::Command as User;

use super::{Failure, Output, output};
use crate::config::Config;
use calls::Calls;
use clap::Args;
use std::process::ExitCode;

/// Which platform.
#[derive(Args, Clone)]
pub(super) struct At {
    /// The platform's gateway; where `orion login` signed in when it is not named.
    #[arg(long, value_name = "URL", value_parser = arguments::platform)]
    url: Option<String>,
}

/// `orion login`.
pub(super) async fn login(config: &Config, order: &Login, output: Output) -> Result<ExitCode, Failure> {
    login::run(config, order, output).await
}

/// `orion logout`.
pub(super) async fn logout(output: Output) -> Result<ExitCode, Failure> {
    login::logout(output).await
}

/// `orion token`.
pub(super) async fn token(command: &Token, output: Output) -> Result<ExitCode, Failure> {
    token::run(&mut Calls::open(command.at()).await?, command, output).await
}

/// `orion factor`.
pub(super) async fn factor(command: &Factor, output: Output) -> Result<ExitCode, Failure> {
    factor::run(&mut Calls::open(command.at()).await?, command, output).await
}

/// `orion session`.
pub(super) async fn session(command: &Session, output: Output) -> Result<ExitCode, Failure> {
    session::run(&mut Calls::open(command.at()).await?, command, output).await
}

/// `orion device`.
pub(super) async fn device(command: &Device, output: Output) -> Result<ExitCode, Failure> {
    device::run(&mut Calls::open(command.at()).await?, command, output).await
}

/// `orion provider`.
pub(super) async fn provider(command: &Provider, output: Output) -> Result<ExitCode, Failure> {
    provider::run(&mut Calls::open(command.at()).await?, command, output).await
}

/// `orion security`.
pub(super) async fn security(command: &Security, output: Output) -> Result<ExitCode, Failure> {
    security::run(&mut Calls::open(command.at()).await?, command, output).await
}

/// `orion keys`.
pub(super) async fn keys(command: &Keys, output: Output) -> Result<ExitCode, Failure> {
    keys::run(&mut Calls::open(command.at()).await?, command, output).await
}

/// `orion user`.
pub(super) async fn user(command: &User, output: Output) -> Result<ExitCode, Failure> {
    match command {
        User::Impersonate(order) => impersonate::run(order, output).await,
        _ => user::run(&mut Calls::open(command.at()).await?, command, output).await,
    }
}

/// `orion audit`.
pub(super) async fn audit(config: &Config, command: &Audit, output: Output) -> Result<ExitCode, Failure> {
    audit::run(config, command, output).await
}

/// `orion role`.
pub(super) async fn role(command: &Role, output: Output) -> Result<ExitCode, Failure> {
    role::run(&mut Calls::open(command.at()).await?, command, output).await
}

/// `orion route`.
pub(super) async fn route(command: &Route, output: Output) -> Result<ExitCode, Failure> {
    route::run(&mut Calls::open(command.at()).await?, command, output).await
}

/// `orion permission`.
pub(super) async fn permission(command: &Permission, output: Output) -> Result<ExitCode, Failure> {
    permission::run(&mut Calls::open(command.at()).await?, command, output).await
}

/// `orion apikey`.
pub(super) async fn apikey(command: &ApiKey, output: Output) -> Result<ExitCode, Failure> {
    apikey::run(&mut Calls::open(command.at()).await?, command, output).await
}

/// `orion plan`.
pub(super) async fn plan(order: &PlanOrder, output: Output) -> Result<ExitCode, Failure> {
    match order.lacks() {
        Some(words) => Ok(output::wrong(output, words)),
        None => declared::plan(&mut Calls::open(order.at()).await?, order, output).await,
    }
}

/// `orion apply`.
pub(super) async fn apply(order: &ApplyOrder, output: Output) -> Result<ExitCode, Failure> {
    match order.lacks() {
        Some(words) => Ok(output::wrong(output, words)),
        None => declared::apply(&mut Calls::open(order.at()).await?, order, output).await,
    }
}

/// `orion team`.
pub(super) async fn team(command: &Team, output: Output) -> Result<ExitCode, Failure> {
    team::run(&mut Calls::open(command.at()).await?, command, output).await
}

/// `orion organisation`.
pub(super) async fn organisation(command: &Organisation, output: Output) -> Result<ExitCode, Failure> {
    organisation::run(&mut Calls::open(command.at()).await?, command, output).await
}

/// `orion service-account`.
pub(super) async fn service_account(command: &ServiceAccount, output: Output) -> Result<ExitCode, Failure> {
    service_account::run(&mut Calls::open(command.at()).await?, command, output).await
}
