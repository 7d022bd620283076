// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "CBytes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/xattr.h>
#include <string.h>
#include <unistd.h>

ptrdiff_t coalmine_find(
    const uint8_t *bytes, size_t length, const uint8_t *needle, size_t needle_length) {
  const uint8_t *found = memmem(bytes, length, needle, needle_length);
  return found == NULL ? -1 : found - bytes;
}

static const uint64_t prime = ((uint64_t)1 << 61) - 1;

/// (sum + block) * key modulo the prime, which may be added to the result once.
static inline uint64_t step(uint64_t sum, uint64_t block, uint64_t key) {
  const unsigned __int128 product = (unsigned __int128)(sum + block) * key;
  const uint64_t folded = ((uint64_t)product & prime) + (uint64_t)(product >> 61);
  return (folded & prime) + (folded >> 61);
}

void coalmine_fingerprint_update(
    coalmine_fingerprint *fingerprint, const uint8_t *bytes, size_t length) {
  const uint64_t first_key = fingerprint->first_key, second_key = fingerprint->second_key;
  uint64_t first = fingerprint->first_sum, second = fingerprint->second_sum;
  size_t place = 0;
  for (; place + 8 <= length; place += 7) {
    uint64_t block;
    memcpy(&block, bytes + place, 8);
    block &= ((uint64_t)1 << 56) - 1;
    first = step(first, block, first_key);
    second = step(second, block, second_key);
  }
  // At most seven bytes are left.
  uint64_t rest = 0;
  for (size_t left = 0; place + left < length; left++) {
    rest |= (uint64_t)bytes[place + left] << (8 * left);
  }
  const uint64_t end = ((uint64_t)1 << 60) + length;
  first = step(step(first, rest, first_key), end, first_key);
  second = step(step(second, rest, second_key), end, second_key);
  fingerprint->first_sum = first >= prime ? first - prime : first;
  fingerprint->second_sum = second >= prime ? second - prime : second;
}

int coalmine_rename_new(const char *from, const char *to) {
  if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0) return 0;
  if (errno != EINVAL && errno != ENOSYS) return -1;
  // A file system without that flag: a hard link refuses a taken name just as well.
  if (link(from, to) != 0) return -1;
  return unlink(from);
}

static const char partial_mark[] = "user.coalmine.partial";

void coalmine_mark_partial(int descriptor) { fsetxattr(descriptor, partial_mark, "1", 1, 0); }

void coalmine_unmark_partial(int descriptor) { fremovexattr(descriptor, partial_mark); }

int coalmine_is_partial(int descriptor) {
  return fgetxattr(descriptor, partial_mark, NULL, 0) > 0;
}
