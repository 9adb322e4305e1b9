// Private to MasterRunner: what is known of a study while it runs.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "models/master/crew.h"
#include "models/master/crew_tasks.h"
#include "models/master/master_runner.h"

namespace dms::models {

struct MasterRunner::State {
  const Plan& plan;
  const CrewTasks tasks;
  std::optional<TaskPlace> place = std::nullopt;  // of what the tasks need, signed when first used

  // As the service showed them last.
  std::optional<batch::Job> job = std::nullopt;
  std::optional<batch::Task> master = std::nullopt;
  std::vector<Worker> workers = {};

  // The master's place, and the start that it is of.
  std::string start = {};
  std::optional<MasterPlace> master_place = std::nullopt;

  // Since when the master waits or was asked after, and for what.
  std::optional<std::chrono::steady_clock::time_point> waits_since = std::nullopt;
  std::string waiting_for = {};

  int wanted = 0;                                                              // workers
  std::map<std::string, std::chrono::steady_clock::time_point> failures = {};  // first seen, by id
  std::optional<std::chrono::steady_clock::time_point> nobody_since = std::nullopt;
  std::set<std::string> told = {};  // what was noted already
  std::string failure = {};         // why the study fails, when not the master says it
  std::chrono::nanoseconds next_pause = {};

  const Study& study() const { return plan.study; }
  const std::string& job_id() const { return plan.study.job_name; }
  bool master_ended() const { return master && master->state == batch::TaskState::completed; }
  bool master_succeeded() const {
    return master_ended() && master->execution_info &&
           master->execution_info->result == batch::TaskResult::success;
  }
};

}  // namespace dms::models
