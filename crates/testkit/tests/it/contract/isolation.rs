//! Nobody reaches across the border of an organisation. Every endpoint of the committed documents is called with ids of what belongs to
//! another organisation, in its path, its query and its body, alone and beside ids of one's own, by an owner, a member, a key and a person of
//! the first one, and by somebody who owns both and acts for the first: no answer says anything of the other, and nothing of it has changed. What an endpoint takes is read in its document, so a new one is covered without
//! being named; a kind of id that nothing here stands for fails the test. So is what an endpoint forgets that is new: a list that can be narrowed
//! to an organisation has nothing of another, and what is done to something of an organisation is read in its log.

use crate::users::organisations::{acting_for, give_inside, organisation_of};
use orion_contracts::Page;
use orion_contracts::audit::AuditEntry;
use orion_contracts::organisations::{MembershipList, OrganisationInvitation};
use orion_contracts::paths;
use orion_contracts::{OrganisationId, ServiceName};
use orion_testkit::{Answer, Client, PASSWORD, TestPlatform, TestUser};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// A word that stands in everything of the other organisation, and nowhere else.
const MARK: &str = "xanthippe";

/// Kinds of ids of which nothing belongs to organisations: to people alone, or to who runs the platform.
const NOBODYS: &[&str] = &["CapturedMailId", "FlowId", "JobId", "PasskeyId", "ProviderIdentityId", "ThrottleId"];

/// What is called, as its document says.
struct Operation {
    method: String,
    path: String,
    /// Names of the parameters of its path and its query, with the kinds of ids that they are; none of others.
    path_parameters: Vec<(String, Option<String>)>,
    query: Vec<(String, String)>,
    /// What its query needs besides, with examples.
    needed: String,
    /// An example of its body, and the names of the fields that are ids, with their kinds.
    body: Option<(Value, Vec<(String, String)>)>,
}

/// The kind of id that a schema is; a list of them is one too.
fn kind_of(schema: &Value) -> Option<String> {
    let named = |schema: &Value| {
        let name = schema["$ref"].as_str()?.rsplit('/').next()?.to_owned();
        name.ends_with("Id").then_some(name)
    };
    let alternatives = schema["oneOf"].as_array().into_iter().flatten();
    named(schema).or_else(|| named(&schema["items"])).or_else(|| alternatives.filter_map(named).next())
}

fn operations() -> Vec<Operation> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi/orion.json");
    let document: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let mut operations = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, said) in methods.as_object().unwrap() {
            let parameters = said["parameters"].as_array().cloned().unwrap_or_default();
            let of = |place: &str| -> Vec<(String, Option<String>)> {
                let here = parameters.iter().filter(|one| one["in"] == place);
                here.map(|one| (one["name"].as_str().unwrap().to_owned(), kind_of(&one["schema"]))).collect()
            };
            let content = &said["requestBody"]["content"]["application/json"];
            let body = content.get("example").map(|example| {
                let name = content["schema"]["$ref"].as_str().and_then(|name| name.rsplit('/').next());
                let fields = &document["components"]["schemas"][name.unwrap_or_default()]["properties"];
                let ids = fields.as_object().into_iter().flatten();
                (example.clone(), ids.filter_map(|(name, schema)| Some((name.clone(), kind_of(schema)?))).collect())
            });
            // An export says what it is written as.
            let is_needed = |one: &&Value| one["required"] == true || one["name"] == "format";
            let needed = parameters.iter().filter(|one| one["in"] == "query" && kind_of(&one["schema"]).is_none());
            let needed = needed.filter(is_needed).map(|one| {
                let name = one["name"].as_str().unwrap();
                // What members of an organisation hold, so that its answer would name them.
                let is_permission = name == "permission";
                let example = if is_permission { "organisations.read" } else { one["example"].as_str().unwrap_or("1") };
                format!("{name}={example}")
            });
            let needed = needed.collect::<Vec<_>>().join("&");
            let query = of("query").into_iter().filter_map(|(name, kind)| Some((name, kind?))).collect();
            let (method, path) = (method.to_uppercase(), path.clone());
            operations.push(Operation { method, path, path_parameters: of("path"), query, needed, body });
        }
    }
    operations
}

