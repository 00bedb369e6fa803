//! What can be used, but should be looked at: told at the start and by `orion config check`.

use super::Config;
use orion_contracts::ServiceName;
use orion_infra::config::leads_here;
use url::{Host, Url};

/// What an operator should know about a process of these services, a sentence each.
pub(crate) fn advice(config: &Config, services: &[ServiceName]) -> Vec<String> {
    let open = open_ports(config, services);
    let links = (!config.database.url.expose().is_empty() && leads_here(&config.public_url)).then(|| {
        format!(
            "public_url (ORION_PUBLIC_URL) is {}: links in mails lead to the reader's own machine, and a process that is \
             told another one refuses all tokens",
            config.issuer()
        )
    });
    let nowhere = links_to_nowhere(config, services);
    let peers = peers(config, services);
    let elsewhere = peers.iter().filter(|(_, url)| url.scheme() == "http" && !leads_here(url));
    let keys: Vec<_> = elsewhere.map(|(service, _)| format!("peers.{service}_url")).collect();
    let private = (!keys.is_empty()).then(|| {
        let keys = keys.join(", ");
        format!("{keys}: over http:// who can read the network can call services as one of them; keep it private")
    });
    let trusted = peers.iter().find(|(service, _)| *service == ServiceName::Gateway).and_then(|(_, url)| {
        let is_trusted = match url.host()? {
            Host::Ipv4(address) => config.server.trusted_proxies.contains(address.into()),
            Host::Ipv6(address) => config.server.trusted_proxies.contains(address.into()),
            Host::Domain(_) => leads_here(url) || config.server.trusted_proxies.reach_beyond_this_host(),
        };
        (!is_trusted).then(|| {
            format!(
                "server.trusted_proxies (ORION_SERVER_TRUSTED_PROXIES) has no address of the gateway at {url}: all \
                 clients look like one, and share its limits"
            )
        })
    });
    let passkeys = [
        passkeys_of_another_site(config, services),
        passkeys_at_an_address(config, services),
        passkeys_of_the_console(config, services),
    ];
    let idle = if services.contains(&ServiceName::Auth) { orion_auth::advice(&config.auth) } else { Vec::new() };
    let files = files_of_one_machine(config, services);
    [open, links, nowhere, private, trusted, files].into_iter().chain(passkeys).flatten().chain(idle).collect()
}

/// What people bring is read by each process of users.
fn files_of_one_machine(config: &Config, services: &[ServiceName]) -> Option<String> {
    let objects = &config.objects;
    let is_here = objects.s3_bucket.is_empty() && objects.directory.is_empty();
    let may_be_several = services.contains(&ServiceName::Users) && !config.database.url.expose().is_empty();
    (is_here && may_be_several).then(|| {
        "objects.directory (ORION_OBJECTS_DIRECTORY) is empty: pictures of people stay in data_dir, which other processes of \
         users do not read. Where there are several, set it to a directory that they share, or objects.s3_bucket"
            .to_owned()
    })
}

/// What is told of roles that are to have a second factor and are not there.
pub(crate) fn unknown_roles(names: &[&str]) -> Option<String> {
    (!names.is_empty()).then(|| {
        let names = names.join(", ");
        format!(
            "auth.second_factor_roles (ORION_AUTH_SECOND_FACTOR_ROLES) has {names}, and no role is called so: nobody is asked \
             for a second factor by that. Correct it; GET /api/v1/roles lists the roles"
        )
    })
}

/// Browsers have passkeys for names, and for no IP address (WebAuthn, section 5.1.3).
fn passkeys_at_an_address(config: &Config, services: &[ServiceName]) -> Option<String> {
    let is_name = |url: &Url| matches!(url.host(), Some(Host::Domain(_)));
    let matters = services.contains(&ServiceName::Auth) && config.auth.passkey_domain.is_empty();
    (matters && !is_name(&config.public_url)).then(|| {
        let name = if leads_here(&config.public_url) { "localhost" } else { "a name" };
        format!(
            "public_url (ORION_PUBLIC_URL) is {}, and browsers use no passkeys at an IP address: nobody signs in with one. Use \
             {name} instead",
            config.issuer()
        )
    })
}

