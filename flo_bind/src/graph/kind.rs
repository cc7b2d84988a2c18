//! What nodes are made of: their typed rests, and how the engine reaches them without their types.
#![allow(unsafe_code, reason = "a typed rest behind an untyped header")]

use std::{
    alloc::{self, Layout},
    cell::UnsafeCell,
    marker::PhantomData,
    mem::{ManuallyDrop, needs_drop},
    panic::Location,
    ptr::{self, NonNull},
};

use flo_core::sync::{
    Arc,
    atomic::{AtomicU32, AtomicU64, Ordering},
    global,
};

use super::{
    array::Array,
    carried::Held,
    first::nursery,
    node::{Bits, Closure, Derived, Header, Hears, Id, Kind, Reaction, Rest, STRONG},
    value::{Equal, Nature, Value, is_exact, is_inline, type_of},
};
use crate::waiting::Waiting;

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
        compute: |_, _| unreachable!("a source has no closure"),
        react: |_| unreachable!("a source has no closure"),
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

/// What a run of a computed is.
pub(crate) trait Compute<T>: Send + Sync + 'static {
    /// A value of type `T`, carried on from what the node held, where that was taken out of it.
    fn value(&self, held: Held) -> Value;
}

impl<T: Send + Sync + 'static, F: Fn() -> T + Send + Sync + 'static> Compute<T> for F {
    #[inline]
    fn value(&self, _: Held) -> Value {
        Value::new(self())
    }
}

pub(super) struct ComputedOf<T, F, E>(PhantomData<(T, F, E)>);

impl<T, F, E> ComputedOf<T, F, E>
where
    T: Send + Sync + 'static,
    F: Compute<T>,
    E: Equal<T>,
{
    pub(super) const KIND: Kind = Kind {
        value: type_of::<T>(),
        equal: |id, old, new| {
            // SAFETY: N2: this is the kind of a `Computed<F, E>`.
            let computed = unsafe { id.0.cast::<Computed<F, E>>().as_ref() };
            equal::<T>(&computed.equality, old, new)
        },
        compute: |id, held| {
            // SAFETY: N2.
            let computed = unsafe { id.0.cast::<Computed<F, E>>().as_ref() };
            computed.compute.value(held)
        },
        react: |_| unreachable!("a computed does not react"),
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

struct ReactionOf<F>(PhantomData<F>);

impl<F: FnMut() + Send + 'static> ReactionOf<F> {
    const KIND: Kind = Kind {
        value: type_of::<()>(),
        equal: |_, _, _| false,
        compute: |_, _| unreachable!("a reaction has no value"),
        react: |id| {
            // SAFETY: by the promise of the caller the closure is there, and nobody else uses it.
            let closure = unsafe { &mut *closure_of::<F>(id) };
            closure();
        },
        drop_rest: |id| {
            // SAFETY: the promise of the caller: the closure is not used again.
            unsafe { ptr::drop_in_place(closure_of::<F>(id)) };
        },
        // It is dropped before the node is freed (`retire`).
        rest_drops: false,
        layout: Layout::new::<Reacting<F>>(),
    };
}

/// Where the closure of a reaction is.
fn closure_of<F>(id: Id) -> *mut F {
    let reacting = id.0.cast::<Reacting<F>>().as_ptr();
    // SAFETY: N2: called for the kind of a `Reacting<F>` alone; a `ManuallyDrop` is what it holds.
    unsafe { &raw mut (*reacting).closure }.cast()
}

/// A reaction with its closure.
#[repr(C)]
struct Reacting<F> {
    reaction: Reaction,
    /// Used by the thread that has claimed the node, or by the one that drops it. There as long as [`Rest`] says so.
    closure: ManuallyDrop<F>,
}

/// Makes a reaction. Its bits say which one.
pub(super) fn reaction<F: FnMut() + Send + 'static>(
    bits: Bits,
    hears: Hears,
    closure: F,
    queue: Option<Arc<Waiting>>,
    site: &'static Location<'static>,
) -> Id {
    global! {
        static MADE: AtomicU64 = AtomicU64::new(0);
    }
    let reaction = Reaction {
        derived: derived(Header::new(&ReactionOf::<F>::KIND, STRONG, bits, 0, site)),
        // Relaxed: the number is only told apart and compared.
        number: MADE.fetch_add(1, Ordering::Relaxed),
        hears,
        queue,
        queued: AtomicU32::new(0),
        queuer: AtomicU32::new(u32::MAX),
        rest: UnsafeCell::new(Rest { closure: Closure::There, detached: None, left: Vec::new() }),
    };
    allocate(Reacting { reaction, closure: ManuallyDrop::new(closure) })
}

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