/// What belongs to an organisation, by the kinds of ids.
type World = BTreeMap<&'static str, String>;

/// An organisation with all that can belong to one, each thing marked.
struct Tenant {
    organisation: OrganisationId,
    owner: TestUser,
    member: TestUser,
    /// The owner's token that acts for it, the member's, and a key for it.
    acting: Client,
    member_acting: Client,
    key: Client,
    /// The id of its service account.
    account: String,
    world: World,
}

async fn tenant(orion: &TestPlatform, word: &str) -> Tenant {
    let root = orion.administrator().await;
    let owner = orion.user(&format!("{word}-owner")).await;
    let member = orion.user(&format!("{word}-member")).await;
    let organisation = organisation_of(orion, &format!("The {word}"), &[&owner, &member]).await;
    give_inside(orion, organisation, &owner, "organisation_owner").await;
    root.delete(&format!("/api/v1/users/me/organisations/{organisation}")).await.expect(204);
    let acting = acting_for(&owner, organisation).await;
    let member_acting = acting_for(&member, organisation).await;
    let invitations = format!("/api/v1/organisations/{organisation}/invitations");
    let order = json!({ "email": format!("{word}-invited@example.com") });
    let invitation: OrganisationInvitation = acting.post(&invitations, order).await.expect(201).json();
    let scopes = [
        "organisations.read",
        "organisations.write",
        "organisations.delete",
        "members.write",
        "teams.write",
        "audit.read",
        "profile.read",
        "profile.write",
        "inbox.read",
        "api-keys.write",
    ];
    let order = json!({ "name": format!("{word} key"), "scopes": scopes, "organisation_id": organisation });
    let made: Value = acting.post("/api/v1/api-keys", order).await.expect(201).json();
    let account = json!({ "name": format!("{word} loom"), "organisation_id": organisation });
    let account: Value = root.post("/api/v1/service-accounts", account).await.expect(201).json();
    let team = json!({ "name": format!("{word} mill") });
    let team: Value =
        acting.post(&format!("/api/v1/organisations/{organisation}/teams"), team).await.expect(201).json();
    let team = team["id"].as_str().unwrap_or_default().to_owned();
    acting
        .put(&format!("/api/v1/organisations/{organisation}/teams/{team}/members/{}", member.id), json!({}))
        .await
        .expect(204);
    orion.settle().await;
    let log: Value = acting.get("/api/v1/audit").await.expect(200).json();
    let inbox: Value = acting.get("/api/v1/notifications?limit=1").await.expect(200).json();
    let devices: Value = owner.get("/api/v1/auth/devices").await.expect(200).json();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let world = World::from([
        ("OrganisationId", organisation.to_string()),
        ("UserId", member.id.to_string()),
        ("TeamId", team),
        ("SessionId", member.session_id.to_string()),
        ("OrganisationInvitationId", invitation.id.to_string()),
        ("ApiKeyId", text(&made["key"]["id"])),
        ("AuditEntryId", text(&log["items"][0]["id"])),
        ("NotificationId", text(&inbox["items"][0]["id"])),
        ("DeviceId", text(&devices["items"][0]["id"])),
    ]);
    assert!(world.values().all(|id| !id.is_empty()), "{world:?}");
    let key = owner.with_token(text(&made["secret"]));
    let account = text(&account["id"]);
    Tenant { organisation, owner, member, acting, member_acting, key, account, world }
}

/// What a parameter that is no id is called by.
fn word(name: &str) -> &'static str {
    match name {
        "role" => "organisation_member",
        "permission" => "organisations.read",
        "service" => "users",
        "key" | "name" => "users.invitation_days",
        _ => "1",
    }
}

