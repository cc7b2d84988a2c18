//! `flo_bind`, as the facade gives it.

use flo_reactive::{BindRef, Binding, BoundExt, Subscription};
use futures::{Stream, StreamExt, stream::BoxStream};

use crate::library::{Library, Read, Subscribed, Value, Write};

pub(crate) struct Ours;

impl Library for Ours {
    const NAME: &'static str = "flo_bind";
    type Binding<T: Value> = Binding<T>;
    type Reader<T: Value> = BindRef<T>;
    type Subscription = Subscription;

    fn bind<T: Value>(value: T) -> Binding<T> {
        flo_reactive::bind(value)
    }

    fn computed<T: Value, F>(compute: F) -> BindRef<T>
    where
        F: Fn() -> T + Send + Sync + 'static,
    {
        flo_reactive::computed(compute).into()
    }

    fn bind_stream<T: Value, S, F>(stream: S, initial: T, fold: F) -> BindRef<T>
    where
        S: Stream<Item: Send> + Send + Unpin + 'static,
        F: FnMut(&mut T, S::Item) + Send + 'static,
    {
        flo_reactive::bind_stream(stream, initial, fold)
    }

    fn untracked<R, F: FnOnce() -> R>(f: F) -> R {
        flo_reactive::untracked(f)
    }
}

/// Both kinds of handles read alike.
macro_rules! reads {
    ($handle:ident) => {
        impl<T: Value> Read<Ours, T> for $handle<T> {
            fn get(&self) -> T {
                BoundExt::get(self)
            }

            fn map<U: Value, F>(&self, f: F) -> BindRef<U>
            where
                F: Fn(T) -> U + Send + Sync + 'static,
            {
                BoundExt::map(self, move |value| f(value.clone())).into()
            }

            fn when_changed<F: FnMut() + Send + 'static>(&self, notify: F) -> Subscription {
                $handle::when_changed(self, notify)
            }

            fn follow(&self) -> BoxStream<'static, T> {
                BoundExt::follow(self).boxed()
            }
        }
    };
}

reads!(Binding);
reads!(BindRef);

impl<T: Value> Write<Ours, T> for Binding<T> {
    fn set(&self, value: T) {
        Binding::set(self, value);
    }

    fn update<F: FnMut(&mut T) + Send + 'static>(&self, edit: F) {
        Binding::update(self, edit);
    }
}

impl Subscribed for Subscription {
    fn end(self) {
        self.end_and_wait();
    }

    fn detach(self) {
        Subscription::detach(self);
    }
}
