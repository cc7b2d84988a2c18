//! What a node holds: one word, whose type only its typed handles and its [`ValueType`] know.
//!
//! ```text
//!   u8 … u64, i8 … i64, usize, isize, f32, f64, bool, char, ()     the word is the value
//!   every other T                                                  the word is a counted pointer to it
//! ```
//!
//! The list of what is inline is closed. "Small and nothing to drop" is no criterion: such a type may
//! have interior mutability, and then a copy of its bits is another value.
//!
//! Invariants: V1 a [`Value`]'s word was made by [`to_word`] for the type that `of` stands for, and owns one
//! count where that is a pointer. V2 a word is read as the type it was made with; the handles' types see
//! to that, and debug builds check it.
#![allow(unsafe_code, reason = "a word is read as the type it was made of")]

use std::{
    any::{Any, TypeId},
    marker::PhantomData,
    mem::{self, ManuallyDrop},
    num::NonZeroU32,
    panic::{self, Location},
    ptr,
};

use flo_core::sync::{
    Arc, Mutex,
    atomic::{Ordering, fence},
};

/// What a panic carries.
pub(crate) type Payload = Box<dyn Any + Send>;

/// Which outcome of a node this is: another number for another outcome.
///
/// It may come round after four thousand million changes; then those who depend on the node run once
/// more than they need (`run`).
pub(crate) type Version = NonZeroU32;

/// How values of one type are copied and dropped.
pub(crate) struct ValueType {
    clone: unsafe fn(u64) -> u64,
    drop: unsafe fn(u64),
    is_sole: unsafe fn(u64) -> bool,
    id: TypeId,
}

impl ValueType {
    /// Whether it is that of `T`, which is not of the list.
    #[inline]
    pub(crate) fn is_boxed<T: 'static>(&self) -> bool {
        self.id == TypeId::of::<T>() && !is_inline::<T>()
    }

    /// Whether a word that is not inline is the only one of its value.
    ///
    /// # Safety
    /// As [`sole_of`].
    #[inline]
    pub(super) unsafe fn is_sole(&self, word: u64) -> bool {
        // SAFETY: by the caller's promise.
        unsafe { (self.is_sole)(word) }
    }
}

struct Of<T>(PhantomData<T>);

impl<T: Send + Sync + 'static> Of<T> {
    const TYPE: ValueType = ValueType {
        clone: clone_word::<T>,
        drop: drop_word::<T>,
        // SAFETY: the promise of who calls it is that of `sole_of`; the reference is gone at once.
        is_sole: |word| unsafe { sole_of::<T>(word) }.is_some(),
        id: TypeId::of::<T>(),
    };
}

/// The [`ValueType`] of `T`.
pub(crate) const fn type_of<T: Send + Sync + 'static>() -> &'static ValueType {
    &Of::<T>::TYPE
}

/// Whether values of this type are stored in the word itself. Folded by the compiler.
#[inline]
pub(crate) fn is_inline<T: 'static>() -> bool {
    macro_rules! any_of {
        ($($plain:ty),+) => { $(TypeId::of::<T>() == TypeId::of::<$plain>())||+ };
    }
    any_of!(u8, u16, u32, u64, usize, i8, i16, i32, i64, isize, f32, f64, bool, char, ())
}

/// Whether inline values of this type are equal where their words are: not those of floats. Folded by the compiler.
#[inline]
pub(crate) fn is_exact<T: 'static>() -> bool {
    is_inline::<T>()
        && TypeId::of::<T>() != TypeId::of::<f32>()
        && TypeId::of::<T>() != TypeId::of::<f64>()
}

/// The word that stands for `value`.
#[inline]
fn to_word<T: Send + Sync + 'static>(value: T) -> u64 {
    if is_inline::<T>() {
        let value = ManuallyDrop::new(value);
        let mut word = 0_u64;
        // SAFETY: a type of the list has at most 8 bytes, all of them initialised, and none overlap.
        unsafe {
            ptr::copy_nonoverlapping(
                ptr::from_ref(&*value).cast::<u8>(),
                ptr::from_mut(&mut word).cast::<u8>(),
                size_of::<T>(),
            );
        }
        word
    } else {
        arc_word(Arc::new(value))
    }
}

