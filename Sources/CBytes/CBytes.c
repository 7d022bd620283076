// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "CBytes.h"

#include <string.h>

ptrdiff_t coalmine_find(
    const uint8_t *bytes, size_t length, const uint8_t *needle, size_t needle_length) {
  const uint8_t *found = memmem(bytes, length, needle, needle_length);
  return found == NULL ? -1 : found - bytes;
}
