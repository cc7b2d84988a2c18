//! Lenses: a part of something that can be written, as a thing that can be read and written itself.
//!
//! # Idea
//! A lens keeps nothing. To read it is to compute the part of what it is over, with the usual cut where that is
//! equal; to write it is an edit of the whole, which is atomic, joins transactions and is made again where another
//! thread came first. So there are no two values to keep in step, and no echo.
//!
//! ```text
//!   read     whole ──get──▶ part                a computed: those who read the part run when it differs
//!   write    edit of the part  ──▶  edit of the whole:  part = get(whole) ── edit ── equal? nothing : set(whole, part)
//! ```
//!
//! # Invariants
//! - **M1** A lens is what `get` makes of the whole, at every version and below staged writes.
//! - **M2** A write that leaves the part equal is no write of the whole.
//! - **M3** A write where there is nothing to write to is told, and changes nothing.
//! - **M4** The right to read a lens is no right to write, and keeps nothing open.

use std::{cell::Cell, error::Error, fmt, rc::Rc};

use flo_core::{Notify, Subscription, sync::Arc};

use crate::{
    bind_ref::BindRef,
    binding::{Binding, subscribe},
    bound::{Bound, BoundExt},
    computed::{Computed, computed_over, debug_node},
    graph::{node::NodeRef, read},
    guard::Guard,
    transaction::untracked,
};

mod parsed;

pub use parsed::Parsed;

/// What edits a copy of a value, and says whether it is to be put in the value's place. It may be called more than once:
/// where another thread's write came first, it is applied to the newer value.
pub type Edit<T> = Box<dyn FnMut(&mut T) -> bool>;

/// There is nothing to write to: the list is shorter, the entry is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gone;

impl fmt::Display for Gone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("there is nothing to write to")
    }
}

impl Error for Gone {}

/// Something that can be read and edited: a [`Binding`], a [`Lens`], a thing of your own.
///
/// The trait is object safe; [`BoundMutExt`] has the methods that are built on it.
pub trait BoundMut: Bound {
    /// Applies `edit` to a copy of the value and puts that in its place, as one atomic step, unless `edit` gives `false`.
    ///
    /// Inside a transaction, a computed or a [`snapshot`](crate::snapshot()) it is as [`Binding::update`].
    ///
    /// # Errors
    /// [`Gone`] where there is nothing to write to: then nothing happens.
    ///
    /// # Panics
    /// With the panic of `edit`: then the old value stays. With the first panic of an effect that this triggers, when all of
    /// them have run.
    fn edit(&self, edit: Edit<Self::Value>) -> Result<(), Gone>;
}

impl<T: Clone + Send + Sync + 'static> BoundMut for Binding<T> {
    fn edit(&self, edit: Edit<T>) -> Result<(), Gone> {
        self.update_if(edit);
        Ok(())
    }
}

impl<T: Clone + Send + Sync + 'static> BoundMut for Lens<T> {
    fn edit(&self, edit: Edit<T>) -> Result<(), Gone> {
        (self.write)(edit)
    }
}

