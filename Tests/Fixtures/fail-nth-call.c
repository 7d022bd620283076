// SPDX-License-Identifier: Apache-2.0
// Preloaded into a program: the N-th call of one kind on a regular file or folder fails.
//   FAIL_CALL=fsync FAIL_AT=3 FAIL_ERRNO=5 FAIL_LOG=FILE LD_PRELOAD=./fail.so program
// Writes a line to FAIL_LOG when it has failed one.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static int count;

/// Standard output is not counted: what is printed comes after what is written.
static int is_file(int descriptor) {
  struct stat facts;
  return descriptor > 2 && syscall(SYS_fstat, descriptor, &facts) == 0 &&
         (S_ISREG(facts.st_mode) || S_ISDIR(facts.st_mode));
}

static int fails(const char *call, int counts) {
  const char *wanted = getenv("FAIL_CALL");
  const char *place = getenv("FAIL_AT");
  if (!counts || !wanted || !place || strcmp(wanted, call) != 0) return 0;
  if (__sync_add_and_fetch(&count, 1) != atoi(place)) return 0;
  const char *log = getenv("FAIL_LOG");
  if (log) {
    int file = (int)syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND, 0600);
    syscall(SYS_write, file, "failed\n", 7);
    syscall(SYS_close, file);
  }
  const char *number = getenv("FAIL_ERRNO");
  errno = number ? atoi(number) : EIO;
  return 1;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

int fsync(int descriptor) {
  return fails("fsync", is_file(descriptor)) ? -1 : REAL(fsync)(descriptor);
}

int fdatasync(int descriptor) {
  return fails("fsync", is_file(descriptor)) ? -1 : REAL(fdatasync)(descriptor);
}

int ftruncate(int descriptor, off_t length) {
  return fails("ftruncate", 1) ? -1 : REAL(ftruncate)(descriptor, length);
}

int ftruncate64(int descriptor, off64_t length) {
  return fails("ftruncate", 1) ? -1 : REAL(ftruncate64)(descriptor, length);
}

int close(int descriptor) {
  int bad = fails("close", is_file(descriptor));
  int code = REAL(close)(descriptor);
  if (bad) errno = EIO;
  return bad ? -1 : code;
}

ssize_t write(int descriptor, const void *bytes, size_t length) {
  return fails("write", is_file(descriptor)) ? -1 : REAL(write)(descriptor, bytes, length);
}

ssize_t pwrite(int descriptor, const void *bytes, size_t length, off_t offset) {
  return fails("write", is_file(descriptor)) ? -1
                                             : REAL(pwrite)(descriptor, bytes, length, offset);
}

ssize_t pwrite64(int descriptor, const void *bytes, size_t length, off64_t offset) {
  return fails("write", is_file(descriptor)) ? -1
                                             : REAL(pwrite64)(descriptor, bytes, length, offset);
}

int rename(const char *from, const char *to) {
  return fails("rename", 1) ? -1 : REAL(rename)(from, to);
}

int renameat2(int a, const char *from, int b, const char *to, unsigned int flags) {
  return fails("rename", 1) ? -1 : REAL(renameat2)(a, from, b, to, flags);
}

static int opens(const char *path, int flags) {
  // What the loader and the system open is not the program's.
  const char *folder = getenv("FAIL_FOLDER");
  (void)flags;
  return folder && strncmp(path, folder, strlen(folder)) == 0;
}

int open(const char *path, int flags, ...) {
  va_list list;
  va_start(list, flags);
  mode_t mode = va_arg(list, mode_t);
  va_end(list);
  return fails("open", opens(path, flags)) ? -1 : REAL(open)(path, flags, mode);
}

int open64(const char *path, int flags, ...) {
  va_list list;
  va_start(list, flags);
  mode_t mode = va_arg(list, mode_t);
  va_end(list);
  return fails("open", opens(path, flags)) ? -1 : REAL(open64)(path, flags, mode);
}
