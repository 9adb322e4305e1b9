// Private to SweepRunner: what is known of a study while it runs.
#pragma once

#include <optional>
#include <vector>

#include "models/runs/sweep_runner.h"

namespace dms::models {

struct SweepRunner::State {
  const Sweep& sweep;
  const Runs& runs;
  RunTable& table;
  std::optional<batch::Job> job = std::nullopt;  // as it was found
  std::uint64_t foreign_tasks = 0;               // in the job, but none of our runs
  std::vector<bool> kept = {};                   // by index: results of a success are in storage
  std::vector<bool> downloaded = {};             // by index: outputs.zip is in the scratch folder

  const Study& study() const { return sweep.study; }
  const std::string& job_id() const { return sweep.study.job_name; }
  // Where the outputs of a run that ended are in storage.
  std::string blob_of(std::uint64_t index) const {
    const Run run = runs.at(index);
    return table[index].state == RunState::succeeded ? kept_blob(runs.family(), run.digest)
                                                     : results_blob(job_id(), run.id);
  }
  std::filesystem::path outputs_of(std::uint64_t index) const {
    return sweep.out.scratch() / (std::to_string(index) + ".zip");
  }
};

}  // namespace dms::models
