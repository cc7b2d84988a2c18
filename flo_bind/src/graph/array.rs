//! A growing array that has room for one item in itself: what edges are kept in.
//!
//! ```text
//!   empty    ┌──────┬─────┐      one   ┌───────────┐      more   ┌───────┬──────┐
//!            │ null │     │            │ the item  │             │ block │ HEAP │
//!            └──────┴─────┘            └───────────┘             └───┬───┴──────┘
//!                                                                    ▼ len, cap, item, item …
//! ```
//!
//! A node has two of them and most nodes have one edge each way, so the three words of a `Vec`, and a block
//! for each, would be most of a node.
//!
//! Invariants: A1 the first word is null, or that of an item, or leads to a block of `cap` items of which the
//! first `len` are initialised; the last four bytes tell the two apart. A2 items have no drop.
#![allow(unsafe_code, reason = "an item or a block in the same bytes")]

use std::{
    alloc::{self, Layout},
    mem::{MaybeUninit, needs_drop},
    ops::{Deref, DerefMut},
    ptr::{self, NonNull},
    slice,
};

/// What an [`Array`] can hold.
///
/// # Safety
/// The first word is an address that is never null, and the last four bytes are an index, which is never
/// [`HEAP`].
pub(crate) unsafe trait Item {}

/// What the last four bytes are where the items are in a block.
const HEAP: u32 = u32::MAX;

/// The header of a block; its alignment is that of the items, too.
#[repr(C, align(8))]
struct Block {
    len: u32,
    cap: u32,
}

type Head = Option<NonNull<Block>>;

/// See the file.
#[repr(transparent)]
pub(crate) struct Array<T: Item>(MaybeUninit<T>);

// SAFETY: it owns its items.
unsafe impl<T: Item + Send> Send for Array<T> {}
// SAFETY: it owns its items.
unsafe impl<T: Item + Sync> Sync for Array<T> {}

fn layout<T>(cap: usize) -> Layout {
    let items = Layout::array::<T>(cap).ok();
    let layout = items.and_then(|items| Layout::new::<Block>().extend(items).ok());
    layout.expect("so many edges have no room in memory").0
}

fn index(len: usize) -> u32 {
    let index = u32::try_from(len).ok().filter(|index| *index != HEAP);
    index.expect("a node has fewer than four thousand million edges")
}

impl<T: Item> Array<T> {
    const FITS: () = {
        assert!(!needs_drop::<T>(), "A2");
        assert!(align_of::<T>() <= align_of::<Block>(), "items follow the header");
        assert!(size_of::<T>() >= size_of::<Head>() + size_of::<u32>(), "A1");
    };

    pub(crate) const fn new() -> Self {
        const { Self::FITS };
        Self(MaybeUninit::zeroed())
    }

    #[inline]
    fn head(&self) -> Head {
        // SAFETY: A1: the first word is null or an address, of whatever.
        unsafe { self.0.as_ptr().cast::<Head>().read_unaligned() }
    }

    #[inline]
    fn tag(&self) -> *const u32 {
        self.0.as_ptr().cast::<u8>().wrapping_add(size_of::<T>() - size_of::<u32>()).cast()
    }

    /// The block, where there is one.
    #[inline]
    fn block(&self) -> Head {
        // SAFETY: A1: it was zeroed or is part of an item.
        if unsafe { self.tag().read_unaligned() } == HEAP { self.head() } else { None }
    }

    fn set_block(&mut self, block: NonNull<Block>) {
        // SAFETY: the first word is this array's own, and no item is lost with it (A2).
        unsafe { self.0.as_mut_ptr().cast::<Head>().write_unaligned(Some(block)) };
        // SAFETY: as for the first word.
        unsafe { self.tag().cast_mut().write_unaligned(HEAP) };
    }

    #[inline]
    fn items(block: NonNull<Block>) -> NonNull<T> {
        // SAFETY: A1: the items are in the same block, behind the header.
        unsafe { block.add(1) }.cast()
    }

    fn cap(block: NonNull<Block>) -> usize {
        // SAFETY: A1.
        unsafe { block.as_ref() }.cap as usize
    }

    pub(crate) fn push(&mut self, item: T) {
        if self.head().is_none() {
            self.0.write(item);
            return;
        }
        let len = self.len();
        let mut block = match self.block() {
            Some(block) if len < Self::cap(block) => block,
            _ => self.grow(len, len * 2),
        };
        // SAFETY: there is room for one more behind the first `len`.
        let place = unsafe { Self::items(block).add(len) };
        // SAFETY: as above; nothing is there that had to be dropped.
        unsafe { place.write(item) };
        // SAFETY: A1; the block is this array's own.
        unsafe { block.as_mut() }.len = index(len + 1);
    }

