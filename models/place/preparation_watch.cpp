#include "models/place/preparation_watch.h"

#include <fmt/format.h>

namespace dms::models {
namespace {

struct Nodes {
  int running = 0;
  int prepared = 0;
  int failed = 0;
  std::string reason;   // of the first failure
  std::string node_id;  // where that was
  std::string directory;
};

std::string reason_of(const batch::JobPreparationTaskExecutionInfo& info) {
  std::string reason;
  if (info.exit_code) reason = fmt::format("exit code {}", *info.exit_code);
  if (!info.failure_info || info.failure_info->code == "FailureExitCode") return reason;
  reason = info.failure_info->message.value_or(info.failure_info->code.value_or(reason));
  for (const auto& detail : info.failure_info->details)
    if (detail.value && !detail.value->empty()) reason += "; " + *detail.value;
  return reason;
}

void count(Nodes& nodes, const batch::JobPreparationAndReleaseTaskStatus& status) {
  const auto& info = status.job_preparation_task_execution_info;
  if (!info) return;
  if (info->state == batch::NodeTaskState::running)
    ++nodes.running;
  else if (info->result == batch::TaskResult::success)
    ++nodes.prepared;
  else if (++nodes.failed == 1)
    nodes = {nodes.running,
             nodes.prepared,
             1,
             reason_of(*info),
             status.node_id.value_or(""),
             info->task_root_directory.value_or("")};
}

// The last line that the preparation wrote to stderr; empty when it cannot be read.
std::string last_words(batch::AzureBatch& batch, std::string_view pool_id, const Nodes& nodes) {
  if (nodes.directory.empty()) return {};
  auto text = batch.read_compute_node_file_as_string(pool_id, nodes.node_id,
                                                     nodes.directory + "/stderr.txt");
  if (!text) return {};
  while (text->ends_with('\n')) text->pop_back();
  return text->substr(text->rfind('\n') + 1);
}

}  // namespace

Result<std::string> preparation_state(batch::AzureBatch& batch, std::string_view job_id,
                                      std::optional<int> spare_nodes) {
  Nodes nodes;
  std::string pool_id;
  const Status listed = batch.list_preparation_and_release_status(
      job_id, {}, [&](const batch::JobPreparationAndReleaseTaskStatus& status) {
        pool_id = status.pool_id.value_or(pool_id);
        count(nodes, status);
        return ok();
      });
  if (!listed && listed.error().code == Code::conflict) return std::string();
  if (!listed) return listed.error();
  if (nodes.failed == 0)
    return nodes.running == 0 ? std::string()
                              : fmt::format("{} node{} being prepared", nodes.running,
                                            nodes.running == 1 ? " is" : "s are");
  std::string why = nodes.reason;
  if (const std::string words = last_words(batch, pool_id, nodes); !words.empty())
    why += ": " + words;
  const int all = nodes.running + nodes.prepared + nodes.failed;
  const bool too_few = spare_nodes && nodes.failed > *spare_nodes;
  if (nodes.failed < all && !too_few)
    return fmt::format("preparation failed on {} of {} nodes: {}", nodes.failed, all, why);
  return fail(Code::exhausted,
              fmt::format("{} could be prepared for job {}, so its runs do not start; on node "
                          "{}: {}. When that is mended: dmsbatch job delete {}, and run again",
                          nodes.failed < all ? "too few nodes" : "no node", job_id, nodes.node_id,
                          why, job_id));
}

}  // namespace dms::models
