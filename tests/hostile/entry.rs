//! Tokens that are forged, stale, stolen or missing, and pages that come from elsewhere.

use std::net::SocketAddr;
use std::time::Duration;

use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use weft_tests::frames::{self, Message};
use weft_tests::raw::Raw;
use weft_tests::replica::Replica;
use weft_tests::socket::Socket;
use weft_tests::token::{claims, now, sign};
use weft_tests::wait::SOON;

use crate::attack::{Answer, Attack, Seen};
use crate::siege::{answered, outcome, seen_end};

const PRIVATE: &str = include_str!("../access/keys/ed25519-1.key");
const FOREIGN: &str = include_str!("../access/keys/ed25519-2.key");
/// The key of the server under attack. Everybody knows it.
pub const PUBLIC: &str = include_str!("../access/keys/ed25519-1.pub");

/// A socket without a token is kept for ten seconds; a busy machine may take longer to notice.
const PATIENCE: Duration = Duration::from_secs(30);

/// The token of somebody who may write both documents of the witnesses.
pub fn good() -> String {
    signed(claims("ada", &[("target", "write"), ("elsewhere", "write")], 3_600))
}

fn signed(claims: Value) -> String {
    sign(claims, PRIVATE.as_bytes(), None)
}

fn for_target(role: &str) -> Value {
    claims("mallory", &[("target", role)], 3_600)
}

/// Every attack of the family.
pub fn attacks() -> Vec<Attack> {
    [forged(), stale(), misplaced(), too_large(), beyond_the_role(), swapped(), of_the_api()]
        .into_iter()
        .flatten()
        .collect()
}

async fn open(address: SocketAddr, token: &str) -> Socket {
    let path = format!("/sync/target?ack=1&token={token}");
    Socket::open(address, &path).await.expect("the server upgrades")
}

/// An attack that joins with a token.
fn with_token(
    naming: (&'static str, &'static str),
    rule: &'static str,
    code: u16,
    token: impl Fn() -> String + Send + Sync + 'static,
) -> Attack {
    Attack::new(naming, rule, Answer::Close(code), move |address| {
        let token = token();
        async move { outcome(&mut open(address, &token).await).await }
    })
    .peak_mib(8)
}

fn base64_url(text: &str) -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let bits: Vec<u8> = text.bytes().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1)).collect();
    let six = |bits: &[u8]| (0..6).fold(0, |six, n| six << 1 | bits.get(n).copied().unwrap_or(0));
    bits.chunks(6).map(|bits| char::from(ALPHABET[usize::from(six(bits))])).collect()
}

fn hmac(secret: &[u8], header: Header) -> String {
    let key = EncodingKey::from_secret(secret);
    jsonwebtoken::encode(&header, &for_target("admin"), &key).expect("signed")
}

