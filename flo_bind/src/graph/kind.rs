//! What nodes are made of: their typed rests, and how the engine reaches them without their types.
#![allow(unsafe_code, reason = "a typed rest behind an untyped header")]

use std::{
    alloc::{self, Layout},
    cell::UnsafeCell,
    marker::PhantomData,
    mem::needs_drop,
    panic::Location,
    ptr::{self, NonNull},
};

use flo_core::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use super::{
    array::Array,
    first::nursery,
    node::{Bits, Derived, Header, Id, Kind, Reaction},
    value::{Equal, Nature, Value, is_exact, is_inline, type_of},
};

#[repr(C)]
struct Source<E> {
    header: Header,
    equality: E,
}

#[repr(C)]
pub(super) struct Computed<F, E> {
    pub(super) derived: Derived,
    pub(super) equality: E,
    pub(super) compute: F,
}

pub(super) fn allocate<N>(node: N) -> Id {
    let layout = Layout::new::<N>();
    // SAFETY: a node is not empty: it has a header.
    let memory = unsafe { alloc::alloc(layout) };
    let Some(place) = NonNull::new(memory.cast::<N>()) else { alloc::handle_alloc_error(layout) };
    // SAFETY: it was just allocated with the layout of `N`.
    unsafe { place.write(node) };
    let id = Id(place.cast());
    id.group.store(nursery(place.as_ptr().addr()), Ordering::Relaxed);
    id
}

pub(super) fn derived(header: Header) -> Derived {
    Derived {
        header,
        since: AtomicU64::new(0),
        deps: UnsafeCell::new(Array::new()),
        owner: AtomicU32::new(0),
        open: AtomicU32::new(0),
    }
}

pub(super) fn nature_bits<T: 'static>(equality: &impl Equal<T>) -> Bits {
    let boxed = if is_inline::<T>() { Bits::NONE } else { Bits::BOXED };
    boxed
        | match equality.nature() {
            Nature::Compared => Bits::NONE,
            Nature::Plain if is_exact::<T>() => Bits::PLAIN | Bits::EXACT,
            Nature::Plain => Bits::PLAIN,
            Nature::Carried => Bits::CARRIED,
            Nature::Never => Bits::NEVER,
        }
}

struct SourceOf<T, E>(PhantomData<(T, E)>);

impl<T: Send + Sync + 'static, E: Equal<T>> SourceOf<T, E> {
    const KIND: Kind = Kind {
        value: type_of::<T>(),
        equal: |id, old, new| {
            // SAFETY: N2: this is the kind of a `Source<E>`.
            let source = unsafe { id.0.cast::<Source<E>>().as_ref() };
            equal::<T>(&source.equality, old, new)
        },
        compute: |_| unreachable!("a source has no closure"),
        drop_rest: |id| {
            // SAFETY: N2, and the promise of the caller: nobody has a reference to it.
            let source = unsafe { id.0.cast::<Source<E>>().as_mut() };
            // SAFETY: the promise of the caller: it is not used again.
            unsafe { ptr::drop_in_place(&raw mut source.equality) };
        },
        rest_drops: needs_drop::<E>(),
        layout: Layout::new::<Source<E>>(),
    };
}

pub(super) struct ComputedOf<T, F, E>(PhantomData<(T, F, E)>);

impl<T, F, E> ComputedOf<T, F, E>
where
    T: Send + Sync + 'static,
    F: Fn() -> T + Send + Sync + 'static,
    E: Equal<T>,
{
    pub(super) const KIND: Kind = Kind {
        value: type_of::<T>(),
        equal: |id, old, new| {
            // SAFETY: N2: this is the kind of a `Computed<F, E>`.
            let computed = unsafe { id.0.cast::<Computed<F, E>>().as_ref() };
            equal::<T>(&computed.equality, old, new)
        },
        compute: |id| {
            // SAFETY: N2.
            let computed = unsafe { id.0.cast::<Computed<F, E>>().as_ref() };
            Value::new((computed.compute)())
        },
        drop_rest: |id| {
            // SAFETY: N2, and the promise of the caller: nobody has a reference to it.
            let computed = unsafe { id.0.cast::<Computed<F, E>>().as_mut() };
            // SAFETY: the promise of the caller: it is not used again.
            let equality = unsafe { ptr::read(&raw const computed.equality) };
            // SAFETY: as for the equality.
            let compute = unsafe { ptr::read(&raw const computed.compute) };
            drop((equality, compute));
        },
        rest_drops: needs_drop::<(F, E)>(),
        layout: Layout::new::<Computed<F, E>>(),
    };
}

#[inline]
fn equal<T: 'static>(equality: &impl Equal<T>, old: &Value, new: &Value) -> bool {
    equality.equal(old.get(), new.get())
}

pub(super) const REACTION: Kind = Kind {
    value: type_of::<()>(),
    equal: |_, _, _| false,
    compute: |_| unreachable!("a reaction has no value"),
    drop_rest: |id| {
        // SAFETY: N2, and the promise of the caller: nobody has a reference to it.
        let reaction = unsafe { id.0.cast::<Reaction>().as_mut() };
        // SAFETY: the promise of the caller: it is not used again.
        let queue = unsafe { ptr::read(&raw const reaction.queue) };
        // SAFETY: as for the queue.
        let rest = unsafe { reaction.rest.get().read() };
        drop((queue, rest));
    },
    rest_drops: true,
    layout: Layout::new::<Reaction>(),
};

#[track_caller]
pub(super) fn source<T: Send + Sync + 'static, E: Equal<T>>(
    value: T,
    equality: E,
    counts: u64,
) -> Id {
    let bits = nature_bits(&equality);
    let word = Value::new(value).into_word();
    let header = Header::new(&SourceOf::<T, E>::KIND, counts, bits, word, Location::caller());
    allocate(Source { header, equality })
}
