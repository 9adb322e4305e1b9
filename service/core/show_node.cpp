// A node as the service shows it.
#include <algorithm>

#include "service/core/node_runs.h"
#include "service/core/nodes.h"

namespace dms::service {

using batch::NodeState;

namespace {

constexpr int first_remote_port = 50000;  // of SSH, or RDP on Windows: one a node

bool is_windows(const PoolRecord& pool) {
  const auto& machine = pool.wire.virtual_machine_configuration;
  return machine && machine->node_agent_sku_id.starts_with("batch.node.windows");
}

bool has_no_public_address(const PoolRecord& pool) {
  const auto& network = pool.wire.network_configuration;
  return network && network->public_ip_address_configuration &&
         equal_ignoring_case(network->public_ip_address_configuration->provision.value_or(""),
                             "nopublicipaddresses");
}

// Nothing stands between nodes and clients here: each port is open on the node's own address.
batch::NodeEndpointConfiguration endpoints(const PoolRecord& pool, const NodeRecord& node) {
  batch::NodeEndpointConfiguration result;
  const auto add = [&](std::string_view name, batch::InboundEndpointProtocol protocol, int frontend,
                       int backend) {
    batch::InboundEndpoint endpoint;
    endpoint.name = std::string(name) + "." + std::to_string(node.number);
    endpoint.protocol = protocol;
    if (!has_no_public_address(pool)) endpoint.public_ip_address = node.wire.ip_address;
    endpoint.frontend_port = frontend;
    endpoint.backend_port = backend;
    result.inbound_endpoints.push_back(std::move(endpoint));
  };
  const auto& network = pool.wire.network_configuration;
  if (network && network->endpoint_configuration)
    for (const auto& nat : network->endpoint_configuration->inbound_nat_pools) {
      const int ports = nat.frontend_port_range_end - nat.frontend_port_range_start + 1;
      add(nat.name, nat.protocol, nat.frontend_port_range_start + node.number % ports,
          nat.backend_port);
    }
  const bool windows = is_windows(pool);
  add(windows ? "RDPRule" : "SSHRule", batch::InboundEndpointProtocol::tcp,
      first_remote_port + node.number, windows ? 3389 : 22);
  return result;
}

std::optional<batch::TaskInformation> describe(const Core& core, const JobId& job_id,
                                               const TaskId& task_id) {
  const auto job = core.jobs.find(job_id);
  if (job == core.jobs.end()) return std::nullopt;
  const auto task = job->second.tasks.find(task_id);
  if (task == job->second.tasks.end()) return std::nullopt;
  batch::TaskInformation info;
  info.task_url = task_url(core, job->second, task->second);
  info.job_id = job->second.wire.id;
  info.task_id = task->second.id.text;
  info.task_state = task->second.state;
  info.execution_info = execution_info(task->second);
  return info;
}

// Those that ended on the node, then those that run there.
std::vector<batch::TaskInformation> recent_tasks(const Core& core, const NodeRecord& node) {
  std::vector<batch::TaskInformation> tasks;
  const auto add = [&](const JobId& job, const TaskId& task) {
    std::erase_if(tasks, [&](const batch::TaskInformation& other) {
      return JobId{*other.job_id} == job && TaskId{*other.task_id} == task;
    });
    if (auto info = describe(core, job, task)) tasks.push_back(*std::move(info));
  };
  for (const auto& recent : node.recent) add(recent.job, recent.task);
  for (const auto& [run, since] : node.runs)
    if (run.kind == agent::RunKind::task) add({run.job_id}, {run.task_id});
  return tasks;
}

batch::VirtualMachineInfo machine_info(const batch::VirtualMachineConfiguration& machine) {
  batch::ImageReference image = machine.image_reference;
  if (image.version && !equal_ignoring_case(*image.version, "latest"))
    image.exact_version = image.version;
  return {.image_reference = std::move(image)};
}

}  // namespace

NodeState shown_state(const NodeRecord& node) {
  const NodeState state = node.wire.state.value_or(NodeState::creating);
  if (state != NodeState::idle) return state;
  if (node.used_slots > 0) return NodeState::running;
  return node.wire.scheduling_state == batch::SchedulingState::disabled ? NodeState::offline
                                                                        : NodeState::idle;
}

batch::Node show_node(const Core& core, const PoolRecord& pool, const NodeRecord& node) {
  batch::Node wire = node.wire;
  wire.url = core.base_url + "/pools/" + pool.wire.id + "/nodes/" + wire.id;
  wire.state = shown_state(node);
  wire.affinity_id = "TVM:" + wire.id;
  wire.vm_size = pool.wire.vm_size;
  const auto tasks = std::count_if(node.runs.begin(), node.runs.end(), [](const auto& run) {
    return run.first.kind == agent::RunKind::task;
  });
  wire.running_tasks_count = static_cast<int>(tasks);
  wire.running_task_slots_count = node.used_slots;
  wire.total_tasks_run = node.tasks_run;
  wire.total_tasks_succeeded = node.tasks_succeeded;
  wire.recent_tasks = recent_tasks(core, node);
  wire.endpoint_configuration = endpoints(pool, node);
  if (pool.wire.virtual_machine_configuration)
    wire.virtual_machine_info = machine_info(*pool.wire.virtual_machine_configuration);
  return wire;
}

}  // namespace dms::service
