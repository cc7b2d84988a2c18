//! One stream held against one diagram, and futures that run along.

use std::{
    borrow::BorrowMut,
    fmt::Debug,
    future::Future,
    marker::PhantomData,
    panic::Location,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Waker},
};

use futures_core::Stream;

use crate::{
    diagram::{Diagram, Dialect, Mark},
    drawing::{Drawing, shortened},
    expected::{Expected, Rigour},
    failure,
    values::Values,
    watched::{Event, Fault, Watched},
    woken::Count,
};

/// More items than expected that a stream may give in one step.
const FLOOD: usize = 100;

/// What takes part in a run: see [`run`](crate::run).
pub(crate) trait Lane {
    /// For how many steps it takes part.
    fn steps(&self) -> u64;

    /// Whether it is polled at `step` although nobody woke it.
    fn is_due(&self, step: u64) -> bool;

    /// The first step after `step` at which it is due.
    #[cfg(feature = "tokio")]
    fn next_due(&self, step: u64) -> Option<u64>;

    /// A step begins.
    fn begin(&mut self, step: u64);

    /// Whether there is a reason to poll it.
    fn wants_poll(&self, step: u64) -> bool;

    /// Polls it until it is pending.
    fn poll(&mut self, step: u64, root: &Waker);

    /// Drops the stream if that is what happens at `step`; whether it did.
    fn let_go(&mut self, step: u64) -> bool;

    /// `step` and all before it are over.
    fn close(&mut self, step: u64);

    /// What is to be said if it was not as drawn.
    fn failure(&mut self) -> Option<String>;
}

/// What becomes of a stream that has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AtItsEnd {
    /// It is dropped in that step, as most readers do it.
    Drop,
    Keep,
}

/// The first difference between what was drawn and what was done.
struct Difference {
    step: u64,
    /// Which of the marks of that step it is.
    index: usize,
    what: String,
}

/// A stream and what it is expected to do.
pub(crate) struct StreamLane<S: Stream, V, W> {
    name: String,
    watched: W,
    diagram: Diagram,
    values: V,
    rigour: Rigour,
    at_its_end: AtItsEnd,
    /// What it did, and when.
    seen: Vec<(u64, Event<S::Item>)>,
    fault: Option<(u64, Fault)>,
    difference: Option<Difference>,
    /// The steps before this one were compared.
    closed: u64,
    polled: bool,
    /// It goes on after a difference only to be drawn; then it may also panic.
    is_dead: bool,
    stream: PhantomData<fn() -> S>,
}

impl<S, V, W> StreamLane<S, V, W>
where
    S: Stream<Item: PartialEq + Debug>,
    V: Values<S::Item>,
    W: BorrowMut<Watched<S>>,
{
    /// # Panics
    /// At the caller's line, where the text is no diagram or a name has no value.
    #[track_caller]
    pub(crate) fn new(name: &str, watched: W, expected: Expected<V>, at_its_end: AtItsEnd) -> Self {
        let Expected { diagram, mut values, rigour } = expected;
        let diagram = Diagram::read(&diagram, Dialect::Expected);
        for marble in &diagram.marbles {
            if let Mark::Item(name) = marble.mark
                && !values.has(name)
            {
                panic!("{}", diagram.no_value(name));
            }
        }
        Self {
            name: shortened(name),
            watched,
            diagram,
            values,
            rigour,
            at_its_end,
            seen: Vec::new(),
            fault: None,
            difference: None,
            closed: 0,
            polled: false,
            is_dead: false,
            stream: PhantomData,
        }
    }

    fn watched(&mut self) -> &mut Watched<S> {
        self.watched.borrow_mut()
    }

    /// The marks at `step` that a stream can show.
    fn marks(&self, step: u64) -> impl Iterator<Item = Mark> {
        self.diagram.at_step(step).map(|marble| marble.mark).filter(|mark| *mark != Mark::Drop)
    }

    /// What differs at `step`.
    fn compare(&mut self, step: u64) -> Option<Difference> {
        let fault = self.fault.filter(|(at, _)| *at == step).map(|(_, fault)| fault);
        if fault == Some(Fault::Spins) {
            return Some(Difference { step, index: 0, what: told(Fault::Spins).to_owned() });
        }
        let marks: Vec<Mark> = self.marks(step).collect();
        let from = self.seen.partition_point(|(at, _)| *at < step);
        let seen = &self.seen[from..];
        let seen = &seen[..seen.partition_point(|(at, _)| *at == step)];
        for index in 0..marks.len().max(seen.len()) {
            let (mark, event) = (marks.get(index), seen.get(index).map(|(_, event)| event));
            let fits = match (mark, event) {
                (Some(Mark::Item(name)), Some(Event::Item(item))) => {
                    self.values.is_called(item, *name)
                }
                (Some(Mark::End), Some(Event::End)) => true,
                _ => false,
            };
            if !fits {
                let mut what = explained(mark, event, index, &mut self.values);
                if let Some(fault) = fault {
                    what = format!("{what}; {}", told(fault));
                }
                return Some(Difference { step, index, what });
            }
        }
        fault.map(|fault| Difference { step, index: 0, what: told(fault).to_owned() })
    }

    /// What stands for an event in the drawing.
    fn symbol(&mut self, event: usize) -> char {
        let (step, Event::Item(item)) = &self.seen[event] else { return '|' };
        let here = self.diagram.at_step(*step);
        let names = here.chain(&self.diagram.marbles).filter_map(|marble| match marble.mark {
            Mark::Item(name) => Some(name),
            _ => None,
        });
        let mut names: Vec<char> = names.collect();
        names.extend(self.values.names());
        names.into_iter().find(|name| self.values.is_called(item, *name)).unwrap_or('?')
    }
}

