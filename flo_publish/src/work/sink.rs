//! [`WorkQueue`] as a `Sink`.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use flo_core::{Closed, SinkError, sync::Arc};
use futures_sink::Sink;

use super::{Hold, WorkPermit, WorkQueue};

/// Messages can be sent into a work queue with everything that takes a `Sink`: `forward`, `send_all`.
///
/// - *ready* means that this handle has taken a place, as [`reserve`](WorkQueue::reserve) does. It keeps
///   the place until a message is sent, the handle is closed as a sink, or dropped; a clone has none.
/// - *flush* is ready at once: a message is there for the workers as soon as it is sent. To wait until it
///   is taken there is [`drained`](WorkQueue::drained).
/// - *close* ends **this handle only**, as if it were dropped; after it the handle answers "closed". To
///   close the queue for all there is [`close_all`](WorkQueue::close_all).
///
/// # Errors
/// [`SinkError`] when the queue was closed; it has the message that was handed in, if any.
///
/// # Panics
/// `start_send` without a `poll_ready` that was ready before it.
///
/// # Examples
/// ```
/// use flo_publish::WorkQueue;
/// use futures::{StreamExt, executor::block_on, stream};
///
/// let parcels = WorkQueue::new(8);
/// let worker = parcels.worker();
/// block_on(stream::iter([Ok(1), Ok(2)]).forward(parcels)).unwrap();
/// assert_eq!(block_on(worker.collect::<Vec<_>>()), [1, 2]);
/// ```
impl<M> Sink<M> for WorkQueue<M> {
    type Error = SinkError<M>;

    fn poll_ready(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), SinkError<M>>> {
        let this = &mut *self;
        let Hold::Open(open) = &this.hold else {
            return Poll::Ready(Err(SinkError::Closed));
        };
        if this.permit.is_some() {
            return Poll::Ready(if open.is_closed() { Err(SinkError::Closed) } else { Ok(()) });
        }
        let place = ready!(open.poll_place(&mut this.turn, cx));
        Poll::Ready(match place {
            Ok(()) => {
                this.permit = Some(WorkPermit::new(open.clone()));
                Ok(())
            }
            Err(Closed) => Err(SinkError::Closed),
        })
    }

    fn start_send(mut self: Pin<&mut Self>, message: M) -> Result<(), SinkError<M>> {
        if let Hold::Ended(_) = self.hold {
            return Err(SinkError::Unsent(message));
        }
        let permit = self.permit.take();
        permit
            .expect("`start_send` needs a `poll_ready` that was ready")
            .send(message)
            .map_err(|error| SinkError::Unsent(error.into_inner()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), SinkError<M>>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), SinkError<M>>> {
        self.give_up_turn();
        let permit = self.permit.take();
        let ended = Hold::Ended(Arc::clone(self.queue()));
        let hold = std::mem::replace(&mut self.hold, ended);
        // The place first, so that it goes to another before the queue may close with this handle.
        drop(permit);
        drop(hold);
        Poll::Ready(Ok(()))
    }
}

impl<M> WorkQueue<M> {
    pub(super) fn give_up_turn(&mut self) {
        if let Hold::Open(open) = &self.hold {
            open.give_up_push(&mut self.turn);
        }
    }
}
