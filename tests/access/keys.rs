//! Kinds of keys, and keys that come and go.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use weft_tests::http;
use weft_tests::store::{Scratch, Store};
use weft_tests::token::{base64_url, claims, sign};
use weft_tests::wait::{SOON, until};
use weft_tests::weft::Weft;

use super::{open, state};

const PEM: [(&str, &str, &str); 3] = [
    ("EdDSA", include_str!("keys/ed25519-1.key"), include_str!("keys/ed25519-1.pub")),
    ("ES256", include_str!("keys/es256.key"), include_str!("keys/es256.pub")),
    ("RS256", include_str!("keys/rs256.key"), include_str!("keys/rs256.pub")),
];

fn mine(key: &str, kid: Option<&str>) -> String {
    sign(claims("ada", &[("notes", "write")], 3_600), key.as_bytes(), kid)
}

async fn status(weft: &Weft, token: &str) -> u16 {
    let bearer = format!("Bearer {token}");
    let headers = [("Authorization", bearer.as_str())];
    http::request(weft.address(), "GET /api/documents", &headers, "").await.expect("an answer").status
}

/// [X1] [X5]
#[tokio::test(flavor = "multi_thread")]
async fn a_public_key_of_each_kind_opens_to_its_own_tokens_only() {
    for (kind, _, public) in PEM {
        let weft = Weft::start_with(Store::sqlite(), &["--auth-key", public]).await;
        for (other, private, _) in PEM {
            let expected = if kind == other { 200 } else { 401 };
            assert_eq!(status(&weft, &mine(private, None)).await, expected, "{other} at a server of {kind}");
        }
        // The public key, taken for a shared secret: the oldest trick.
        assert_eq!(status(&weft, &hmac_with(public)).await, 401, "{kind}");
    }
}

fn hmac_with(public: &str) -> String {
    let key = jsonwebtoken::EncodingKey::from_secret(public.as_bytes());
    let claims = claims("ada", &[("*", "admin")], 3_600);
    jsonwebtoken::encode(&jsonwebtoken::Header::default(), &claims, &key).expect("signed")
}

/// The JWK of a committed Ed25519 public key: its last 32 bytes of DER are the point.
fn jwk(public: &str, kid: &str) -> Value {
    let base64: String = public.lines().filter(|line| !line.starts_with('-')).collect();
    let key = jsonwebtoken::DecodingKey::from_ed_pem(public.as_bytes()).expect("a key");
    let raw = key.try_get_as_bytes().expect("a point");
    assert_eq!((raw.len(), base64.is_empty()), (32, false));
    let point = base64_url(raw);
    json!({ "kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": kid, "x": point })
}

const ONE: (&str, &str) = (include_str!("keys/ed25519-1.key"), include_str!("keys/ed25519-1.pub"));
const TWO: (&str, &str) = (include_str!("keys/ed25519-2.key"), include_str!("keys/ed25519-2.pub"));

/// [X5]
#[tokio::test(flavor = "multi_thread")]
async fn a_key_file_that_changes_lets_new_keys_in_and_sessions_of_old_ones_out() {
    let scratch = Scratch::new("keys");
    let file = scratch.path().join("jwks.json");
    let write = |keys: Vec<Value>| {
        std::fs::write(&file, json!({ "keys": keys }).to_string()).expect("written");
    };
    write(vec![jwk(ONE.1, "one")]);
    let weft = Weft::start_with(Store::sqlite(), &["--auth-key", file.to_str().expect("UTF-8")]).await;
    let (one, two) = (mine(ONE.0, Some("one")), mine(TWO.0, Some("two")));
    let mut session = open(weft.address(), "notes", &one).await;
    state(&mut session).await;
    assert_eq!((status(&weft, &one).await, status(&weft, &two).await), (200, 401));
    write(vec![jwk(ONE.1, "one"), jwk(TWO.1, "two")]);
    until("the new key counts", SOON, async || status(&weft, &two).await == 200).await;
    state(&mut session).await;
    write(vec![jwk(TWO.1, "two")]);
    assert_eq!(session.end(SOON).await.expect("a close frame").0, 4401);
    assert_eq!((status(&weft, &one).await, status(&weft, &two).await), (401, 200));
    std::fs::write(&file, "{ broken").expect("written");
    until("the broken file is noticed", SOON, async || weft.logged("could not be read")).await;
    assert_eq!(status(&weft, &two).await, 200, "what was good stays");
}

/// [X5]
#[tokio::test(flavor = "multi_thread")]
async fn a_token_of_a_key_published_since_makes_the_jwks_be_fetched_again() {
    let published = Arc::new(Mutex::new(json!({ "keys": [jwk(ONE.1, "one")] }).to_string()));
    let url = serve(published.clone()).await;
    let weft = Weft::start_with(Store::sqlite(), &["--auth-key", &url]).await;
    assert_eq!(status(&weft, &mine(ONE.0, Some("one"))).await, 200);
    *published.lock().expect("whole") = json!({ "keys": [jwk(ONE.1, "one"), jwk(TWO.1, "two")] }).to_string();
    assert_eq!(status(&weft, &mine(TWO.0, Some("two"))).await, 200, "found at the first token that needs it");
    assert_eq!(status(&weft, &mine(TWO.0, Some("three"))).await, 401);
}

/// An identity provider that publishes its keys.
async fn serve(published: Arc<Mutex<String>>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("bound");
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = [0; 4_096];
            let _ = stream.read(&mut request).await;
            let body = published.lock().expect("whole").clone();
            let head =
                format!("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", body.len());
            let _ = stream.write_all((head + &body).as_bytes()).await;
        }
    });
    format!("http://{address}/jwks.json")
}