/// What every [`BoundMut`] can do.
pub trait BoundMutExt: BoundMut + BoundExt {
    /// A part of the value, to be read and written as if it were a binding.
    ///
    /// `get` makes the part of the whole, `set` puts a part into the whole. What an equal `set` would write is not written, and
    /// who reads the part does not run where only the rest differs. A lens of a lens is a lens.
    ///
    /// # Panics
    /// Not here. A panic of `get` reaches those who read the lens, and one of either those who write it: then nothing is written.
    ///
    /// # Cost
    /// A write calls `get` and `set` once; a read calls `get` where the whole has changed. Further lenses of it add their own calls.
    ///
    /// ```
    /// use flo_bind::{BoundExt, BoundMutExt, bind};
    ///
    /// #[derive(Clone, PartialEq)]
    /// struct Lamp {
    ///     name: String,
    ///     watts: u32,
    /// }
    ///
    /// let lamp = bind(Lamp { name: String::from("arc"), watts: 500 });
    /// let watts = lamp.field(|lamp| lamp.watts, |lamp, watts| lamp.watts = watts);
    /// watts.set(450);
    /// assert_eq!(lamp.with(|lamp| lamp.watts), 450);
    /// lamp.update(|lamp| lamp.watts += 1);
    /// assert_eq!(watts.get(), 451);
    /// ```
    #[track_caller]
    fn field<T, G, S>(&self, get: G, set: S) -> Lens<T>
    where
        T: Clone + PartialEq + Send + Sync + 'static,
        G: Fn(&Self::Value) -> T + Send + Sync + 'static,
        S: Fn(&mut Self::Value, T) + Send + Sync + 'static,
    {
        let parts = Arc::new((get, set));
        let read = {
            let parts = Arc::clone(&parts);
            self.map(move |whole| (parts.0)(whole))
        };
        let whole = self.clone();
        Lens::over(read.node, move |mut edit: Edit<T>| {
            let parts = Arc::clone(&parts);
            whole.edit(Box::new(move |whole| {
                let mut part = (parts.0)(whole);
                let old = part.clone();
                // M2.
                let is_change = edit(&mut part) && part != old;
                if is_change {
                    (parts.1)(whole, part);
                }
                is_change
            }))
        })
    }

    /// The value as a text that can be edited, also to what is no value: a text field.
    ///
    /// See [`Parsed`].
    ///
    /// # Panics
    /// Not here. A panic of `format` reaches those who read the text, one of `parse` those who write it: then nothing is written.
    ///
    /// ```
    /// use flo_bind::{BoundExt, BoundMutExt, bind};
    ///
    /// let watts = bind(500);
    /// let field = watts.parsed(ToString::to_string, |text| text.parse::<i32>().map_err(|why| why.to_string()));
    /// field.text().set(String::from("45o"));
    /// assert_eq!((field.text().get(), watts.get()), (String::from("45o"), 500));
    /// assert_eq!(field.error().get().unwrap(), "invalid digit found in string");
    /// field.text().set(String::from("0450"));
    /// assert_eq!((field.text().get(), watts.get()), (String::from("0450"), 450));
    /// watts.set(7);
    /// assert_eq!((field.text().get(), field.error().get()), (String::from("7"), None));
    /// ```
    #[track_caller]
    fn parsed<E, F, P>(&self, format: F, parse: P) -> Parsed<E>
    where
        Self::Value: Clone + PartialEq,
        E: Clone + PartialEq + Send + Sync + 'static,
        F: Fn(&Self::Value) -> String + Send + Sync + 'static,
        P: Fn(&str) -> Result<Self::Value, E> + Send + Sync + 'static,
    {
        parsed::parsed(self.clone(), format, parse)
    }
}

impl<B: BoundMut + BoundExt> BoundMutExt for B {}

/// A part of something, to be read and written as if it were a binding of its own.
///
/// [`BoundMutExt::field`] gives one of a binding or of another lens; [`ListBinding::item`](crate::ListBinding::item) of a list,
/// [`Store::entry`](crate::Store::entry) of a store; [`new`](Self::new) of anything else. A handle: clones stand for the same
/// lens. It is the right to write, and holds what it writes; the [`BindRef`] of it is the right to read.
///
/// # Delivery
/// As a [`Computed`]: who reads it runs when the part differs.
///
/// # Concurrency
/// As what it is over. A write is one atomic step, also where another thread writes another part.
///
/// ```
/// use flo_bind::{BoundExt, BoundMutExt, Lens, bind};
///
/// fn double(count: &Lens<u32>) {
///     count.update(|count| *count *= 2);
/// }
///
/// let pair = bind((1, 2));
/// let left = pair.field(|pair| pair.0, |pair, left| pair.0 = left);
/// double(&left);
/// double(&bind(7).into());
/// assert_eq!(pair.get(), (2, 2));
/// ```
pub struct Lens<T> {
    node: NodeRef,
    write: Write<T>,
}

type Write<T> = Arc<dyn Fn(Edit<T>) -> Result<(), Gone> + Send + Sync>;

