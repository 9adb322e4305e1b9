// `dmsnode mpi-rank`: stands between mpirun and one rank's program, and tells where the rank was
// when it failed, which not every mpirun does.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "node/status.h"

namespace dms::node {

// Runs the program; ends as the program did, by the same signal too. One that fails without having
// been told to end is named on stderr: "dmsnode: rank 3 on node-a ended with exit code 7".
Status mpi_rank(const std::vector<std::string>& program, int& exit_code);

// The exit code in such a line, 128 + n for signal n; nothing in any other line.
std::optional<int> code_of_rank_message(const std::string& line);

}  // namespace dms::node
