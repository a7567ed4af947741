use std::collections::VecDeque;
use std::pin::{Pin, pin};
use std::sync::Mutex;

use futures_util::StreamExt;
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep};
use weft_protocol::ids::WriterId;
use weft_storage::StoredUpdate;

use super::*;

const SECOND: Duration = Duration::from_secs(1);

/// What storage answers, one after the other.
#[derive(Default)]
struct Script {
    answers: VecDeque<Result<Vec<Ordered>, StoreError>>,
    /// How many were asked for.
    asked: Arc<Mutex<usize>>,
}

impl Script {
    /// Batches of one update each.
    fn of(batches: u32) -> Self {
        let answers = (1..=batches).map(|seq| Ok(vec![update(seq)])).collect();
        Self { answers, ..Self::default() }
    }

    fn fails_after(batches: u32) -> Self {
        let mut script = Self::of(batches);
        script.answers.push_back(Err(StoreError::Unavailable { why: "gone".to_owned() }));
        script
    }
}

impl Batches for Script {
    async fn batch(&mut self) -> Result<Vec<Ordered>, StoreError> {
        *self.asked.lock().expect("not poisoned") += 1;
        self.answers.pop_front().unwrap_or(Ok(Vec::new()))
    }
}

fn update(seq: u32) -> Ordered {
    let payload = Bytes::from_static(&[0, 0]);
    let update = StoredUpdate {
        writer: WriterId(1),
        seq: seq.into(),
        received_at_ms: 0,
        author: None,
        payload,
        merged: None,
    };
    Ordered { at_ms: seq.into(), update }
}

/// Starts it; what comes second tells when the task has ended.
fn started(
    script: Script,
) -> (Pin<Box<impl Stream<Item = Result<Bytes, BrokenOff>>>>, oneshot::Receiver<()>) {
    let (held, ended) = oneshot::channel::<()>();
    (Box::pin(start(None, script, held)), ended)
}

/// Time until the task has ended.
async fn lasts(ended: oneshot::Receiver<()>) -> Duration {
    let began = Instant::now();
    drop(ended.await);
    began.elapsed()
}

/// Reads to the end; how many chunks there were, and whether it was one.
async fn rest(stream: impl Stream<Item = Result<Bytes, BrokenOff>>) -> (usize, Result<(), BrokenOff>) {
    let mut stream = pin!(stream);
    let mut chunks = 0;
    while let Some(item) = stream.next().await {
        match item {
            Ok(_) => chunks += 1,
            Err(why) => {
                assert_eq!(stream.next().await, None, "told once");
                return (chunks, Err(why));
            }
        }
    }
    (chunks, Ok(()))
}

/// [T4]
#[tokio::test(start_paused = true)]
async fn a_whole_past_ends_as_one() {
    let (stream, ended) = started(Script::of(5));
    assert_eq!(rest(stream).await, (5, Ok(())));
    assert_eq!(lasts(ended).await, Duration::ZERO);
    assert_eq!(rest(started(Script::of(0)).0).await, (0, Ok(())), "as an empty one does");
}

/// [T4]
#[tokio::test(start_paused = true)]
async fn who_stops_reading_is_given_up_after_a_minute_and_not_told_that_this_was_all() {
    let script = Script::of(9);
    let asked = script.asked.clone();
    let (mut stream, ended) = started(script);
    assert!(stream.next().await.is_some());
    assert_eq!(lasts(ended).await, 60 * SECOND);
    assert_eq!(*asked.lock().expect("not poisoned"), 1 + CHUNKS_MAX + 1, "one in hand, no more was made");
    assert_eq!(rest(stream).await, (CHUNKS_MAX, Err(BrokenOff)));
}

/// [T4]
#[tokio::test(start_paused = true)]
async fn who_reads_slowly_is_served_to_the_end_within_an_hour() {
    let (mut stream, ended) = started(Script::of(20));
    for _ in 0..20 {
        sleep(59 * SECOND).await;
        assert!(stream.next().await.is_some_and(|item| item.is_ok()));
    }
    assert_eq!(rest(stream).await, (0, Ok(())));
    drop(ended);
    let (mut stream, ended) = started(Script::of(200));
    let began = Instant::now();
    let reading = async {
        while stream.next().await.is_some_and(|item| item.is_ok()) {
            sleep(59 * SECOND).await;
        }
    };
    tokio::join!(reading, lasts(ended));
    assert!(
        (REPLAY_TIMEOUT..REPLAY_TIMEOUT + 300 * SECOND).contains(&began.elapsed()),
        "{:?}",
        began.elapsed()
    );
}

/// [T4]
#[tokio::test(start_paused = true)]
async fn who_goes_away_ends_the_work_at_once() {
    let script = Script::of(1_000);
    let asked = script.asked.clone();
    let (mut stream, ended) = started(script);
    assert!(stream.next().await.is_some());
    drop(stream);
    assert_eq!(lasts(ended).await, Duration::ZERO);
    assert!(*asked.lock().expect("not poisoned") <= 1 + CHUNKS_MAX + 1, "nothing more is read");
}

/// [T4]
#[tokio::test(start_paused = true)]
async fn what_storage_breaks_off_never_ends_as_if_it_were_whole() {
    for batches in [0, 1, 2, 7] {
        let (stream, ended) = started(Script::fails_after(batches));
        assert_eq!(rest(stream).await, (batches as usize, Err(BrokenOff)));
        assert_eq!(lasts(ended).await, Duration::ZERO);
    }
}