    /// Moves the `len` items to a block of `room`.
    #[cold]
    fn grow(&mut self, len: usize, room: usize) -> NonNull<Block> {
        let old = self.block();
        let layout_then = layout::<T>(room);
        let memory = match old {
            // SAFETY: the layout has the size of the header at least.
            None => unsafe { alloc::alloc(layout_then) },
            // SAFETY: the block was allocated here with that layout, and the new size is valid by `layout`.
            Some(block) => unsafe {
                let layout_now = layout::<T>(Self::cap(block));
                alloc::realloc(block.as_ptr().cast(), layout_now, layout_then.size())
            },
        };
        #[expect(clippy::cast_ptr_alignment, reason = "it was allocated with this alignment")]
        let Some(block) = NonNull::new(memory.cast::<Block>()) else {
            alloc::handle_alloc_error(layout_then)
        };
        // SAFETY: the block is ours and big enough for its header.
        unsafe { block.write(Block { len: index(len), cap: index(room) }) };
        if old.is_none() {
            // SAFETY: the one item that the array has in itself, if it has, moves to the block, which has room for one.
            unsafe { ptr::copy_nonoverlapping(self.0.as_ptr(), Self::items(block).as_ptr(), 1) };
        }
        self.set_block(block);
        block
    }

    /// Takes the item at `at` out and puts the last one there.
    pub(crate) fn swap_remove(&mut self, at: usize) {
        let last = self.len() - 1;
        self.swap(at, last);
        self.truncate(last);
    }

    /// Forgets what is behind the first `len`; where nothing is left the block goes.
    pub(crate) fn truncate(&mut self, len: usize) {
        if len >= self.len() {
            return;
        }
        match self.block() {
            Some(mut block) if len > 0 => {
                // SAFETY: A1; the block is this array's own.
                unsafe { block.as_mut() }.len = index(len);
            }
            _ => *self = Self::new(),
        }
    }
}

impl<T: Item> Deref for Array<T> {
    type Target = [T];

    #[inline]
    fn deref(&self) -> &[T] {
        let Some(block) = self.block() else {
            let len = usize::from(self.head().is_some());
            // SAFETY: A1: it is the item, or none.
            return unsafe { slice::from_raw_parts(self.0.as_ptr(), len) };
        };
        // SAFETY: A1.
        let len = unsafe { block.as_ref() }.len as usize;
        // SAFETY: A1.
        unsafe { slice::from_raw_parts(Self::items(block).as_ptr(), len) }
    }
}

impl<T: Item> DerefMut for Array<T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut [T] {
        let Some(block) = self.block() else {
            let len = usize::from(self.head().is_some());
            // SAFETY: A1: it is the item, or none, and the array is borrowed exclusively.
            return unsafe { slice::from_raw_parts_mut(self.0.as_mut_ptr(), len) };
        };
        // SAFETY: A1.
        let len = unsafe { block.as_ref() }.len as usize;
        // SAFETY: A1, and the array is borrowed exclusively.
        unsafe { slice::from_raw_parts_mut(Self::items(block).as_ptr(), len) }
    }
}

impl<T: Item> Drop for Array<T> {
    fn drop(&mut self) {
        if let Some(block) = self.block() {
            let layout = layout::<T>(Self::cap(block));
            // SAFETY: allocated with this layout; nothing in it has a drop (A2).
            unsafe { alloc::dealloc(block.as_ptr().cast(), layout) };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Copy, PartialEq, Debug)]
    #[repr(C, packed(4))]
    struct Edge {
        to: &'static u64,
        at: u32,
    }

    // SAFETY: a reference is never null, and the index of the tests is small.
    unsafe impl Item for Edge {}

    #[test]
    fn a1_holds_what_a_vec_would_hold() {
        static TO: u64 = 0;
        let edge = |at| Edge { to: &TO, at };
        let (mut array, mut vec) = (Array::new(), Vec::new());
        for at in 0..100 {
            array.push(edge(at));
            vec.push(edge(at));
            if at % 3 == 0 {
                let at = at as usize / 4;
                if at < vec.len() {
                    array.swap_remove(at);
                    vec.swap_remove(at);
                }
            }
            assert_eq!(*array, *vec);
        }
        array[3] = edge(700);
        assert_eq!(array[3], edge(700));
        array.truncate(5);
        assert_eq!(*array, [vec[0], vec[1], vec[2], edge(700), vec[4]]);
        array.truncate(1);
        assert_eq!(*array, [vec[0]]);
        array.truncate(0);
        assert!(array.is_empty() && array.head().is_none());
    }

    #[test]
    fn a1_one_item_needs_no_block() {
        static TO: u64 = 0;
        let mut array = Array::new();
        array.push(Edge { to: &TO, at: 7 });
        assert!(array.block().is_none());
        assert_eq!(*array, [Edge { to: &TO, at: 7 }]);
        array.swap_remove(0);
        assert!(array.is_empty());
        assert_eq!(size_of::<Array<Edge>>(), 12);
    }
}
