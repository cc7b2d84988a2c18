//! Places for messages that are yet to be made: what a publisher and a work queue tell alike.
//!
//! Where a macro is used, `Hold`, `Open` and `Turn` are those of the handle's engine.

/// Writes a permit of a handle, and the future that takes one: the handle is a struct with a `hold`.
macro_rules! permit {
    (
        $(#[$about:meta])* $Permit:ident, of $Handle:ident;
        $(#[$send:meta])* send;
        $(#[$future:meta])* $Reserve:ident
    ) => {
        $(#[$about])*
        #[must_use = "dropping it gives the place back"]
        pub struct $Permit<M> {
            open: Open<M>,
            has_place: bool,
        }

        impl<M> $Permit<M> {
            /// Stands for a place that was promised on `open`.
            pub(crate) fn new(open: Open<M>) -> Self {
                Self { open, has_place: true }
            }

            $(#[$send])*
            pub fn send(mut self, message: M) -> Result<(), crate::PublishError<M>> {
                // Before the call, which may panic with a waker's panic when the place is used.
                self.has_place = false;
                self.open.put_promised(message).map_err(crate::PublishError::Closed)
            }
        }

        impl<M> Drop for $Permit<M> {
            fn drop(&mut self) {
                if self.has_place {
                    self.open.give_back_place();
                }
            }
        }

        impl<M> std::fmt::Debug for $Permit<M> {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($Permit)).finish_non_exhaustive()
            }
        }

        $(#[$future])*
        #[must_use = "futures do nothing unless polled"]
        pub struct $Reserve<'a, M> {
            handle: &'a $Handle<M>,
            turn: Turn,
        }

        impl<'a, M> $Reserve<'a, M> {
            pub(crate) fn new(handle: &'a $Handle<M>) -> Self {
                Self { handle, turn: Turn::Outside }
            }
        }

        impl<M> Future for $Reserve<'_, M> {
            type Output = Result<$Permit<M>, flo_core::Closed>;

            fn poll(
                mut self: std::pin::Pin<&mut Self>,
                cx: &mut std::task::Context<'_>,
            ) -> std::task::Poll<Self::Output> {
                let Hold::Open(open) = &self.handle.hold else {
                    return std::task::Poll::Ready(Err(flo_core::Closed));
                };
                std::task::ready!(open.poll_place(&mut self.turn, cx))?;
                std::task::Poll::Ready(Ok($Permit::new(open.clone())))
            }
        }

        impl<M> Drop for $Reserve<'_, M> {
            fn drop(&mut self) {
                if let Hold::Open(open) = &self.handle.hold {
                    open.give_up(&mut self.turn);
                }
            }
        }

        impl<M> std::fmt::Debug for $Reserve<'_, M> {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($Reserve)).field("turn", &self.turn).finish_non_exhaustive()
            }
        }
    };
}

/// Writes how a handle is a `Sink`: a struct with `hold`, `turn` and `permit`.
macro_rules! sink {
    ($(#[$about:meta])* $Handle:ident, $Permit:ident, $engine:ident) => {
        const _: () = {
            use std::{
                pin::Pin,
                task::{Context, Poll, ready},
            };

            use flo_core::{Closed, SinkError, sync::Arc};

            $(#[$about])*
            impl<M> futures_sink::Sink<M> for $Handle<M> {
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
                        let is_closed = this.is_closed();
                        return Poll::Ready(if is_closed { Err(SinkError::Closed) } else { Ok(()) });
                    }
                    let place = ready!(open.poll_place(&mut this.turn, cx));
                    Poll::Ready(match place {
                        Ok(()) => {
                            this.permit = Some($Permit::new(open.clone()));
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

                fn poll_flush(
                    self: Pin<&mut Self>,
                    _: &mut Context<'_>,
                ) -> Poll<Result<(), SinkError<M>>> {
                    Poll::Ready(Ok(()))
                }

                fn poll_close(
                    mut self: Pin<&mut Self>,
                    _: &mut Context<'_>,
                ) -> Poll<Result<(), SinkError<M>>> {
                    self.give_up_turn();
                    let permit = self.permit.take();
                    let ended = Hold::Ended(Arc::clone(self.$engine()));
                    let hold = std::mem::replace(&mut self.hold, ended);
                    // The place first, so that it goes to another before all may end with this handle.
                    drop(permit);
                    drop(hold);
                    Poll::Ready(Ok(()))
                }
            }
        };

        impl<M> $Handle<M> {
            pub(crate) fn give_up_turn(&mut self) {
                if let Hold::Open(open) = &self.hold {
                    open.give_up(&mut self.turn);
                }
            }
        }
    };
}

pub(crate) use {permit, sink};
