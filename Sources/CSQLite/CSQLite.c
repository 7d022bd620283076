// SPDX-License-Identifier: Apache-2.0
#include "CSQLite.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

static _Atomic int folder_error;

/// Takes the place of SQLite's `openDirectory`: opens the folder of `path` and synchronises it.
///
/// SQLite ignores both errors of its own and goes on after SQLITE_CANTOPEN. So the work is done
/// here, its error is kept, and SQLite is told that there is nothing more to do.
static int synchronise_folder(const char *path, int *descriptor) {
  char folder[4096];
  const char *slash = strrchr(path, '/');
  size_t length = slash == NULL ? 0 : (size_t)(slash - path);
  *descriptor = -1;
  if (length >= sizeof folder) {
    atomic_store(&folder_error, ENAMETOOLONG);
    return SQLITE_CANTOPEN;
  }
  if (length > 0) memcpy(folder, path, length);
  folder[length] = 0;
  const char *name = slash == NULL ? "." : length == 0 ? "/" : folder;
  int handle = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (handle < 0) {
    atomic_store(&folder_error, errno);
    return SQLITE_CANTOPEN;
  }
  int code;
  do code = fsync(handle); while (code != 0 && errno == EINTR);
  // Some file systems have no way to synchronise a folder.
  if (code != 0 && errno != EINVAL) atomic_store(&folder_error, errno);
  close(handle);
  return SQLITE_CANTOPEN;
}

int coalmine_sqlite_watch_folders(void) {
  sqlite3_vfs *system = sqlite3_vfs_find(NULL);
  if (system == NULL || system->iVersion < 3 || system->xSetSystemCall == NULL) {
    return SQLITE_ERROR;
  }
  return system->xSetSystemCall(
      system, "openDirectory", (sqlite3_syscall_ptr)synchronise_folder);
}

int coalmine_sqlite_folder_error(void) { return atomic_exchange(&folder_error, 0); }

int coalmine_sqlite_keep_log(void *connection) {
  int keep = 1;
  return sqlite3_file_control(connection, "main", SQLITE_FCNTL_PERSIST_WAL, &keep);
}

/// The length of a value after its type.
static size_t length_of(sqlite3_stmt *statement, int column) {
  switch (sqlite3_column_type(statement, column)) {
    case SQLITE_NULL: return 0;
    case SQLITE_TEXT: return 4 + (size_t)sqlite3_column_bytes(statement, column);
    case SQLITE_BLOB: return 8 + (size_t)sqlite3_column_bytes(statement, column);
    default: return 8;
  }
}

static uint8_t *put(uint8_t *place, uint64_t number, int width) {
  for (int byte = 0; byte < width; byte++) *place++ = (uint8_t)(number >> (8 * byte));
  return place;
}

size_t coalmine_sqlite_row(void *row, int columns, uint8_t *bytes, size_t capacity) {
  sqlite3_stmt *statement = row;
  size_t length = (size_t)columns;
  for (int column = 0; column < columns; column++) length += length_of(statement, column);
  if (length > capacity) return length;
  uint8_t *place = bytes;
  for (int column = 0; column < columns; column++) {
    switch (sqlite3_column_type(statement, column)) {
      case SQLITE_NULL:
        *place++ = 0;
        break;
      case SQLITE_INTEGER:
        *place++ = 1;
        place = put(place, (uint64_t)sqlite3_column_int64(statement, column), 8);
        break;
      case SQLITE_FLOAT: {
        double number = sqlite3_column_double(statement, column);
        uint64_t pattern;
        memcpy(&pattern, &number, sizeof pattern);
        *place++ = 2;
        place = put(place, pattern, 8);
        break;
      }
      case SQLITE_TEXT: {
        const void *text = sqlite3_column_text(statement, column);
        size_t count = (size_t)sqlite3_column_bytes(statement, column);
        *place++ = 3;
        place = put(place, count, 4);
        if (count > 0) memcpy(place, text, count);
        place += count;
        break;
      }
      default: {
        const void *blob = sqlite3_column_blob(statement, column);
        size_t count = (size_t)sqlite3_column_bytes(statement, column);
        *place++ = 4;
        place = put(place, count, 8);
        if (count > 0) memcpy(place, blob, count);
        place += count;
      }
    }
  }
  return length;
}

int64_t coalmine_sqlite_integer(void *statement, int column) {
  return sqlite3_column_int64(statement, column);
}

const void *coalmine_sqlite_bytes(void *statement, int column, size_t *count) {
  const void *bytes = sqlite3_column_blob(statement, column);
  *count = bytes == NULL ? 0 : (size_t)sqlite3_column_bytes(statement, column);
  return bytes;
}
