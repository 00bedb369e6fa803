//! `/api/v1/audit/export`.

use orion_contracts::audit::{AuditAction, AuditEntry};
use orion_contracts::{Author, Page, ServiceName};
use orion_infra::audit::AuditRecord;
use orion_infra::{Change, DbError};
use orion_testkit::{TestPlatform, assert_problem};
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn entries_are_exported_by_the_filters_of_the_list_as_lines_of_json_and_as_a_table_without_formulas() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    // More than are read at once.
    let records: Vec<_> = (0..450)
        .map(|number| {
            let what = format!("=HYPERLINK(\"http://evil.example/{number}\")");
            AuditRecord::new(AuditAction::Other("teleport".to_owned()), "route", what).on(format!("-{number}"))
        })
        .collect();
    let many = async |change: &mut Change| {
        records.iter().cloned().for_each(|record| change.audit(record));
        Ok::<_, DbError>(())
    };
    orion.infra(ServiceName::Gateway).write(Author::PLATFORM, many).await.unwrap();
    orion.settle().await;

    let answer = root.get("/api/v1/audit/export?format=ndjson&action=teleport").await.expect(200);
    assert_eq!(answer.header("content-type"), Some("application/x-ndjson".to_owned()));
    assert_eq!(answer.header("content-disposition"), Some("attachment; filename=\"audit.ndjson\"".to_owned()));
    let lines: Vec<Value> = answer.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let page: Page<Value> = root.get("/api/v1/audit?action=teleport&limit=200").await.expect(200).json();
    assert_eq!((lines.len(), &lines[..200]), (450, &page.items[..]));

    let table = root.get("/api/v1/audit/export?format=csv&action=teleport&resource_id=-7").await.expect(200).text;
    let (head, row) = table.split_once("\r\n").unwrap();
    assert!(head.starts_with("position,id,occurred_at,service,"), "{head}");
    assert!(row.contains("\"'=HYPERLINK(\"\"http://evil.example/7\"\")\"") && row.contains(",\"'-7\","), "{row}");
    assert_eq!(row.matches("\r\n").count(), 1, "{row}");

    orion.settle().await;
    let told: Page<AuditEntry> = root.get("/api/v1/audit?action=export").await.expect(200).json();
    assert_eq!((told.items.len(), told.items[0].principal.user_id()), (2, Some(root.id)));
    let asked = told.items[0].new_values.clone().unwrap();
    assert_eq!((&asked["action"], &asked["format"]), (&json!("teleport"), &json!("csv")));

    let nothing = root.get("/api/v1/audit/export?format=csv&action=nothing").await.expect(200).text;
    assert_eq!(nothing.lines().count(), 1, "the head alone");
    for (query, field) in
        [("format=xlsx", "format"), ("", "format"), ("format=csv&limit=5", "limit"), ("format=csv&since=x", "since")]
    {
        let answer = assert_problem!(root.get(&format!("/api/v1/audit/export?{query}")).await, 422, "validation");
        assert_eq!(answer.problem_fields(), [field]);
    }
    let bob = orion.user("bob").await;
    assert_problem!(bob.get("/api/v1/audit/export?format=csv").await, 403, "permission-denied");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_export_breaks_off_once_its_caller_may_read_the_log_no_more() {
    let orion = TestPlatform::start().await;
    let (root, adam) = (orion.administrator().await, orion.user("adam").with_role("admin").await);
    // More than connections hold that nobody reads from.
    let long = "x".repeat(16_000);
    for _ in 0..8 {
        let many = async |change: &mut Change| {
            for number in 0..200 {
                let record = AuditRecord::new(AuditAction::Other("teleport".to_owned()), "route", "Moved a route");
                change.audit(record.on(number).values(None, Some(json!({ "text": long }))));
            }
            Ok::<_, DbError>(())
        };
        orion.infra(ServiceName::Gateway).write(Author::PLATFORM, many).await.unwrap();
    }
    orion.settle().await;
    let path = "/api/v1/audit/export?format=ndjson&action=teleport";
    let mut exports = Vec::new();
    for who in [&adam, root] {
        let mut export = who.request("GET", path).send().await.unwrap();
        assert_eq!(export.status(), 200);
        let begun = export.chunk().await.unwrap().expect("a beginning").len();
        exports.push((export, begun));
    }
    root.delete(&format!("/api/v1/users/{}/roles/admin", adam.id)).await.expect(204);
    orion.settle().await;
    let mut whole = Vec::new();
    for (mut export, mut length) in exports {
        let ended = loop {
            match export.chunk().await {
                Ok(Some(chunk)) => length += chunk.len(),
                Ok(None) => break true,
                Err(_) => break false,
            }
        };
        whole.push((ended, length > 1600 * 16_000));
    }
    assert_eq!(whole, [(false, false), (true, true)]);
}
