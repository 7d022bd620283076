// SPDX-License-Identifier: Apache-2.0
// SHA-256, HMAC-SHA256 and HKDF-SHA256 of OpenSSL's libcrypto, without OpenSSL's headers: whoever
// imports this module does not compile them again.
#ifndef COALMINE_CRYPTO_H
#define COALMINE_CRYPTO_H

#include <stddef.h>
#include <stdint.h>

/// The length of a SHA-256 digest and of a code of HMAC-SHA256, in bytes.
#define COALMINE_SHA256_LENGTH 32

// The functions that return an int return 1, or 0 where libcrypto fails; those that return a
// pointer return NULL there. libcrypto fails where memory or the algorithm is missing.

/// A running SHA-256.
typedef struct coalmine_sha256 coalmine_sha256;

coalmine_sha256 *coalmine_sha256_new(void);
/// A second running digest of the same bytes.
coalmine_sha256 *coalmine_sha256_copy(const coalmine_sha256 *hash);
void coalmine_sha256_free(coalmine_sha256 *hash);
int coalmine_sha256_update(coalmine_sha256 *hash, const void *bytes, size_t count);
/// Writes the digest. `hash` can then only be freed.
int coalmine_sha256_finish(coalmine_sha256 *hash, uint8_t *digest);

/// SHA-256 of one buffer.
int coalmine_sha256_once(const void *bytes, size_t count, uint8_t *digest);

/// A key of HMAC-SHA256. Threads can share it: computing a code does not change it.
typedef struct coalmine_hmac_key coalmine_hmac_key;

coalmine_hmac_key *coalmine_hmac_key_new(const void *key, size_t count);
void coalmine_hmac_key_free(coalmine_hmac_key *key);
int coalmine_hmac_code(
    const coalmine_hmac_key *key, const void *message, size_t count, uint8_t *code);

/// HKDF-SHA256, both steps. Fails where `output_count` is over 255 · 32.
int coalmine_hkdf(
    const void *key, size_t key_count, const void *salt, size_t salt_count, const void *info,
    size_t info_count, uint8_t *output, size_t output_count);

#endif
