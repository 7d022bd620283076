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

static void put(uint8_t *place, uint64_t number, int width) {
  for (int byte = 0; byte < width; byte++) place[byte] = (uint8_t)(number >> (8 * byte));
}

size_t coalmine_sqlite_row(void *row, int columns, uint8_t *bytes, size_t capacity) {
  sqlite3_stmt *statement = row;
  size_t length = 0;
  for (int column = 0; column < columns; column++) {
    int type = sqlite3_column_type(statement, column);
    uint64_t number = 0;
    const void *value = NULL;
    size_t count = 0;
    int kind, width;
    switch (type) {
      case SQLITE_NULL:
        kind = 0;
        width = 0;
        break;
      case SQLITE_INTEGER:
        kind = 1;
        width = 8;
        number = (uint64_t)sqlite3_column_int64(statement, column);
        break;
      case SQLITE_FLOAT: {
        double real = sqlite3_column_double(statement, column);
        memcpy(&number, &real, sizeof number);
        kind = 2;
        width = 8;
        break;
      }
      default:
        // As it lies there; a text in a file of UTF-8 is not converted.
        value = sqlite3_column_blob(statement, column);
        count = (size_t)sqlite3_column_bytes(statement, column);
        number = count;
        kind = type == SQLITE_TEXT ? 3 : 4;
        width = type == SQLITE_TEXT ? 4 : 8;
    }
    size_t end = length + 1 + (size_t)width + count;
    if (end <= capacity) {
      bytes[length] = (uint8_t)kind;
      put(bytes + length + 1, number, width);
      if (count > 0) memcpy(bytes + length + 1 + width, value, count);
    }
    length = end;
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
