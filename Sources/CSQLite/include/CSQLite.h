// SPDX-License-Identifier: Apache-2.0
// Makes SQLite tell when a folder could not be synchronised, and gives rows without a copy per value.
#ifndef COALMINE_SQLITE_H
#define COALMINE_SQLITE_H

#include <stddef.h>
#include <stdint.h>

/// From here on SQLite synchronises folders through this module. SQLite itself ignores an error
/// there, although the name of a new log can be lost with it. Returns 0, or SQLite's error code.
int coalmine_sqlite_watch_folders(void);

/// The errno of a folder that could not be synchronised since the last call; 0 where there was none.
int coalmine_sqlite_folder_error(void);

/// Has SQLite leave the file of the log where it is when `connection`, a sqlite3 *, is closed. Returns
/// 0, or SQLite's error code.
int coalmine_sqlite_keep_log(void *connection);

/// Writes the first `columns` values of the row that `statement`, a sqlite3_stmt *, stands on: per value
/// its type in a byte, then the value, numbers little-endian.
///
///     0                      null
///     1, 8 bytes             an integer
///     2, 8 bytes             a double
///     3, 4 bytes, the bytes  a text and its length
///     4, 8 bytes, the bytes  a blob and its length
///
/// Returns how many bytes that takes; where it is more than `capacity`, nothing was written.
size_t coalmine_sqlite_row(void *statement, int columns, uint8_t *bytes, size_t capacity);

/// The integer in a column of the row that `statement`, a sqlite3_stmt *, stands on.
int64_t coalmine_sqlite_integer(void *statement, int column);

/// The bytes of the text or blob in a column of the row that `statement`, a sqlite3_stmt *, stands on,
/// and how many they are; NULL where there are none. They are there until the next step.
const void *coalmine_sqlite_bytes(void *statement, int column, size_t *count);

#endif
