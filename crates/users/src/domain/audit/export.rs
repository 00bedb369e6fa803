//! Export: the entries that a filter finds, newest first, as a stream. A slice is read once the one before was taken, so
//! that however much is exported little of it is held.

use super::list::{self, filter};
use crate::domain::Users;
use crate::error::UsersError;
use crate::store::audit_chain;
use crate::store::audit_log::{self, Filter, Row};
use chrono::{DateTime, Duration, Utc};
use futures_util::Stream;
use futures_util::stream::try_unfold;
use orion_contracts::audit::{AuditAction, AuditExportQuery};
use orion_contracts::{FieldCode, OrganisationId, Problem};
use orion_http::Permitted;
use orion_http::identity::Scope;
use orion_infra::Change;
use orion_infra::audit::AuditRecord;
use orion_infra::places::{Full, Place, Places};
use serde_json::Value;

/// How many entries are read at once. One has a megabyte at most, and mostly less than one of its thousandths.
const SLICE: u64 = 200;
/// How many exports a process does at once, of the whole log and of organisations' each.
const AT_ONCE: usize = 4;
/// How long one may go on: so long it is known which sessions have been revoked.
const LONGEST: Duration = Duration::hours(1);
/// When to try again while so many are under way, in seconds.
const AGAIN: u64 = 10;

/// How many of them for one person: whoever reads slowly keeps others from nothing.
const OF_ONE: usize = 2;

/// How many more exports may begin. Who reads the log of organisations alone has places of their own: tenants keep nobody from the
/// platform's.
pub(crate) struct Exports {
    of_everything: Places,
    of_organisations: Places,
}

impl Exports {
    fn places(&self, scope: &Scope) -> &Places {
        match scope {
            Scope::Everything => &self.of_everything,
            Scope::Organisations(_) => &self.of_organisations,
        }
    }
}

impl Default for Exports {
    fn default() -> Self {
        Self { of_everything: Places::new(AT_ONCE, OF_ONE), of_organisations: Places::new(AT_ONCE, OF_ONE) }
    }
}

/// How entries are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// A table (RFC 4180) that a spreadsheet opens without obeying what is in it.
    Csv,
    /// JSON, a line each.
    Ndjson,
}

/// What is exported, and what is left of it.
struct Export {
    users: Users,
    caller: Permitted,
    /// What the caller could see when it began.
    scope: Scope,
    format: Format,
    filter: Filter,
    ends: DateTime<Utc>,
    is_begun: bool,
    is_done: bool,
    _place: Place,
}

impl Users {
    /// Notes that somebody exports entries, and gives them as a stream of slices.
    pub(crate) async fn export_audit(
        &self,
        caller: Permitted,
        scope: Scope,
        query: &AuditExportQuery,
    ) -> Result<(Format, impl Stream<Item = Result<String, UsersError>> + Send + use<>), UsersError> {
        let format = match query.format.as_str() {
            "csv" => Format::Csv,
            "ndjson" => Format::Ndjson,
            _ => return Err(UsersError::invalid("format", FieldCode::NotOneOf, "must be csv or ndjson")),
        };
        let mut filter = filter(&scope, &query.filter())?;
        let place = self.exports.places(&scope).take(caller.user_id()).map_err(|full| match full {
            Full::All => Problem::unavailable().detail("Others export entries at this moment.").retry_after(AGAIN),
            Full::OfOne => {
                let detail = format!("{OF_ONE} exports of yours go on, which is all you may have at once.");
                Problem::rate_limited().detail(detail).retry_after(AGAIN)
            }
        })?;
        let asked = serde_json::to_value(query).map_err(|error| {
            tracing::error!(%error, "a query cannot be written as JSON");
            Problem::internal()
        })?;
        let asked = &asked;
        self.infra
            .write(&caller, async |change: &mut Change| {
                let record = AuditRecord::new(AuditAction::Export, "audit_log", "Exported audit entries");
                let record = record.for_organisation(only(&scope));
                change.audit(record.values(None, Some(asked.clone())));
                Ok::<_, UsersError>(())
            })
            .await?;
        // What is appended from now on is none of it: an export has an end.
        let ends = audit_chain::find(self.infra.db.read()).await?;
        filter.up_to = Some(ends.head_position);
        let users = self.clone();
        let until = self.infra.clock.now() + LONGEST;
        let export = Export {
            users,
            caller,
            scope,
            format,
            filter,
            ends: until,
            is_begun: false,
            is_done: false,
            _place: place,
        };
        Ok((format, try_unfold(export, next)))
    }
}

/// The organisation whose log it is, where it is that of one alone.
fn only(scope: &Scope) -> Option<OrganisationId> {
    match scope {
        Scope::Organisations(some) if some.len() == 1 => some.first().copied(),
        Scope::Organisations(_) | Scope::Everything => None,
    }
}

/// The next slice, and the rest.
async fn next(mut export: Export) -> Result<Option<(String, Export)>, UsersError> {
    if export.is_done {
        return Ok(None);
    }
    if export.users.infra.clock.now() > export.ends {
        return Err(Problem::invalid_token().detail("An export ends after an hour.").into());
    }
    if export.caller.scope_now().await? != export.scope {
        return Err(Problem::permission_denied().detail("What the caller may read has changed.").into());
    }
    let (links, next) = audit_log::newest(export.users.infra.db.read_aside(), &export.filter, SLICE).await?;
    export.is_done = next.is_none();
    export.filter.before = next;
    let mut text = String::new();
    if export.format == Format::Csv && !export.is_begun {
        row(&mut text, COLUMNS.iter().map(|column| Some((*column).to_owned())));
    }
    export.is_begun = true;
    for link in &links {
        match export.format {
            Format::Csv => row(&mut text, cells(link)),
            Format::Ndjson => {
                text.push_str(&list::read(link).to_string());
                text.push('\n');
            }
        }
    }
    Ok(Some((text, export)))
}

