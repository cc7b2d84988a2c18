//! What time it is on the desk: that of the latest sale, and how far the day has come.

use flo_reactive::{BindRef, BoundExt, Computed, bind_stream};
use futures::Stream;
use jiff::civil::DateTime;

use crate::model::{OrderEvent, Progress};

/// The component that knows the time.
#[derive(Clone, Debug)]
pub struct Clock {
    /// All it knows.
    pub face: BindRef<Face>,
    /// The latest time that a sale had; sales that come late do not turn it back.
    pub time: Computed<Option<DateTime>>,
    /// How far the source has come, if it knows how long it is.
    pub progress: Computed<Option<Progress>>,
}

/// What a look at the clock tells.
#[derive(Clone, Copy, Debug, Default)]
pub struct Face {
    time: Option<DateTime>,
    progress: Option<Progress>,
}

impl Clock {
    /// Goes by `events`.
    pub fn new<S>(events: S) -> Self
    where
        S: Stream<Item = OrderEvent> + Send + 'static,
    {
        let face = bind_stream(events, Face::default(), |face: &mut Face, event: OrderEvent| {
            face.time = face.time.max(Some(event.sale.at));
            face.progress = event.progress;
        });
        Self { time: face.map(|face| face.time), progress: face.map(|face| face.progress), face }
    }
}
