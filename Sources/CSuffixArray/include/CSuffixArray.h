// SPDX-License-Identifier: Apache-2.0
// The suffix sorting of libdivsufsort, as one function that Swift can call.
#ifndef COALMINE_SUFFIX_ARRAY_H
#define COALMINE_SUFFIX_ARRAY_H

#include <divsufsort.h>
#include <stdint.h>

/// Sorts the suffixes of `text` into `order`, both of `length` entries; 0 on success.
static inline int32_t coalmine_suffix_sort(
    const uint8_t *text, int32_t *order, int32_t length) {
  return (int32_t)divsufsort(text, (saidx_t *)order, (saidx_t)length);
}

#endif
