// Task ids of a master and its workers, which say what each does: running a study again finds them.
//
//   master-<identity>
//   worker-0007-<identity>-<start>          worker 7 of a master's start
//   worker-0007-r2-<identity>-<start>       its second successor
//
// <identity> is 12 hex digits that follow from what the study does. <start> is 6 hex digits that
// follow from where and when the master started: a master that was requeued to another node has
// other workers.
//
// Values; const functions are safe from any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/time.h"

namespace dms::models {

struct WorkerName {
  int number = 1;
  int attempt = 0;
  std::string start;
  auto operator<=>(const WorkerName&) const = default;
};

// The <start> of a master that runs on this node since then.
std::string master_start(std::string_view node_id, const Timestamp& start_time);

class CrewNames {
 public:
  explicit CrewNames(std::string identity) : identity_(std::move(identity)) {}

  std::string master() const { return "master-" + identity_; }
  std::string worker(const WorkerName& name) const;
  // Nothing for a task that is no worker of this study.
  std::optional<WorkerName> parse(std::string_view task_id) const;

 private:
  std::string identity_;
};

}  // namespace dms::models
