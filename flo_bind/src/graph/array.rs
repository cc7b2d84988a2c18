//! A growing array behind one thin pointer: what edges are kept in.
//!
//! ```text
//!   Array ──▶ ┌─────┬─────┬──────┬──────┬───
//!             │ len │ cap │ item │ item │ …      nothing is allocated while it is empty
//!             └─────┴─────┴──────┴──────┴───
//! ```
//!
//! A node has two of them and most nodes have one or two edges, so the three words of a `Vec`, and the room
//! for four items that it begins with, would be most of a node. This one begins with room for one.
//!
//! Invariants: A1 the pointer is none or leads to a block of `cap` items, of which the first `len` are
//! initialised. A2 items have no drop.
#![allow(unsafe_code, reason = "a block of memory with a header")]

use std::{
    alloc::{self, Layout},
    marker::PhantomData,
    ops::{Deref, DerefMut},
    ptr::NonNull,
    slice,
};

/// The header of a block; its alignment is that of the items, too.
#[repr(C, align(8))]
struct Block {
    len: u32,
    cap: u32,
}

/// A growing array of items without a drop.
pub(crate) struct Array<T> {
    block: Option<NonNull<Block>>,
    items: PhantomData<T>,
}

// SAFETY: it owns its items.
unsafe impl<T: Send> Send for Array<T> {}
// SAFETY: it owns its items.
unsafe impl<T: Sync> Sync for Array<T> {}

fn layout<T>(cap: usize) -> Layout {
    let items = Layout::array::<T>(cap).ok();
    let layout = items.and_then(|items| Layout::new::<Block>().extend(items).ok());
    layout.expect("so many edges have no room in memory").0
}

fn index(len: usize) -> u32 {
    u32::try_from(len).expect("a node has fewer than four thousand million edges")
}

impl<T> Array<T> {
    const FITS: () = {
        assert!(!std::mem::needs_drop::<T>(), "A2");
        assert!(align_of::<T>() <= align_of::<Block>(), "items follow the header");
    };

    pub(crate) const fn new() -> Self {
        Self { block: None, items: PhantomData }
    }

    #[inline]
    fn items(block: NonNull<Block>) -> NonNull<T> {
        // SAFETY: A1: the items are in the same block, behind the header.
        unsafe { block.add(1) }.cast()
    }

    fn cap(&self) -> usize {
        // SAFETY: A1.
        self.block.map_or(0, |block| unsafe { block.as_ref() }.cap as usize)
    }

    fn set_len(&mut self, len: usize) {
        if let Some(mut block) = self.block {
            // SAFETY: A1; the block is this array's own.
            unsafe { block.as_mut() }.len = index(len);
        }
    }

    pub(crate) fn push(&mut self, item: T) {
        const { Self::FITS };
        let len = self.len();
        let block = match self.block {
            Some(block) if len < self.cap() => block,
            _ => self.grow(),
        };
        // SAFETY: there is room for one more behind the first `len`.
        let place = unsafe { Self::items(block).add(len) };
        // SAFETY: as above; nothing is there that had to be dropped.
        unsafe { place.write(item) };
        self.set_len(len + 1);
    }

    #[cold]
    fn grow(&mut self) -> NonNull<Block> {
        let (len, cap) = (self.len(), self.cap());
        let room = (cap * 2).max(1);
        let layout_then = layout::<T>(room);
        let memory = match self.block {
            // SAFETY: the layout has the size of the header at least.
            None => unsafe { alloc::alloc(layout_then) },
            // SAFETY: the block was allocated here with that layout, and the new size is valid by `layout`.
            Some(block) => unsafe {
                alloc::realloc(block.as_ptr().cast(), layout::<T>(cap), layout_then.size())
            },
        };
        #[expect(clippy::cast_ptr_alignment, reason = "it was allocated with this alignment")]
        let Some(block) = NonNull::new(memory.cast::<Block>()) else {
            alloc::handle_alloc_error(layout_then)
        };
        // SAFETY: the block is ours and big enough for its header.
        unsafe { block.write(Block { len: index(len), cap: index(room) }) };
        self.block = Some(block);
        block
    }

    /// Takes the item at `at` out and puts the last one there.
    pub(crate) fn swap_remove(&mut self, at: usize) {
        let last = self.len() - 1;
        self.swap(at, last);
        self.truncate(last);
    }

    /// Forgets what is behind the first `len`; an empty array has no memory.
    pub(crate) fn truncate(&mut self, len: usize) {
        if len == 0 {
            *self = Self::new();
        } else if len < self.len() {
            self.set_len(len);
        }
    }
}

impl<T> Deref for Array<T> {
    type Target = [T];

    #[inline]
    fn deref(&self) -> &[T] {
        let Some(block) = self.block else { return &[] };
        // SAFETY: A1.
        let len = unsafe { block.as_ref() }.len as usize;
        // SAFETY: A1.
        unsafe { slice::from_raw_parts(Self::items(block).as_ptr(), len) }
    }
}

impl<T> DerefMut for Array<T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut [T] {
        let Some(block) = self.block else { return &mut [] };
        // SAFETY: A1.
        let len = unsafe { block.as_ref() }.len as usize;
        // SAFETY: A1, and the array is borrowed exclusively.
        unsafe { slice::from_raw_parts_mut(Self::items(block).as_ptr(), len) }
    }
}

impl<T> Drop for Array<T> {
    fn drop(&mut self) {
        if let Some(block) = self.block {
            let layout = layout::<T>(self.cap());
            // SAFETY: allocated with this layout; nothing in it has a drop (A2).
            unsafe { alloc::dealloc(block.as_ptr().cast(), layout) };
        }
    }
}

impl<T> Default for Array<T> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a1_holds_what_a_vec_would_hold() {
        let (mut array, mut vec) = (Array::new(), Vec::new());
        for item in 0..100_u64 {
            array.push(item);
            vec.push(item);
            if item % 3 == 0 {
                let at = usize::try_from(item).unwrap() / 4;
                if at < vec.len() {
                    array.swap_remove(at);
                    vec.swap_remove(at);
                }
            }
            assert_eq!(*array, *vec);
        }
        array[3] = 7;
        assert_eq!(array[3], 7);
        array.truncate(5);
        assert_eq!(*array, [vec[0], vec[1], vec[2], 7, vec[4]]);
        array.truncate(0);
        assert!(array.is_empty() && array.block.is_none());
    }
}
