// What an agent is told of one instance of a multi-instance task.
#include "agent/peers.h"
#include "service/core/run_spec.h"
#include "service/core/show_task.h"
#include "service/core/tasks.h"

namespace dms::service {

namespace {

// The instances' addresses, the primary's first.
std::vector<std::string> addresses(const Core& core, const Instances& instances) {
  std::vector<std::string> found;
  for (const auto& instance : instances.list) {
    const NodeRecord& node = core.pools.at(instance.node->pool).nodes.at(instance.node->node);
    found.push_back(node.wire.ip_address.value_or(""));
  }
  return found;
}

std::string join(const std::vector<std::string>& words, std::string_view joint) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : std::string(joint)) + word;
  return text;
}

// "<count> <address> <cores> <address> <cores> …", as MS-MPI reads it.
std::string ccp_nodes(const Core& core, const std::vector<std::string>& hosts) {
  std::string text = std::to_string(hosts.size());
  for (const auto& host : hosts) text += " " + host + " " + std::to_string(core.cores_per_node);
  return text;
}

// Source: "Azure Batch runtime environment variables".
void add_environment(const Core& core, const TaskRecord& task, int number, agent::RunSpec& spec) {
  const NodeKey& node = *task.instances->list[static_cast<std::size_t>(number)].node;
  const std::string root = node_root(core, node) + "/";
  const auto hosts = addresses(core, *task.instances);
  std::vector<std::string> roots;
  for (const auto& instance : task.instances->list)
    roots.push_back(node_root(core, *instance.node));
  const std::pair<const char*, std::string> settings[] = {
      {"AZ_BATCH_TASK_DIR", root + spec.task_directory},
      {"AZ_BATCH_TASK_WORKING_DIR", root + spec.task_directory + "/wd"},
      {"AZ_BATCH_TASK_SHARED_DIR", root + spec.coordination->shared_directory},
      {"AZ_BATCH_HOST_LIST", join(hosts, ",")},
      {"AZ_BATCH_NODE_LIST", join(hosts, ";")},
      {"AZ_BATCH_MASTER_NODE", hosts.front() + ":6000"},
      {"AZ_BATCH_IS_CURRENT_NODE_MASTER", number == 0 ? "true" : "false"},
      {"CCP_NODES", ccp_nodes(core, hosts)},
      {agent::peer_roots_variable, join(roots, "\n")}};
  for (const auto& [name, value] : settings) {
    std::erase_if(spec.environment, [name = name](const auto& one) { return one.name == name; });
    spec.environment.push_back({name, value});
  }
}

// A subtask has no command of its own; it ends with its task, so the primary's limit is enough.
void make_subtask(agent::RunSpec& spec) {
  spec.command_line.clear();
  spec.resource_files.clear();
  spec.output_files.clear();
  spec.max_wall_clock_time.reset();
}

}  // namespace

Result<agent::RunSpec> run_spec_of_instance(const Core& core, const JobRecord& job,
                                            const TaskRecord& task, int number) {
  DMS_TRY(auto wire, spec_of(task));
  const auto& instance = task.instances->list[static_cast<std::size_t>(number)];
  DMS_TRY(agent::RunSpec spec, run_spec_of_task(core, job, task, *instance.node));
  spec.run = run_ref(job, task, number);
  spec.task_directory = instance_directory(job.id(), task.id, number);
  spec.coordination = agent::Coordination{
      .shared_directory = task_directory(job.id(), task.id),
      .command_line = std::move(wire.multi_instance_settings->coordination_command_line),
      .common_resource_files = std::move(wire.multi_instance_settings->common_resource_files)};
  if (number != 0) make_subtask(spec);
  add_environment(core, task, number, spec);
  return spec;
}

}  // namespace dms::service
