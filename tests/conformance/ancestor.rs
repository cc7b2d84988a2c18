//! `flo_binding` 3.0.0, the ancestor.

use std::sync::Arc;

use flo_binding::{
    BindRef, Binding, Bound, BoundValueMapExt, Changeable, MutableBound, Releasable, WithBound,
    binding_context::BindingContext, notify,
};
use futures::{Stream, StreamExt, stream::BoxStream};

use crate::library::{Library, Read, Subscribed, Value, Write};

pub(crate) struct Ancestor;

impl Library for Ancestor {
    const NAME: &'static str = "flo_binding 3.0.0";
    type Binding<T: Value> = Binding<T>;
    type Reader<T: Value> = BindRef<T>;
    type Subscription = Box<dyn Releasable>;

    fn bind<T: Value>(value: T) -> Binding<T> {
        flo_binding::bind(value)
    }

    fn computed<T: Value, F>(compute: F) -> BindRef<T>
    where
        F: Fn() -> T + Send + Sync + 'static,
    {
        flo_binding::computed(compute).into()
    }

    fn bind_stream<T: Value, S, F>(stream: S, initial: T, mut fold: F) -> BindRef<T>
    where
        S: Stream<Item: Send> + Send + Unpin + 'static,
        F: FnMut(&mut T, S::Item) + Send + 'static,
    {
        let fold = move |mut state, item| {
            fold(&mut state, item);
            state
        };
        flo_binding::bind_stream(stream, initial, fold).into()
    }

    fn untracked<R, F: FnOnce() -> R>(f: F) -> R {
        BindingContext::out_of_context(f)
    }
}

/// Both kinds of handles read alike.
macro_rules! reads {
    ($handle:ident) => {
        impl<T: Value> Read<Ancestor, T> for $handle<T> {
            fn get(&self) -> T {
                Bound::get(self)
            }

            fn map<U: Value, F>(&self, f: F) -> BindRef<U>
            where
                F: Fn(T) -> U + Send + Sync + 'static,
            {
                BindRef::from_arc(Arc::new(self.map_binding(f)))
            }

            fn when_changed<F: FnMut() + Send + 'static>(&self, f: F) -> Box<dyn Releasable> {
                Changeable::when_changed(self, notify(f))
            }

            fn follow(&self) -> BoxStream<'static, T> {
                flo_binding::follow(self.clone()).boxed()
            }
        }
    };
}

reads!(Binding);
reads!(BindRef);

impl<T: Value> Write<Ancestor, T> for Binding<T> {
    fn set(&self, value: T) {
        MutableBound::set(self, value);
    }

    fn update<F: FnMut(&mut T) + Send + 'static>(&self, mut edit: F) {
        // Its closure says whether there was a change; one that only edits cannot know.
        self.with_mut(|value| {
            edit(value);
            true
        });
    }
}

impl Subscribed for Box<dyn Releasable> {
    fn end(mut self) {
        self.done();
    }

    fn detach(mut self) {
        self.keep_alive();
    }
}
