// SPDX-License-Identifier: Apache-2.0
// Stock libzstd, its stable calls only.
#ifndef COALMINE_ZSTD_H
#define COALMINE_ZSTD_H

#include <zstd.h>

#endif
