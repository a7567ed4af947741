//! Requests that nobody means well with.

use weft_tests::replica::Replica;
use weft_tests::store::Store;
use weft_tests::weft::Weft;

use super::{ask, post};

/// [T2] [H9]
#[tokio::test(flavor = "multi_thread")]
async fn absurd_times_cursors_and_ranges_are_refused_or_empty() {
    let weft = Weft::start(Store::sqlite()).await;
    post(&weft, &Replica::default().append("x")).await;
    let long = "9".repeat(70);
    for (path, status) in [
        ("/history/9223372036854775807".to_owned(), 200),
        ("/history/-9223372036854775808".to_owned(), 200),
        ("/history/9223372036854775808".to_owned(), 400),
        (format!("/history/{long}"), 400),
        ("/history/yesterday".to_owned(), 400),
        ("/history/%FF".to_owned(), 400),
        ("/history/9999-12-31T23:59:59Z".to_owned(), 200),
        ("/history/0000-01-01T00:00:00Z".to_owned(), 200),
        ("/history/named-1".to_owned(), 404),
        ("/history/named-99999999999999999999".to_owned(), 400),
        ("/history/auto--1".to_owned(), 400),
        ("/history?from=9223372036854775807&to=-9223372036854775808".to_owned(), 200),
        ("/history?from=-9223372036854775808".to_owned(), 200),
        ("/history?limit=0".to_owned(), 200),
        ("/history?limit=99999999999999999999".to_owned(), 400),
        ("/history?limit=4294967295".to_owned(), 200),
        ("/history?cursor=x".to_owned(), 400),
        ("/history?from=2026-01-01T00:00:00+02:00".to_owned(), 200),
        ("/replay?from=9223372036854775807&to=0".to_owned(), 200),
        ("/replay?from=nonsense".to_owned(), 400),
        ("/versions?cursor=1".to_owned(), 400),
        (
            "/versions?cursor=-9223372036854775808.-9223372036854775808.-9223372036854775808&auto=1"
                .to_owned(),
            200,
        ),
        ("/versions?auto=1&limit=18446744073709551615".to_owned(), 200),
    ] {
        let answer = ask(&weft, &format!("GET {path}"), None, "").await;
        let text = String::from_utf8_lossy(&answer.body);
        assert_eq!(answer.status, status, "{path}: {text}");
        assert!(status == 200 || answer.head.contains("application/problem+json"), "{path}: {}", answer.head);
    }
    for line in ["PATCH /versions/named-1", "POST /versions"] {
        for body in ["{}", "[]", r#"{"label":7}"#, r#"{"label":"x","kind":"auto"}"#] {
            assert_eq!(ask(&weft, line, None, body).await.status, 400, "{line} {body}");
        }
    }
    assert_eq!(ask(&weft, "DELETE /versions/auto-5", None, "").await.status, 400);
}

/// [T1]
#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_or_deleted_has_no_past() {
    let weft = Weft::start(Store::sqlite()).await;
    let paths = ["/history", "/history/0", "/replay", "/versions", "/authors"];
    for path in paths {
        assert_eq!(ask(&weft, &format!("GET {path}"), None, "").await.status, 404, "{path}");
    }
    post(&weft, &Replica::default().append("x")).await;
    for path in paths {
        assert_eq!(ask(&weft, &format!("GET {path}"), None, "").await.status, 200, "{path}");
    }
    assert_eq!(ask(&weft, "DELETE ", None, "").await.status, 204);
    for path in paths {
        assert_eq!(ask(&weft, &format!("GET {path}"), None, "").await.status, 404, "{path}");
    }
}
