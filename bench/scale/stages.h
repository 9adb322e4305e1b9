// The parts of the measurement. Each starts a service of its own and prints what it finds.
#pragma once

#include <string>

#include "bench/report.h"
#include "core/result.h"

namespace dms::bench {

struct Setting {
  std::string directory;  // for everything that is written
  int tasks = 100'000;
  int slots = 2;
};

// How fast tasks are added by AzureBatch::submit_tasks and by @azure/batch, in turns.
Status measure_adding(const Setting& setting, Report& report);
// What queued tasks cost: memory, and reads of counts and lists while nothing runs.
Status measure_queue(const Setting& setting, Report& report);
// What running tasks costs at 1,000 and at all, then lists of completed tasks and deletion.
Status measure_running(const Setting& setting, Report& report);

}  // namespace dms::bench
