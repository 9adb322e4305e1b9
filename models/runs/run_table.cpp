#include "models/runs/run_table.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/fields.h"

namespace dms::models {
namespace {

// FNV-1a over the id in lower case.
std::uint64_t hash_id(std::string_view id) {
  std::uint64_t hash = 14695981039346656037ULL;
  for (const char c : id) {
    const char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    hash = (hash ^ static_cast<unsigned char>(lower)) * 1099511628211ULL;
  }
  return hash;
}

RunState state_of(const batch::Task& task) {
  switch (task.state.value_or(batch::TaskState::active)) {
    case batch::TaskState::active:
    case batch::TaskState::preparing: return RunState::waiting;
    case batch::TaskState::running: return RunState::running;
    case batch::TaskState::completed: break;
  }
  const auto& info = task.execution_info;
  if (!info) return RunState::failed;
  if (info->result)
    return *info->result == batch::TaskResult::success ? RunState::succeeded : RunState::failed;
  return info->exit_code == 0 && !info->failure_info ? RunState::succeeded : RunState::failed;
}

}  // namespace

RunRecord record_of(const batch::Task& task) {
  RunRecord record{.state = state_of(task)};
  if (!record.ended() || !task.execution_info) return record;
  const batch::TaskExecutionInfo& info = *task.execution_info;
  record.has_exit_code = info.exit_code.has_value();
  record.exit_code = info.exit_code.value_or(0);
  if (info.start_time && info.end_time)
    record.wall_seconds =
        std::chrono::duration<float>(info.end_time->at - info.start_time->at).count();
  return record;
}

Result<RunTable> RunTable::make(const Runs& runs) {
  RunTable table(runs);
  table.records_.resize(runs.size());
  table.by_hash_.reserve(runs.size());
  for (std::uint64_t index = 0; index < runs.size(); ++index)
    table.by_hash_.emplace_back(hash_id(runs.at(index).id), static_cast<std::uint32_t>(index));
  std::sort(table.by_hash_.begin(), table.by_hash_.end());
  const auto twice =
      std::adjacent_find(table.by_hash_.begin(), table.by_hash_.end(),
                         [](const auto& a, const auto& b) { return a.first == b.first; });
  if (twice == table.by_hash_.end()) return table;
  return fail(Code::invalid_argument,
              fmt::format("runs {} and {} have the same id {}", twice->second + 1,
                          std::next(twice)->second + 1, runs.at(twice->second).id));
}

RunCounts RunTable::counts() const {
  RunCounts counts;
  for (const RunRecord& record : records_) {
    counts.kept += record.kept;
    switch (record.state) {
      case RunState::absent: ++counts.absent; break;
      case RunState::waiting: ++counts.waiting; break;
      case RunState::running: ++counts.running; break;
      case RunState::succeeded: ++counts.succeeded; break;
      case RunState::failed: ++counts.failed; break;
    }
  }
  return counts;
}

std::optional<std::uint64_t> RunTable::find(std::string_view task_id) const {
  const std::pair<std::uint64_t, std::uint32_t> wanted{hash_id(task_id), 0};
  const auto found = std::lower_bound(by_hash_.begin(), by_hash_.end(), wanted);
  if (found == by_hash_.end() || found->first != wanted.first) return std::nullopt;
  if (!equal_ignoring_case(runs_->at(found->second).id, task_id)) return std::nullopt;
  return found->second;
}

void RunTable::clear() { std::fill(records_.begin(), records_.end(), RunRecord{}); }

bool RunTable::record(const batch::Task& task) {
  const auto index = find(task.id);
  if (index) records_[*index] = record_of(task);
  return index.has_value();
}

}  // namespace dms::models
