//! HTTP requests that are wrong, endless, ambiguous or compressed to death.

use weft_tests::frames::hex;
use weft_tests::raw::Raw;
use weft_tests::wait::SOON;

use crate::attack::{Answer, Attack};
use crate::patience;
use crate::siege::answered;

/// Every attack of the family.
pub fn attacks() -> Vec<Attack> {
    [patience::slow(), bodies(), uploads(), ambiguous(), queries(), misleading(), patience::endless()]
        .into_iter()
        .flatten()
        .collect()
}

/// An attack that is one request.
fn request(naming: (&'static str, &'static str), answer: Answer, bytes: impl Into<Vec<u8>>) -> Attack {
    let bytes = bytes.into();
    Attack::new(naming, "H9", answer, move |address| {
        let bytes = bytes.clone();
        async move {
            let mut raw = Raw::connect(address).await;
            raw.send(&bytes).await.unwrap_or_default();
            answered(&mut raw, SOON).await
        }
    })
    .peak_mib(24)
}

/// An attack that is a GET.
fn get(naming: (&'static str, &'static str), answer: Answer, path: &str) -> Attack {
    request(naming, answer, format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n"))
}

/// A request to create a document, with further header lines and a body.
pub fn create(headers: &str, body: &[u8]) -> Vec<u8> {
    let mut request = format!("POST /api/documents HTTP/1.1\r\nHost: localhost\r\n{headers}").into_bytes();
    if !headers.to_ascii_lowercase().contains("content-length") && !headers.contains("chunked") {
        request.extend(format!("Content-Length: {}\r\n", body.len()).into_bytes());
    }
    request.extend_from_slice(b"\r\n");
    request.extend_from_slice(body);
    request
}

/// The type of bodies.
pub const JSON: &str = "Content-Type: application/json\r\n";

fn bodies() -> Vec<Attack> {
    let bad = Answer::Problem(400);
    let deep = ["[".repeat(8_000), "]".repeat(8_000)].concat();
    let padded = |bytes: usize| format!("{{\"name\":\"{}\"}}", "n".repeat(bytes));
    vec![
        request(
            ("body over the limit", "creates a document with 17 KiB of JSON"),
            Answer::Problem(413),
            create(JSON, padded(17 << 10).as_bytes()),
        ),
        request(
            ("body of a terabyte", "announces a terabyte of JSON"),
            Answer::Problem(413),
            create(&format!("{JSON}Content-Length: 1099511627776\r\n"), b"{"),
        ),
        request(("deep JSON", "sends JSON nested 8,000 deep"), bad, create(JSON, deep.as_bytes())),
        request(
            ("JSON that is not UTF-8", "sends a name of FF FE"),
            bad,
            create(JSON, b"{\"name\":\"\xff\xfe\"}"),
        ),
        request(
            ("other content type", "sends JSON as text/xml"),
            bad,
            create("Content-Type: text/xml\r\n", b"{}"),
        ),
        request(
            ("unknown field", "sends a field that does not exist"),
            bad,
            create(JSON, b"{\"admin\":true}"),
        ),
        request(
            ("line end in a name", "creates a name that would split the Location header"),
            bad,
            create(JSON, br#"{"name":"a\r\nSet-Cookie: x=1"}"#),
        ),
        request(
            ("NUL in a title", "creates a title with a NUL"),
            bad,
            create(JSON, br#"{"title":"a\u0000b"}"#),
        ),
        request(
            ("long title", "creates a title of 2 KiB"),
            bad,
            create(JSON, format!("{{\"title\":\"{}\"}}", "t".repeat(2_048)).as_bytes()),
        ),
        request(
            ("gzip bomb", "sends 14 KiB that unpack to 2.3 MiB"),
            bad,
            create(&format!("{JSON}Content-Encoding: gzip\r\n"), &bomb()),
        ),
        request(
            ("brotli body", "says that its body is packed by brotli"),
            bad,
            create(
                &format!("{JSON}Content-Encoding: br\r\n"),
                &hex("cf ff ff 7f f8 27 00 e2 b1 40 20 f7 fe 9f"),
            ),
        ),
        request(
            ("deflate within gzip", "names five encodings"),
            bad,
            create(&format!("{JSON}Content-Encoding: gzip, deflate, br, zstd, gzip\r\n"), &bomb()),
        ),
    ]
}

/// Updates that come as the body of a request.
fn uploads() -> Vec<Attack> {
    let upload = |headers: &str, body: &[u8]| {
        let line = "POST /api/documents/target/update HTTP/1.1\r\nHost: localhost\r\n";
        let length = format!("Content-Length: {}\r\n\r\n", body.len());
        [line.as_bytes(), headers.as_bytes(), length.as_bytes(), body].concat()
    };
    let crasher = hex("010301feffffff0f000c008080406407ffffffff0f0002010206000a0d0701ffffffff0f0b");
    let swelling = format!("{:x}\r\n{}\r\n", 32 << 20, "z".repeat(20 << 20));
    let chunked =
        "POST /api/documents/target/update HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n";
    vec![
        request(
            ("gzip bomb as an update", "posts an update of 14 KiB that unpacks to 2.3 MiB"),
            Answer::Problem(415),
            upload("Content-Encoding: gzip\r\n", &bomb()),
        ),
        request(
            ("crasher as a request", "posts the update that aborts a CRDT's process"),
            Answer::Problem(400),
            upload("", &crasher),
        ),
        request(
            ("endless update as a request", "posts 32 MiB in one chunk, 16 are allowed"),
            Answer::Problem(413),
            [chunked.as_bytes(), swelling.as_bytes()].concat(),
        )
        .peak_mib(64),
    ]
}

/// Spaces packed by gzip as runs of 258, each 13 bits: no packer needs to be at hand, and its checksum is never reached.
fn bomb() -> Vec<u8> {
    let run = [1, 1, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0];
    let space = [1, 1, 0, 0, 1, 0, 1, 0, 0, 0, 0];
    let bits: Vec<u8> = [space.to_vec(), run.repeat(9_000)].concat();
    let byte = |bits: &[u8]| bits.iter().rev().fold(0, |byte, bit| byte << 1 | bit);
    [hex("1f8b08000000000000ff"), bits.chunks(8).map(byte).collect()].concat()
}

fn ambiguous() -> Vec<Attack> {
    let bad = Answer::Status(400);
    let chunked = |body: &[u8]| create(&format!("{JSON}Transfer-Encoding: chunked\r\n"), body);
    vec![
        request(
            ("length and chunks", "gives both a length and chunks, to be understood in two ways"),
            bad,
            create(
                &format!("{JSON}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n"),
                b"2\r\n{}\r\n0\r\n\r\n",
            ),
        ),
        request(
            ("two lengths", "gives two lengths"),
            bad,
            create(&format!("{JSON}Content-Length: 2\r\nContent-Length: 40\r\n"), b"{}"),
        ),
        request(
            ("negative length", "gives a length of -1"),
            bad,
            create(&format!("{JSON}Content-Length: -1\r\n"), b"{}"),
        ),
        request(
            ("length with a plus", "gives a length of +2"),
            bad,
            create(&format!("{JSON}Content-Length: +2\r\n"), b"{}"),
        ),
        request(
            ("odd transfer coding", "names a transfer coding that does not exist"),
            bad,
            create(&format!("{JSON}Content-Length: 2\r\nTransfer-Encoding: xchunked\r\n"), b"{}"),
        ),
        request(
            ("chunk of letters", "gives a chunk the size zz"),
            Answer::Problem(400),
            chunked(b"zz\r\n{}\r\n0\r\n\r\n"),
        ),
        request(
            ("chunk of 2^68 bytes", "gives a chunk a size of 17 digits"),
            Answer::Problem(400),
            chunked(b"fffffffffffffffff\r\n{}\r\n0\r\n\r\n"),
        ),
        request(
            ("header with a space", "puts a space before the colon of a header"),
            bad,
            "GET /healthz HTTP/1.1\r\nHost : localhost\r\n\r\n",
        ),
        request(
            ("NUL in a header", "puts a NUL into a header"),
            bad,
            "GET /healthz HTTP/1.1\r\nHost: local\0host\r\n\r\n",
        ),
        request(
            ("HTTP/2 without asking", "begins with the preface of HTTP/2"),
            bad,
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0",
        ),
        request(
            ("TLS hello", "speaks TLS to the plain port"),
            bad,
            hex("16030100a5010000a10303000102030405060708090a0b0c0d0e0f0d0a0d0a"),
        ),
    ]
}

fn queries() -> Vec<Attack> {
    let bad = Answer::Problem(400);
    vec![
        get(("bad cursor", "lists from a cursor it made up"), bad, "/api/documents?cursor=%27%20OR%201=1--"),
        get(
            ("huge cursor", "lists from a cursor of 8 KiB"),
            bad,
            &format!("/api/documents?cursor={}", "9".repeat(8 << 10)),
        ),
        get(
            ("huge query", "searches for 16 KiB"),
            bad,
            &format!("/api/documents?query={}", "q".repeat(16 << 10)),
        ),
        get(("negative limit", "lists -1 documents"), bad, "/api/documents?limit=-1"),
        get(
            ("limit of 2^32 - 1", "lists as many documents as a number can say"),
            Answer::Status(200),
            "/api/documents?limit=4294967295",
        ),
        get(
            ("wildcard search", "searches for 128 wildcards"),
            Answer::Status(200),
            &format!("/api/documents?query={}", "%25_".repeat(64)),
        ),
        get(
            ("unknown kind", "lists documents of a kind that does not exist"),
            bad,
            "/api/documents?kind=../../etc",
        ),
        get(("name of bytes", "asks for a document whose name is not UTF-8"), bad, "/api/documents/%ff%fe"),
        get(
            ("traversal in the API", "asks for the document ../../etc/passwd"),
            Answer::Problem(404),
            "/api/documents/../../etc/passwd",
        ),
        get(
            ("traversal in the pages", "asks for a file outside of the pages"),
            Answer::Problem(404),
            "/assets/../../../etc/passwd",
        ),
        get(
            ("encoded traversal", "asks for a file outside of the pages, encoded"),
            Answer::Problem(404),
            "/%2e%2e/%2e%2e/etc/passwd",
        ),
    ]
}

fn misleading() -> Vec<Attack> {
    let with = |headers: &str| format!("GET /healthz HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n");
    let ranges: Vec<String> = (0..2_000).map(|n| format!("{n}-{n}")).collect();
    let tags = vec!["\"x\""; 2_000].join(",");
    vec![
        request(
            ("unknown method", "uses the method BREW"),
            Answer::Problem(404),
            "BREW /api/documents HTTP/1.1\r\nHost: localhost\r\n\r\n",
        ),
        request(
            ("TRACE", "asks for its own request, cookies and all"),
            Answer::Status(405),
            "TRACE / HTTP/1.1\r\nHost: localhost\r\nCookie: a=b\r\n\r\n",
        ),
        request(
            ("absolute target", "asks for another host's page, as of a proxy"),
            Answer::Problem(403),
            "GET http://example.org/secret HTTP/1.1\r\nHost: example.org\r\n\r\n",
        ),
        request(("two hosts", "names two hosts"), Answer::Status(400), with("Host: example.org\r\n")),
        request(
            ("two thousand ranges", "asks for 2,000 ranges of an answer"),
            Answer::Status(200),
            with(&format!("Range: bytes={}\r\n", ranges.join(","))),
        ),
        request(
            ("two thousand tags", "knows 2,000 versions of an answer"),
            Answer::Status(200),
            with(&format!("If-None-Match: {tags}\r\n")),
        ),
        request(
            ("moment of the far future", "asks for what has changed since the year 99999"),
            Answer::Status(200),
            with("If-Modified-Since: Fri, 31 Dec 99999 23:59:59 GMT\r\n"),
        ),
        request(
            ("unmet expectation", "expects 100-continue and sends nothing"),
            Answer::Status(100),
            create(&format!("{JSON}Expect: 100-continue\r\nContent-Length: 2\r\n"), b""),
        ),
        request(
            ("odd expectation", "expects what does not exist"),
            Answer::Status(200),
            with("Expect: 200-ok\r\n"),
        ),
    ]
}
