//! Cross-origin requests of browsers (the Fetch standard, section 3.2): the gateway says who may read answers, and answers
//! preflights itself. What an upstream says of it does not count.

use super::faults::Faults;
use super::origins::Origins;
use super::vary;
use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS,
    ACCESS_CONTROL_REQUEST_METHOD, ORIGIN,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use orion_contracts::{FieldCode, Problem};
use orion_infra::config::ConfigFault;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use smart_default::SmartDefault;
use utoipa::ToSchema;

const REQUEST_PRIVATE_NETWORK: HeaderName = HeaderName::from_static("access-control-request-private-network");
const ALLOW_PRIVATE_NETWORK: HeaderName = HeaderName::from_static("access-control-allow-private-network");
const YES: HeaderValue = HeaderValue::from_static("true");
const ANY: HeaderValue = HeaderValue::from_static("*");
/// The most that a list may have.
const MOST: usize = 100;
/// A day: the longest that any browser remembers a preflight.
const LONGEST_MAX_AGE: u32 = 86_400;
/// What an upstream may say of it, which the gateway says in its place.
const SAID: [HeaderName; 7] = [
    ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_ALLOW_CREDENTIALS,
    ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_HEADERS,
    ACCESS_CONTROL_EXPOSE_HEADERS,
    ACCESS_CONTROL_MAX_AGE,
    ALLOW_PRIVATE_NETWORK,
];

/// Which pages of other origins may call a route from a browser, and read its answers. It keeps out no program, and takes the
/// place of no access rule: browsers send some requests without asking first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ToSchema, SmartDefault)]
#[serde(deny_unknown_fields, default)]
pub struct CorsConfig {
    /// Origins as browsers send them: `https://app.example.com`, with its port where it has one; `https://*.example.com` for all
    /// hosts below `example.com`, not for itself; `*` for every origin, never with credentials. `null`, the origin of sandboxed
    /// frames and files, which any page can take, has to be named.
    pub origins: Vec<String>,
    /// Methods that pages may use; those of plain forms, GET, HEAD and POST, need no leave.
    #[default(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"].map(str::to_owned).into())]
    pub methods: Vec<String>,
    /// Headers that pages may send beside those that need no leave; `*` for all.
    #[default(["authorization", "content-type", "idempotency-key", "if-match", "if-none-match", "x-request-id"].map(str::to_owned).into())]
    pub headers: Vec<String>,
    /// Headers of answers that pages may read beside those that need no leave; `*` for all, never with credentials.
    #[default(["etag", "location", "ratelimit", "ratelimit-policy", "retry-after", "x-request-id"].map(str::to_owned).into())]
    pub exposed_headers: Vec<String>,
    /// For how many seconds a browser may remember what it was allowed; no browser does for more than a day.
    #[schemars(range(max = LONGEST_MAX_AGE))]
    #[default = 600]
    pub max_age_seconds: u32,
    /// Whether pages may send cookies and client certificates. Tokens in `Authorization` need it not.
    pub credentials: bool,
    /// Whether pages of public sites may call the route where it is reached at a private address (Private Network Access).
    pub private_network: bool,
}

/// What is said to browsers, ready to be sent.
#[derive(Debug, Clone)]
pub struct Cors {
    origins: Origins,
    methods: HeaderValue,
    headers: Allowed,
    exposed: Option<HeaderValue>,
    max_age: HeaderValue,
    credentials: bool,
    private_network: bool,
}

/// Which headers pages may send.
#[derive(Debug, Clone)]
enum Allowed {
    /// These; nothing is said where there are none.
    Listed(Option<HeaderValue>),
    /// Whatever is asked for. It is named in the answer, for `*` does not mean `Authorization`.
    Asked,
}

impl CorsConfig {
    /// Prepares it; or all that is wrong, with keys below `key`.
    pub fn prepare(&self, key: &str) -> Result<Cors, Vec<ConfigFault>> {
        let mut faults = Faults::of(key);
        for (key, list) in [
            ("origins", &self.origins),
            ("methods", &self.methods),
            ("headers", &self.headers),
            ("exposed_headers", &self.exposed_headers),
        ] {
            if list.len() > MOST {
                faults.add(key, FieldCode::TooLong, format!("must have at most {MOST} entries"));
            }
        }
        let origins = Origins::prepare(&self.origins, self.credentials, &mut faults);
        let methods = self.methods(&mut faults);
        let headers = match &*self.headers {
            [any] if any == "*" => Allowed::Asked,
            names => Allowed::Listed(listed(names, "headers", &mut faults)),
        };
        let exposed = match &*self.exposed_headers {
            [any] if any == "*" && self.credentials => {
                let message = "must name each header where credentials are allowed: browsers take * for a name then";
                faults.add("exposed_headers", FieldCode::Invalid, message);
                None
            }
            [any] if any == "*" => Some(ANY),
            names => listed(names, "exposed_headers", &mut faults),
        };
        faults.within("max_age_seconds", self.max_age_seconds.into(), 0, LONGEST_MAX_AGE.into());
        faults.or(Cors {
            origins,
            methods,
            headers,
            exposed,
            max_age: HeaderValue::from(self.max_age_seconds),
            credentials: self.credentials,
            private_network: self.private_network,
        })
    }

