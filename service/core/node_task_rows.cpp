// Rows of kind "node-task".
#include "core/codec.h"
#include "service/bad_row.h"
#include "service/core/node_tasks.h"
#include "service/core/rows.h"

namespace dms::service {

namespace {

constexpr const char* node_task_kind = "node-task";

struct StoredJobOnNode {
  std::string job;
  std::string pool;
  std::string node;
  bool prepare_again = false;
  int preparation_attempt = 0;
  std::optional<batch::JobPreparationTaskExecutionInfo> preparation;
  int release_attempt = 0;
  std::optional<batch::JobReleaseTaskExecutionInfo> release;
  template <class S = StoredJobOnNode>
  static constexpr auto fields() {
    return std::tuple{required("job", &S::job),
                      required("pool", &S::pool),
                      required("node", &S::node),
                      required("prepareAgain", &S::prepare_again),
                      required("preparationAttempt", &S::preparation_attempt),
                      field("preparation", &S::preparation),
                      required("releaseAttempt", &S::release_attempt),
                      field("release", &S::release)};
  }
};

template <class Info>
NodeTask node_task_of(const Info& info, int attempt) {
  NodeTask task;
  task.state = info.state;
  task.attempt = attempt;
  task.started = info.start_time;
  task.ended = info.end_time;
  task.exit_code = info.exit_code;
  task.failure = info.failure_info;
  task.result = info.result;
  return task;
}

}  // namespace

Change job_on_node_row(const JobRecord& job, const NodeKey& key, const JobOnNode& there) {
  StoredJobOnNode stored;
  stored.job = job.wire.id;
  stored.pool = key.pool.text;
  stored.node = key.node.text;
  stored.prepare_again = there.prepare_again;
  if (there.preparation) {
    stored.preparation_attempt = there.preparation->attempt;
    stored.preparation = preparation_info(*there.preparation);
  }
  if (there.release) {
    stored.release_attempt = there.release->attempt;
    stored.release = release_info(*there.release);
  }
  return Change::put(node_task_kind, stored.job + "/" + stored.pool + "/" + stored.node,
                     encode(stored));
}

Change erase_job_on_node_rows(const JobRecord& job) {
  return Change::erase_prefix(node_task_kind, job.wire.id + "/");
}

Status load_jobs_on_nodes(Core& core, Store& store) {
  Status status = ok();
  const auto load = [&](std::string_view key, std::string_view value) -> Status {
    auto stored = decode<StoredJobOnNode>(value);
    if (!stored) return bad_row(node_task_kind, key, stored.error().message);
    JobRecord* job = core.find_job({stored->job});
    if (!job) return bad_row(node_task_kind, key, "its job is not in the store");
    JobOnNode& there = job->on_nodes[{{stored->pool}, {stored->node}}];
    there.prepare_again = stored->prepare_again;
    if (stored->preparation) {
      there.preparation = node_task_of(*stored->preparation, stored->preparation_attempt);
      there.preparation->retry_count = stored->preparation->retry_count;
      there.preparation->last_retry = stored->preparation->last_retry_time;
    }
    if (stored->release) there.release = node_task_of(*stored->release, stored->release_attempt);
    return ok();
  };
  DMS_CHECK(store.load(node_task_kind, [&](std::string_view key, std::string_view value) {
    if (status) status = load(key, value);
  }));
  return status;
}

}  // namespace dms::service
