// SPDX-License-Identifier: Apache-2.0
#include "CBytes.h"

#include <string.h>

// How the first eight bytes that are kept move to the front, by the bits of those that are kept.
static uint64_t moves[256];

__attribute__((constructor)) static void fill_moves(void) {
  for (unsigned kept = 0; kept < 256; kept++) {
    uint64_t move = 0;
    unsigned count = 0;
    for (unsigned place = 0; place < 8; place++) {
      if (kept >> place & 1) move |= (uint64_t)place << 8 * count++;
    }
    moves[kept] = move;
  }
}

static int opens(uint8_t byte) {
  switch (byte) {
    case 0x25: case 0x26: case 0x5C: case 0xC2: case 0xE2: case 0xE3: case 0xEF: return 1;
    default: return 0;
  }
}

// The plain way, and the meaning of the other one.
static size_t fold_bytes(
    const uint8_t *bytes, size_t length, int stops, uint8_t *folded, size_t *written) {
  size_t place = 0, count = *written;
  for (; place < length; place++) {
    uint8_t byte = bytes[place];
    if (stops && opens(byte)) break;
    if (byte == 0 || byte == ' ' || (byte >= 9 && byte <= 13)) continue;
    folded[count++] = byte >= 'A' && byte <= 'Z' ? byte + 32 : byte;
  }
  *written = count;
  return place;
}

#if defined(__x86_64__)
#include <tmmintrin.h>

#define SHUFFLES __attribute__((target("ssse3")))

// Bytes from `low` to `low` + `span`.
SHUFFLES static inline __m128i within(__m128i bytes, uint8_t low, uint8_t span) {
  __m128i above = _mm_sub_epi8(bytes, _mm_set1_epi8((char)low));
  return _mm_cmpeq_epi8(_mm_min_epu8(above, _mm_set1_epi8((char)span)), above);
}

SHUFFLES static inline __m128i are(__m128i bytes, uint8_t value) {
  return _mm_cmpeq_epi8(bytes, _mm_set1_epi8((char)value));
}

// Sixteen bytes at a time: two halves, each with the bytes that are kept moved to its front.
SHUFFLES static size_t fold_sixteen(
    const uint8_t *bytes, size_t length, int stops, uint8_t *folded, size_t *written) {
  size_t place = 0;
  uint8_t *out = folded + *written;
  while (place < length) {
    size_t left = length - place;
    __m128i text;
    unsigned taken = 16;
    if (left >= 16) {
      text = _mm_loadu_si128((const __m128i *)(bytes + place));
    } else {
      uint8_t rest[16] = {0};
      memcpy(rest, bytes + place, left);
      text = _mm_loadu_si128((const __m128i *)rest);
      taken = (unsigned)left;
    }
    if (stops) {
      // 0x25 and 0x26; 0xE2 and 0xE3.
      __m128i stop = _mm_or_si128(
          _mm_or_si128(within(text, 0x25, 1), within(text, 0xE2, 1)),
          _mm_or_si128(
              are(text, 0x5C), _mm_or_si128(are(text, 0xC2), are(text, 0xEF))));
      unsigned marks = (unsigned)_mm_movemask_epi8(stop);
      if (marks != 0 && (unsigned)__builtin_ctz(marks) < taken) taken = (unsigned)__builtin_ctz(marks);
    }
    __m128i blank = _mm_or_si128(
        within(text, 9, 4), _mm_or_si128(are(text, ' '), are(text, 0)));
    text = _mm_add_epi8(text, _mm_and_si128(within(text, 'A', 25), _mm_set1_epi8(32)));
    unsigned kept = ~(unsigned)_mm_movemask_epi8(blank) & ((1u << taken) - 1);
    if (kept == 0xFFFF) {
      _mm_storeu_si128((__m128i *)out, text);
      out += 16;
    } else {
      unsigned low = kept & 0xFF, high = kept >> 8;
      _mm_storel_epi64(
          (__m128i *)out, _mm_shuffle_epi8(text, _mm_cvtsi64_si128((long long)moves[low])));
      out += __builtin_popcount(low);
      _mm_storel_epi64(
          (__m128i *)out,
          _mm_shuffle_epi8(
              _mm_srli_si128(text, 8), _mm_cvtsi64_si128((long long)moves[high])));
      out += __builtin_popcount(high);
    }
    place += taken;
    if (taken < 16) break;
  }
  *written = (size_t)(out - folded);
  return place;
}
#endif

size_t coalmine_fold(
    const uint8_t *bytes, size_t length, int stops, uint8_t *folded, size_t *written) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("ssse3")) {
    return fold_sixteen(bytes, length, stops, folded, written);
  }
#endif
  return fold_bytes(bytes, length, stops, folded, written);
}
