#include "service/core/show_task.h"

#include <algorithm>

#include "service/core/tasks.h"

namespace dms::service {

namespace {

using Names = std::vector<std::string>;

// The members that the service adds; the others and "id" are of the spec.
const Names& status_members() {
  static const Names names{"url",           "eTag",
                           "lastModified",  "creationTime",
                           "state",         "stateTransitionTime",
                           "previousState", "previousStateTransitionTime",
                           "executionInfo", "nodeInfo",
                           "stats"};
  return names;
}

void add_status(batch::Task& wire, const Core& core, const JobRecord& job, const TaskRecord& task,
                const std::optional<batch::TaskStatistics>& statistics) {
  wire.url = task_url(core, job, task);
  wire.etag = task.modified.etag();
  wire.last_modified = task.modified;
  wire.creation_time = task.created;
  wire.state = task.state;
  wire.state_transition_time = task.state_since;
  wire.previous_state = task.previous_state;
  wire.previous_state_transition_time = task.previous_since;
  wire.execution_info = execution_info(task);
  if (task.node) wire.node_info = node_info(core, *task.node, task_directory(job.id(), task.id));
  if (statistics) wire.stats = Opaque{encode(*statistics)};
}

bool is_status(std::string_view member) {
  return equal_ignoring_case(member, "id") ||
         std::any_of(status_members().begin(), status_members().end(),
                     [&](const auto& name) { return equal_ignoring_case(name, member); });
}

}  // namespace

Result<batch::Task> spec_of(const TaskRecord& task) {
  return decode<batch::Task>(task.spec.unpack());
}

void drop_status(batch::Task& wire) {
  wire.url.reset();
  wire.etag.reset();
  wire.last_modified.reset();
  wire.creation_time.reset();
  wire.state.reset();
  wire.state_transition_time.reset();
  wire.previous_state.reset();
  wire.previous_state_transition_time.reset();
  wire.execution_info.reset();
  wire.node_info.reset();
  wire.stats.reset();
}

Result<std::string> encode_task(const Core& core, const JobRecord& job, const TaskRecord& task,
                                const std::optional<batch::TaskStatistics>& statistics,
                                const Names& select, std::string_view head) {
  batch::Task wire{.id = task.id.text};
  if (!std::all_of(select.begin(), select.end(), is_status)) {
    DMS_TRY(wire, spec_of(task));
  }
  add_status(wire, core, job, task, statistics);
  if (!select.empty()) return encode(wire, select, head);
  const std::string spec = task.spec.unpack();
  const std::string status = encode(wire, status_members());
  std::string text = "{";
  text.reserve(head.size() + spec.size() + status.size() + 1);
  text.append(head).append(head.empty() ? "" : ",");
  text.append(spec, 1, spec.size() - 2).append(",").append(status, 1);
  return text;
}

}  // namespace dms::service