/// A difference in words.
fn explained<T: Debug>(
    mark: Option<&Mark>,
    event: Option<&Event<T>>,
    index: usize,
    values: &mut impl Values<T>,
) -> String {
    let expected = match mark {
        None if index > 0 => "expected nothing more".to_owned(),
        None => "expected nothing".to_owned(),
        Some(Mark::Item(name)) => match values.value(*name).map(|value| text(&value)) {
            Some(value) if !is_plain(&value, *name) => format!("expected `{name}`, {value}"),
            Some(_) | None => format!("expected `{name}`"),
        },
        Some(_) => "expected the end".to_owned(),
    };
    match event {
        Some(Event::Item(item)) => {
            let item = text(item);
            // A name is quoted as names are.
            let name = item.trim_matches(['\'', '"']);
            let is_name = name.chars().count() == 1;
            format!("{expected}; found {}", if is_name { format!("`{name}`") } else { item })
        }
        Some(Event::End) => format!("{expected}; found the end"),
        None if mark == Some(&Mark::End) => format!("{expected}; the stream goes on"),
        None => format!("{expected}; nothing came"),
    }
}

/// A value's text, as much of it as goes into a line.
fn text(value: &impl Debug) -> String {
    const LENGTH: usize = 160;
    let text = format!("{value:?}");
    match text.char_indices().nth(LENGTH) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// Whether a value's text says no more than its name.
fn is_plain(value: &str, name: char) -> bool {
    value.trim_matches(['\'', '"']).chars().eq([name])
}

fn told(fault: Fault) -> &'static str {
    match fault {
        Fault::NotWoken => {
            "this was there, but nothing woke the waker of the last poll: a task would have slept on"
        }
        Fault::WokenInVain => "it was woken, and had nothing when it was polled",
        Fault::WokeItselfInVain => "it woke itself, and had nothing when it was polled again",
        Fault::Spins => "it is woken over and over within one step, and gives nothing",
        Fault::Floods => "it gives more and more within one step, without ever being pending",
    }
}