/// The head of the table.
const COLUMNS: [&str; 18] = [
    "position",
    "id",
    "occurred_at",
    "service",
    "principal_kind",
    "principal_id",
    "actor_id",
    "organisation_id",
    "action",
    "resource",
    "resource_id",
    "success",
    "description",
    "old_values",
    "new_values",
    "ip_address",
    "user_agent",
    "request_id",
];

fn cells(found: &Row) -> impl Iterator<Item = Option<String>> {
    let (entry, link) = (list::read(found), &found.row);
    let text = |name: &str| entry.get(name).and_then(Value::as_str).map(str::to_owned);
    let json = |name: &str| entry.get(name).filter(|value| !value.is_null()).map(Value::to_string);
    let id = |id: Option<uuid::Uuid>| id.map(|id| id.to_string());
    [
        Some(link.position.to_string()),
        id(Some(link.id)),
        Some(list::moment(found).to_rfc3339_opts(chrono::SecondsFormat::Micros, true)),
        Some(link.service.clone()),
        Some(link.principal_kind.clone()),
        link.principal_id.clone(),
        id(link.actor_id),
        id(link.organisation_id),
        Some(link.action.clone()),
        Some(link.resource.clone()),
        link.resource_id.clone(),
        Some(link.success.to_string()),
        text("description"),
        json("old_values"),
        json("new_values"),
        text("ip_address"),
        text("user_agent"),
        text("request_id"),
    ]
    .into_iter()
}

/// Writes a row of the table.
fn row(text: &mut String, cells: impl Iterator<Item = Option<String>>) {
    for (at, cell) in cells.enumerate() {
        if at > 0 {
            text.push(',');
        }
        text.push_str(&safe(&cell.unwrap_or_default()));
    }
    text.push_str("\r\n");
}

/// Whether a formula may begin with it; in full width they are the same to some.
fn is_of_a_formula(letter: char) -> bool {
    matches!(letter, '=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '\u{ff1d}' | '\u{ff0b}' | '\u{ff0d}' | '\u{ff20}')
}

/// A cell that no spreadsheet takes for a formula: what begins like one has an apostrophe before it, and whatever could be taken apart is
/// quoted. Where lists are separated by a semicolon some take a cell apart at each, quoted or not, so what follows is guarded too.
fn safe(cell: &str) -> String {
    const SEPARATORS: [char; 5] = [',', ';', '\t', '\r', '\n'];
    let (mut guarded, mut is_at_start) = (String::with_capacity(cell.len()), true);
    for letter in cell.chars() {
        if is_at_start && is_of_a_formula(letter) {
            guarded.push('\'');
        }
        if letter == '"' {
            guarded.push('"');
        }
        guarded.push(letter);
        // A quote that opens a cell there is taken away by who takes it apart, as a blank is.
        is_at_start = SEPARATORS.contains(&letter) || (is_at_start && (letter == '"' || letter.is_whitespace()));
    }
    match guarded.len() > cell.len() || cell.contains(SEPARATORS) {
        true => format!("\"{guarded}\""),
        false => guarded,
    }
}

#[cfg(test)]
mod tests {
    use super::{AT_ONCE, Exports, safe};
    use orion_contracts::UserId;
    use orion_http::identity::Scope;
    use uuid::Uuid;

    #[test]
    fn who_exports_of_organisations_takes_no_place_of_who_exports_everything() {
        let (exports, organisations) = (Exports::default(), Scope::Organisations([].into()));
        let take = |scope: &Scope, who| exports.places(scope).take(UserId(Uuid::from_u128(who)));
        let taken: Vec<_> = (0..9).map_while(|who| take(&organisations, who).ok()).collect();
        assert_eq!(taken.len(), AT_ONCE);
        take(&Scope::Everything, 1).expect("a place");
    }

    #[test]
    fn a_cell_that_begins_like_a_formula_is_text_and_none_breaks_its_row() {
        for (cell, written) in [
            ("Signed in", "Signed in"),
            ("=1+1", "\"'=1+1\""),
            ("+49", "\"'+49\""),
            ("-1", "\"'-1\""),
            ("@SUM(A1)", "\"'@SUM(A1)\""),
            ("\t=1", "\"'\t'=1\""),
            ("\r=1", "\"'\r'=1\""),
            ("x;=cmd|' /C calc'!A0;y", "\"x;'=cmd|' /C calc'!A0;y\""),
            ("x; -1", "\"x; '-1\""),
            ("x;\"=cmd|' /C calc'!A0;y", "\"x;\"\"'=cmd|' /C calc'!A0;y\""),
            ("\u{a0}=1", "\"\u{a0}'=1\""),
            ("\u{ff1d}1+1", "\"'\u{ff1d}1+1\""),
            ("=HYPERLINK(\"http://evil\",\"x\")", "\"'=HYPERLINK(\"\"http://evil\"\",\"\"x\"\")\""),
            ("a,\"b\"\nc", "\"a,\"\"b\"\"\nc\""),
            ("", ""),
        ] {
            assert_eq!(safe(cell), written);
        }
    }
}