/// The ports of services are for the gateway and for operators, not for everybody.
fn open_ports(config: &Config, services: &[ServiceName]) -> Option<String> {
    let listen = &config.listen;
    let is_open = |service: &&ServiceName| !listen.address(**service).ip().is_loopback();
    let open: Vec<_> =
        services.iter().filter(is_open).map(|service| format!("{service} {}", listen.address(*service))).collect();
    (!open.is_empty()).then(|| {
        let open = open.join(", ");
        format!(
            "others can reach {open}, with /metrics, /readyz?verbose and /docs; let only the gateway's port through"
        )
    })
}

/// Addresses that followed the ports lead to this machine's own name, where a service of one other address does not listen.
fn links_to_nowhere(config: &Config, services: &[ServiceName]) -> Option<String> {
    let leads_to_nobody = |service: ServiceName, url: &Url| {
        let ip = config.listen.address(service).ip();
        services.contains(&service) && leads_here(url) && !ip.is_loopback() && !ip.is_unspecified()
    };
    let addresses = [
        (ServiceName::Gateway, "public_url (ORION_PUBLIC_URL)", &config.public_url),
        (ServiceName::Admin, "admin.console_url (ORION_ADMIN_CONSOLE_URL)", &config.admin.console_url),
    ];
    let wrong = addresses.into_iter().filter(|(service, _, url)| leads_to_nobody(*service, url));
    let wrong: Vec<_> =
        wrong.map(|(service, key, url)| format!("{key} is {url}, and {service} does not listen there")).collect();
    (!wrong.is_empty()).then(|| format!("{}: links lead to nobody, or to another program", wrong.join("; ")))
}

/// A browser makes and uses passkeys only for the domain of the page, or one above it.
fn passkeys_of_another_site(config: &Config, services: &[ServiceName]) -> Option<String> {
    let domain = &config.auth.passkey_domain;
    let host = config.public_url.host_str().unwrap_or_default();
    let is_below = host.strip_suffix(domain.as_str()).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    (services.contains(&ServiceName::Auth) && !domain.is_empty() && !is_below).then(|| {
        format!("auth.passkey_domain is {domain}, and public_url is at {host}: browsers use no passkeys there")
    })
}

/// The console is an origin of its own, and its page may use passkeys only where auth knows that.
fn passkeys_of_the_console(config: &Config, services: &[ServiceName]) -> Option<String> {
    let console = config.admin.console_url.origin();
    let mut known = config.auth.passkey_origins().filter_map(|origin| Url::parse(origin).ok());
    let is_known = console == config.public_url.origin() || known.any(|origin| origin.origin() == console);
    // On localhost every port may.
    let matters = services.contains(&ServiceName::Auth) && !leads_here(&config.admin.console_url);
    (matters && !is_known).then(|| {
        let console = console.ascii_serialization();
        format!(
            "auth.passkey_origins (ORION_AUTH_PASSKEY_ORIGINS) has no {console}: the console signs in with no passkey"
        )
    })
}

