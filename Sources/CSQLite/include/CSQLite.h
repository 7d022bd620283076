// SPDX-License-Identifier: Apache-2.0
// Makes SQLite tell when a folder could not be synchronised.
#ifndef COALMINE_SQLITE_H
#define COALMINE_SQLITE_H

/// From here on SQLite synchronises folders through this module. SQLite itself ignores an error
/// there, although the name of a new log can be lost with it. Returns 0, or SQLite's error code.
int coalmine_sqlite_watch_folders(void);

/// The errno of a folder that could not be synchronised since the last call; 0 where there was none.
int coalmine_sqlite_folder_error(void);

/// Has SQLite leave the file of the log where it is when `connection`, a sqlite3 *, is closed. Returns
/// 0, or SQLite's error code.
int coalmine_sqlite_keep_log(void *connection);

#endif