fn forged() -> Vec<Attack> {
    let kid = |kid: &'static str| move || sign(for_target("admin"), FOREIGN.as_bytes(), Some(kid));
    vec![
        with_token(("alg none", "says that its token needs no signature"), "X1", 4401, || {
            let claims = base64_url(&for_target("admin").to_string());
            format!("{}.{claims}.", base64_url(r#"{"alg":"none","typ":"JWT"}"#))
        }),
        with_token(
            ("public key as a secret", "signs by HS256 with the server's public key"),
            "X5",
            4401,
            || hmac(PUBLIC.as_bytes(), Header::default()),
        ),
        with_token(("empty secret", "signs by HS256 with nothing"), "X5", 4401, || {
            hmac(b"", Header::default())
        }),
        with_token(("another's key", "signs with a key of its own"), "X1", 4401, || {
            sign(for_target("admin"), FOREIGN.as_bytes(), None)
        }),
        with_token(
            ("key within the token", "names an address where its own key could be fetched"),
            "X5",
            4401,
            || {
                let header = Header {
                    jku: Some("http://127.0.0.1:1/jwks".to_owned()),
                    ..Header::new(Algorithm::EdDSA)
                };
                let key = EncodingKey::from_ed_pem(FOREIGN.as_bytes()).expect("a key");
                jsonwebtoken::encode(&header, &for_target("admin"), &key).expect("signed")
            },
        ),
        with_token(
            ("path in kid", "names ../../../../dev/null as its key"),
            "X5",
            4401,
            kid("../../../../dev/null"),
        ),
        with_token(("SQL in kid", "names an injection as its key"), "X5", 4401, kid("x' UNION SELECT 'key")),
        with_token(
            ("claims changed", "gives itself another role below a good signature"),
            "X1",
            4401,
            || {
                let good = signed(for_target("read"));
                let mut parts: Vec<&str> = good.split('.').collect();
                let claims = base64_url(&for_target("admin").to_string());
                parts[1] = &claims;
                parts.join(".")
            },
        ),
        with_token(("no token at all", "sends words instead of a token"), "X1", 4401, || {
            "let.me.in".to_owned()
        }),
    ]
}

fn stale() -> Vec<Attack> {
    let at = |field: &'static str, offset: i64| {
        move || {
            let mut claims = for_target("write");
            claims[field] = json!(i64::try_from(now()).expect("this age") + offset);
            signed(claims)
        }
    };
    vec![
        with_token(("expired token", "joins with a token of yesterday"), "X3", 4401, at("exp", -86_400)),
        with_token(
            ("token of tomorrow", "joins with a token that begins tomorrow"),
            "X1",
            4401,
            at("nbf", 86_400),
        ),
        with_token(
            ("token made tomorrow", "joins with a token that was made in the future"),
            "X1",
            4401,
            at("iat", 86_400),
        ),
        with_token(("token before time", "joins with a token that ended in 1833"), "X3", 4401, || {
            let mut claims = for_target("write");
            claims["exp"] = json!(-4.3e9);
            signed(claims)
        }),
        Attack::new(
            ("token that ends in flight", "goes on when its token has ended"),
            "X3",
            Answer::Close(4401),
            |address| async move {
                let mut claims = for_target("write");
                claims["exp"] = json!(now() + 3);
                let mut socket = open(address, &signed(claims)).await;
                assert_eq!(outcome(&mut socket).await, Seen::Served);
                seen_end(socket.end(PATIENCE).await)
            },
        ),
    ]
}

/// Tokens and origins where they do not count.
fn misplaced() -> Vec<Attack> {
    let from = |naming, origin: &'static str| {
        Attack::new(naming, "X6", Answer::Close(4403), move |address| async move {
            let path = format!("/sync/target?token={}", good());
            let socket = Socket::open_with(address, &path, &[("origin", origin)]).await;
            outcome(&mut socket.expect("the server upgrades")).await
        })
    };
    vec![
        Attack::new(
            ("edit without a token", "sends an edit instead of a token"),
            "X1",
            Answer::Close(4401),
            |address| async move {
                let mut socket = Socket::open(address, "/sync/target").await.expect("the server upgrades");
                socket.send(frames::update(&Replica::default().append("free"))).await.expect("it is open");
                outcome(&mut socket).await
            },
        ),
        Attack::new(
            ("two hundred sockets without a token", "opens them and says nothing"),
            "X1",
            Answer::Close(4401),
            |address| async move {
                let mut silent = Vec::new();
                for _ in 0..200 {
                    silent.push(Socket::open(address, "/sync/target").await.expect("the server upgrades"));
                }
                let mut seen = Seen::Served;
                for socket in &mut silent {
                    seen = seen_end(socket.end(PATIENCE).await);
                }
                seen
            },
        )
        .log_lines(220),
        Attack::new(
            ("token in a cookie", "has a good token in a cookie, as a page of others would"),
            "X7",
            Answer::Close(4401),
            |address| async move {
                let cookie = format!("token={0}; weft.token={0}", good());
                let headers = [("cookie", cookie.as_str())];
                let socket = Socket::open_with(address, "/sync/target", &headers).await;
                outcome(&mut socket.expect("the server upgrades")).await
            },
        ),
        from(("page of others", "connects from a page of https://evil.example"), "https://evil.example"),
        from(("page of nowhere", "connects from a page without an origin, as of a sandbox"), "null"),
        from(
            ("page of a similar name", "connects from http://127.0.0.1.evil.example"),
            "http://127.0.0.1.evil.example",
        ),
    ]
}

