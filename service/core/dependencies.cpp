#include "service/core/dependencies.h"

#include <charconv>

#include "batch/errors.h"
#include "service/core/state.h"

namespace dms::service {

using batch::batch_error;

namespace {

// Of all ids, or of all ends of ranges, together (REST reference, "TaskDependencies").
constexpr std::size_t max_length = 64'000;

// A task may name a parent twice.
std::set<TaskId> parents(const batch::TaskDependencies& on) {
  std::set<TaskId> ids;
  for (const auto& id : on.task_ids) ids.insert({id});
  return ids;
}

void meet(TaskRecord& task, std::vector<TaskRecord*>& released) {
  if (--task.unmet == 0) released.push_back(&task);
}

void hold(TaskRecord& task, std::vector<TaskRecord*>& held) {
  if (task.unmet++ == 0) held.push_back(&task);
}

}  // namespace

std::optional<int> number_of(const TaskId& id) {
  int number = 0;
  const char* end = id.text.data() + id.text.size();
  const auto read = std::from_chars(id.text.data(), end, number);
  if (read.ec != std::errc{} || read.ptr != end) return std::nullopt;
  return number;
}

void Dependencies::add(TaskRecord& task, const batch::TaskDependencies& on) {
  for (const auto& id : parents(on)) {
    dependents_[id].insert(&task);
    task.unmet += !satisfied(id);
  }
  if (on.task_id_ranges.empty()) return;
  auto& ranges = ranges_[&task];
  for (const auto& [start, end] : on.task_id_ranges) {
    const std::int64_t missing = numbers_.first_missing(start);
    const bool met = missing > end;
    if (!met) waiting_[missing].insert({end, &task, ranges.size()});
    task.unmet += !met;
    ranges.push_back({start, end, met});
  }
}

void Dependencies::remove(TaskRecord& task, const batch::TaskDependencies& on) {
  for (const auto& id : parents(on)) {
    const auto found = dependents_.find(id);
    if (found == dependents_.end()) continue;
    found->second.erase(&task);
    if (found->second.empty()) dependents_.erase(found);
  }
  const auto found = ranges_.find(&task);
  if (found == ranges_.end()) return;
  for (std::size_t i = 0; i < found->second.size(); ++i) {
    const Range& range = found->second[i];
    const auto crowd = waiting_.find(numbers_.first_missing(range.start));
    if (range.met || crowd == waiting_.end()) continue;
    crowd->second.erase({range.end, &task, i});
    if (crowd->second.empty()) waiting_.erase(crowd);
  }
  ranges_.erase(found);
}

std::vector<TaskRecord*> Dependencies::satisfy(const TaskId& parent) {
  std::vector<TaskRecord*> released;
  if (!satisfied_.insert(parent).second) return released;
  if (const auto found = dependents_.find(parent); found != dependents_.end())
    for (TaskRecord* task : found->second) meet(*task, released);
  if (const auto number = number_of(parent); number && satisfying_[*number]++ == 0)
    satisfy_number(*number, released);
  return released;
}

std::vector<TaskRecord*> Dependencies::unsatisfy(const TaskId& parent) {
  std::vector<TaskRecord*> held;
  if (satisfied_.erase(parent) == 0) return held;
  if (const auto found = dependents_.find(parent); found != dependents_.end())
    for (TaskRecord* task : found->second) hold(*task, held);
  if (const auto number = number_of(parent); number && --satisfying_[*number] == 0) {
    satisfying_.erase(*number);
    unsatisfy_number(*number, held);
  }
  return held;
}

void Dependencies::satisfy_number(int number, std::vector<TaskRecord*>& released) {
  numbers_.insert(number);
  auto crowd = waiting_.extract(number);
  if (crowd.empty()) return;
  const std::int64_t next = numbers_.first_missing(number);
  std::set<Waiting>& moving = crowd.mapped();
  while (!moving.empty() && moving.begin()->end < next) {
    const Waiting first = *moving.begin();
    moving.erase(moving.begin());
    ranges_[first.task][first.index].met = true;
    meet(*first.task, released);
  }
  if (moving.empty()) return;
  std::set<Waiting>& there = waiting_[next];
  if (there.size() < moving.size()) there.swap(moving);
  there.merge(moving);
}

// Rare, so every range is looked at: a task that failed, satisfied nevertheless and runs again, or
// a satisfied one that was deleted and is added anew.
void Dependencies::unsatisfy_number(int number, std::vector<TaskRecord*>& held) {
  for (auto& [task, ranges] : ranges_)
    for (std::size_t i = 0; i < ranges.size(); ++i)
      if (ranges[i].start <= number && number <= ranges[i].end)
        miss(*task, i, ranges[i], number, held);
  numbers_.erase(number);
}

void Dependencies::miss(TaskRecord& task, std::size_t index, Range& range, int number,
                        std::vector<TaskRecord*>& held) {
  const Waiting waiting{range.end, &task, index};
  const std::int64_t place = numbers_.first_missing(range.start);
  if (!range.met && place < number) return;
  if (range.met) {
    range.met = false;
    hold(task, held);
  } else {
    const auto crowd = waiting_.find(place);
    crowd->second.erase(waiting);
    if (crowd->second.empty()) waiting_.erase(crowd);
  }
  waiting_[number].insert(waiting);
}

const TaskId* Dependencies::satisfied(const TaskId& parent) const {
  const auto found = satisfied_.find(parent);
  return found == satisfied_.end() ? nullptr : &*found;
}

bool Dependencies::is_parent(const TaskId& id) const {
  return dependents_.contains(id) || (number_of(id) && !ranges_.empty());
}

Status check_dependencies(const batch::TaskDependencies& on) {
  std::size_t length = 0;
  for (const auto& id : on.task_ids) {
    if (!valid_id(id))
      return batch::invalid_property("dependsOn.taskIds", id, "no task can have it as its id");
    length += id.size();
  }
  if (length > max_length)
    return batch_error("TaskDependencyListTooLong",
                       "dependsOn.taskIds has " + std::to_string(length) + " characters; 64000 " +
                           "are the most, and taskIdRanges may say the same");
  length = 0;
  for (const auto& [start, end] : on.task_id_ranges) {
    const std::string first = std::to_string(start);
    const std::string last = std::to_string(end);
    if (start > end)
      return batch::invalid_property("dependsOn.taskIdRanges", first + " to " + last,
                                     "the range is empty");
    length += first.size() + last.size();
  }
  if (length > max_length)
    return batch_error(
        "TaskDependencyRangesTooLong",
        "dependsOn.taskIdRanges has " + std::to_string(length) + " digits; 64000 are the most");
  return ok();
}

}  // namespace dms::service
