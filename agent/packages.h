// Brings application packages to a node.
#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "agent/failures.h"
#include "agent/protocol.h"

namespace dms::agent {

// Unpacks those of the packages that are not there. Each appears in its directory at once and
// whole, and is unpacked once, however many runs of the node want it at the same time. Ends with
// the first failure, ApplicationPackageError or DiskFull. A stop request makes it end soon, with a
// failure that means nothing.
Failure install_packages(const std::string& root, const std::vector<Package>& packages,
                         const std::stop_token& stop);

}  // namespace dms::agent
