//! TLS to upstreams (RFC 8446). The certificate and the name that it is for are always verified.

use super::config::TlsConfig;
use crate::wire::Stream;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use std::io;
use std::path::Path;
use std::sync::{Arc, LazyLock};
use tokio::net::TcpStream;
use tokio_rustls::{TlsConnector, TlsStream};

/// Whom the system trusts; read once, when the first upstream needs it.
static SYSTEM: LazyLock<Arc<RootCertStore>> = LazyLock::new(|| {
    let mut roots = RootCertStore::empty();
    let found = rustls_native_certs::load_native_certs();
    for error in &found.errors {
        tracing::warn!(%error, "a certificate authority of the system cannot be read");
    }
    roots.add_parsable_certificates(found.certs);
    Arc::new(roots)
});

/// How the endpoints of an upstream are spoken to. They share the sessions that can be resumed.
pub struct Tls {
    connector: TlsConnector,
    server_name: Option<ServerName<'static>>,
}

impl Tls {
    /// Reads whom to trust; else what is wrong, with its key.
    pub fn new(config: &TlsConfig) -> Result<Self, (&'static str, String)> {
        let roots = match &config.ca_file {
            None => SYSTEM.clone(),
            Some(file) => Arc::new(roots(file).map_err(|message| ("tls.ca_file", message))?),
        };
        let server_name = config.server_name.clone().map(ServerName::try_from).transpose();
        let mut client = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
        client.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self {
            connector: TlsConnector::from(Arc::new(client)),
            server_name: server_name.map_err(|error| ("tls.server_name", error.to_string()))?,
        })
    }

    /// Begins to speak TLS on a connection; `host` is whom the certificate must name, unless the configuration says otherwise.
    ///
    /// # Errors
    /// What the other side shows cannot be trusted, or is for somebody else; or the connection broke.
    pub async fn begin(&self, stream: TcpStream, host: &str) -> io::Result<Stream> {
        let name = match &self.server_name {
            Some(name) => name.clone(),
            None => ServerName::try_from(host.to_owned()).map_err(io::Error::other)?,
        };
        let stream = self.connector.connect(name, stream).await?;
        Ok(Stream::Tls(Box::new(TlsStream::Client(stream))))
    }
}

fn roots(file: &Path) -> Result<RootCertStore, String> {
    let certificates = CertificateDer::pem_file_iter(file)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| format!("{} cannot be read: {error}", file.display()))?;
    let mut roots = RootCertStore::empty();
    match roots.add_parsable_certificates(certificates) {
        (0, _) => Err(format!("{} has no certificate of an authority; it must be in PEM", file.display())),
        _ => Ok(roots),
    }
}
