// SPDX-License-Identifier: Apache-2.0
// libcurl's variadic calls, one typed function for each kind of argument.
#ifndef COALMINE_CURL_H
#define COALMINE_CURL_H

#include <curl/curl.h>

typedef size_t (*coalmine_data_callback)(char *bytes, size_t size, size_t count, void *user);
typedef int (*coalmine_seek_callback)(void *user, curl_off_t offset, int origin);

static inline CURLcode coalmine_set_long(CURL *easy, CURLoption option, long value) {
  return curl_easy_setopt(easy, option, value);
}

static inline CURLcode coalmine_set_offset(CURL *easy, CURLoption option, curl_off_t value) {
  return curl_easy_setopt(easy, option, value);
}

static inline CURLcode coalmine_set_text(CURL *easy, CURLoption option, const char *value) {
  return curl_easy_setopt(easy, option, value);
}

static inline CURLcode coalmine_set_list(
    CURL *easy, CURLoption option, struct curl_slist *value) {
  return curl_easy_setopt(easy, option, value);
}

static inline CURLcode coalmine_set_pointer(CURL *easy, CURLoption option, void *value) {
  return curl_easy_setopt(easy, option, value);
}

static inline CURLcode coalmine_set_data_callback(
    CURL *easy, CURLoption option, coalmine_data_callback value) {
  return curl_easy_setopt(easy, option, value);
}

static inline CURLcode coalmine_set_seek_callback(CURL *easy, coalmine_seek_callback value) {
  return curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, value);
}

static inline long coalmine_get_long(CURL *easy, CURLINFO info) {
  long value = 0;
  curl_easy_getinfo(easy, info, &value);
  return value;
}

static inline curl_off_t coalmine_get_offset(CURL *easy, CURLINFO info) {
  curl_off_t value = 0;
  curl_easy_getinfo(easy, info, &value);
  return value;
}

static inline CURLMcode coalmine_multi_set_long(CURLM *multi, CURLMoption option, long value) {
  return curl_multi_setopt(multi, option, value);
}

/// The transfer that a message says is done, or NULL where there is no message.
static inline CURL *coalmine_next_done(CURLM *multi, CURLcode *result) {
  int left = 0;
  CURLMsg *message;
  while ((message = curl_multi_info_read(multi, &left)) != NULL) {
    if (message->msg == CURLMSG_DONE) {
      *result = message->data.result;
      return message->easy_handle;
    }
  }
  return NULL;
}

/// The value that a seek callback returns to say that it will not rewind.
static inline int coalmine_seek_refused(void) { return CURL_SEEKFUNC_FAIL; }
/// The value that a read callback returns to end a transfer.
static inline size_t coalmine_read_aborted(void) { return CURL_READFUNC_ABORT; }

#endif
