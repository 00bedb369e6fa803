//! Versions of the gateway's document: who made them, what they changed, and making one the newest again.

use super::text::{field, without_nulls};
use super::{Why, warn};
use crate::cli::signed_in::calls::{Calls, Terms};
use crate::cli::signed_in::prompt::Sure;
use crate::cli::signed_in::refusals::listed;
use crate::cli::{Failure, Output, output};
use orion_contracts::Page;
use reqwest::Method;
use serde_json::{Value, json};
use std::process::ExitCode;

/// Where versions are.
const VERSIONS: &str = "/api/v1/gateway/versions";

/// Where processes say what they have applied.
const APPLIED: &str = "/api/v1/gateway/applied";

/// Lists the newest of them.
pub(super) async fn list(calls: &mut Calls, limit: u32, output: Output) -> Result<(), Failure> {
    let page: Page<Value> = calls.get(&format!("{VERSIONS}?limit={limit}")).await?;
    let row = |version: &Value| {
        let summary: Vec<_> = version["summary"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let more = version["changed"].as_u64().unwrap_or_default().saturating_sub(summary.len() as u64);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let restored = version["restored"].as_i64().map(|of| format!(", as in version {of}")).unwrap_or_default();
        vec![
            field(version, "version"),
            field(version, "changed_at"),
            field(version, "changed_by"),
            format!("{}{more}{restored}", summary.join(", ")),
            field(version, "reason"),
        ]
    };
    output::rows(output, &page.items, &["VERSION", "WHEN", "WHO", "WHAT", "WHY"], row)
}

/// Shows what differs between two of them.
pub(super) async fn compare(
    calls: &mut Calls,
    version: i64,
    against: Option<i64>,
    output: Output,
) -> Result<(), Failure> {
    let against = against.map(|against| format!("?against={against}")).unwrap_or_default();
    let found: Value = listed(calls.get(&format!("{VERSIONS}/{version}{against}")).await, "orion route history")?;
    let changes: Vec<_> = found["changes"].as_array().into_iter().flatten().map(lines).collect();
    let head = format!("version {} beside version {}", found["version"], found["against"]);
    let text = match changes.is_empty() {
        true => format!("{head}: nothing differs"),
        false => format!("{head}:\n\n{}", changes.join("\n\n")),
    };
    output::value(output, &text, &found)
}

/// A change, as two files would be compared.
fn lines(change: &Value) -> String {
    let sign = match change["edit"].as_str() {
        Some("added") => '+',
        Some("removed") => '-',
        _ => '~',
    };
    let mut text = format!("{sign} {} {}", field(change, "kind"), field(change, "name"));
    let (before, after) = (without_nulls(&change["before"]), without_nulls(&change["after"]));
    let keys = [&before, &after].into_iter().filter_map(Value::as_object).flat_map(serde_json::Map::keys);
    let keys: std::collections::BTreeSet<_> = keys.filter(|key| *key != "name").collect();
    for key in keys {
        let (was, is) = (before.get(key), after.get(key));
        if was == is {
            continue;
        }
        was.iter().for_each(|was| text.push_str(&format!("\n    - {key} = {was}")));
        is.iter().for_each(|is| text.push_str(&format!("\n    + {key} = {is}")));
    }
    text
}

/// Makes one the newest again.
pub(super) async fn restore(
    calls: &mut Calls,
    version: i64,
    why: &Why,
    sure: &Sure,
    output: Output,
) -> Result<(), Failure> {
    // What somebody else changes while this one makes up their mind is not taken back unseen.
    let newest: Value = calls.get(APPLIED).await?;
    let terms = Terms { seen: newest["version"].as_i64(), ..Terms::default() };
    sure.ask_where_possible(&format!("The routes become what they were at version {version}"))?;
    let path = why.at(&format!("{VERSIONS}/{version}/restore"));
    let made: Value = listed(calls.send(Method::POST, &path, &terms, Some(&json!({}))).await, "orion route history")?;
    let text = format!("The routes are those of version {version} again: version {}.", made["version"]);
    output::value(output, &text, &made)?;
    warn(&made);
    Ok(())
}

/// Shows what each process has applied; fails where one has not applied the newest.
pub(super) async fn applied(calls: &mut Calls, output: Output) -> Result<ExitCode, Failure> {
    let list: Value = calls.get(APPLIED).await?;
    let newest = &list["version"];
    let instances = list["instances"].as_array().cloned().unwrap_or_default();
    let why = |instance: &Value| {
        let told =
            ["refused", "file_refused"].into_iter().flat_map(|list| instance[list].as_array().into_iter().flatten());
        told.filter_map(Value::as_str).collect::<Vec<_>>().join("; ")
    };
    let row = |instance: &Value| {
        let version = if instance["version"].is_null() { "none".to_owned() } else { field(instance, "version") };
        vec![field(instance, "instance"), version, field(instance, "applied_at"), why(instance)]
    };
    output::rows(output, &instances, &["PROCESS", "VERSION", "SINCE", "BECAUSE OF"], row)?;
    let is_behind = |instance: &Value| instance["version"] != *newest || !why(instance).is_empty();
    if instances.iter().any(is_behind) {
        output::note(&format!("The newest version is {newest}."));
        return Ok(ExitCode::FAILURE);
    }
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_shows_the_keys_that_differ() {
        let before = json!({ "name": "shop", "path": "/shop/*", "timeout_ms": 5, "split": null });
        let after = json!({ "name": "shop", "path": "/shop/*", "timeout_ms": 6, "hosts": ["a"] });
        let change = json!({ "kind": "route", "name": "shop", "edit": "replaced", "before": before, "after": after });
        let expected = "~ route shop\n    + hosts = [\"a\"]\n    - timeout_ms = 5\n    + timeout_ms = 6";
        assert_eq!(lines(&change), expected);
        let added = json!({ "kind": "route", "name": "a", "edit": "added", "before": null, "after": { "name": "a", "path": "/a" } });
        assert_eq!(lines(&added), "+ route a\n    + path = \"/a\"");
    }
}
