// SPDX-License-Identifier: Apache-2.0
// Stock zlib: the zlib membership score depends on this very library and level.
#ifndef COALMINE_ZLIB_H
#define COALMINE_ZLIB_H

#include <zlib.h>

#endif
