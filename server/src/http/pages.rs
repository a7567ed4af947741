//! The pages, out of the binary.

use actix_web::http::header::{
    ACCEPT, ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, ETAG, HOST,
    IF_NONE_MATCH, REFERRER_POLICY, VARY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use actix_web::{HttpRequest, HttpResponse, web};
use weft_web_editor::{Asset, Page, asset, page};

use super::App;
use super::problem::Problem;

const POLICY: &str = "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; \
    font-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; connect-src 'self'";

/// What a browser is shown where there is nothing.
const MISSING: &str = include_str!("pages/missing.html");

/// Routes the pages; everything that is nothing else is an asset or a 404.
pub fn configure(config: &mut web::ServiceConfig) {
    config
        .service(web::resource("/").route(web::get().to(home)).route(web::head().to(home)))
        .service(web::resource("/d/{name:.+}").route(web::get().to(document)).route(web::head().to(document)))
        .service(web::resource("/w/{name:.+}").route(web::get().to(board)).route(web::head().to(board)))
        .default_service(web::route().to(other));
}

async fn home(req: HttpRequest) -> HttpResponse {
    answer_page(&req, Page::Home)
}

async fn document(req: HttpRequest) -> HttpResponse {
    answer_page(&req, Page::Document)
}

async fn board(req: HttpRequest) -> HttpResponse {
    answer_page(&req, Page::Whiteboard)
}

fn answer_page(req: &HttpRequest, wanted: Page) -> HttpResponse {
    match page(wanted) {
        Some(asset) => answer(req, asset),
        None => HttpResponse::NotFound()
            .content_type("text/plain; charset=utf-8")
            .body("This server was built without pages (WEFT_WEB=skip); the API is at /api/documents.\n"),
    }
}

async fn other(req: HttpRequest) -> Result<HttpResponse, Problem> {
    let path = req.path().trim_start_matches('/');
    match asset(path) {
        Some(asset) => Ok(answer(&req, asset)),
        None if is_read_by_somebody(&req) => Ok(missing()),
        None => Err(Problem::not_found(format!("there is nothing at {}", req.path()))),
    }
}

/// Browsers say what they can show; programs get something that they can read.
fn is_read_by_somebody(req: &HttpRequest) -> bool {
    let accepted = req.headers().get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    req.method().is_safe() && accepted.split(',').any(|kind| kind.trim().starts_with("text/html"))
}

fn missing() -> HttpResponse {
    HttpResponse::NotFound()
        .content_type("text/html; charset=utf-8")
        .insert_header((CACHE_CONTROL, "no-cache"))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((X_FRAME_OPTIONS, "DENY"))
        .insert_header((REFERRER_POLICY, "no-referrer"))
        .insert_header((CONTENT_SECURITY_POLICY, policy("", "")))
        .body(MISSING)
}

fn answer(req: &HttpRequest, asset: Asset) -> HttpResponse {
    let cache = if asset.immutable { "public, max-age=31536000, immutable" } else { "no-cache" };
    let etag = format!("\"{}\"", asset.etag.trim_matches('"'));
    let mut response = HttpResponse::Ok();
    let header = |name| req.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if header(IF_NONE_MATCH).split(',').any(|known| known.trim().trim_start_matches("W/") == etag) {
        response.status(actix_web::http::StatusCode::NOT_MODIFIED);
    }
    response
        .content_type(asset.content_type)
        .insert_header((CACHE_CONTROL, cache))
        .insert_header((ETAG, etag))
        .insert_header((VARY, "Accept-Encoding"))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((X_FRAME_OPTIONS, "DENY"))
        .insert_header((REFERRER_POLICY, "no-referrer"))
        .insert_header((CONTENT_SECURITY_POLICY, policy(header(HOST), token_origin(req))));
    match asset.brotli {
        Some(brotli) if accepts_brotli(header(ACCEPT_ENCODING)) => {
            response.insert_header((CONTENT_ENCODING, "br")).body(brotli.into_owned())
        }
        _ => response.body(asset.bytes.into_owned()),
    }
}

/// Returns the policy of a page: it connects to this server, to where its tokens come from, and nowhere else. Not every browser takes `'self'` to mean
/// WebSockets, so they are named.
fn policy(host: &str, token_origin: &str) -> String {
    let legal = |c: char| c.is_ascii_alphanumeric() || "-._:[]".contains(c);
    let sockets = if host.is_empty() || !host.chars().all(legal) {
        String::new()
    } else {
        format!(" ws://{host} wss://{host}")
    };
    let token_origin = if token_origin.is_empty() { String::new() } else { format!(" {token_origin}") };
    format!("{POLICY}{sockets}{token_origin}")
}

/// Returns the origin that the page may ask for a fresh token.
fn token_origin(req: &HttpRequest) -> &str {
    req.app_data::<web::Data<App>>().and_then(|app| app.sign_in.token_origin()).unwrap_or_default()
}

fn accepts_brotli(accepted: &str) -> bool {
    accepted.split(',').map(str::trim).any(|coding| {
        let (name, quality) = coding.split_once(";q=").unwrap_or((coding, "1"));
        name == "br" && quality.trim().parse::<f32>().is_ok_and(|quality| quality > 0.0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// [X6]
    #[test]
    fn a_page_connects_to_its_own_server_only() {
        assert!(
            policy("weft.example:8443", "")
                .ends_with("connect-src 'self' ws://weft.example:8443 wss://weft.example:8443")
        );
        assert!(policy("a", "https://app.example").ends_with(" wss://a https://app.example"));
        for host in ["", "a; script-src *", "a b", "a,b", "a'"] {
            assert!(policy(host, "").ends_with("connect-src 'self'"), "{host}");
        }
    }

    /// [P99]
    #[test]
    fn a_browser_is_led_home_and_a_program_told_in_json() {
        let asks = |method: actix_web::test::TestRequest, accept: &str| {
            is_read_by_somebody(&method.insert_header((ACCEPT, accept)).to_http_request())
        };
        let get = actix_web::test::TestRequest::get;
        assert!(asks(get(), "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"));
        assert!(!asks(get(), "*/*") && !asks(get(), "application/json, text/plain"));
        assert!(!asks(actix_web::test::TestRequest::post(), "text/html"));
        assert!(MISSING.contains(r#"<a href="/">"#));
    }

    #[test]
    fn brotli_is_used_only_where_it_is_accepted() {
        assert!(accepts_brotli("gzip, deflate, br, zstd"));
        assert!(accepts_brotli("br;q=0.5"));
        assert!(!accepts_brotli("br;q=0"));
        assert!(!accepts_brotli("gzip"));
        assert!(!accepts_brotli(""));
    }
}
