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
