//! The program: opens what is to be played, plays it on a desk, shows it, and says what it came to.
//!
//! ```text
//!  feed thread ── Ended ──▶ inbox ◀── Interrupted ── signal handler
//!                             │
//!                       main thread: shows the desk until a word is there, closes the publisher,
//!                                    waits until every component has taken what was published
//! ```
//!
//! The feed thread is not waited for after an interruption: it may be reading from a pipe on which nothing
//! comes. It finds the publisher closed when it has something to say.

mod show;

use std::{
    io::{self, Write},
    panic::{self, AssertUnwindSafe},
    process::ExitCode,
    sync::mpsc::{self, Sender},
    thread,
};

use flo_reactive::{BoundExt, Publisher};
use futures::executor::block_on;

use self::show::Show;
use crate::{
    day::Day,
    desk::Desk,
    feed::{Feed, Files, Source, SourceError, Supply},
    model::Progress,
    options::Options,
    plain,
    stop::Stop,
    totals::Totals,
};

/// How many events the slowest component may be behind before the feed waits for it.
const CAPACITY: usize = 1024;

type Supplies = Box<dyn Iterator<Item = Result<(Supply, Option<Progress>), SourceError>> + Send>;

/// Why the main thread stops showing the desk.
enum Word {
    /// The feed is done, with so many events published.
    Ended(Result<u64, Failure>),
    /// Somebody wants to end it.
    Interrupted,
}

/// What a run can fail of.
enum Failure {
    /// A file that cannot be used.
    Source(SourceError),
    /// The terminal or standard output.
    Output(io::Error),
    /// A panic, whose message has been printed, or a check that failed.
    Fault(String),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

/// Runs the order desk, and returns how it went: 0 when all went well, 2 when the command line names a file
/// that is not there or not one of orders, 1 for what should not happen.
pub fn run(options: &Options) -> ExitCode {
    let (message, code) = match play(options) {
        Ok(()) => return ExitCode::SUCCESS,
        Err(Failure::Source(error)) => (error.to_string(), 2),
        // Who closes the pipe has seen enough.
        Err(Failure::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => {
            return ExitCode::SUCCESS;
        }
        Err(Failure::Output(error)) => (error.to_string(), 1),
        Err(Failure::Fault(text)) => (text, 1),
    };
    writeln!(io::stderr(), "error: {message}").unwrap_or_default();
    ExitCode::from(code)
}

fn play(options: &Options) -> Result<(), Failure> {
    let supplies = supplies(options).map_err(Failure::Source)?;
    let show = Show::choose(options);
    let reports = show.reports();
    let publisher = Publisher::new(CAPACITY);
    let desk = Desk::new(&publisher, options.subscribers);
    let stop = Stop::default();
    let (tell, inbox) = mpsc::channel();
    listen_for_signals(tell.clone())?;
    let rejected = desk.rejected().clone();
    let feed =
        Feed::new(publisher.clone(), options.pace(), stop.clone(), rejected, reports.clone());
    spawn_feed(feed, supplies, tell);
    let ended = show.run(&desk, &inbox, || {
        stop.wish();
        publisher.close_all();
        block_on(desk.settled()).map_err(Failure::Fault)
    });
    reports.finish(desk.rejected().get());
    // After an interruption the feed may never say how much it has published: then the sum of what the
    // orders have seen is what the others are held against.
    let published = ended?.unwrap_or_else(|| desk.totals().with(|totals| totals.lines));
    conclude(&desk.final_totals(published), options)
}

fn spawn_feed(feed: Feed, supplies: Supplies, tell: Sender<Word>) {
    thread::spawn(move || {
        let ended = panic::catch_unwind(AssertUnwindSafe(|| feed.run(supplies)));
        let ended = match ended {
            Ok(ended) => ended.map_err(Failure::Source),
            Err(_) => Err(Failure::Fault("the feed has panicked".into())),
        };
        // Nobody listens any more when the run has ended otherwise.
        tell.send(Word::Ended(ended)).unwrap_or_default();
    });
}

/// Prints the totals; they are still printed when a check on them fails.
fn conclude(totals: &Totals, options: &Options) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    if options.json {
        totals.write_json(&mut out)?;
    } else {
        plain::write_totals(totals, &mut out)?;
    }
    out.flush()?;
    let incomplete = totals.subscribers.iter().filter(|report| !report.complete).count();
    if incomplete == 0 {
        Ok(())
    } else {
        Err(Failure::Fault(format!("{incomplete} subscribers did not get every event once")))
    }
}

fn supplies(options: &Options) -> Result<Supplies, SourceError> {
    if options.orders.is_empty() {
        return Ok(Box::new(Day::new(options.seed)));
    }
    let sources = options.orders.iter().map(|file| Source::open(file));
    Ok(Box::new(Files::new(sources.collect::<Result<_, _>>()?)))
}

fn listen_for_signals(tell: Sender<Word>) -> Result<(), Failure> {
    ctrlc::set_handler(move || tell.send(Word::Interrupted).unwrap_or_default())
        .map_err(|error| Failure::Fault(format!("signals cannot be listened for: {error}")))
}
