// SPDX-License-Identifier: Apache-2.0
// simdjson's document model behind plain C functions: no exception crosses this border.
#ifndef COALMINE_JSON_H
#define COALMINE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// A parsed document; owns its parser.
typedef struct cj_document cj_document;

/// A place in a document; valid while the document lives.
typedef struct {
  uint64_t words[2];
} cj_node;

typedef enum { CJ_NULL, CJ_BOOL, CJ_INTEGER, CJ_DOUBLE, CJ_STRING, CJ_ARRAY, CJ_OBJECT } cj_kind;

/// Parses `length` bytes; NULL on failure, with `simdjson`'s text in `reason`.
cj_document *cj_parse(const uint8_t *bytes, size_t length, size_t depth, const char **reason);
void cj_free(cj_document *document);
cj_node cj_root(const cj_document *document);

cj_kind cj_node_kind(cj_node node);
bool cj_bool(cj_node node);
/// False where the node is no number, or an integer that does not fit.
bool cj_int64(cj_node node, int64_t *value);
bool cj_double(cj_node node, double *value);
const char *cj_string(cj_node node, size_t *length);

/// The number of elements of an array or of members of an object.
size_t cj_count(cj_node node);
/// Writes up to `capacity` elements; returns how many were written.
size_t cj_elements(cj_node array, cj_node *elements, size_t capacity);
/// Writes up to `capacity` members: the keys as string nodes cannot be had, so as text.
size_t cj_members(
    cj_node object, const char **keys, size_t *key_lengths, cj_node *values, size_t capacity);
/// The first member of that name.
bool cj_find(cj_node object, const char *key, size_t key_length, cj_node *value);

#ifdef __cplusplus
}
#endif
#endif
