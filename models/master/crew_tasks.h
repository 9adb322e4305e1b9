// A master and its workers as Batch tasks.
//
// The master's task runs its command by `dmsnode master`, which prints where it is; workers have
// that in their environment.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "batch/wire.h"
#include "models/master/crew_names.h"
#include "models/runs/run.h"
#include "models/runs/run_task.h"
#include "models/study/study.h"

namespace dms::models {

// Where a master is.
struct MasterPlace {
  std::string hostname;
  std::string ip;    // empty: not said
  std::string port;  // empty: none
};

// Reads what a master has printed so far: "hostname NAME" in the first line, then, by dmsnode,
// "address IP" and "port N". Nothing while the lines are not whole.
// Errors: invalid_argument when the first line is another.
Result<std::optional<MasterPlace>> read_master_place(std::string_view printed,
                                                     const MasterSpec& master);

class CrewTasks {
 public:
  // `inputs_sha256` tells the content of the inputs; empty without. Requires: study.master and
  // study.workers.
  CrewTasks(const Study& study, const std::string& inputs_sha256);
  CrewTasks(const CrewTasks&) = delete;  // its runs refer to its studies
  CrewTasks& operator=(const CrewTasks&) = delete;

  const CrewNames& names() const { return names_; }
  // The master as a run of its own, for a table of results.
  const Runs& master_runs() const { return master_runs_; }

  batch::Task master(const TaskPlace& place) const;
  batch::Task worker(const WorkerName& name, const MasterPlace& master,
                     const TaskPlace& place) const;

 private:
  const Study master_;   // the master's part as a study without a sweep
  const Study workers_;  // likewise, of a worker
  const Runs master_runs_;
  const Runs worker_runs_;
  const CrewNames names_;
};

}  // namespace dms::models