fn too_large() -> Vec<Attack> {
    let sent = |naming, token: fn() -> String| {
        Attack::new(naming, "X1", Answer::Close(4401), move |address| async move {
            let mut socket = Socket::open(address, "/sync/target").await.expect("the server upgrades");
            socket.send(frames::token(&token())).await.unwrap_or_default();
            outcome(&mut socket).await
        })
    };
    vec![
        sent(("huge token", "sends a token of 8 MiB"), || "x".repeat(8 << 20)),
        sent(("token of 100,000 patterns", "has a signed token that names 100,000 patterns"), || {
            let mut claims = for_target("write");
            claims["documents"] = (0..100_000).map(|n| (format!("d{n}*"), json!("write"))).collect::<Value>();
            signed(claims)
        }),
        sent(("token of a thousand dots", "sends a token of a thousand empty parts"), || ".".repeat(1_000)),
        with_token(("long user", "has a signed token of a user of 4 KiB"), "X1", 4401, || {
            signed(claims(&"u".repeat(4_096), &[("target", "write")], 3_600))
        }),
    ]
}

fn beyond_the_role() -> Vec<Attack> {
    vec![
        with_token(("another document", "joins a document that its token does not name"), "X1", 4403, || {
            signed(claims("mallory", &[("targe", "admin"), ("target2*", "admin")], 3_600))
        }),
        Attack::new(
            ("reader that writes", "sends 1,000 edits with leave to read"),
            "X2",
            Answer::Served,
            |address| async move {
                let mut watcher = open(address, &good()).await;
                let mut reader = open(address, &signed(for_target("read"))).await;
                let replica = Replica::default();
                for _ in 0..1_000 {
                    let edit = frames::update(&replica.append("graffiti"));
                    reader.send(edit).await.expect("the socket is open");
                }
                let seen = outcome(&mut reader).await;
                watcher.send(frames::step1(&frames::EMPTY_STATE_VECTOR)).await.expect("the socket is open");
                let state = |message: &Message| match message {
                    Message::Step2(state) => Some(state.clone()),
                    _ => None,
                };
                let state = watcher.find(state).await;
                assert!(!state.windows(8).any(|window| window == b"graffiti"), "a reader has written");
                seen
            },
        ),
    ]
}

/// Fresh tokens on a socket that is served.
fn swapped() -> Vec<Attack> {
    let swap = |naming, answer, tokens: fn() -> Vec<String>| {
        Attack::new(naming, "X3", answer, move |address| async move {
            let mut socket = open(address, &signed(for_target("read"))).await;
            assert_eq!(outcome(&mut socket).await, Seen::Served);
            for token in tokens() {
                socket.send(frames::token(&token)).await.unwrap_or_default();
            }
            outcome(&mut socket).await
        })
    };
    vec![
        swap(("another user's token", "goes on as somebody else"), Answer::Close(4401), || vec![good()]),
        swap(
            ("token for elsewhere", "renews its access by a token for another document"),
            Answer::Close(4403),
            || vec![signed(claims("mallory", &[("elsewhere", "write")], 3_600))],
        ),
        swap(
            ("forged renewal", "renews its access by a token of its own making"),
            Answer::Close(4401),
            || vec![sign(for_target("admin"), FOREIGN.as_bytes(), None)],
        ),
        swap(("token flood", "renews its access 2,000 times"), Answer::Served, || {
            vec![signed(for_target("read")); 2_000]
        }),
    ]
}

fn of_the_api() -> Vec<Attack> {
    let request = |naming, answer, line: &'static str, token: fn() -> String, body: &'static str| {
        Attack::new(naming, "X2", answer, move |address| async move {
            let head = format!("{line} HTTP/1.1\r\nHost: {address}\r\nAuthorization: {}\r\n", token());
            let length = body.len();
            let body = format!("Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}");
            let mut raw = Raw::connect(address).await;
            raw.send((head + &body).as_bytes()).await.expect("the server reads");
            answered(&mut raw, SOON).await
        })
    };
    let writer = || format!("Bearer {}", signed(for_target("write")));
    vec![
        request(
            ("list without a token", "lists documents with a password"),
            Answer::Problem(401),
            "GET /api/documents",
            || "Basic YWRtaW46YWRtaW4=".to_owned(),
            "",
        ),
        request(
            ("deletion by a writer", "deletes the document with leave to write"),
            Answer::Problem(403),
            "DELETE /api/documents/target",
            writer,
            "",
        ),
        request(
            ("link that gives more", "makes a link that gives what it does not have"),
            Answer::Problem(403),
            "POST /api/documents/target/links",
            writer,
            r#"{"access":"admin"}"#,
        ),
        request(
            ("revocation by a writer", "takes the access of the witnesses away"),
            Answer::Problem(403),
            "POST /api/revocations",
            writer,
            r#"{"user":"ada"}"#,
        ),
    ]
}