impl<T> Lens<T> {
    /// A lens whose reads are those of a node.
    pub(crate) fn over<W>(node: NodeRef, write: W) -> Self
    where
        W: Fn(Edit<T>) -> Result<(), Gone> + Send + Sync + 'static,
    {
        Self { node, write: Arc::new(write) }
    }

    /// Whether both stand for the same lens, whatever its value; `==` asks the same.
    pub fn same_as(&self, other: &Self) -> bool {
        self == other
    }
}

impl<T: PartialEq + Send + Sync + 'static> Lens<T> {
    /// The part that `read` gives, and `write` edits.
    ///
    /// `read` is as the closure of a [`computed`](crate::computed()). `write` applies its [`Edit`] to a copy of the part and puts that
    /// into the whole, as [`BoundMut::edit`] says; that it does nothing where the part stays equal is up to it.
    ///
    /// ```
    /// use flo_bind::{BoundExt, Lens, bind};
    ///
    /// let names = bind(vec!["oil", "gas"]);
    /// let count = Lens::new(
    ///     {
    ///         let names = names.read_only();
    ///         move || names.with(Vec::len)
    ///     },
    ///     {
    ///         let names = names.clone();
    ///         move |mut edit| {
    ///             names.update_if(move |names| {
    ///                 let mut count = names.len();
    ///                 let is_wanted = edit(&mut count);
    ///                 names.truncate(count);
    ///                 is_wanted
    ///             });
    ///             Ok(())
    ///         }
    ///     },
    /// );
    /// count.set(1);
    /// assert_eq!(names.get(), ["oil"]);
    /// ```
    #[track_caller]
    pub fn new<R, W>(read: R, write: W) -> Self
    where
        R: Fn() -> T + Send + Sync + 'static,
        W: Fn(Edit<T>) -> Result<(), Gone> + Send + Sync + 'static,
    {
        Self::over(computed_over(read).node, write)
    }
}

impl<T: Clone + Send + Sync + 'static> Lens<T> {
    /// Sets the part. If it is equal to the one at hand, nothing happens.
    ///
    /// # Panics
    /// Where there is nothing to write to; **[`try_set`](Self::try_set) tells**. Otherwise as [`BoundMut::edit`].
    #[track_caller]
    pub fn set(&self, value: T) {
        self.try_set(value).unwrap_or_else(|gone| panic!("{gone}"));
    }

    /// Sets the part. If it is equal to the one at hand, nothing happens.
    ///
    /// # Errors
    /// [`Gone`] where there is nothing to write to.
    ///
    /// # Panics
    /// As [`BoundMut::edit`].
    ///
    /// ```
    /// use flo_bind::{Gone, ListBinding};
    /// let lamps = ListBinding::from(vec!["oil"]);
    /// let second = lamps.item(1);
    /// assert_eq!(second.try_set(Some("gas")), Err(Gone));
    /// ```
    pub fn try_set(&self, value: T) -> Result<(), Gone> {
        self.try_update(move |part| *part = value.clone())
    }

    /// Changes a copy of the part, and sets the copy: an atomic read-modify-write, as [`Binding::update`].
    ///
    /// # Panics
    /// As [`set`](Self::set), and with the panic of `edit`.
    #[track_caller]
    pub fn update<F: FnMut(&mut T) + 'static>(&self, edit: F) {
        self.try_update(edit).unwrap_or_else(|gone| panic!("{gone}"));
    }

    /// As [`update`](Self::update).
    ///
    /// # Errors
    /// [`Gone`] where there is nothing to write to.
    ///
    /// # Panics
    /// As [`BoundMut::edit`].
    pub fn try_update<F: FnMut(&mut T) + 'static>(&self, mut edit: F) -> Result<(), Gone> {
        self.edit(Box::new(move |part| {
            edit(part);
            true
        }))
    }
}

