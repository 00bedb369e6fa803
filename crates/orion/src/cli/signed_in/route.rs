//! `orion route`: the routes of the gateway.

use super::At;
use super::calls::Calls;
use super::lists::all;
use super::route_explain::{self, Explain};
use crate::cli::{Failure, Output, output};
use clap::Subcommand;
use orion_contracts::gateway::{RouteAccess, RouteInfo};
use std::process::ExitCode;

#[derive(Subcommand)]
pub(crate) enum Command {
    /// List the routes in force, ORION's own first.
    List {
        #[command(flatten)]
        at: At,
    },
    /// Say which route a request would take, why, and what applies to it. Nothing is sent.
    ///
    /// Ends with 1 when no route takes it.
    Explain(Explain),
}

impl Command {
    pub(super) fn at(&self) -> &At {
        match self {
            Self::List { at } => at,
            Self::Explain(order) => order.at(),
        }
    }
}

pub(super) async fn run(calls: &mut Calls, command: &Command, output: Output) -> Result<ExitCode, Failure> {
    match command {
        Command::List { .. } => {
            let routes: Vec<RouteInfo> = all(calls, "/api/v1/routes").await?;
            output::rows(output, &routes, &["ROUTE", "HOST", "PATH", "ASKS", "ACCESS", "UPSTREAM"], row)?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Explain(order) => route_explain::run(calls, order, output).await,
    }
}

fn row(route: &RouteInfo) -> Vec<String> {
    vec![
        route.name.clone(),
        route.hosts.join(", "),
        route.path.clone(),
        route.conditions.join(", "),
        access(route.access).to_owned(),
        route.upstream.clone(),
    ]
}

pub(super) fn access(access: RouteAccess) -> &'static str {
    match access {
        RouteAccess::Authenticated => "authenticated",
        RouteAccess::Public => "public",
    }
}