/// Services of other processes whose URL is set.
fn peers(config: &Config, services: &[ServiceName]) -> Vec<(ServiceName, Url)> {
    let urls = config.peers.urls();
    let elsewhere = urls.into_iter().filter(|(service, _)| !services.contains(service));
    elsewhere.filter_map(|(service, url)| Some((service, url.parse().ok()?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Sources;

    fn told(flags: &[(&str, &str)], services: &[ServiceName]) -> Vec<String> {
        let flags = flags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        let (config, _) = Config::load(&Sources { flags, ..Sources::default() }).expect("valid");
        advice(&config, services)
    }

    #[test]
    fn a_platform_on_one_machine_needs_no_advice() {
        assert_eq!(told(&[], &ServiceName::ALL), Vec::<String>::new());
    }

    #[test]
    fn a_gateway_on_another_host_must_be_trusted_and_the_way_to_it_private() {
        let auth = [ServiceName::Auth];
        let remote = [("peers.gateway_url", "http://10.0.0.7:3005")];
        let advice = told(&remote, &auth);
        assert!(advice.iter().any(|line| line.contains("server.trusted_proxies")), "{advice:?}");
        assert!(advice.iter().any(|line| line.contains("peers.gateway_url")), "{advice:?}");
        let trusted = told(&[remote[0], ("server.trusted_proxies", "127.0.0.0/8,10.0.0.0/8")], &auth);
        assert!(!trusted.iter().any(|line| line.contains("trusted_proxies")), "{trusted:?}");
        let named = told(&[("peers.gateway_url", "http://gateway:3005")], &auth);
        assert!(named.iter().any(|line| line.contains("trusted_proxies")), "{named:?}");
        assert_eq!(told(&remote, &ServiceName::ALL), Vec::<String>::new(), "it lives here");
    }

    #[test]
    fn a_domain_of_passkeys_that_the_pages_are_not_of_is_told() {
        let of = |domain: &str, url: &str| {
            let told = told(&[("auth.passkey_domain", domain), ("public_url", url)], &[ServiceName::Auth]);
            told.iter().any(|line| line.contains("browsers use no passkeys there"))
        };
        assert!(of("example.com", "https://example.org") && of("example.com", "https://badexample.com"));
        assert!(!of("example.com", "https://id.example.com") && !of("", "https://id.example.com"));
    }

    #[test]
    fn a_platform_at_an_ip_address_is_told_that_it_has_no_passkeys() {
        let of = |flags: &[(&str, &str)]| {
            let told = told(flags, &[ServiceName::Auth]);
            told.into_iter().find(|line| line.contains("no passkeys at an IP address"))
        };
        let told = of(&[("public_url", "http://127.0.0.1:3000")]).expect("told");
        assert!(told.contains("Use localhost"), "{told}");
        assert!(of(&[("public_url", "http://[::1]:3000")]).is_some());
        assert!(of(&[("public_url", "http://192.0.2.7")]).expect("told").contains("Use a name"));
        assert_eq!(of(&[]).or(of(&[("public_url", "https://id.example.com")])), None);
    }

    #[test]
    fn a_console_whose_page_may_use_no_passkeys_is_told() {
        let of = |flags: &[(&str, &str)]| {
            let site = [("public_url", "https://example.com"), ("admin.console_url", "https://console.example.com")];
            let told = told(&[&site, flags].concat(), &[ServiceName::Auth]);
            told.iter().any(|line| line.contains("auth.passkey_origins"))
        };
        assert!(of(&[]) && of(&[("auth.passkey_origins", "https://shop.example.com")]));
        assert!(!of(&[("auth.passkey_origins", "https://console.example.com")]));
        assert!(
            !of(&[("admin.console_url", "https://example.com")])
                && !of(&[("admin.console_url", "http://localhost:3004")])
        );
    }

    #[test]
    fn ports_that_others_can_reach_are_named() {
        let advice = told(&[("listen.host", "0.0.0.0")], &[ServiceName::Gateway, ServiceName::Auth]);
        assert!(advice[0].contains("auth 0.0.0.0:3001") && !advice[0].contains("gateway 0"), "{advice:?}");
    }

    #[test]
    fn links_to_where_nobody_listens_are_told() {
        let is_about_links = |line: &&String| line.contains("links lead to nobody");
        let everywhere = told(&[("listen.host", "0.0.0.0")], &ServiceName::ALL);
        assert_eq!(everywhere.iter().find(is_about_links), None);
        let one = told(&[("listen.host", "192.0.2.2")], &ServiceName::ALL);
        let told = one.iter().find(is_about_links).expect("told");
        assert!(told.contains("admin.console_url") && told.contains("http://localhost:3004"), "{told}");
    }

    #[test]
    fn links_to_the_readers_own_machine_are_told_where_others_get_them() {
        let database = ("database.url", "postgres://orion@db/orion");
        let links = |more: &[(&str, &str)]| {
            let flags: Vec<_> = [database].into_iter().chain(more.iter().copied()).collect();
            told(&flags, &[ServiceName::Auth]).iter().any(|line| line.contains("public_url"))
        };
        assert!(links(&[]));
        assert!(!links(&[("public_url", "https://api.example.com")]));
    }

    #[test]
    fn files_that_other_processes_do_not_read_are_told() {
        let of = |flags: &[(&str, &str)], service| {
            told(flags, &[service]).iter().any(|line| line.contains("objects.directory"))
        };
        let database = ("database.url", "postgres://orion@db/orion");
        assert!(of(&[database], ServiceName::Users));
        assert!(!of(&[database], ServiceName::Auth) && !of(&[], ServiceName::Users));
        assert!(!of(&[database, ("objects.directory", "/srv/files")], ServiceName::Users));
        let key = [("objects.s3_access_key_id", "id"), ("objects.s3_secret_access_key", "key")];
        assert!(!of(&[database, ("objects.s3_bucket", "faces"), key[0], key[1]], ServiceName::Users));
    }
}