fn arc_word<T>(value: Arc<T>) -> u64 {
    Arc::into_raw(value).expose_provenance() as u64
}

#[expect(clippy::cast_possible_truncation, reason = "the word was a pointer")]
fn pointer<T>(word: u64) -> *const T {
    ptr::with_exposed_provenance(word as usize)
}

/// # Safety
/// `word` is a word of `T` that owns or borrows a count.
unsafe fn clone_word<T: Send + Sync + 'static>(word: u64) -> u64 {
    if !is_inline::<T>() {
        // SAFETY: the pointer came from `Arc::into_raw`, and the count that `word` has is alive.
        unsafe { Arc::increment_strong_count(pointer::<T>(word)) };
    }
    word
}

/// # Safety
/// `word` is a word of `T` that owns a count, which it gives up.
unsafe fn drop_word<T: Send + Sync + 'static>(word: u64) {
    if !is_inline::<T>() {
        // SAFETY: the pointer came from `Arc::into_raw`, and the count is ours.
        unsafe { Arc::decrement_strong_count(pointer::<T>(word)) };
    }
}

/// The value that a word which is not inline leads to.
///
/// # Safety
/// `word` is a word of `T` (V2), `T` is not of the list, and somebody keeps the value for as long as the
/// reference lives.
#[inline]
pub(crate) unsafe fn boxed_of<'a, T>(word: u64) -> &'a T {
    // SAFETY: by the caller's promise.
    unsafe { &*pointer::<T>(word) }
}

/// The value that a word which is not inline leads to, if that word is the only one.
///
/// # Safety
/// As [`boxed_of`], and nobody makes another word of this one, or reads the value, for as long as the reference lives. `T` is a
/// type of ours, of whose values nobody has weak handles.
#[inline]
pub(crate) unsafe fn sole_of<'a, T>(word: u64) -> Option<&'a mut T> {
    let pointer = pointer::<T>(word);
    // SAFETY: the pointer came from `Arc::into_raw`; the count stays with the word.
    let value = ManuallyDrop::new(unsafe { Arc::from_raw(pointer) });
    debug_assert_eq!(Arc::weak_count(&value), 0, "a value of ours has no weak handles");
    // Without weak handles the one that is left makes the next one; `Arc::get_mut` would pay an exchange to keep those out.
    if Arc::strong_count(&value) != 1 {
        return None;
    }
    // Acquire: pairs with the release of who has dropped the last other one, so that his reads are over.
    fence(Ordering::Acquire);
    // SAFETY: it is the only one, and by the caller's promise.
    Some(unsafe { &mut *pointer.cast_mut() })
}

/// The value that a word which is not inline leads to, with the count that the word has.
///
/// # Safety
/// `word` is a word of `T` that owns a count, which it gives up, and `T` is not of the list.
pub(super) unsafe fn arc_of<T>(word: u64) -> Arc<T> {
    // SAFETY: the pointer came from `Arc::into_raw`, and the count is ours.
    unsafe { Arc::from_raw(pointer(word)) }
}

/// The value of a word that is inline.
///
/// # Safety
/// `word` is a word of `T` (V2), and `T` is of the list.
#[inline]
pub(crate) unsafe fn inline_of<T: 'static>(word: u64) -> T {
    debug_assert!(is_inline::<T>(), "V2");
    // SAFETY: the first bytes of the word are a `T`, and the types of the list are `Copy`.
    unsafe { ptr::read(ptr::from_ref(&word).cast::<T>()) }
}

/// A value of some type, owned.
pub(crate) struct Value {
    word: u64,
    of: &'static ValueType,
}