/// The ids of the other organisation; beneath one's own organisation as well, where a path names more than one thing.
fn fillings(operation: &Operation, own: &World, other: &World, unknown: &mut BTreeSet<String>) -> Vec<String> {
    let mut id = |world: &World, kind: &str| match world.get(kind) {
        Some(id) => id.clone(),
        None => {
            if !NOBODYS.contains(&kind) {
                unknown.insert(kind.to_owned());
            }
            "019e4c31-0b62-7a1e-8f3d-5c9e2d7b6a10".to_owned()
        }
    };
    let named = operation.path_parameters.iter().filter(|(_, kind)| kind.is_some()).count();
    let has_ids_in_body = operation.body.as_ref().is_some_and(|(_, ids)| !ids.is_empty());
    let mut paths = Vec::new();
    // Each of them one's own or the other's, in all ways in which something is the other's.
    for own_ones in 0..1_u32 << named {
        let is_all_own = named > 0 && own_ones == (1 << named) - 1;
        if is_all_own && !has_ids_in_body {
            continue;
        }
        let (mut path, mut place) = (operation.path.clone(), 0);
        for (name, kind) in &operation.path_parameters {
            let value = match kind {
                Some(kind) => {
                    let world = if own_ones >> place & 1 == 1 { own } else { other };
                    place += 1;
                    id(world, kind)
                }
                None => word(name).to_owned(),
            };
            path = path.replace(&format!("{{{name}}}"), &value);
        }
        let query: Vec<_> = operation.query.iter().map(|(name, kind)| format!("{name}={}", id(other, kind))).collect();
        // Each by itself, for two of them may exclude each other.
        for one in &query {
            paths.push(with_query(&path, &[&operation.needed, one]));
        }
        paths.push(with_query(&path, &[&operation.needed]));
    }
    paths
}

fn with_query(path: &str, parts: &[&str]) -> String {
    let parts: Vec<_> = parts.iter().filter(|part| !part.is_empty()).copied().collect();
    if parts.is_empty() { path.to_owned() } else { format!("{path}?{}", parts.join("&")) }
}

fn filled(operation: &Operation, other: &World, unknown: &mut BTreeSet<String>) -> Option<Value> {
    let (example, ids) = operation.body.as_ref()?;
    let mut body: Map<String, Value> = example.as_object().cloned().unwrap_or_default();
    for (name, kind) in ids {
        match other.get(kind.as_str()) {
            Some(id) if body.get(name).is_some_and(Value::is_array) => drop(body.insert(name.clone(), json!([id]))),
            Some(id) => drop(body.insert(name.clone(), json!(id))),
            None if NOBODYS.contains(&kind.as_str()) => {}
            None => drop(unknown.insert(kind.clone())),
        }
    }
    // What invites people makes no requests of the outside: the address is nobody's.
    Some(Value::Object(body))
}

/// Everything of an organisation as the administrator of the platform sees it.
async fn dump(orion: &TestPlatform, tenant: &Tenant) -> Vec<String> {
    let root: &Client = orion.administrator().await;
    let (id, user, owner, team) = (tenant.organisation, tenant.member.id, tenant.owner.id, &tenant.world["TeamId"]);
    let mut seen = Vec::new();
    for path in [
        format!("/api/v1/organisations/{id}"),
        format!("/api/v1/organisations/{id}/members"),
        format!("/api/v1/organisations/{id}/invitations"),
        format!("/api/v1/organisations/{id}/teams"),
        format!("/api/v1/organisations/{id}/teams/{team}/members"),
        format!("/api/v1/users/{user}"),
        format!("/api/v1/users/{user}/roles"),
        format!("/api/v1/users/{user}/permissions"),
        format!("/api/v1/users/{user}/preferences"),
        format!("/api/v1/users/{owner}"),
        format!("/api/v1/users/{owner}/roles"),
        format!("/api/v1/users/{owner}/permissions"),
        format!("/api/v1/api-keys?user_id={owner}"),
        format!("/api/v1/api-keys?user_id={user}"),
        format!("/api/v1/audit?organisation={id}"),
        "/api/v1/service-accounts".to_owned(),
    ] {
        seen.push(shown(root, &path).await);
    }
    for person in [&tenant.owner, &tenant.member] {
        for path in
            ["/api/v1/auth/sessions", "/api/v1/auth/devices", "/api/v1/notifications", "/api/v1/auth/two-factor"]
        {
            seen.push(shown(person, path).await);
        }
    }
    seen
}

