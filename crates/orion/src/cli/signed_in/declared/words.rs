//! A plan in words.

use super::breaks::Break;
use super::plan::{Action, Change, Field, Obstacle, Plan};
use crate::cli::output;
use orion_contracts::users::MOST_COUNTED;
use serde_json::Value;

/// How many are named on a line.
const MOST_NAMED: usize = 20;

/// All of it.
pub(super) fn plan(plan: &Plan) -> String {
    let files: Vec<_> = plan.files.iter().map(|file| file.name.as_str()).collect();
    let mut lines = vec![format!("{} beside {}:", files.join(", "), plan.url), String::new()];
    for one in &plan.changes {
        change(&mut lines, one);
    }
    if !plan.changes.is_empty() {
        lines.push(String::new());
    }
    section(&mut lines, "This would break:", '!', plan.breaks.iter().map(broken));
    section(&mut lines, "Not looked at:", '?', plan.notes.iter().cloned());
    section(&mut lines, "This stands in the way:", 'x', plan.obstacles.iter().map(obstacle));
    lines.push(summary(plan));
    lines.iter().map(|line| shown(line)).collect::<Vec<_>>().join("\n")
}

/// A line of a terminal, whatever stands in a file.
pub(super) fn shown(line: &str) -> String {
    output::on_one_line(line)
}

/// The last line of it.
pub(super) fn summary(plan: &Plan) -> String {
    let count = |action| plan.changes.iter().filter(|change| change.action == action).count();
    let same = plan.same.len();
    match plan.in_sync {
        true => format!("In sync: {same} as in the files, nothing to do."),
        false => {
            let (made, changed, removed) = (count(Action::Create), count(Action::Change), count(Action::Remove));
            let counted = format!("{made} to make, {changed} to change, {removed} to remove; {same} in sync.");
            match plan.obstacles.len() {
                0 => counted,
                _ => format!("{counted} It cannot be applied as it is."),
            }
        }
    }
}

fn section(lines: &mut Vec<String>, title: &str, sign: char, told: impl Iterator<Item = String>) {
    let told: Vec<_> = told.map(|text| format!("  {sign} {text}")).collect();
    if !told.is_empty() {
        lines.push(title.to_owned());
        lines.extend(told);
        lines.push(String::new());
    }
}

fn change(lines: &mut Vec<String>, change: &Change) {
    let sign = match change.action {
        Action::Create => '+',
        Action::Change => '~',
        Action::Remove => '-',
    };
    let touches = match change.touches {
        None => String::new(),
        Some(0) => "  (touches nobody)".to_owned(),
        Some(MOST_COUNTED..) => format!("  (touches {MOST_COUNTED} people or more)"),
        Some(number) => format!("  (touches {})", counted(number, "person", "people")),
    };
    lines.push(format!("  {sign} {} {}{touches}", change.kind.words(), change.name));
    if change.action == Action::Remove {
        return;
    }
    let width = change.fields.iter().map(|field| field.field.len()).max().unwrap_or_default() + 1;
    for one in &change.fields {
        field(lines, change.action, one, width);
    }
}

fn field(lines: &mut Vec<String>, action: Action, field: &Field, width: usize) {
    let name = format!("{}:", field.field);
    if let (Some(before), Some(after)) = (field.before.as_array(), field.after.as_array()) {
        let gone = before.iter().filter(|item| !after.contains(item)).map(|item| format!("- {}", text(item)));
        let new = after.iter().filter(|item| !before.contains(item)).map(|item| format!("+ {}", text(item)));
        let mut label = name.as_str();
        for line in gone.chain(new) {
            lines.push(format!("      {label:<width$} {line}"));
            label = "";
        }
        return;
    }
    let after = text(&field.after);
    lines.push(match action {
        Action::Create => format!("      {name:<width$} {after}"),
        _ => format!("      {name:<width$} {} -> {after}", text(&field.before)),
    });
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => "none".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

pub(super) fn broken(one: &Break) -> String {
    match one {
        Break::PermissionLost { permission, roles, people, is_exact, examples, service_accounts, caller } => {
            let mut who = Vec::new();
            if *people > 0 {
                let most = if *is_exact { "" } else { "up to " };
                let named = match (examples.is_empty(), usize::try_from(*people).unwrap_or(usize::MAX) > examples.len())
                {
                    (true, _) => String::new(),
                    (false, true) => format!(" ({}, …)", examples.join(", ")),
                    (false, false) => format!(" ({})", examples.join(", ")),
                };
                who.push(format!("{most}{}{named}", counted(*people, "person", "people")));
            }
            if !service_accounts.is_empty() {
                who.push(format!("the service account{} {}", plural(service_accounts.len()), some(service_accounts)));
            }
            let by = match roles.is_empty() {
                true => String::new(),
                false => format!(", by the role{} {}", plural(roles.len()), roles.join(", ")),
            };
            let own = if *caller { ". You are among them!" } else { "" };
            format!("{permission} is lost by {}{by}{own}", who.join(" and "))
        }
        Break::KeyWeakened { key, prefix, owner, permissions } => {
            format!("the API key {key} ({prefix}…) of {owner} does not do {} any more", permissions.join(", "))
        }
        Break::KeysEnd { service_account, keys, prefixes } => {
            let named: Vec<_> = keys.iter().zip(prefixes).map(|(key, prefix)| format!("{key} ({prefix}…)")).collect();
            format!(
                "the API key{} of {service_account} {} not taken any more: {}",
                plural(keys.len()),
                are(keys.len()),
                some(&named)
            )
        }
        Break::OrganisationEnds { organisation, members, is_exact, service_accounts } => {
            let more = if *is_exact { "" } else { " or more" };
            let programs = match service_accounts.is_empty() {
                true => String::new(),
                false => format!("; with it and with their keys end {}", some(service_accounts)),
            };
            let who = match (*members, is_exact) {
                (1, true) => "1 member holds".to_owned(),
                _ => format!("{members}{more} members hold"),
            };
            format!(
                "the organisation {organisation} ends: {who} nothing inside any more, and it is not restored{programs}"
            )
        }
    }
}

/// How many, with the right word behind it.
pub(super) fn counted(number: impl TryInto<u64>, one: &str, many: &str) -> String {
    match number.try_into().unwrap_or(u64::MAX) {
        1 => format!("1 {one}"),
        number => format!("{number} {many}"),
    }
}

/// Names on one line, of which there may be many.
fn some(names: &[String]) -> String {
    let named = names.iter().take(MOST_NAMED).cloned().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(MOST_NAMED) {
        0 => named,
        more => format!("{named} and {more} more"),
    }
}

fn plural(number: usize) -> &'static str {
    if number == 1 { "" } else { "s" }
}

fn are(number: usize) -> &'static str {
    if number == 1 { "is" } else { "are" }
}

/// What stands in the way, with its place.
pub(super) fn obstacle(obstacle: &Obstacle) -> String {
    let place = obstacle.place.as_ref().map(|place| format!("{place}: ")).unwrap_or_default();
    format!("{place}{}: {}", obstacle.subject, obstacle.message)
}