    fn methods(&self, faults: &mut Faults<'_>) -> HeaderValue {
        for (at, method) in self.methods.iter().enumerate() {
            let is_known = Method::try_from(&**method).is_ok() && !matches!(&**method, "CONNECT" | "TRACE");
            // Browsers compare them letter by letter, and send `patch` as it is written.
            if !is_known || method.bytes().any(|byte| !byte.is_ascii_uppercase() && byte != b'-') {
                let message = format!("\"{method}\" is not a method that pages can use, such as \"PATCH\"");
                faults.add(format_args!("methods[{at}]"), FieldCode::Invalid, message);
            }
        }
        HeaderValue::try_from(self.methods.join(", ")).unwrap_or(HeaderValue::from_static(""))
    }
}

/// Names as one value; nothing where there are none.
fn listed(names: &[String], key: &str, faults: &mut Faults<'_>) -> Option<HeaderValue> {
    let mut all = Vec::with_capacity(names.len());
    for (at, name) in names.iter().enumerate() {
        match HeaderName::try_from(name) {
            Ok(name) if name != "*" => all.push(name.to_string()),
            Ok(_) => {
                faults.add(format_args!("{key}[{at}]"), FieldCode::Invalid, "* is for all, and must be the only one")
            }
            Err(_) => {
                let message = format!("\"{name}\" is not the name of a header");
                faults.add(format_args!("{key}[{at}]"), FieldCode::Invalid, message);
            }
        }
    }
    HeaderValue::try_from(all.join(", ")).ok().filter(|value| !value.is_empty())
}

impl Cors {
    /// Whether a request is a browser's question whether it may send another one. It has no credentials, so it is answered
    /// before anybody asks for them.
    pub fn is_preflight(method: &Method, headers: &HeaderMap) -> bool {
        *method == Method::OPTIONS
            && headers.contains_key(ORIGIN)
            && headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD)
    }

    /// The method that such a question is about.
    pub fn asked_method(method: &Method, headers: &HeaderMap) -> Option<Method> {
        let asked = headers.get(ACCESS_CONTROL_REQUEST_METHOD).filter(|_| Self::is_preflight(method, headers))?;
        Method::from_bytes(asked.as_bytes()).ok()
    }

    /// Which origin an answer to a request with these headers allows; none where its own is not allowed. It is asked first,
    /// so that every answer of the route can say it, whoever that is from.
    pub fn allowed(&self, request: &HeaderMap) -> Option<HeaderValue> {
        if self.origins.is_any() {
            return Some(ANY);
        }
        let mut sent = request.get_all(ORIGIN).iter();
        let (Some(origin), None) = (sent.next(), sent.next()) else { return None };
        self.origins.allow(origin.as_bytes()).then(|| origin.clone())
    }

    /// The headers of a preflight's answer, which is 204. Browsers compare themselves what they want with what is listed, and
    /// tell the page's developer what is missing; only an origin that is not allowed is refused.
    pub fn preflight(&self, request: &HeaderMap) -> Result<HeaderMap, Problem> {
        let Some(allowed) = self.allowed(request) else {
            return Err(Problem::permission_denied().detail("Pages of this origin may not call this route."));
        };
        let mut answer = HeaderMap::with_capacity(8);
        self.allow(allowed, &mut answer);
        answer.insert(ACCESS_CONTROL_ALLOW_METHODS, self.methods.clone());
        match &self.headers {
            Allowed::Listed(names) => {
                names.iter().for_each(|names| _ = answer.insert(ACCESS_CONTROL_ALLOW_HEADERS, names.clone()));
            }
            Allowed::Asked => {
                vary::on(&mut answer, &ACCESS_CONTROL_REQUEST_HEADERS);
                if let Some(asked) = request.get(ACCESS_CONTROL_REQUEST_HEADERS).filter(|asked| is_list(asked)) {
                    answer.insert(ACCESS_CONTROL_ALLOW_HEADERS, asked.clone());
                }
            }
        }
        answer.insert(ACCESS_CONTROL_MAX_AGE, self.max_age.clone());
        if self.private_network && request.get(REQUEST_PRIVATE_NETWORK).is_some_and(|asked| *asked == YES) {
            answer.insert(ALLOW_PRIVATE_NETWORK, YES);
        }
        self.vary(&mut answer);
        Ok(answer)
    }

    /// Says in an answer, whoever it is from, which origin may read it ([`Cors::allowed`]). What the upstream says of that is
    /// taken out.
    pub fn answer(&self, allowed: Option<HeaderValue>, answer: &mut HeaderMap) {
        for name in &SAID {
            answer.remove(name);
        }
        self.vary(answer);
        let Some(allowed) = allowed else { return };
        self.allow(allowed, answer);
        if let Some(exposed) = &self.exposed {
            answer.insert(ACCESS_CONTROL_EXPOSE_HEADERS, exposed.clone());
        }
    }

    fn allow(&self, allowed: HeaderValue, answer: &mut HeaderMap) {
        answer.insert(ACCESS_CONTROL_ALLOW_ORIGIN, allowed);
        if self.credentials {
            answer.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, YES);
        }
    }

    /// Also where no origin was sent, or one that is not allowed: a cache would give that answer to a page that is.
    fn vary(&self, answer: &mut HeaderMap) {
        if !self.origins.is_any() {
            vary::on(answer, &ORIGIN);
        }
    }
}

/// Whether a value is a list of names of headers, which can be said again.
fn is_list(value: &HeaderValue) -> bool {
    let is_name = |name: &[u8]| HeaderName::from_bytes(name.trim_ascii()).is_ok();
    value.as_bytes().split(|byte| *byte == b',').all(is_name)
}

#[cfg(test)]
#[path = "cors_tests.rs"]
mod tests;
