//! Starting, running and draining the process.
//!
//! Storage is opened and migrated before the socket is bound, so that a mistake in the configuration is found while
//! nobody is connected. Draining goes the other way: readiness turns false, sessions are sent away in batches, every
//! document is stored, the journal is emptied, and only then the sockets' threads end.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use actix::prelude::*;
use actix_http::body::BoxBody;
use actix_http::h1::ExpectHandler;
use actix_http::{HttpServiceBuilder, Request, Response};
use actix_server::Server;
use actix_service::{Service, ServiceFactory, fn_service, map_config};
use actix_web::dev::AppConfig;
use anyhow::Context as _;
use rand::Rng;
use tokio::runtime::Runtime;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::oneshot;
use weft_protocol::ids::WriterId;
use weft_storage::journal::{JournalHandle, JournalLimits};
use weft_storage::{DocumentQuery, Store};

use crate::access::Access;
use crate::access::origin::Origins;
use crate::access::sign_in::SignIn;
use crate::clock::Clock;
use crate::config::Serve;
use crate::document::actor::Surroundings;
use crate::durable::Durable;
use crate::history::Histories;
use crate::http::preview::Previews;
use crate::http::upload::Uploads;
use crate::http::{self, App};
use crate::hub::actor::{DrainAll, HubActor};
use crate::limits::Quotas;
use crate::metrics::Metrics;
use crate::{session, thinning, tls, upkeep};

/// Connections the kernel accepts on its own while the process is busy: a reconnect storm must not meet refusals.
const LISTEN_BACKLOG: i32 = 4_096;
/// Headers of a request must have arrived within this time.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);
/// Closed sockets get this time to say so, looked at this often.
const FAREWELL: Duration = Duration::from_millis(2_500);
const FAREWELL_STEP: Duration = Duration::from_millis(10);
/// An idle HTTP connection is kept this long.
const KEEP_ALIVE: Duration = Duration::from_secs(75);
/// HTTP connections at once; sessions are counted on their own.
const HTTP_CONNECTIONS_MAX: usize = 8_192;
/// Threads that talk to the database; they wait most of the time.
const STORAGE_THREADS: usize = 1;
/// Longest time the database may take to answer at start.
const OPEN_TIMEOUT: Duration = Duration::from_secs(30);
/// At the end, for what the connections are still doing.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(5);

/// Brings the schema up to date.
///
/// # Errors
/// What the database says.
pub fn migrate(url: &str) -> anyhow::Result<()> {
    let runtime = storage_runtime()?;
    runtime.block_on(open(url, fresh_writer()))?;
    println!("the schema is up to date");
    Ok(())
}

/// Serves until a signal ends it.
///
/// # Errors
/// A configuration that cannot work, named with the option; a socket that cannot be bound.
pub fn serve(options: Serve) -> anyhow::Result<()> {
    let access = Arc::new(options.entry.access().map_err(anyhow::Error::msg)?);
    let origins = Arc::new(options.entry.origins().map_err(anyhow::Error::msg)?);
    let sign_in = Arc::new(options.entry.sign_in().map_err(anyhow::Error::msg)?);
    let tls = tls::Certificate::read(&options.entry).map_err(anyhow::Error::msg)?;
    let storage = storage_runtime()?;
    let writer = fresh_writer();
    let store = storage.block_on(open(&options.database.url, writer))?;
    let listener = listen(&options)?;
    let address = listener.local_addr().context("the listening socket has no address")?;
    let limits = JournalLimits {
        backlog_bytes_max: 2 * options.limits.limit_backlog_bytes as usize,
        ..JournalLimits::default()
    };
    let journal = JournalHandle::spawn(store.clone(), limits, storage.handle());
    let durable = Durable::new(store.clone(), journal, storage.handle().clone());
    let outcome = actix_web::rt::System::new().block_on(run(
        options,
        listener,
        (durable, writer),
        (access, origins, sign_in, tls),
        |scheme| {
            println!("listening on {scheme}://{address}");
            tracing::info!(%address, writer = writer.0, "serving");
        },
    ));
    if storage.block_on(async { tokio::time::timeout(CLOSE_TIMEOUT, store.close()).await }).is_err() {
        tracing::warn!("the database's connections are still busy; SQLite's log stays beside its file");
    }
    storage.shutdown_timeout(Duration::from_secs(2));
    outcome
}

