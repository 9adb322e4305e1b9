// `dmsnode gather`: the files that a multi-instance task left on its other nodes.
#pragma once

#include <string>
#include <vector>

#include "node/status.h"

namespace dms::node {

// For each host but the first of AZ_BATCH_HOST_LIST: starts this program there by mpirun, in the
// directory of this one's name, has it zip what matches, and unpacks that to `directory`/1, /2 …
// A pattern that matches nothing there is no error. Hosts are asked one after the other.
// Requires: `self` is this program's path, the same on every host.
Status gather(const std::string& self, const std::string& directory,
              const std::vector<std::string>& patterns);

}  // namespace dms::node