/// What is to be seen there, without what changes by looking.
async fn shown(client: &Client, path: &str) -> String {
    let answer: Value = client.get(path).await.expect(200).json();
    let mut items = answer.get("items").and_then(Value::as_array).cloned().unwrap_or_else(|| vec![answer]);
    for item in &mut items {
        if let Some(fields) = item.as_object_mut() {
            let changes = ["last_used_at", "usage_count", "last_login_at", "last_seen_at"];
            fields.retain(|name, _| !changes.contains(&name.as_str()));
        }
    }
    let all = items.iter().map(Value::to_string);
    let own = all.filter(|text| path != "/api/v1/service-accounts" || text.contains(MARK));
    format!("{path} {:?}", own.collect::<Vec<_>>())
}

async fn call(orion: &TestPlatform, client: &Client, method: &str, path: &str, body: Option<&Value>) -> Answer {
    let bare = path.split('?').next().unwrap_or_default();
    let owner = paths::OWNED.iter().filter(|owned| owned.holds(bare)).max_by_key(|owned| owned.path.len());
    let service = owner.map_or(ServiceName::Gateway, |owned| owned.owner);
    let request = client.at(orion.service_url(service)).request(method, path);
    Answer::of(match body {
        Some(body) => request.json(body),
        None => request,
    })
    .await
}

