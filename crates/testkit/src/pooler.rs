//! PgBouncer between the platform and PostgreSQL.

use crate::eventually;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// A running PgBouncer. Dropping it ends it.
pub struct Pooler {
    child: Child,
    _directory: tempfile::TempDir,
}

impl Pooler {
    /// Puts one of a pool mode (`session`, `transaction`) in front of a server; gives the URL that leads through it. It has
    /// its own defaults but for that: what a client sends that it does not know, it refuses.
    pub async fn before(server: &str, mode: &str) -> (Self, String) {
        let mut url = url::Url::parse(server).unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("pgbouncer.ini");
        let (host, server_port) = (url.host_str().unwrap(), url.port().unwrap_or(5432));
        let (user, password) = (url.username(), url.password().unwrap_or_default());
        let text = format!(
            "[databases]\n* = host={host} port={server_port} user={user} password={password}\n\
             [pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\nauth_type = any\n\
             pool_mode = {mode}\nmax_client_conn = 500\ndefault_pool_size = 100\n"
        );
        std::fs::write(&file, text).unwrap();
        // Root runs it as nobody, who has to read this.
        std::fs::set_permissions(directory.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
        let mut command = Command::new(program());
        if rustix::process::getuid().is_root() {
            command.args(["-u", "nobody"]);
        }
        let child = command.arg(&file).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let pooler = Self { child: child.expect("PgBouncer starts"), _directory: directory };
        eventually("PgBouncer", || async { tokio::net::TcpStream::connect(("127.0.0.1", port)).await.ok() }).await;
        url.set_host(Some("127.0.0.1")).unwrap();
        url.set_port(Some(port)).unwrap();
        (pooler, url.to_string())
    }
}

/// Debian keeps it off the path of those who are not root.
fn program() -> &'static str {
    let debian = "/usr/sbin/pgbouncer";
    if Path::new(debian).exists() { debian } else { "pgbouncer" }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
