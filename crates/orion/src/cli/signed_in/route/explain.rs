//! `orion route explain`: which route a request would take, and why.

use super::{At, Calls};
use crate::cli::{Failure, Output, output};
use clap::Args;
use orion_contracts::gateway::RouteAccess;
use orion_contracts::route_test::{RouteApplies, RouteExplanation, RouteNear, RouteTest, SentHeader};
use std::net::IpAddr;
use std::process::ExitCode;

#[derive(Args)]
pub(crate) struct Explain {
    /// The request's method, such as GET.
    method: String,
    /// Where it goes: a URL of the gateway, or a path.
    #[arg(value_name = "URL")]
    target: String,
    /// A header of it, as often as it has some.
    #[arg(short = 'H', long = "header", value_name = "NAME: VALUE", value_parser = header)]
    headers: Vec<SentHeader>,
    /// The address that it comes from.
    #[arg(long, value_name = "IP")]
    client: Option<IpAddr>,
    #[command(flatten)]
    at: At,
}

impl Explain {
    pub(super) fn at(&self) -> &At {
        &self.at
    }
}

/// A header as curl takes it.
fn header(text: &str) -> Result<SentHeader, String> {
    match text.split_once(':') {
        Some((name, value)) if !name.is_empty() => {
            Ok(SentHeader { name: name.trim().to_owned(), value: value.trim().to_owned() })
        }
        _ => Err("must be a name and a value, such as 'accept: text/html'".to_owned()),
    }
}

pub(super) async fn run(calls: &mut Calls, order: &Explain, output: Output) -> Result<ExitCode, Failure> {
    let request = RouteTest {
        method: Some(order.method.to_uppercase()),
        url: order.target.clone(),
        headers: order.headers.clone(),
        client: order.client,
    };
    let explained: RouteExplanation = calls.post("/api/v1/routes/test", &request).await?;
    output::value(output, &lines(&explained), &explained)?;
    Ok(if explained.route.is_some() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn lines(explained: &RouteExplanation) -> String {
    let line = |name: &str, text: &str| format!("{name:<14}{text}");
    let mut lines = vec![line("Asked", &format!("{} {}{}", explained.method, explained.host, explained.path))];
    if let Some(route) = &explained.route {
        lines.push(line("Route", &route.name));
        lines.extend(
            route.because.iter().enumerate().map(|(index, why)| line(if index == 0 { "Because" } else { "" }, why)),
        );
        for (name, value) in &route.captures {
            lines.push(line("Named", &format!("{name} = {value}")));
        }
        lines.extend(applies(&route.applies).iter().map(|(name, text)| line(name, text)));
    }
    if let Some(refused) = &explained.refused {
        lines.push(line("Refused", &format!("{}: {}", refused.status, refused.reason)));
    }
    lines.extend(explained.others.iter().map(|other| line("Not", &near(other))));
    lines.join("\n")
}

fn applies(applies: &RouteApplies) -> Vec<(&'static str, String)> {
    let keys = if applies.api_keys { "" } else { ", no API keys" };
    let token = if applies.forward_token { ", the token passes" } else { "" };
    let mut told = vec![("Access", format!("{}{keys}{token}", access(applies.access)))];
    told.extend(applies.canary.iter().map(|canary| ("Canary", canary.clone())));
    for destination in &applies.destinations {
        let share = if destination.percent < 100.0 { format!(" ({} %)", destination.percent) } else { String::new() };
        let target = destination.target.as_deref().unwrap_or("no path: it is answered 400");
        told.push(("Goes to", format!("{}{share} as {target}", destination.upstream)));
    }
    let limit = applies.rate_limit.as_ref();
    told.push(("Limit", limit.map_or("none".to_owned(), |rate| format!("{} in {} s", rate.requests, rate.seconds))));
    let total = applies.total_ms.map(|total| format!(", all of it {total} ms")).unwrap_or_default();
    let (connect, answer, silence) = (applies.connect_ms, applies.timeout_ms, applies.silence_ms);
    told.push(("Times", format!("connect {connect} ms, answer {answer} ms, silence {silence} ms{total}")));
    let head = applies.max_head_bytes.map(|bytes| format!(", head {bytes} bytes")).unwrap_or_default();
    told.push(("Sizes", format!("body {} bytes{head}", applies.max_body_bytes)));
    if !applies.policies.is_empty() {
        told.push(("Also", applies.policies.join(", ")));
    }
    told
}

fn access(access: RouteAccess) -> &'static str {
    match access {
        RouteAccess::Authenticated => "authenticated",
        RouteAccess::Public => "public",
    }
}

fn near(other: &RouteNear) -> String {
    match other.lacks.is_empty() {
        true => format!("{} ({}): it comes later", other.name, other.path),
        false => format!("{} ({}): it asks for {}", other.name, other.path, other.lacks.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_a_name_and_a_value() {
        let read = |text: &str| header(text).map(|header| (header.name, header.value));
        assert_eq!(read("Accept: text/html"), Ok(("Accept".to_owned(), "text/html".to_owned())));
        assert_eq!(read("x-empty:"), Ok(("x-empty".to_owned(), String::new())));
        assert_eq!(read("a:b:c"), Ok(("a".to_owned(), "b:c".to_owned())));
        assert!(read("accept").is_err() && read(": x").is_err());
    }
}