impl Value {
    #[inline]
    pub(crate) fn new<T: Send + Sync + 'static>(value: T) -> Self {
        Self { word: to_word(value), of: type_of::<T>() }
    }

    /// A value that is shared already.
    pub(crate) fn shared<T: Send + Sync + 'static>(value: Arc<T>) -> Self {
        if is_inline::<T>() {
            // SAFETY: types of the list are `Copy`, so that a copy of the bits is the same value.
            return Self::new(unsafe { ptr::read(&raw const *value) });
        }
        Self { word: arc_word(value), of: type_of::<T>() }
    }

    /// # Safety
    /// `word` owns a value of type `of` (V1).
    #[inline]
    pub(crate) unsafe fn of_word(word: u64, of: &'static ValueType) -> Self {
        Self { word, of }
    }

    /// A copy of the value that `word` stands for.
    ///
    /// # Safety
    /// `word` stands for a living value of type `of`.
    pub(crate) unsafe fn copy_of(word: u64, of: &'static ValueType) -> Self {
        // SAFETY: by the caller's promise.
        Self { word: unsafe { (of.clone)(word) }, of }
    }

    #[inline]
    pub(crate) fn into_word(self) -> u64 {
        let word = self.word;
        mem::forget(self);
        word
    }

    #[inline]
    pub(crate) fn has_word(&self, word: u64) -> bool {
        self.word == word
    }

    /// Whether both have the same word: of values that are not inline, whether they are one.
    pub(crate) fn has_word_of(&self, other: &Self) -> bool {
        self.word == other.word
    }

    #[inline]
    fn check<T: 'static>(&self) {
        debug_assert!(
            self.of.id == TypeId::of::<T>(),
            "V2: a node keeps the type it was made with"
        );
    }

    #[inline]
    pub(crate) fn get<T: 'static>(&self) -> &T {
        self.check::<T>();
        let place =
            if is_inline::<T>() { ptr::from_ref(&self.word).cast() } else { pointer(self.word) };
        // SAFETY: V1, V2: the first bytes of the word are a `T`, and a `u64` is aligned for each of the list;
        // or the word points to one, which `self` keeps for as long as it is borrowed.
        unsafe { &*place }
    }

    /// A copy of a value that is inline.
    pub(crate) fn get_copy<T: 'static>(&self) -> T {
        self.check::<T>();
        // SAFETY: V2, and debug builds check that `T` is of the list.
        unsafe { inline_of(self.word) }
    }

    /// The value, shared with who else has it.
    pub(crate) fn into_arc<T: Send + Sync + 'static>(self) -> Arc<T> {
        self.check::<T>();
        let word = self.into_word();
        if is_inline::<T>() {
            // SAFETY: V2, and `T` is of the list.
            Arc::new(unsafe { inline_of(word) })
        } else {
            // SAFETY: the pointer came from `Arc::into_raw`, and the word's count is now ours.
            unsafe { Arc::from_raw(pointer(word)) }
        }
    }

    /// The value itself, copied where somebody else has it, too.
    pub(crate) fn into_inner<T: Clone + Send + Sync + 'static>(self) -> T {
        if is_inline::<T>() {
            self.check::<T>();
            // SAFETY: V2, and `T` is of the list.
            return unsafe { inline_of(self.into_word()) };
        }
        Arc::try_unwrap(self.into_arc()).unwrap_or_else(|shared| T::clone(&shared))
    }
}

impl Clone for Value {
    #[inline]
    fn clone(&self) -> Self {
        // SAFETY: V1.
        unsafe { Self::copy_of(self.word, self.of) }
    }
}

impl Drop for Value {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: V1; this is the only place that gives the count up.
        unsafe { (self.of.drop)(self.word) };
    }
}

/// What a run came to.
#[derive(Clone)]
pub(crate) enum Outcome {
    Value(Value),
    Panicked(Arc<Panicked>),
}

impl Outcome {
    /// The word of a value that is inline.
    pub(crate) fn word(&self) -> Option<u64> {
        match self {
            Self::Value(value) => Some(value.word),
            Self::Panicked(_) => None,
        }
    }
}

/// A panic that is kept for those who read: the first gets the payload, later ones its text.
pub(crate) struct Panicked {
    text: String,
    payload: Mutex<Option<Payload>>,
}

