// The tasks that the benchmark adds.
#pragma once

#include <string_view>
#include <vector>

#include "batch/wire.h"

namespace dms::bench {

// Tasks as `dmsbatch run` makes them of a sweep over four parameters with inputs and outputs.
std::vector<batch::Task> study_tasks(int count);

// `true`, and nothing else.
std::vector<batch::Task> true_tasks(int count);

}  // namespace dms::bench
