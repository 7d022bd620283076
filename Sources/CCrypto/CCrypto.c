// SPDX-License-Identifier: Apache-2.0
#include "CCrypto.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

// Looked up once and kept: OpenSSL 3 takes longer to find an algorithm by its name than to digest
// a short row with it.
static EVP_MD *sha256;
static pthread_once_t fetched = PTHREAD_ONCE_INIT;

static void fetch(void) {
  sha256 = EVP_MD_fetch(NULL, OSSL_DIGEST_NAME_SHA2_256, NULL);
}

static int has_algorithm(void) { return pthread_once(&fetched, fetch) == 0 && sha256 != NULL; }

static OSSL_PARAM digest_parameter(void) {
  return OSSL_PARAM_construct_utf8_string("digest", OSSL_DIGEST_NAME_SHA2_256, 0);
}

/// The address of no bytes may be NULL in C and in Swift; libcrypto takes it for a missing value.
static void *address(const void *bytes) { return (void *)(bytes == NULL ? "" : bytes); }

coalmine_sha256 *coalmine_sha256_new(void) {
  EVP_MD_CTX *context = has_algorithm() ? EVP_MD_CTX_new() : NULL;
  if (context != NULL && EVP_DigestInit_ex2(context, sha256, NULL) != 1) {
    EVP_MD_CTX_free(context);
    context = NULL;
  }
  return (coalmine_sha256 *)context;
}

coalmine_sha256 *coalmine_sha256_copy(const coalmine_sha256 *hash) {
  EVP_MD_CTX *context = EVP_MD_CTX_new();
  if (context != NULL && EVP_MD_CTX_copy_ex(context, (const EVP_MD_CTX *)hash) != 1) {
    EVP_MD_CTX_free(context);
    context = NULL;
  }
  return (coalmine_sha256 *)context;
}

void coalmine_sha256_free(coalmine_sha256 *hash) { EVP_MD_CTX_free((EVP_MD_CTX *)hash); }

int coalmine_sha256_update(coalmine_sha256 *hash, const void *bytes, size_t count) {
  return EVP_DigestUpdate((EVP_MD_CTX *)hash, address(bytes), count) == 1;
}

int coalmine_sha256_finish(coalmine_sha256 *hash, uint8_t *digest) {
  return EVP_DigestFinal_ex((EVP_MD_CTX *)hash, digest, NULL) == 1;
}

int coalmine_sha256_once(const void *bytes, size_t count, uint8_t *digest) {
  return has_algorithm() && EVP_Digest(address(bytes), count, digest, NULL, sha256, NULL) == 1;
}

// The two digests of RFC 2104, each with its padded key in it. libcrypto's own HMAC takes three times as
// long to copy its state as the code of a short message takes.
struct coalmine_hmac_key {
  EVP_MD_CTX *inner;
  EVP_MD_CTX *outer;
};

#define BLOCK_LENGTH 64

static EVP_MD_CTX *padded(const uint8_t *key, uint8_t pad) {
  uint8_t block[BLOCK_LENGTH];
  for (size_t place = 0; place < BLOCK_LENGTH; place++) block[place] = key[place] ^ pad;
  EVP_MD_CTX *context = (EVP_MD_CTX *)coalmine_sha256_new();
  if (context != NULL && EVP_DigestUpdate(context, block, BLOCK_LENGTH) != 1) {
    EVP_MD_CTX_free(context);
    context = NULL;
  }
  OPENSSL_cleanse(block, BLOCK_LENGTH);
  return context;
}

coalmine_hmac_key *coalmine_hmac_key_new(const void *key, size_t count) {
  uint8_t block[BLOCK_LENGTH] = {0};
  if (count <= BLOCK_LENGTH) {
    if (count > 0) memcpy(block, key, count);
  } else if (!coalmine_sha256_once(key, count, block)) {
    return NULL;
  }
  coalmine_hmac_key *made = malloc(sizeof *made);
  if (made != NULL) {
    made->inner = padded(block, 0x36);
    made->outer = padded(block, 0x5C);
    if (made->inner == NULL || made->outer == NULL) {
      coalmine_hmac_key_free(made);
      made = NULL;
    }
  }
  OPENSSL_cleanse(block, BLOCK_LENGTH);
  return made;
}

void coalmine_hmac_key_free(coalmine_hmac_key *key) {
  if (key == NULL) return;
  EVP_MD_CTX_free(key->inner);
  EVP_MD_CTX_free(key->outer);
  free(key);
}

int coalmine_hmac_code(
    const coalmine_hmac_key *key, const void *message, size_t count, uint8_t *code) {
  EVP_MD_CTX *context = EVP_MD_CTX_new();
  int done = context != NULL && EVP_MD_CTX_copy_ex(context, key->inner) == 1 &&
      EVP_DigestUpdate(context, address(message), count) == 1 &&
      EVP_DigestFinal_ex(context, code, NULL) == 1 &&
      EVP_MD_CTX_copy_ex(context, key->outer) == 1 &&
      EVP_DigestUpdate(context, code, COALMINE_SHA256_LENGTH) == 1 &&
      EVP_DigestFinal_ex(context, code, NULL) == 1;
  EVP_MD_CTX_free(context);
  return done;
}

int coalmine_hkdf(
    const void *key, size_t key_count, const void *salt, size_t salt_count, const void *info,
    size_t info_count, uint8_t *output, size_t output_count) {
  EVP_KDF *hkdf = EVP_KDF_fetch(NULL, OSSL_KDF_NAME_HKDF, NULL);
  EVP_KDF_CTX *context = hkdf == NULL ? NULL : EVP_KDF_CTX_new(hkdf);
  EVP_KDF_free(hkdf);
  OSSL_PARAM parameters[] = {
      digest_parameter(),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, address(key), key_count),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, address(salt), salt_count),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, address(info), info_count),
      OSSL_PARAM_construct_end(),
  };
  int done = context != NULL && EVP_KDF_derive(context, output, output_count, parameters) == 1;
  EVP_KDF_CTX_free(context);
  return done;
}