impl Panicked {
    pub(crate) fn new(payload: Payload) -> Self {
        Self { text: text_of(&payload), payload: Mutex::new(Some(payload)) }
    }

    /// Panics as the run did.
    pub(crate) fn again(&self, site: &Location<'_>) -> ! {
        let payload = self.payload.lock().take();
        match payload {
            Some(payload) => panic::resume_unwind(payload),
            None => panic!("the computed made at {site} panicked: {}", self.text),
        }
    }
}

/// The text of a panic, where it has one.
pub(crate) fn text_of(payload: &Payload) -> String {
    if let Some(text) = payload.downcast_ref::<&str>() {
        (*text).to_owned()
    } else if let Some(text) = payload.downcast_ref::<String>() {
        text.clone()
    } else {
        String::from("a payload without a text")
    }
}

/// What a reader was given, and of which version it is; `None` where no later run may take it for
/// unchanged, because it was computed for this reader alone.
#[derive(Clone)]
pub(crate) struct Seen {
    pub(crate) outcome: Outcome,
    pub(crate) version: Option<Version>,
}

/// How a node tells a change from a write of the same.
pub(crate) trait Equal<T>: Send + Sync + 'static {
    fn nature(&self) -> Nature;

    fn equal(&self, old: &T, new: &T) -> bool;
}

/// Who compares.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Nature {
    /// User code, to be called without a lock.
    Compared,
    /// The language's own comparison of a type of the list: under the lock as well.
    Plain,
    /// Nobody: every write is a change.
    Never,
    /// By its runs, which go on from the last outcome (`carried`); elsewhere as `Compared`.
    Carried,
}

/// By the type's `PartialEq`.
pub(crate) struct ByValue;

impl<T: PartialEq + 'static> Equal<T> for ByValue {
    fn nature(&self) -> Nature {
        if is_inline::<T>() { Nature::Plain } else { Nature::Compared }
    }

    #[inline]
    fn equal(&self, old: &T, new: &T) -> bool {
        old == new
    }
}

/// Every write is a change.
pub(crate) struct Never;

impl<T> Equal<T> for Never {
    fn nature(&self) -> Nature {
        Nature::Never
    }

    fn equal(&self, _old: &T, _new: &T) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn v1_a_boxed_value_is_counted_and_dropped_once() {
        let inner = Arc::new(());
        let value = Value::new(Arc::clone(&inner));
        let copy = value.clone();
        assert!(value.has_word_of(&copy));
        drop(value);
        assert_eq!(Arc::strong_count(&inner), 2);
        assert!(Arc::ptr_eq(&copy.into_inner::<Arc<()>>(), &inner));
        assert_eq!(Arc::strong_count(&inner), 1);
    }

    #[test]
    fn v2_inline_values_come_out_as_they_went_in() {
        assert_eq!(Value::new(-3_i8).into_inner::<i8>(), -3);
        assert!(*Value::new(true).get::<bool>());
        assert_eq!(*Value::new('ß').into_arc::<char>(), 'ß');
        assert_eq!(Value::new(f64::MIN).clone().into_inner::<f64>().to_bits(), f64::MIN.to_bits());
        Value::new(()).into_inner::<()>();
        assert_eq!(Value::shared(Arc::new(7_u16)).into_inner::<u16>(), 7);
    }

    #[repr(align(64))]
    #[derive(Clone, PartialEq, Debug)]
    struct Aligned(u8);

    #[test]
    fn other_types_are_shared_whatever_their_size_and_alignment() {
        let value = Value::new(Aligned(9));
        let aligned: &Aligned = value.get();
        assert_eq!((ptr::from_ref(aligned).addr() % 64, aligned.0), (0, 9));
        assert_eq!(Value::new([7_u64; 32]).into_inner::<[u64; 32]>(), [7; 32]);
        assert_eq!(Value::new(PhantomData::<u8>).into_inner::<PhantomData<u8>>(), PhantomData);
    }
}
