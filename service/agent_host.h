// The agents of this machine: starts one process per node, hears them over a Unix socket, and sees
// when one has died.
//
// An agent outlives the service: after a restart the host waits for those that still live to
// connect, and tells which do not. Whether one lives is read from the lock that the agent and its
// runners hold on <root>/volatile/agent.lock.
//
// Thread-safe. Events are called from the host's own thread, one at a time.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "agent/protocol.h"
#include "service/core/ids.h"

namespace dms::service {

class AgentEvents {
 public:
  virtual ~AgentEvents() = default;
  virtual void on_hello(const NodeKey& node, agent::Hello hello) = 0;
  // Instances of multi-instance tasks have run their coordination commands.
  virtual void on_coordinated(const NodeKey& node, std::vector<agent::RunRef> runs) = 0;
  virtual void on_ended(const NodeKey& node, std::vector<agent::RunEnd> ends) = 0;
  // The connection broke. on_dead follows if the agent has died.
  virtual void on_silent(const NodeKey& node) = 0;
  // Neither the agent nor a runner of it lives any more.
  virtual void on_dead(const NodeKey& node) = 0;
  // An agent that was told to stop has ended, and its runners with it; on_dead is not said.
  virtual void on_stopped(const NodeKey& node) = 0;
  // A retired node's agent has ended and its directory is removed.
  virtual void on_gone(const NodeKey& node) = 0;
};

class AgentHost {
 public:
  virtual ~AgentHost() = default;
  virtual void start(AgentEvents& events) = 0;
  // Ends the host's thread and closes the connections; the agents live on. Repeatable.
  virtual void stop() = 0;
  // Expects an agent that an earlier service started. Before start() only.
  virtual void watch(const NodeKey& node, int slots) = 0;
  virtual void start_agent(const NodeKey& node, int slots) = 0;
  // Tells the agent to end without a report of what it runs, erases the node's directory when it
  // has and that is its fate, and says on_stopped. A start that was wanted is wanted no more.
  // Repeatable; erasing once asked for stays so.
  virtual void stop_agent(const NodeKey& node, RootFate fate) = 0;
  // Tells the agent to end, removes the node's directory when it has, and says on_gone.
  virtual void retire_agent(const NodeKey& node) = 0;
  // Queues a frame; one for a node that is not connected is dropped, since its hello brings
  // everything that matters.
  virtual void send(const NodeKey& node, const agent::ToAgent& frame) = 0;
  // Ends every agent that is connected, leaving directories: for a service that ends itself.
  virtual void shut_down_agents() = 0;
};

struct AgentHostOptions {
  std::string socket_path;  // made with mode 0600; at most 107 bytes
  std::string nodes_dir;    // node roots are <nodes_dir>/<pool>/<node>
  std::string log_path;     // where agents write what they have to say
  // The command that becomes an agent; --socket, --root, --node and --slots are appended.
  std::vector<std::string> agent_command;
};

// Errors: conflict when the socket's path is too long or taken.
Result<std::unique_ptr<AgentHost>> make_agent_host(AgentHostOptions options);

}  // namespace dms::service
