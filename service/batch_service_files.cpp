// Operations on the files of tasks and nodes.
#include "batch/errors.h"
#include "service/batch_service.h"
#include "service/core/tasks.h"
#include "service/node_files.h"

namespace dms::service {

using batch::batch_error;
namespace op = batch::op;

namespace {

// Where a task's files lie. Errors: TaskFilesUnavailable before its first run and once its node is
// gone.
Result<FileRoot> task_root(Engine& engine, const Call& call) {
  return engine.look([&](const Core& core) -> Result<FileRoot> {
    const auto job = core.jobs.find({call.ids[0]});
    if (job == core.jobs.end()) return batch_error("JobNotFound");
    const auto task = job->second.tasks.find({call.ids[1]});
    if (task == job->second.tasks.end()) return batch_error("TaskNotFound");
    const auto& node = task->second.node;
    if (!node) return batch_error("TaskFilesUnavailable", "the task has not run yet");
    const auto pool = core.pools.find(node->pool);
    if (pool == core.pools.end() || !pool->second.nodes.contains(node->node))
      return batch_error("TaskFilesUnavailable", "the node that ran the task is gone");
    if (task->second.files_gone)
      return batch_error("TaskFilesCleanedup", "the task's retention time is over");
    return FileRoot{node_root(core, *node) + "/" + task_directory(job->first, task->first),
                    task_url(core, job->second, task->second)};
  });
}

Result<FileRoot> root_of_node(Engine& engine, const Call& call) {
  return engine.look([&](const Core& core) -> Result<FileRoot> {
    const auto pool = core.pools.find({call.ids[0]});
    if (pool == core.pools.end()) return batch_error("PoolNotFound");
    const auto node = pool->second.nodes.find({call.ids[1]});
    if (node == pool->second.nodes.end()) return batch_error("NodeNotFound");
    return FileRoot{node_root(core, {pool->first, node->first}),
                    core.base_url + "/pools/" + pool->first.text + "/nodes/" + node->first.text};
  });
}

}  // namespace

void BatchService::add_file_routes() {
  router_.on(op::list_task_files, [this](const Call& call) -> Result<Reply> {
    DMS_TRY(const FileRoot root, task_root(engine_, call));
    return list_files(call, root, options_.base_url);
  });
  router_.on(op::get_task_file, [this](const Call& call) -> Result<Reply> {
    DMS_TRY(const FileRoot root, task_root(engine_, call));
    return get_file(call, root, call.ids[2]);
  });
  router_.on(op::get_task_file_properties, [this](const Call& call) -> Result<Reply> {
    DMS_TRY(const FileRoot root, task_root(engine_, call));
    return get_file_properties(call, root, call.ids[2]);
  });
  router_.on(op::delete_task_file, [this](const Call& call) -> Result<Reply> {
    DMS_TRY(const FileRoot root, task_root(engine_, call));
    return delete_file(call, root, RootOf::task, call.ids[2]);
  });
  router_.on(op::delete_node_file, [this](const Call& call) -> Result<Reply> {
    DMS_TRY(const FileRoot root, root_of_node(engine_, call));
    return delete_file(call, root, RootOf::node, call.ids[2]);
  });
  router_.on(op::list_node_files, [this](const Call& call) -> Result<Reply> {
    DMS_TRY(const FileRoot root, root_of_node(engine_, call));
    return list_files(call, root, options_.base_url);
  });
  router_.on(op::get_node_file, [this](const Call& call) -> Result<Reply> {
    DMS_TRY(const FileRoot root, root_of_node(engine_, call));
    return get_file(call, root, call.ids[2]);
  });
  router_.on(op::get_node_file_properties, [this](const Call& call) -> Result<Reply> {
    DMS_TRY(const FileRoot root, root_of_node(engine_, call));
    return get_file_properties(call, root, call.ids[2]);
  });
}

}  // namespace dms::service
