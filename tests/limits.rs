//! How much one may have and how fast: each limit with its refusal and its counter.

use std::net::SocketAddr;

use weft_tests::client::Client;
use weft_tests::frames::{self, Message};
use weft_tests::http;
use weft_tests::replica::Replica;
use weft_tests::socket::Socket;
use weft_tests::store::Store;
use weft_tests::token::{SECRET, token};
use weft_tests::wait::{SOON, until};
use weft_tests::weft::Weft;

async fn start(options: &[&str]) -> Weft {
    Weft::start_with(Store::sqlite(), options).await
}

/// Opens a session that a proxy forwards for an address.
async fn from(weft: &Weft, address: &str, path: &str) -> Socket {
    Socket::open_with(weft.address(), path, &[("x-forwarded-for", address)])
        .await
        .expect("the server upgrades")
}

/// Fails unless the session is served.
async fn served(socket: &mut Socket) {
    socket.send(frames::step1(&frames::EMPTY_STATE_VECTOR)).await.expect("the socket is open");
    socket.find(|message| matches!(message, Message::Step2(_)).then_some(())).await;
}

/// Fails unless the session is closed with `code` for a reason that contains `what`, and the refusal is counted.
async fn refused(weft: &Weft, socket: &mut Socket, (code, what): (u16, &str), limit: &str) {
    let (closed, why) = socket.end(SOON).await.expect("a close frame");
    assert_eq!(closed, code, "{why}");
    assert!(why.contains(what), "{why}");
    counted(weft, limit).await;
}

async fn counted(weft: &Weft, limit: &str) {
    let line = format!("weft_refused_total{{limit=\"{limit}\"}} ");
    until("the refusal is counted", SOON, async || {
        metrics(weft.address()).await.lines().any(|found| found.starts_with(&line) && !found.ends_with(" 0"))
    })
    .await;
}

async fn metrics(address: SocketAddr) -> String {
    let admin = format!("Bearer {}", token("root", &[("*", "admin")]));
    http::metrics(address, &[("Authorization", &admin)]).await
}

/// [R1] [R3]
#[tokio::test(flavor = "multi_thread")]
async fn one_address_has_so_many_sessions_and_another_one_its_own() {
    let weft = start(&["--limit-sessions-per-address", "2"]).await;
    let mut one = from(&weft, "198.51.100.1", "/sync/a").await;
    let mut two = from(&weft, "198.51.100.1", "/sync/b").await;
    let mut three = from(&weft, "198.51.100.1", "/sync/c").await;
    refused(&weft, &mut three, (1013, "198.51.100.1 has 2 sessions"), "sessions_per_address").await;
    served(&mut one).await;
    served(&mut two).await;
    served(&mut from(&weft, "198.51.100.2", "/sync/c").await).await;
    drop(one);
    until("the place is free again", SOON, async || {
        let mut again = from(&weft, "198.51.100.1", "/sync/c").await;
        again.send(frames::step1(&frames::EMPTY_STATE_VECTOR)).await.is_ok()
            && matches!(again.arrival(SOON).await, Some(weft_tests::socket::Arrival::Frame(_)))
    })
    .await;
}

/// [R1] [R3]
#[tokio::test(flavor = "multi_thread")]
async fn one_user_has_so_many_sessions_wherever_they_come_from() {
    let weft = start(&["--auth-key", SECRET, "--limit-sessions-per-user", "2"]).await;
    let path = |user: &str| format!("/sync/a?token={}", token(user, &[("a", "write")]));
    let mut one = from(&weft, "198.51.100.1", &path("ada")).await;
    let mut two = Socket::open(weft.address(), "/sync/a").await.expect("upgraded");
    two.send(frames::token(&token("ada", &[("a", "write")]))).await.expect("the socket is open");
    served(&mut two).await;
    let mut three = from(&weft, "198.51.100.3", &path("ada")).await;
    refused(&weft, &mut three, (1013, "2 sessions"), "sessions_per_user").await;
    served(&mut one).await;
    served(&mut from(&weft, "198.51.100.1", &path("bob")).await).await;
}

/// [R1] [R3]
#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_joins_is_told_to_try_again_later() {
    let weft = start(&["--limit-joins-per-second", "1"]).await;
    let mut last = None;
    for n in 0..60 {
        let mut socket = from(&weft, "198.51.100.1", &format!("/sync/flood-{n}")).await;
        if n < 20 {
            served(&mut socket).await;
        }
        last = Some(socket);
    }
    let mut last = last.expect("sixty");
    refused(&weft, &mut last, (4529, "joins a second"), "joins_per_second").await;
    served(&mut from(&weft, "198.51.100.2", "/sync/calm").await).await;
}

/// [R1] [R3]
#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_requests_gets_429_and_others_do_not() {
    let weft = start(&["--limit-requests-per-second", "1"]).await;
    let ask = async |address: &str| {
        let headers = [("X-Forwarded-For", address)];
        http::request(weft.address(), "GET /api/documents", &headers, "").await.expect("an answer")
    };
    let mut statuses = Vec::new();
    for _ in 0..40 {
        statuses.push(ask("198.51.100.1").await);
    }
    assert!(statuses[..10].iter().all(|answer| answer.status == 200));
    let refusal = statuses.iter().find(|answer| answer.status == 429).expect("too many");
    assert!(refusal.head.to_ascii_lowercase().contains("retry-after"), "{}", refusal.head);
    assert_eq!(ask("198.51.100.2").await.status, 200);
    counted(&weft, "requests_per_second").await;
}

