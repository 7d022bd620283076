// SPDX-License-Identifier: Apache-2.0
// Byte kernels of the C library that Swift's overlay does not offer.
#ifndef COALMINE_BYTES_H
#define COALMINE_BYTES_H

#include <stddef.h>
#include <stdint.h>

/// Where `needle` first stands in `bytes`, or -1; linear time.
ptrdiff_t coalmine_find(
    const uint8_t *bytes, size_t length, const uint8_t *needle, size_t needle_length);

/// Copies bytes with ASCII letters small and without zero bytes and ASCII white space, up to the first byte
/// that may begin an escape or a wide character (`%`, `&`, `\`, 0xC2, 0xE2, 0xE3, 0xEF) where `stops` is not 0.
///
/// Returns how many bytes were read and adds to `*written` how many were written. `folded` has room for
/// `length` + 16 bytes; what stands there behind the written ones is not kept.
size_t coalmine_fold(
    const uint8_t *bytes, size_t length, int stops, uint8_t *folded, size_t *written);

/// Renames a file unless the new name is taken, in one step; 0, or -1 with EEXIST or another errno.
int coalmine_rename_new(const char *from, const char *to);

/// Marks an open file as begun and not ended by coalmine; not every file system can keep it.
void coalmine_mark_partial(int descriptor);
/// Takes the mark away.
void coalmine_unmark_partial(int descriptor);
/// Whether an open file has the mark: 1 or 0.
int coalmine_is_partial(int descriptor);

#endif
