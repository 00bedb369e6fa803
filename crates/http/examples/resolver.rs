//! `resolver DIRECTORY SECONDS`: ORION's resolver in this process, by one thread, for `./orion bench users --part decisions`. It answers
//! the questions of DIRECTORY/sample.json, then those of single.json and bulk.json again and again for so many seconds each; prints the
//! sample's answers and the times in milliseconds, as benches/rego/decisions.py does.

#![allow(clippy::disallowed_methods, reason = "what a decision takes is measured by the machine's own clock")]
#![allow(clippy::print_stdout, reason = "what it finds is what it prints")]

use chrono::{DateTime, Utc};
use orion_contracts::permissions::ALL;
use orion_contracts::users::{Grants, PermissionGrant, Role, RoleCatalogue, RoleGrant};
use orion_contracts::{Permission, RoleId, UserId};
use orion_http::identity::{Access, Bounds, Held, KnownRoles, Object};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use std::collections::{BTreeSet, HashMap};
use std::error::Error;
use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use uuid::Uuid;

/// How many times are told.
const MOST_TIMES: usize = 1_000_000;

type Names = HashMap<String, bool>;

#[derive(Deserialize)]
struct Data {
    roles: HashMap<String, Names>,
    parents: HashMap<String, Vec<String>>,
    people: HashMap<String, Person>,
}

#[derive(Deserialize)]
struct Person {
    roles: Vec<String>,
    direct: Names,
}

#[derive(Deserialize)]
struct Question {
    person: String,
    asked: Vec<String>,
}

/// A question whose names are looked up.
type Prepared = (Arc<Held>, Vec<Permission>);

struct World {
    roles: KnownRoles,
    people: HashMap<String, Arc<Held>>,
    now: DateTime<Utc>,
}

impl World {
    fn of(data: &Data) -> Result<Self, Box<dyn Error>> {
        let ids: HashMap<&str, RoleId> =
            data.roles.keys().zip(1_u128..).map(|(name, id)| (name.as_str(), RoleId(Uuid::from_u128(id)))).collect();
        let role = |name: &String| -> Result<Role, serde_json::Error> {
            let (mut gives, mut at) = (BTreeSet::new(), Some(name));
            while let Some(role) = at {
                gives.extend(data.roles[role].keys());
                at = data.parents[role].first();
            }
            let (id, nothing) = (ids[name.as_str()], None::<String>);
            serde_json::from_value(json!({
                "id": id, "name": name, "display_name": name, "description": nothing, "level": 1, "is_system": false,
                "permissions": gives,
            }))
        };
        let roles = data.roles.keys().map(role).collect::<Result<_, _>>()?;
        let held = |(name, person): (&String, &Person)| {
            let (organisation_id, expires_at, condition) = (None, None, None::<String>);
            let role = |name: &String| RoleGrant { role_id: ids[name.as_str()], organisation_id, expires_at };
            let permission = |name: &String| PermissionGrant {
                permission: name.clone(),
                organisation_id,
                expires_at,
                condition: condition.clone(),
            };
            let grants = Grants {
                user_id: UserId(Uuid::nil()),
                version: 1,
                active: true,
                roles: person.roles.iter().map(role).collect(),
                permissions: person.direct.keys().map(permission).collect(),
                denials: Vec::new(),
                conditional: Vec::new(),
                conditional_roles: Vec::new(),
                narrow_roles: Vec::new(),
                organisations: Vec::new(),
            };
            (name.clone(), Arc::new(Held::new(Arc::new(grants))))
        };
        let people = data.people.iter().map(held).collect();
        Ok(Self {
            roles: RoleCatalogue { version: 1, roles, ..RoleCatalogue::default() }.into(),
            people,
            now: Utc::now(),
        })
    }

    fn prepare(&self, questions: Vec<Question>) -> Vec<Prepared> {
        let known = |name: &String| ALL.iter().copied().find(|permission| permission.name == name);
        let prepare = |question: Question| {
            let held = Arc::clone(&self.people[&question.person]);
            (held, question.asked.iter().filter_map(known).collect())
        };
        questions.into_iter().map(prepare).collect()
    }

    /// As for one request: what is kept of a subject is resolved at this moment, and asked.
    fn decide(&self, (held, asked): &Prepared) -> Vec<bool> {
        let access = Access::of_held(Arc::clone(held), &self.roles, Bounds::default(), self.now);
        asked.iter().map(|permission| access.decide(*permission, &Object::PLATFORM).is_allowed()).collect()
    }

    fn times(&self, questions: &[Prepared], seconds: f64) -> Vec<f64> {
        let mut taken = Vec::new();
        let until = Instant::now() + Duration::from_secs_f64(seconds);
        for question in questions.iter().cycle().take(MOST_TIMES) {
            let began = Instant::now();
            if began >= until {
                break;
            }
            black_box(self.decide(black_box(question)));
            taken.push(began.elapsed().as_secs_f64() * 1000.0);
        }
        taken
    }
}

fn read<T: DeserializeOwned>(directory: &Path, name: &str) -> Result<T, Box<dyn Error>> {
    Ok(serde_json::from_slice(&std::fs::read(directory.join(name).with_extension("json"))?)?)
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut words = std::env::args().skip(1);
    let (Some(directory), Some(seconds)) = (words.next(), words.next()) else {
        return Err("usage: resolver DIRECTORY SECONDS".into());
    };
    let (directory, seconds) = (Path::new(&directory), seconds.parse()?);
    let world = World::of(&read(directory, "data")?)?;
    let questions = |name| Ok::<_, Box<dyn Error>>(world.prepare(read(directory, name)?));
    let answers: Vec<_> = questions("sample")?.iter().map(|question| world.decide(question)).collect();
    let (single, bulk) = (questions("single")?, questions("bulk")?);
    let (single, bulk) = (world.times(&single, seconds), world.times(&bulk, seconds));
    println!("{}", json!({ "answers": answers, "single": single, "bulk": bulk }));
    Ok(())
}
