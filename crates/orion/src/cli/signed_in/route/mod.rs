//! `orion route`: the gateway's routes, which of them a request takes, and the history of those that are kept.

mod definition;
mod explain;
mod history;
mod text;

use super::At;
use super::calls::{Calls, Terms};
use super::lists::all;
use super::prompt::Sure;
use super::refusals::{listed, status_of};
use crate::cli::{Failure, Output, output};
use clap::{Args, Subcommand};
use definition::Given;
use reqwest::Method;
use serde_json::{Value, json};
use std::process::ExitCode;
use text::{field, row};
use url::Url;

/// Where routes are.
const ROUTES: &str = "/api/v1/routes";

#[derive(Subcommand)]
pub(crate) enum Command {
    /// List the routes in force: ORION's own, those of the gateway's file, and those that are kept.
    List {
        #[command(flatten)]
        at: At,
    },
    /// Show a route as it would stand in a file.
    Show {
        /// The route's name.
        #[arg(value_name = "ROUTE")]
        route: String,
        #[command(flatten)]
        at: At,
    },
    /// Say which route a request would take, why, and what applies to it. Nothing is sent.
    ///
    /// Ends with 1 when no route takes it.
    Explain(explain::Explain),
    /// Add a route: in force at once, in every process of the gateway, without a restart.
    Add {
        /// Its name; that of the file when it is not given here.
        #[arg(value_name = "ROUTE")]
        route: Option<String>,
        #[command(flatten)]
        given: Given,
        #[command(flatten)]
        why: Why,
        #[command(flatten)]
        at: At,
    },
    /// Change a route. What is not named stays; with a file, the route is what stands there.
    Edit {
        /// The route's name.
        #[arg(value_name = "ROUTE")]
        route: String,
        #[command(flatten)]
        given: Given,
        #[command(flatten)]
        why: Why,
        #[command(flatten)]
        at: At,
    },
    /// Remove a route.
    Remove {
        /// The route's name.
        #[arg(value_name = "ROUTE")]
        route: String,
        #[command(flatten)]
        why: Why,
        #[command(flatten)]
        sure: Sure,
        #[command(flatten)]
        at: At,
    },
    /// List who changed the gateway's routes, and why, newest first.
    History {
        /// How many versions.
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=200))]
        limit: u32,
        #[command(flatten)]
        at: At,
    },
    /// Show what a version of the routes has changed.
    Diff {
        /// Which version, as `orion route history` shows it.
        version: i64,
        /// The version to compare with; the one before when it is not given, and the empty document for 0.
        #[arg(long, value_name = "VERSION")]
        against: Option<i64>,
        #[command(flatten)]
        at: At,
    },
    /// Make the routes what they were at a version, as one more version.
    Rollback {
        /// Which version, as `orion route history` shows it.
        version: i64,
        #[command(flatten)]
        why: Why,
        #[command(flatten)]
        sure: Sure,
        #[command(flatten)]
        at: At,
    },
    /// Show which version of the routes each process of the gateway has applied.
    Applied {
        #[command(flatten)]
        at: At,
    },
}

/// Why something is changed.
#[derive(Args)]
pub(crate) struct Why {
    /// Why, for those who read the history.
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
}

impl Why {
    /// A path with the reason in its query.
    fn at(&self, path: &str) -> String {
        let Some(reason) = &self.reason else { return path.to_owned() };
        let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("reason", reason).finish();
        format!("{path}?{query}")
    }
}

impl Command {
    pub(super) fn at(&self) -> &At {
        match self {
            Self::List { at }
            | Self::Show { at, .. }
            | Self::Add { at, .. }
            | Self::Edit { at, .. }
            | Self::Remove { at, .. }
            | Self::History { at, .. }
            | Self::Diff { at, .. }
            | Self::Rollback { at, .. }
            | Self::Applied { at } => at,
            Self::Explain(order) => order.at(),
        }
    }
}