/// [R2]
#[tokio::test(flavor = "multi_thread")]
async fn who_sends_too_fast_waits_and_loses_nothing() {
    let weft = start(&["--limit-messages-per-second", "100"]).await;
    let mut writer = Client::join(weft.address(), "burst").await;
    let mut other = Client::join(weft.address(), "burst").await;
    for n in 0..1_500 {
        writer.append(&format!("{n} ")).await.expect("the socket is open");
    }
    other.append("meanwhile").await.expect("the socket is open");
    other.until("its own ack, while the other one waits", Client::saved).await;
    writer.until("every ack", Client::saved).await;
    other.until("everything", |other| other.text().matches(' ').count() == 1_500).await;
    assert!((0..1_500).all(|n| other.text().contains(&format!("{n} "))), "{}", other.text());
    assert!(metrics(weft.address()).await.contains("weft_throttled_total 1"));
}

/// [R2] [R3]
#[tokio::test(flavor = "multi_thread")]
async fn who_keeps_sending_too_fast_is_closed_with_4529() {
    let weft = start(&["--limit-messages-per-second", "100", "--limit-throttle-ms", "500"]).await;
    let mut flooder = Socket::open(weft.address(), "/sync/flood").await.expect("upgraded");
    let flood = async {
        // Its own end shows at a send.
        let burst = frames::awareness(&[0]).repeat(1_000);
        while flooder.send(burst.clone()).await.is_ok() {}
    };
    let flooded = tokio::time::timeout(SOON, flood).await;
    println!("the flood {}", if flooded.is_ok() { "was cut off" } else { "was held up" });
    counted(&weft, "messages_per_second").await;
    assert!(metrics(weft.address()).await.contains("weft_closed_total{code=\"4529\"} 1"));
}

/// [R3] [W7]
#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_large_or_too_many_is_refused_with_its_code_and_counted() {
    let options = [
        ["--limit-frame-bytes", "100000"],
        ["--limit-update-bytes", "5000"],
        ["--limit-document-bytes", "20000"],
        ["--limit-awareness-bytes", "1000"],
        ["--limit-sessions-per-document", "3"],
        ["--limit-open-documents", "2"],
    ];
    let weft = start(options.as_flattened()).await;
    let open = async |name: &str| {
        Socket::open(weft.address(), &format!("/sync/{name}?ack=1")).await.expect("the server upgrades")
    };
    let replica = Replica::default();
    let update = |size: usize| frames::update(&Replica::default().append(&"x".repeat(size)));
    for (frame, code, what, limit) in [
        (vec![0; 100_001], 4413, "100000", "frame_bytes"),
        (update(6_000), 4413, "at most 5000", "update"),
        (frames::step2(&replica.append(&"y".repeat(60_000))), 4413, "document would grow", "document_bytes"),
        (frames::awareness(&[0; 1_001]), 4413, "at most 1000", "awareness_bytes"),
    ] {
        let mut socket = open("one").await;
        served(&mut socket).await;
        // The socket may end while a large frame is still being sent.
        let _ = socket.send(frame).await;
        refused(&weft, &mut socket, (code, what), limit).await;
    }
    let mut kept = Vec::new();
    until("the places of the refused are free", SOON, async || {
        kept.push(open("one").await);
        kept.len() == 3
    })
    .await;
    for socket in &mut kept {
        served(socket).await;
    }
    refused(&weft, &mut open("one").await, (1013, "3 sessions"), "sessions_per_document").await;
    let mut two = open("two").await;
    served(&mut two).await;
    refused(&weft, &mut open("three").await, (1013, "too many documents"), "open_documents").await;
}

/// [R3]
#[tokio::test(flavor = "multi_thread")]
async fn the_metrics_show_what_there_is_and_every_limit_and_are_not_for_everybody() {
    let weft = start(&["--auth-key", SECRET, "--limit-idle-ms", "4321"]).await;
    assert_eq!(http::status(weft.address(), "/metrics").await, 401);
    let some = format!("Bearer {}", token("ada", &[("a*", "admin")]));
    let answer = http::request(weft.address(), "GET /metrics", &[("Authorization", &some)], "").await;
    assert_eq!(answer.expect("an answer").status, 403);
    let mut socket =
        from(&weft, "198.51.100.1", &format!("/sync/a?token={}", token("ada", &[("a", "write")]))).await;
    served(&mut socket).await;
    let text = metrics(weft.address()).await;
    for line in ["weft_sessions 1", "weft_documents_open 1", "weft_storage_up 1", "weft_joins_total 1"] {
        assert!(text.lines().any(|found| found == line), "{line} in\n{text}");
    }
    assert!(text.contains("weft_limit{limit=\"idle_ms\"} 4321"), "{text}");
    let help = weft_tests::weft::run_to_end(&["serve", "--help"]).await.1;
    for option in help.lines().filter_map(|line| line.trim().strip_prefix("--limit-")) {
        let name = option.split(' ').next().unwrap_or_default().replace('-', "_");
        assert!(text.contains(&format!("weft_limit{{limit=\"{name}\"}}")), "{name} in\n{text}");
    }
}

/// [R3]
#[tokio::test(flavor = "multi_thread")]
async fn the_page_of_limits_has_every_option_and_every_counter() {
    let page = include_str!("../docs/limits.md");
    let help = weft_tests::weft::run_to_end(&["serve", "--help"]).await.1;
    let options = help.lines().filter_map(|line| line.trim().strip_prefix("--limit-"));
    for option in options.filter_map(|line| line.split(' ').next()) {
        assert!(page.contains(&format!("| `{option}` |")), "{option}");
    }
    for limit in weft_server::limits::Limit::ALL {
        assert!(page.contains(&format!("`{}`", limit.as_str())), "{}", limit.as_str());
    }
}