impl<T: Clone + PartialEq + Send + Sync + 'static> Lens<Option<T>> {
    /// What is there, or `fallback` where nothing is. A write where nothing is, is [`Gone`].
    ///
    /// So a row of a list or an entry of a store can be given to who knows nothing of its going.
    ///
    /// ```
    /// use flo_bind::{BoundExt, BoundMutExt, Gone, ListBinding};
    ///
    /// let pairs = ListBinding::from(vec![(1, 2)]);
    /// let first = pairs.item(0).unwrap_or((0, 0));
    /// let left = first.field(|pair| pair.0, |pair, left| pair.0 = left);
    /// left.set(7);
    /// assert_eq!(pairs.snapshot(), [(7, 2)]);
    /// pairs.clear();
    /// assert_eq!((left.get(), left.try_set(8)), (0, Err(Gone)));
    /// ```
    #[must_use]
    #[track_caller]
    pub fn unwrap_or(&self, fallback: T) -> Lens<T> {
        let read = self.map(move |part| part.clone().unwrap_or_else(|| fallback.clone()));
        let part = self.clone();
        Lens::over(read.node, move |mut edit: Edit<T>| {
            if untracked(|| part.with(Option::is_none)) {
                return Err(Gone);
            }
            // M3: what is edited may be newer than what is seen here.
            let is_gone = Rc::new(Cell::new(false));
            let finds = Rc::clone(&is_gone);
            part.edit(Box::new(move |part| {
                finds.set(part.is_none());
                part.as_mut().is_some_and(&mut edit)
            }))?;
            if is_gone.get() { Err(Gone) } else { Ok(()) }
        })
    }
}

impl<T: Send + Sync + 'static> Lens<T> {
    /// The part as a computed: the right to read it.
    pub fn to_computed(&self) -> Computed<T> {
        Computed::of(self.node.clone())
    }

    /// Tells `notify` at the first change after a read, once until the next read.
    ///
    /// As [`Bound::when_changed`], for any [`Notify`]: a closure, a waker, the sink of a channel.
    #[track_caller]
    pub fn when_changed<N: Notify + Send + 'static>(&self, notify: N) -> Subscription {
        subscribe(self.node.id(), notify)
    }
}

impl<T: Send + Sync + 'static> Bound for Lens<T> {
    type Value = T;

    fn read(&self) -> Guard<T> {
        Guard::of(read::read(self.node.id()))
    }

    fn copied(&self) -> T
    where
        T: Clone,
    {
        read::get(self.node.id())
    }

    fn lend(&self, f: &mut dyn FnMut(&T)) {
        read::with(self.node.id(), f);
    }

    fn when_changed(&self, notify: Box<dyn FnMut() + Send>) -> Subscription {
        subscribe(self.node.id(), notify)
    }
}

impl<T: Send + Sync + 'static> From<Lens<T>> for BindRef<T> {
    fn from(lens: Lens<T>) -> Self {
        Self::of(lens.node)
    }
}

impl<T: Send + Sync + 'static> From<&Lens<T>> for BindRef<T> {
    fn from(lens: &Lens<T>) -> Self {
        Self::of(lens.node.clone())
    }
}

/// All of a binding.
impl<T: Clone + Send + Sync + 'static> From<Binding<T>> for Lens<T> {
    fn from(binding: Binding<T>) -> Self {
        Self::over(binding.writer.node(), move |edit| binding.edit(edit))
    }
}

impl<T: Clone + Send + Sync + 'static> From<&Binding<T>> for Lens<T> {
    fn from(binding: &Binding<T>) -> Self {
        Self::from(binding.clone())
    }
}

impl<T> Clone for Lens<T> {
    fn clone(&self) -> Self {
        Self { node: self.node.clone(), write: Arc::clone(&self.write) }
    }
}

impl<T> PartialEq for Lens<T> {
    fn eq(&self, other: &Self) -> bool {
        self.node.id() == other.node.id()
    }
}

impl<T> Eq for Lens<T> {}

impl<T> std::hash::Hash for Lens<T> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.node.id().hash(state);
    }
}

impl<T: fmt::Debug + Send + Sync + 'static> fmt::Debug for Lens<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        debug_node::<T>("Lens", &self.node, f)
    }
}
