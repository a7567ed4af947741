//! TLS, and certificates that are replaced.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use tokio_tungstenite::tungstenite::Message as Frame;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use weft_tests::frames::{self, Message};
use weft_tests::store::{Scratch, Store};
use weft_tests::token::SECRET;
use weft_tests::wait::{SOON, until, within};
use weft_tests::weft::{Weft, run_to_end};

const CERTIFICATES: [&str; 2] = [include_str!("keys/tls-1.crt"), include_str!("keys/tls-2.crt")];
const KEYS: [&str; 2] = [include_str!("keys/tls-1.key"), include_str!("keys/tls-2.key")];

fn put(folder: &Path, cert: &str, key: &str) {
    std::fs::write(folder.join("cert.pem"), cert).expect("written");
    std::fs::write(folder.join("key.pem"), key).expect("written");
}

/// Starts a server with the first certificate.
async fn start(folder: &Path, more: &[&str]) -> Weft {
    put(folder, CERTIFICATES[0], KEYS[0]);
    let path = |name: &str| folder.join(name).to_str().expect("UTF-8").to_owned();
    let (cert, key) = (path("cert.pem"), path("key.pem"));
    let options = [&["--tls-cert", &cert, "--tls-key", &key], more].concat();
    Weft::start_with(Store::sqlite(), &options).await
}

/// Connects, trusting both certificates and nothing else.
async fn connect(address: SocketAddr) -> std::io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    for certificate in CERTIFICATES {
        let certificate = CertificateDer::from_pem_slice(certificate.as_bytes()).expect("a certificate");
        roots.add(certificate).expect("a root");
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let config = config.with_safe_default_protocol_versions().expect("versions");
    let config = config.with_root_certificates(roots).with_no_client_auth();
    let tcp = TcpStream::connect(address).await?;
    TlsConnector::from(Arc::new(config))
        .connect(ServerName::try_from("localhost").expect("a name"), tcp)
        .await
}

/// Which of the two certificates the server shows.
async fn shown(address: SocketAddr) -> Option<usize> {
    let stream = connect(address).await.ok()?;
    let shown = stream.get_ref().1.peer_certificates()?.first()?.clone();
    CERTIFICATES
        .iter()
        .position(|known| CertificateDer::from_pem_slice(known.as_bytes()).is_ok_and(|known| known == shown))
}

/// [X8]
#[tokio::test(flavor = "multi_thread")]
async fn requests_and_sessions_go_through_tls() {
    let scratch = Scratch::new("tls");
    let weft = start(scratch.path(), &["--auth-key", SECRET]).await;
    until("its address is told", SOON, async || weft.logged("listening on https://")).await;
    let mut stream = connect(weft.address()).await.expect("TLS");
    stream
        .write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        .await
        .expect("sent");
    let mut answer = Vec::new();
    // The server may end the connection without a TLS farewell.
    let _ = within("the answer", SOON, stream.read_to_end(&mut answer)).await;
    assert!(answer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&answer));
    let mut plain = TcpStream::connect(weft.address()).await.expect("a connection");
    plain.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").await.expect("sent");
    let mut refused = Vec::new();
    let _ = within("the end of a plain connection", SOON, plain.read_to_end(&mut refused)).await;
    assert!(!refused.starts_with(b"HTTP"), "{}", String::from_utf8_lossy(&refused));
}

/// [X8] [W1]
#[tokio::test(flavor = "multi_thread")]
async fn a_large_document_comes_whole_through_tls() {
    use futures_util::{SinkExt, StreamExt};
    let scratch = Scratch::new("tls");
    let weft = start(scratch.path(), &[]).await;
    let open = async || {
        let stream = connect(weft.address()).await.expect("TLS");
        let request = format!("wss://localhost:{}/sync/large?ack=1", weft.address().port());
        let request = request.into_client_request().expect("a request");
        tokio_tungstenite::client_async(request, stream).await.expect("upgraded").0
    };
    let replica = weft_tests::replica::Replica::default();
    let mut writer = open().await;
    let text = "many bytes, so that one write does not take them ".repeat(40_000);
    writer.send(Frame::binary(frames::update(&replica.append(&text)))).await.expect("sent");
    let mut reader = open().await;
    let copy = weft_tests::replica::Replica::default();
    reader.send(Frame::binary(frames::step1(&frames::EMPTY_STATE_VECTOR))).await.expect("sent");
    let reading = async {
        while copy.text() != text {
            let Frame::Binary(frame) = reader.next().await.expect("open").expect("a frame") else { continue };
            if let Message::Step2(update) | Message::Update(update) = frames::decode(&frame) {
                copy.merge(&update);
            }
        }
    };
    within("the whole text", SOON, reading).await;
}

/// [X8]
#[tokio::test(flavor = "multi_thread")]
async fn a_changed_certificate_is_shown_and_a_broken_pair_is_not() {
    let scratch = Scratch::new("tls");
    let weft = start(scratch.path(), &[]).await;
    assert_eq!(shown(weft.address()).await, Some(0));
    put(scratch.path(), CERTIFICATES[1], KEYS[0]);
    until("the broken pair is noticed", SOON, async || weft.logged("the one before stays")).await;
    assert_eq!(shown(weft.address()).await, Some(0));
    put(scratch.path(), CERTIFICATES[1], KEYS[1]);
    until("the new certificate is shown", SOON, async || shown(weft.address()).await == Some(1)).await;
}

/// [L3]
#[tokio::test(flavor = "multi_thread")]
async fn certificates_that_cannot_be_used_are_named_at_the_start() {
    let scratch = Scratch::new("tls");
    put(scratch.path(), CERTIFICATES[0], KEYS[1]);
    let path = |name: &str| scratch.path().join(name).to_str().expect("UTF-8").to_owned();
    let (cert, key, none) = (path("cert.pem"), path("key.pem"), path("none.pem"));
    for (options, named) in [
        (vec!["--tls-cert", &cert], "--tls-key"),
        (vec!["--tls-cert", &none, "--tls-key", &key], "--tls-cert"),
        (vec!["--tls-cert", &cert, "--tls-key", &none], "--tls-key"),
        (vec!["--tls-cert", &cert, "--tls-key", &key], "does not fit"),
        (vec!["--tls-cert", &key, "--tls-key", &key], "--tls-cert"),
    ] {
        let (status, output) = run_to_end(&options).await;
        assert!(!status.success() && output.contains(named), "{options:?}: {output}");
    }
}