/// Where somebody who owns both is told of both, or changes from one to the other: that is theirs to do.
const OF_BOTH: [&str; 2] = ["/api/v1/users/me/", "/api/v1/auth/sessions/current/organisation"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_endpoint_reaches_across_the_border_of_an_organisation() {
    let orion = TestPlatform::builder().set("auth.login_attempts_per_address_per_minute", 0).start().await;
    let (mut own, other) = (tenant(&orion, "first").await, tenant(&orion, MARK).await);
    let mut both = orion.user("both").await;
    for organisation in [own.organisation, other.organisation] {
        let path = format!("/api/v1/organisations/{organisation}/members/{}", both.id);
        orion.administrator().await.put(&path, json!({})).await.expect(204);
        give_inside(&orion, organisation, &both, "organisation_owner").await;
    }
    let mut of_both = acting_for(&both, own.organisation).await;
    orion.settle().await;
    let operations = operations();
    let before = dump(&orion, &other).await;
    // What no call names, and so nobody may be told.
    let theirs = [other.owner.id.to_string(), other.owner.session_id.to_string(), MARK.to_owned()];
    let (mut unknown, mut told, mut calls) = (BTreeSet::new(), Vec::new(), 0);
    // What ends the session that asks comes last.
    let (reads, changes): (Vec<_>, Vec<_>) = operations.iter().partition(|one| one.method == "GET");
    for operation in reads.iter().chain(&changes) {
        let body = filled(operation, &other.world, &mut unknown);
        for path in fillings(operation, &own.world, &other.world, &mut unknown) {
            for caller in 0..5 {
                if caller == 4 && OF_BOTH.iter().any(|theirs| path.starts_with(theirs)) {
                    continue;
                }
                let mut answer = None;
                // Once more as one who has just come, where a call before has signed them out.
                for _ in 0..2 {
                    let client = match caller {
                        0 => &own.acting,
                        1 => &own.member_acting,
                        2 => &own.key,
                        3 => &*own.owner,
                        _ => &of_both,
                    };
                    let given = call(&orion, client, &operation.method, &path, body.as_ref()).await;
                    calls += 1;
                    let is_out = given.status == 401;
                    answer = Some(given);
                    if !is_out {
                        break;
                    }
                    again(&orion, &mut own).await;
                    if of_both.get("/api/v1/users/me").await.status != 200 {
                        both = TestUser::sign_in(&orion.anonymous(), &both.email, PASSWORD).await;
                        of_both = acting_for(&both, own.organisation).await;
                    }
                }
                let answer = answer.unwrap();
                if answer.status >= 500 || theirs.iter().any(|one| answer.text.contains(one)) {
                    told.push(format!("{} {path} by {caller}: {} {}", operation.method, answer.status, answer.text));
                }
            }
        }
    }
    assert!(unknown.is_empty(), "nothing here stands for these kinds of ids: {unknown:?}");
    assert!(told.is_empty(), "{told:#?}");
    orion.settle().await;
    assert_eq!(before, dump(&orion, &other).await);
    // Who called was somebody until the end.
    own.key.get(&format!("/api/v1/organisations/{}", own.organisation)).await.expect(200);
    // The test sees: who belongs there gets answers that name it.
    let mut seen = 0;
    for operation in operations.iter().filter(|one| one.method == "GET") {
        for path in fillings(operation, &other.world, &other.world, &mut unknown) {
            let answer = call(&orion, &other.acting, "GET", &path, None).await;
            seen += usize::from(answer.status == 200 && answer.text.contains(MARK));
        }
    }
    println!("{} endpoints, {calls} calls across the border, {seen} answers within it", operations.len());
    assert!(seen >= 12 && calls > operations.len(), "{seen} answers, {calls} calls");
    orion.leave_undelivered();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_narrowed_to_an_organisation_has_nothing_of_another() {
    let orion = TestPlatform::start().await;
    let (own, other) = (tenant(&orion, "first").await, tenant(&orion, MARK).await);
    // Who sees all of both, and asks for one.
    let root: &Client = orion.administrator().await;
    orion.settle().await;
    let (mut narrowed, mut told, mut seen) = (Vec::new(), Vec::new(), Vec::new());
    for operation in operations().iter().filter(|one| one.method == "GET" && one.path_parameters.is_empty()) {
        let narrows = operation.query.iter().filter(|(_, kind)| kind == "OrganisationId");
        for (name, _) in narrows {
            let of = |organisation| format!("{name}={organisation}");
            let ask = async |organisation| {
                let path = with_query(&operation.path, &[&operation.needed, &of(organisation)]);
                call(&orion, root, "GET", &path, None).await.expect(200).text
            };
            narrowed.push(operation.path.clone());
            if ask(own.organisation).await.contains(MARK) {
                told.push(operation.path.clone());
            }
            if ask(other.organisation).await.contains(MARK) {
                seen.push(operation.path.clone());
            }
        }
    }
    assert!(told.is_empty(), "{told:?} are narrowed, and tell of another organisation");
    assert_eq!(seen, narrowed, "what is narrowed to it tells of it, or nothing is tested here");
    assert!(narrowed.len() >= 4, "{narrowed:?}");
}

/// Whether ids of this kind are of what can belong to an organisation; a person, and what is theirs, belongs to none.
fn is_of_one(kind: &str) -> bool {
    !["UserId", "SessionId", "DeviceId", "NotificationId"].contains(&kind) && !NOBODYS.contains(&kind)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_done_to_something_of_an_organisation_is_read_in_its_log() {
    let orion = TestPlatform::builder().set("auth.login_attempts_per_address_per_minute", 0).start().await;
    let root: &TestUser = orion.administrator().await;
    let mut own = tenant(&orion, "first").await;
    orion.settle().await;
    let newest = async || root.get("/api/v1/audit?limit=50").await.expect(200).json::<Page<AuditEntry>>().items;
    let mut known: BTreeSet<_> = newest().await.iter().map(|entry| entry.id).collect();
    let (mut unknown, mut lost, mut kept) = (BTreeSet::new(), Vec::new(), BTreeSet::new());
    let mut changes: Vec<_> = operations().into_iter().filter(|one| one.method != "GET").collect();
    changes.retain(|one| {
        let in_path = one.path_parameters.iter().filter_map(|(_, kind)| kind.as_ref());
        let beside = one.query.iter().chain(one.body.iter().flat_map(|(_, ids)| ids)).map(|(_, kind)| kind);
        let is_program = one.path.starts_with(PROGRAM);
        // For whom a session acts is its own matter.
        (is_program || in_path.chain(beside).any(|kind| is_of_one(kind))) && !one.path.starts_with("/api/v1/auth/")
    });
    // What takes something away comes last, and the organisation after what it has.
    changes.sort_by_key(|one| (one.method == "DELETE", std::cmp::Reverse(one.path.len())));
    for operation in &changes {
        let Some(path) = own_path(operation, &own) else { continue };
        let body = filled(operation, &own.world, &mut unknown);
        // Of the organisation as well as of its team, where a body names both.
        let mut bodies = vec![body.clone()];
        if let (Some(Value::Object(mut fields)), Some((_, ids))) = (body, &operation.body) {
            let all = fields.len();
            fields.retain(|name, _| !ids.iter().any(|(id, kind)| id == name && kind == "TeamId"));
            bodies.extend((fields.len() < all).then_some(Some(Value::Object(fields))));
        }
        owner_again(&orion, &mut own).await;
        for body in &bodies {
            for client in [&own.acting, &**root] {
                call(&orion, client, &operation.method, &path, body.as_ref()).await;
            }
        }
        orion.settle().await;
        let of_them = |entry: &AuditEntry| entry.organisation_id == Some(own.organisation);
        let mut made = newest().await;
        made.retain(|entry| known.insert(entry.id) && entry.service == ServiceName::Users);
        let what = format!("{} {}", operation.method, operation.path);
        // Somebody who is invited is a person, and belongs to none; that they are is of the organisation.
        let missing = made.iter().filter(|&entry| entry.object.resource != "user" && !of_them(entry));
        lost.extend(missing.map(|entry| format!("{what}: {}", entry.description)));
        match made.iter().any(of_them) {
            true => drop(kept.insert(what)),
            false => lost.extend(made.first().map(|entry| format!("{what}: {}", entry.description))),
        }
    }
    assert!(lost.is_empty(), "of an organisation, and not in its log: {lost:#?}");
    println!("{} of {} endpoints changed something of an organisation: {kept:#?}", kept.len(), changes.len());
    assert!(kept.len() >= 14, "{kept:#?}");
    orion.leave_undelivered();
}

/// A user who is no person, and may belong to an organisation.
const PROGRAM: &str = "/api/v1/service-accounts/{id}";

/// Where an endpoint finds what is all one's own; none where nothing here stands for a part of it.
fn own_path(operation: &Operation, own: &Tenant) -> Option<String> {
    let id = |kind: &str| match kind {
        "UserId" if operation.path.starts_with(PROGRAM) => Some(own.account.clone()),
        kind => own.world.get(kind).cloned(),
    };
    let mut path = operation.path.clone();
    for (name, kind) in &operation.path_parameters {
        let value = match kind {
            Some(kind) => id(kind)?,
            None if name == "role" => "organisation_admin".to_owned(),
            None => word(name).to_owned(),
        };
        path = path.replace(&format!("{{{name}}}"), &value);
    }
    let query = operation.query.iter().filter(|(_, kind)| kind == "OrganisationId");
    let query: Vec<_> = query.filter_map(|(name, kind)| Some(format!("{name}={}", id(kind)?))).collect();
    Some(with_query(&path, &query.iter().map(String::as_str).collect::<Vec<_>>()))
}

/// Signs the owner in once more where a call of theirs has ended that; they act for the organisation while they belong to it.
async fn owner_again(orion: &TestPlatform, tenant: &mut Tenant) {
    if tenant.acting.get("/api/v1/users/me").await.status == 200 {
        return;
    }
    tenant.owner = TestUser::sign_in(&orion.anonymous(), &tenant.owner.email, PASSWORD).await;
    tenant.acting = tenant.owner.with_token(tenant.owner.access_token.clone());
    let own: MembershipList = tenant.owner.get("/api/v1/users/me/organisations").await.expect(200).json();
    if own.items.iter().any(|one| one.organisation.id == tenant.organisation) {
        tenant.acting = acting_for(&tenant.owner, tenant.organisation).await;
    }
}

/// Signs the people of an organisation in once more where a call of theirs has ended that.
async fn again(orion: &TestPlatform, tenant: &mut Tenant) {
    let is_owner_out = tenant.owner.get("/api/v1/users/me").await.status != 200;
    if is_owner_out || tenant.acting.get("/api/v1/users/me").await.status != 200 {
        tenant.owner = TestUser::sign_in(&orion.anonymous(), &tenant.owner.email, PASSWORD).await;
        tenant.acting = acting_for(&tenant.owner, tenant.organisation).await;
    }
    if tenant.member_acting.get("/api/v1/users/me").await.status != 200 {
        tenant.member = TestUser::sign_in(&orion.anonymous(), &tenant.member.email, PASSWORD).await;
        tenant.member_acting = acting_for(&tenant.member, tenant.organisation).await;
    }
}
