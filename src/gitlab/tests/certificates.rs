//! A self-managed GitLab whose certificate is valid for twenty years and signed by a root of its own, for each system.
//!
//! `certificates/server.pem` is that of `gitlab.example.com` with its key, signed by `root.pem`; `other_root.pem` signed
//! nothing. All are made for this test by `openssl ca`.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::origin::{Reply, json, patient, read};
use crate::gitlab::root_certificates::SystemRoots;
use crate::gitlab::{Client, Error, ErrorKind, Instance, NetworkConfig, Proxy};
use crate::platform::os::Os;

const SERVER: &[u8] = include_bytes!("certificates/server.pem");
const ROOT: &[u8] = include_bytes!("certificates/root.pem");

/// A proxy to a GitLab that no name server knows: the certificate must have its name.
struct TlsGitLab {
    proxy: String,
    task: JoinHandle<()>,
}

impl TlsGitLab {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let proxy = format!("http://{}", listener.local_addr().unwrap());
        let chain = vec![CertificateDer::from_pem_slice(SERVER).unwrap()];
        let config = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(chain, PrivateKeyDer::from_pem_slice(SERVER).unwrap())
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, acceptor.clone()));
            }
        });
        Self { proxy, task }
    }

    /// Reads the version as this system with these root certificates would.
    async fn asked(&self, os: Os, system: &SystemRoots, ca_file: Option<&Path>) -> Result<String, Error> {
        let instance = Instance::parse("https://gitlab.example.com").unwrap();
        let ca_file = ca_file.map(Path::to_owned);
        let wire = NetworkConfig { ca_file, proxy: Proxy::Url(self.proxy.clone()), ..patient() };
        let mut client = Client::new(instance.clone(), None, &wire).unwrap();
        client.http = wire.http_on(os, &instance, system).unwrap();
        Ok(client.version().await?.version)
    }
}

impl Drop for TlsGitLab {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(mut stream: TcpStream, acceptor: TlsAcceptor) -> Option<()> {
    let tunnel = read(&mut stream).await?;
    assert!(tunnel.line.starts_with("CONNECT gitlab.example.com:443"), "{}", tunnel.line);
    stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.ok()?;
    let mut stream = acceptor.accept(stream).await.ok()?;
    read(&mut stream).await?;
    let Reply::Bytes(bytes) = json(200, r#"{"version": "18.6.0-ee"}"#) else { return None };
    stream.write_all(&bytes).await.ok()?;
    stream.shutdown().await.ok()
}

fn of_this_folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/gitlab/tests/certificates").join(name)
}

/// This computer's roots, which do not include the test's own.
fn of_the_system() -> Vec<Vec<u8>> {
    crate::platform::certificates::roots()
}

/// The root of the test's server alone.
fn with_the_root() -> Vec<Vec<u8>> {
    vec![CertificateDer::from_pem_slice(ROOT).unwrap().to_vec()]
}

#[tokio::test]
async fn a_certificate_of_twenty_years_is_accepted_once_its_root_is_named() {
    let gitlab = TlsGitLab::start().await;
    let (root, other) = (of_this_folder("root.pem"), of_this_folder("other_root.pem"));
    for os in Os::ALL {
        let system = SystemRoots::read_by(of_the_system);
        assert_eq!(gitlab.asked(os, &system, Some(&root)).await.unwrap(), "18.6.0-ee", "{os:?}");
        for ca_file in [None, Some(other.as_path())] {
            let error = gitlab.asked(os, &system, ca_file).await.unwrap_err();
            assert_eq!(error.kind, ErrorKind::Tls, "{os:?}, {ca_file:?}: {error}");
            assert!(error.to_string().starts_with("The server's certificate is not trusted."), "{error}");
            assert!(error.said.as_deref().is_some_and(|said| said.contains("certificate")), "{error}");
        }
    }
}

/// A person names the root of one GitLab, and their company's proxy or another GitLab has one that the system knows.
#[tokio::test]
async fn a_named_root_is_trusted_beside_those_of_the_system() {
    let gitlab = TlsGitLab::start().await;
    let system = SystemRoots::read_by(with_the_root);
    let other = of_this_folder("other_root.pem");
    assert_eq!(gitlab.asked(Os::Mac, &system, Some(&other)).await.unwrap(), "18.6.0-ee");
}

#[test]
fn the_roots_of_a_mac_are_read_once_for_all_clients() {
    static READ: AtomicUsize = AtomicUsize::new(0);
    fn counted() -> Vec<Vec<u8>> {
        // The first time, the system is not ready.
        if READ.fetch_add(1, Ordering::Relaxed) == 0 { Vec::new() } else { with_the_root() }
    }
    let system = SystemRoots::read_by(counted);
    let instance = Instance::parse("https://gitlab.example.com").unwrap();
    let (plain, own) =
        (patient(), NetworkConfig { ca_file: Some(of_this_folder("other_root.pem")), ..patient() });
    let read = |os, wire: &NetworkConfig| {
        wire.http_on(os, &instance, &system).unwrap();
        READ.load(Ordering::Relaxed)
    };
    assert_eq!([Os::Linux, Os::Windows].map(|os| read(os, &own)), [0, 0]);
    assert_eq!(read(Os::Mac, &plain), 0, "the system judges");
    assert_eq!(
        [(); 4].map(|()| read(Os::Mac, &own)),
        [1, 2, 2, 2],
        "read again only after nothing was there"
    );
}
