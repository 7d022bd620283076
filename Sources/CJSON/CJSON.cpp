// SPDX-License-Identifier: Apache-2.0
#include "include/CJSON.h"

#include <simdjson.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <new>
#include <string_view>

namespace dom = simdjson::dom;

struct cj_document {
  dom::parser parser;
  dom::element root;
};

static_assert(sizeof(dom::element) == sizeof(cj_node), "an element fits into a node");

static cj_node pack(const dom::element &element) {
  cj_node node;
  std::memcpy(&node, static_cast<const void *>(&element), sizeof node);
  return node;
}

static dom::element unpack(cj_node node) {
  dom::element element;
  std::memcpy(static_cast<void *>(&element), &node, sizeof node);
  return element;
}

// A document of this thread that was freed: the buffers of a parser take longer to make than a record
// takes to be parsed. Only small ones are kept.
static thread_local std::unique_ptr<cj_document> spare;
static constexpr size_t largest_spare = 64 << 10;
static constexpr size_t smallest_capacity = 4 << 10;

cj_document *cj_parse(const uint8_t *bytes, size_t length, size_t depth, const char **reason) {
  auto *document = spare ? spare.release() : new (std::nothrow) cj_document();
  if (document == nullptr) {
    *reason = "out of memory";
    return nullptr;
  }
  auto error = simdjson::SUCCESS;
  // simdjson refuses to enter level `depth` itself.
  if (document->parser.capacity() < length + 1 || document->parser.max_depth() != depth + 1) {
    error = document->parser.allocate(std::max(length + 1, smallest_capacity), depth + 1);
  }
  if (!error) {
    // `true`: simdjson copies the bytes into a padded buffer of its own.
    error = document->parser.parse(bytes, length, true).get(document->root);
  }
  if (error) {
    *reason = simdjson::error_message(error);
    cj_free(document);
    return nullptr;
  }
  return document;
}

void cj_free(cj_document *document) {
  if (document != nullptr && document->parser.capacity() <= largest_spare) {
    spare.reset(document);
  } else {
    delete document;
  }
}

cj_node cj_root(const cj_document *document) { return pack(document->root); }

cj_kind cj_node_kind(cj_node node) {
  switch (unpack(node).type()) {
    case dom::element_type::ARRAY: return CJ_ARRAY;
    case dom::element_type::OBJECT: return CJ_OBJECT;
    case dom::element_type::INT64:
    case dom::element_type::UINT64: return CJ_INTEGER;
    case dom::element_type::DOUBLE: return CJ_DOUBLE;
    case dom::element_type::STRING: return CJ_STRING;
    case dom::element_type::BOOL: return CJ_BOOL;
    case dom::element_type::NULL_VALUE: return CJ_NULL;
  }
  return CJ_NULL;
}

bool cj_bool(cj_node node) {
  bool value = false;
  return !unpack(node).get(value) && value;
}

bool cj_int64(cj_node node, int64_t *value) { return !unpack(node).get(*value); }

bool cj_double(cj_node node, double *value) { return !unpack(node).get(*value); }

const char *cj_string(cj_node node, size_t *length) {
  std::string_view text;
  if (unpack(node).get(text)) {
    *length = 0;
    return nullptr;
  }
  *length = text.size();
  return text.data();
}

size_t cj_count(cj_node node) {
  dom::array array;
  dom::object object;
  size_t count = 0;
  if (!unpack(node).get(array)) {
    for (auto it = array.begin(); it != array.end(); ++it) count++;
  } else if (!unpack(node).get(object)) {
    for (auto it = object.begin(); it != object.end(); ++it) count++;
  }
  return count;
}

size_t cj_elements(cj_node node, cj_node *elements, size_t capacity) {
  dom::array array;
  if (unpack(node).get(array)) return 0;
  size_t written = 0;
  for (dom::element element : array) {
    if (written == capacity) break;
    elements[written++] = pack(element);
  }
  return written;
}

size_t cj_members(
    cj_node node, const char **keys, size_t *key_lengths, cj_node *values, size_t capacity) {
  dom::object object;
  if (unpack(node).get(object)) return 0;
  size_t written = 0;
  for (auto it = object.begin(); it != object.end() && written < capacity; ++it) {
    std::string_view key = it.key();
    keys[written] = key.data();
    key_lengths[written] = key.size();
    values[written++] = pack(it.value());
  }
  return written;
}

bool cj_find(cj_node node, const char *key, size_t key_length, cj_node *value) {
  dom::object object;
  if (unpack(node).get(object)) return false;
  dom::element found;
  if (object.at_key(std::string_view(key, key_length)).get(found)) return false;
  *value = pack(found);
  return true;
}