type Guards = (Arc<Access>, Arc<Origins>, Arc<SignIn>, Option<Arc<tls::Certificate>>);

async fn run(
    options: Serve,
    listener: TcpListener,
    (durable, writer): (Durable, WriterId),
    (access, origins, sign_in, tls): Guards,
    announce: impl FnOnce(&str),
) -> anyhow::Result<()> {
    let clock = Clock::start();
    let limits = options.limits.clone();
    let metrics = Arc::new(Metrics::new(&limits.all()));
    let hub = {
        let (durable, limits, access) = (durable.clone(), limits.clone(), access.clone());
        let metrics = metrics.clone();
        let surround = move |hub| Surroundings {
            durable,
            hub,
            writer,
            access,
            metrics,
            limits: limits.document(),
            backlog_bytes_max: limits.limit_backlog_bytes as usize,
            clock,
        };
        HubActor::new(limits_documents(&options), surround).start()
    };
    let around = session::actor::Surroundings { hub: hub.clone(), access, clock, metrics };
    upkeep::read_revocations(&around, &durable).await?;
    let accepting = Arc::new(AtomicBool::new(true));
    let sockets = Arc::new(AtomicUsize::new(0));
    let app = App {
        durable: durable.clone(),
        around: around.clone(),
        origins,
        sign_in,
        quotas: Quotas::new(limits.quotas()),
        proxies: Arc::new(options.entry.trust_proxy.clone()),
        previews: Previews::default(),
        uploads: Uploads::new(limits.uploads()),
        versions: limits.versions(),
        links_max: limits.limit_links_per_document,
        histories: Histories::default(),
        restores: http::restore::Turns::default(),
        session_limits: limits.session(),
        sessions: Arc::new(AtomicU64::new(1)),
        sockets: sockets.clone(),
        sockets_max: limits.limit_connections as usize,
        tcp_user_timeout: Duration::from_millis(limits.limit_tcp_user_timeout_ms.into()),
        accepting: accepting.clone(),
    };
    let server = start_server(&options, listener, app, tls.clone())?;
    let handle = server.handle();
    let running = actix_web::rt::spawn(server);
    let mut signals = Signals::new()?;
    announce(if tls.is_some() { "https" } else { "http" });
    let upkeep = actix_web::rt::spawn(upkeep::run(around, durable.clone(), tls));
    let thinning = (!options.thin.is_none())
        .then(|| actix_web::rt::spawn(thinning::run(durable.clone(), options.thin.clone(), clock)));
    signals.next().await;
    tracing::info!("draining");
    upkeep.abort();
    thinning.inspect(|task| task.abort());
    accepting.store(false, Ordering::Release);
    let deadline = drain_deadline(Duration::from_millis(limits.limit_drain_ms.into()));
    let drained = tokio::time::timeout_at(deadline, drain(&hub, &durable, deadline));
    tokio::select! {
        outcome = drained => match outcome {
            Ok(()) => tracing::info!("everything is stored"),
            Err(_) => tracing::error!("draining took too long; edits that were not acknowledged stay with their clients"),
        },
        () = signals.next() => tracing::warn!("second signal, ending at once"),
    }
    farewell(&sockets).await;
    handle.stop(false).await;
    running.await.context("the server's task ended")?.context("the server ended with an error")
}

fn limits_documents(options: &Serve) -> usize {
    options.limits.limit_open_documents as usize
}

fn start_server(
    options: &Serve,
    listener: TcpListener,
    app: App,
    tls: Option<Arc<tls::Certificate>>,
) -> anyhow::Result<Server> {
    let workers = match options.workers {
        0 => std::thread::available_parallelism().map_or(1, usize::from),
        workers => workers,
    };
    let server = Server::build()
        .workers(workers)
        .max_concurrent_connections(HTTP_CONNECTIONS_MAX.div_ceil(workers))
        .disable_signals();
    let server = match tls {
        None => server.listen("weft", listener, move || {
            let sessions = app.clone();
            let upgrade = fn_service(move |request| http::upgrade::upgrade(request, sessions.clone()));
            let service = http_service().upgrade(upgrade);
            service.finish(map_config(http::application(app.clone()), |()| AppConfig::default())).tcp()
        }),
        Some(certificate) => {
            let config = certificate.server_config().map_err(anyhow::Error::msg)?;
            server.listen("weft", listener, move || {
                let sessions = app.clone();
                let upgrade = fn_service(move |request| http::upgrade::upgrade(request, sessions.clone()));
                let service = http_service().upgrade(upgrade);
                let service =
                    service.finish(map_config(http::application(app.clone()), |()| AppConfig::default()));
                service.rustls_0_23(config.clone())
            })
        }
    };
    Ok(server.context("the listening socket was not taken")?.run())
}

