// SPDX-License-Identifier: Apache-2.0
#include "CCrypto.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <pthread.h>

// Looked up once and kept: OpenSSL 3 takes longer to find an algorithm by its name than to digest
// a short row with it.
static EVP_MD *sha256;
static EVP_MAC *hmac;
static pthread_once_t fetched = PTHREAD_ONCE_INIT;

static void fetch(void) {
  sha256 = EVP_MD_fetch(NULL, OSSL_DIGEST_NAME_SHA2_256, NULL);
  hmac = EVP_MAC_fetch(NULL, OSSL_MAC_NAME_HMAC, NULL);
}

static int has_algorithms(void) {
  return pthread_once(&fetched, fetch) == 0 && sha256 != NULL && hmac != NULL;
}

static OSSL_PARAM digest_parameter(void) {
  return OSSL_PARAM_construct_utf8_string("digest", OSSL_DIGEST_NAME_SHA2_256, 0);
}

/// The address of no bytes may be NULL in C and in Swift; libcrypto takes it for a missing value.
static void *address(const void *bytes) { return (void *)(bytes == NULL ? "" : bytes); }

coalmine_sha256 *coalmine_sha256_new(void) {
  EVP_MD_CTX *context = has_algorithms() ? EVP_MD_CTX_new() : NULL;
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
  return has_algorithms() && EVP_Digest(address(bytes), count, digest, NULL, sha256, NULL) == 1;
}

coalmine_hmac_key *coalmine_hmac_key_new(const void *key, size_t count) {
  OSSL_PARAM parameters[] = {digest_parameter(), OSSL_PARAM_construct_end()};
  EVP_MAC_CTX *context = has_algorithms() ? EVP_MAC_CTX_new(hmac) : NULL;
  if (context != NULL && EVP_MAC_init(context, address(key), count, parameters) != 1) {
    EVP_MAC_CTX_free(context);
    context = NULL;
  }
  return (coalmine_hmac_key *)context;
}

void coalmine_hmac_key_free(coalmine_hmac_key *key) { EVP_MAC_CTX_free((EVP_MAC_CTX *)key); }

int coalmine_hmac_code(
    const coalmine_hmac_key *key, const void *message, size_t count, uint8_t *code) {
  // A copy per message takes half as long as setting the key again.
  EVP_MAC_CTX *context = EVP_MAC_CTX_dup((const EVP_MAC_CTX *)key);
  size_t length = 0;
  int done = context != NULL && EVP_MAC_update(context, address(message), count) == 1 &&
      EVP_MAC_final(context, code, &length, COALMINE_SHA256_LENGTH) == 1 &&
      length == COALMINE_SHA256_LENGTH;
  EVP_MAC_CTX_free(context);
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