impl<S, V, W> Lane for StreamLane<S, V, W>
where
    S: Stream<Item: PartialEq + Debug>,
    V: Values<S::Item>,
    W: BorrowMut<Watched<S>>,
{
    fn steps(&self) -> u64 {
        self.diagram.steps
    }

    fn is_due(&self, step: u64) -> bool {
        step < self.diagram.steps
            && !self.diagram.times.iter().any(|(from, to)| (*from..*to).contains(&step))
    }

    #[cfg(feature = "tokio")]
    fn next_due(&self, step: u64) -> Option<u64> {
        let mut next = step + 1;
        for (from, to) in &self.diagram.times {
            if (*from..*to).contains(&next) {
                next = *to;
            }
        }
        (next < self.diagram.steps).then_some(next)
    }

    fn begin(&mut self, _: u64) {
        self.polled = false;
        self.watched().new_step();
    }

    fn wants_poll(&self, step: u64) -> bool {
        let watched = self.watched.borrow();
        !self.is_dead
            && watched.is_there()
            && step < self.diagram.steps
            // One that was never polled cannot be woken: it is polled also in the midst of a time.
            && (watched.is_woken()
                || (!self.polled && (self.is_due(step) || !watched.was_polled())))
    }

    fn poll(&mut self, step: u64, root: &Waker) {
        self.polled = true;
        let most = self.marks(step).count() + FLOOD;
        let seen = &mut self.seen;
        let watched: &mut Watched<S> = self.watched.borrow_mut();
        let mut polled = || watched.poll(root, most, |event| seen.push((step, event)));
        let fault = if self.difference.is_none() {
            polled()
        } else {
            failure::catch(polled).unwrap_or(Some(Fault::Spins))
        };
        let Some(fault) = fault else { return };
        self.is_dead = matches!(fault, Fault::Spins | Fault::Floods);
        let counts = match fault {
            Fault::NotWoken | Fault::Spins | Fault::Floods => true,
            Fault::WokenInVain | Fault::WokeItselfInVain => self.rigour == Rigour::Strict,
        };
        if counts {
            self.fault.get_or_insert((step, fault));
        }
    }

    fn let_go(&mut self, step: u64) -> bool {
        let drops = self.diagram.at_step(step).any(|marble| marble.mark == Mark::Drop)
            || (self.at_its_end == AtItsEnd::Drop && self.watched().has_ended());
        if drops && self.watched().get_ref().is_some() {
            self.watched().drop_stream();
            return true;
        }
        false
    }

    fn close(&mut self, step: u64) {
        let over = (step + 1).min(self.diagram.steps);
        while self.closed < over && self.difference.is_none() {
            self.difference = self.compare(self.closed);
            self.closed += 1;
        }
    }

    fn failure(&mut self) -> Option<String> {
        let difference = self.difference.take()?;
        let symbols: Vec<char> = (0..self.seen.len()).map(|event| self.symbol(event)).collect();
        let mut drawing = Drawing::new(&self.diagram, difference.step, difference.index);
        for (symbol, (step, what)) in symbols.into_iter().zip(&self.seen) {
            let text = match what {
                Event::Item(item) => Some(text(item)).filter(|t| !is_plain(t, symbol)),
                Event::End => None,
            };
            drawing.saw(*step, symbol, text);
        }
        let (name, what) = (&self.name, &difference.what);
        Some(format!("{name} is not as drawn\n{}", drawing.with_caret(what)))
    }
}

/// A future that runs along and of which nothing is expected.
pub(crate) struct Companion<'a> {
    future: Option<Pin<Box<dyn Future<Output = ()> + 'a>>>,
    /// The wake-ups since its last poll; `None` before the first.
    count: Option<Arc<Count>>,
    made: &'static Location<'static>,
    polls: usize,
    /// The step within which it never stopped.
    restless: Option<u64>,
}

/// How often a companion may be polled in one step.
const RESTLESS: usize = 10_000;

impl<'a> Companion<'a> {
    #[track_caller]
    pub(crate) fn new(future: impl Future<Output = ()> + 'a) -> Self {
        Self {
            future: Some(Box::pin(future)),
            count: None,
            made: Location::caller(),
            polls: 0,
            restless: None,
        }
    }
}

impl Lane for Companion<'_> {
    fn steps(&self) -> u64 {
        0
    }

    fn is_due(&self, _: u64) -> bool {
        false
    }

    #[cfg(feature = "tokio")]
    fn next_due(&self, _: u64) -> Option<u64> {
        None
    }

    fn begin(&mut self, _: u64) {
        self.polls = 0;
    }

    fn wants_poll(&self, _: u64) -> bool {
        self.future.is_some()
            && self.restless.is_none()
            && self.count.as_ref().is_none_or(|count| count.is_woken())
    }

    fn poll(&mut self, step: u64, root: &Waker) {
        self.polls += 1;
        if self.polls >= RESTLESS {
            self.restless = Some(step);
        }
        let count = Arc::new(Count::passing_to(root.clone()));
        self.count = Some(Arc::clone(&count));
        let waker = Waker::from(count);
        if let Some(future) = &mut self.future
            && let Poll::Ready(()) = future.as_mut().poll(&mut Context::from_waker(&waker))
        {
            self.future = None;
        }
    }

    fn let_go(&mut self, _: u64) -> bool {
        false
    }

    fn close(&mut self, _: u64) {}

    fn failure(&mut self) -> Option<String> {
        let (step, made) = (self.restless?, self.made);
        Some(format!(
            "the future that runs along (made at {made}) is woken over and over within step {step}"
        ))
    }
}
