//! TLS, with a certificate that is replaced while the server runs.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

use arc_swap::ArcSwap;
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use crate::config::Entry;

/// A certificate and its key, from two files.
pub struct Certificate {
    cert: PathBuf,
    key: PathBuf,
    modified: std::sync::Mutex<Modified>,
    current: ArcSwap<CertifiedKey>,
}

type Modified = [Option<SystemTime>; 2];

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificate").field("cert", &self.cert).finish_non_exhaustive()
    }
}

impl Certificate {
    /// Reads the files of --tls-cert and --tls-key; `None` without them.
    ///
    /// # Errors
    /// A sentence that names the option and what is wrong with its file.
    pub fn read(entry: &Entry) -> Result<Option<Arc<Self>>, String> {
        let (Some(cert), Some(key)) = (entry.tls_cert.clone(), entry.tls_key.clone()) else {
            return Ok(None);
        };
        let current = ArcSwap::from_pointee(load(&cert, &key)?);
        let modified = std::sync::Mutex::new(modified(&cert, &key));
        Ok(Some(Arc::new(Self { cert, key, modified, current })))
    }

    /// Reads the files again if they have changed. A pair that does not fit together, as while one of the two is being
    /// replaced, leaves the old one in use.
    pub fn refresh(&self) {
        let now = modified(&self.cert, &self.key);
        let before = std::mem::replace(&mut *self.modified.lock().expect("nothing panics with it"), now);
        if before == now {
            return;
        }
        match load(&self.cert, &self.key) {
            Ok(fresh) => {
                self.current.store(Arc::new(fresh));
                tracing::info!("TLS certificate replaced");
            }
            Err(why) => tracing::error!(why, "the changed TLS certificate is not used, the one before stays"),
        }
    }

    /// Returns what connections are accepted with.
    ///
    /// # Errors
    /// What the library has against its own defaults.
    pub fn server_config(self: Arc<Self>) -> Result<ServerConfig, String> {
        let versions = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()));
        let versions =
            versions.with_safe_default_protocol_versions().map_err(|error| format!("TLS: {error}"))?;
        Ok(versions.with_no_client_auth().with_cert_resolver(self))
    }
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.current.load_full())
    }
}

fn modified(cert: &PathBuf, key: &PathBuf) -> Modified {
    [cert, key].map(|path| std::fs::metadata(path).and_then(|file| file.modified()).ok())
}

fn load(cert: &PathBuf, key: &PathBuf) -> Result<CertifiedKey, String> {
    let of_cert = |error: &dyn fmt::Display| format!("--tls-cert {}: {error}", cert.display());
    let of_key = |error: &dyn fmt::Display| format!("--tls-key {}: {error}", key.display());
    let chain = CertificateDer::pem_file_iter(cert).map_err(|error| of_cert(&error))?;
    let chain: Vec<_> = chain.collect::<Result<_, _>>().map_err(|error| of_cert(&error))?;
    if chain.is_empty() {
        return Err(of_cert(&"the file has no certificate in PEM"));
    }
    let private = PrivateKeyDer::from_pem_file(key).map_err(|error| of_key(&error))?;
    let pair = CertifiedKey::from_der(chain, private, &ring::default_provider());
    pair.map_err(|error| of_key(&format!("it does not fit the certificate: {error}")))
}
