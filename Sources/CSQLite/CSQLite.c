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
