// Which tasks of a job wait for which others.
//
// A task names its parents by id and by ranges of integers; a parent need not exist yet. It waits
// for as many things as TaskRecord::unmet says: its ids and its ranges that are not satisfied. An
// integer is satisfied while at least one task whose id reads as it ("4", "04") is.
//
// A range waits at its first integer that is not satisfied; there all ranges are alike but for
// their ends. So they move on together, the smaller crowd joins the larger, and n tasks that wait
// for the same n integers cost n log² n in all. Source: REST reference, "TaskDependencies".
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <vector>

#include "batch/wire.h"
#include "service/core/ids.h"
#include "service/core/intervals.h"

namespace dms::service {

struct TaskRecord;

class Dependencies {
 public:
  // The task depends on these; sets its `unmet`. Requires: it stays where it is until removed.
  void add(TaskRecord& task, const batch::TaskDependencies& on);
  // The task will be gone. Requires: the same dependencies as it was added with.
  void remove(TaskRecord& task, const batch::TaskDependencies& on);

  // A parent is satisfied from now on, or is not any more. Returns the tasks that wait for nothing
  // from now on, or did so until now.
  std::vector<TaskRecord*> satisfy(const TaskId& parent);
  std::vector<TaskRecord*> unsatisfy(const TaskId& parent);

  // The parent's id as it was satisfied, or null.
  const TaskId* satisfied(const TaskId& parent) const;
  // Whether a task that is there may depend on it.
  bool is_parent(const TaskId& id) const;

 private:
  // One range of one task, at the place where it waits.
  struct Waiting {
    std::int64_t end;
    TaskRecord* task;
    std::size_t index;  // in the task's ranges
    auto operator<=>(const Waiting&) const = default;
  };
  struct Range {
    std::int64_t start;
    std::int64_t end;
    bool met;
  };

  void satisfy_number(int number, std::vector<TaskRecord*>& released);
  void unsatisfy_number(int number, std::vector<TaskRecord*>& held);
  void miss(TaskRecord& task, std::size_t index, Range& range, int number,
            std::vector<TaskRecord*>& held);

  std::set<TaskId> satisfied_;
  std::map<TaskId, std::set<TaskRecord*>> dependents_;  // by parent
  std::map<TaskRecord*, std::vector<Range>> ranges_;
  std::map<std::int64_t, std::set<Waiting>> waiting_;  // by the first missing integer
  Intervals numbers_;                                  // satisfied
  std::map<int, int> satisfying_;                      // tasks of each satisfied integer
};

// Errors: batch_error TaskDependencyListTooLong, TaskDependencyRangesTooLong, InvalidPropertyValue.
Status check_dependencies(const batch::TaskDependencies& on);

// The integer that an id reads as, leading zeros left out.
std::optional<int> number_of(const TaskId& id);

}  // namespace dms::service