/// The path of a route, whatever a file calls it.
fn path(route: &str) -> String {
    let mut url = Url::parse("http://gateway/api/v1/routes").ok();
    if let Some(mut segments) = url.as_mut().and_then(|url| url.path_segments_mut().ok()) {
        segments.push(route);
    }
    url.map_or_else(|| ROUTES.to_owned(), |url| url.path().to_owned())
}

pub(super) async fn run(calls: &mut Calls, command: &Command, output: Output) -> Result<ExitCode, Failure> {
    match command {
        Command::List { .. } => {
            let routes: Vec<Value> = all(calls, ROUTES).await?;
            output::rows(output, &routes, &["ROUTE", "PATH", "LEADS TO", "ACCESS", "STANDS IN", "VERSION"], row)?;
        }
        Command::Show { route, .. } => {
            let found = find(calls, route).await?;
            output::value(output, &text::as_file(&found)?, &found)?;
        }
        Command::Add { route, given, why, .. } => {
            let definition = given.definition(route.as_deref(), None)?;
            let added: Value = calls.post(&why.at(ROUTES), &definition).await.map_err(|failure| {
                let name = field(&definition, "name");
                match status_of(&failure) {
                    Some(409) => format!("{failure} `orion route edit {name}` changes it.").into(),
                    _ => failure,
                }
            })?;
            told(output, &added, "is added")?;
        }
        Command::Edit { route, given, why, .. } => {
            let found = find(calls, route).await?;
            let definition = given.definition(Some(route), Some(&found["route"]))?;
            let terms = Terms { seen: found["version"].as_i64(), ..Terms::default() };
            let changed = calls.send(Method::PUT, &why.at(&path(route)), &terms, Some(&definition)).await;
            told(output, &changed?, "is changed")?;
        }
        Command::Remove { route, why, sure, .. } => {
            let found = find(calls, route).await?;
            sure.ask_where_possible(&format!("The route {route} ends, and requests of it are answered 404"))?;
            let terms = Terms { seen: found["version"].as_i64(), ..Terms::default() };
            let path = why.at(&path(route));
            calls.send::<Value>(Method::DELETE, &path, &terms, None::<&()>).await?;
            output::value(output, &format!("The route {route} is removed."), &json!({ "route": route }))?;
        }
        Command::History { limit, .. } => history::list(calls, *limit, output).await?,
        Command::Diff { version, against, .. } => history::compare(calls, *version, *against, output).await?,
        Command::Rollback { version, why, sure, .. } => history::restore(calls, *version, why, sure, output).await?,
        Command::Applied { .. } => return history::applied(calls, output).await,
        Command::Explain(order) => return explain::run(calls, order, output).await,
    }
    Ok(ExitCode::SUCCESS)
}

async fn find(calls: &mut Calls, route: &str) -> Result<Value, Failure> {
    listed(calls.get(&path(route)).await, "orion route list")
}

/// Says what has become of a route, and what may not be meant.
fn told(output: Output, route: &Value, what: &str) -> Result<(), Failure> {
    let (name, version) = (field(&route["route"], "name"), &route["version"]);
    output::value(output, &format!("The route {name} {what}: version {version}."), route)?;
    warn(route);
    Ok(())
}

/// Says what may not be meant.
fn warn(answer: &Value) {
    let warnings = answer["warnings"].as_array().into_iter().flatten().filter_map(Value::as_str);
    warnings.for_each(output::warning);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_route_has_its_path_whatever_a_file_calls_it() {
        for (name, expected) in
            [("shop", "/api/v1/routes/shop"), ("a b/c", "/api/v1/routes/a%20b%2Fc"), ("50%", "/api/v1/routes/50%25")]
        {
            assert_eq!(path(name), expected);
        }
    }

    #[test]
    fn a_reason_is_one_value_of_the_query() {
        let why = Why { reason: Some("moved & done".to_owned()) };
        assert_eq!(why.at("/x"), "/x?reason=moved+%26+done");
        assert_eq!(Why { reason: None }.at("/x"), "/x");
    }
}
