// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Whether the deep variants were asked for, by `COALMINE_DEEP=1`.
public let isDeep = ProcessInfo.processInfo.environment["COALMINE_DEEP"] == "1"