fn http_service<T, S>() -> HttpServiceBuilder<T, S, ExpectHandler>
where
    S: ServiceFactory<Request, Config = ()>,
    S::Error: Into<Response<BoxBody>> + 'static,
    S::InitError: std::fmt::Debug,
    <S::Service as Service<Request>>::Future: 'static,
{
    HttpServiceBuilder::default()
        .client_request_timeout(REQUEST_TIMEOUT)
        .keep_alive(KEEP_ALIVE)
        .tcp_nodelay(true)
}

fn listen(options: &Serve) -> anyhow::Result<TcpListener> {
    let address = options.listen;
    let bind = || {
        let socket =
            socket2::Socket::new(socket2::Domain::for_address(address), socket2::Type::STREAM, None)?;
        socket.set_reuse_address(true)?;
        socket.set_nonblocking(true)?;
        socket.bind(&address.into())?;
        socket.listen(LISTEN_BACKLOG)?;
        Ok(TcpListener::from(socket))
    };
    bind().map_err(|error: std::io::Error| {
        anyhow::anyhow!("--listen {address}: {error}; choose another address or end what uses it")
    })
}

/// Opens and migrates a database.
pub(crate) async fn open(url: &str, writer: WriterId) -> anyhow::Result<Arc<dyn Store>> {
    let opening = async {
        let store = weft_storage::open(url, writer).await?;
        store.migrate().await?;
        // Shows that the schema answers, and leaves a connection for the first reader.
        store.documents(DocumentQuery { limit: 1, ..DocumentQuery::default() }).await?;
        Ok::<_, weft_storage::StoreError>(store)
    };
    let opened = tokio::time::timeout(OPEN_TIMEOUT, opening).await;
    let opened =
        opened.map_err(|_| anyhow::anyhow!("--database: no answer within {} s", OPEN_TIMEOUT.as_secs()))?;
    opened.map_err(|error| anyhow::anyhow!("--database: {error}"))
}

/// Lets the sockets write their close frames; a peer that does not read is not waited for.
async fn farewell(sockets: &AtomicUsize) {
    for _ in 0..FAREWELL.as_millis() / FAREWELL_STEP.as_millis() {
        if sockets.load(Ordering::Acquire) == 0 {
            return;
        }
        tokio::time::sleep(FAREWELL_STEP).await;
    }
}

async fn drain(hub: &Addr<HubActor>, durable: &Durable, deadline: tokio::time::Instant) {
    let (emptied, all_gone) = oneshot::channel();
    if hub.send(DrainAll { emptied }).await.is_err() || all_gone.await.is_err() {
        tracing::error!("the hub ended before its documents");
    }
    if let Err(undrained) = durable.journal().drain(deadline).await {
        tracing::error!(%undrained, "the journal is not empty");
    }
}

#[allow(clippy::disallowed_methods)] // the end of the process is a matter of its shell
fn drain_deadline(within: Duration) -> tokio::time::Instant {
    tokio::time::Instant::now() + within
}

pub(crate) fn storage_runtime() -> anyhow::Result<Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(STORAGE_THREADS)
        .thread_name("storage")
        .enable_all()
        .build()
        .context("threads for storage")
}

pub(crate) fn fresh_writer() -> WriterId {
    WriterId(rand::rng().random_range(1..=i64::MAX as u64))
}

struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn new() -> anyhow::Result<Self> {
        let listen = |kind| signal(kind).context("signal handler");
        Ok(Self { terminate: listen(SignalKind::terminate())?, interrupt: listen(SignalKind::interrupt())? })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
