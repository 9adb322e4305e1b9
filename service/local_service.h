// The local service as a whole: Batch and Blob of one account over one port, kept in one data
// directory.
//
//   DIR/config.ini    the account, its keys and its address, mode 0600; what clients read
//   DIR/service.lock  held while the service runs      DIR/service.pid  its process id
//   DIR/service.log   what it said in the background    DIR/agents.log   what its agents say
//   DIR/state.db      the store                         DIR/agents.sock  where agents connect
//   DIR/blobs/        the bytes of blobs                DIR/nodes/       the nodes' directories
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/clock.h"
#include "core/config.h"
#include "service/core/auto_scale_times.h"

namespace dms::service {

struct ServiceOptions {
  std::filesystem::path data_dir;
  std::string host = "127.0.0.1";
  // 0 picks a free one; without a value the port of the last time, since waiting tasks name it.
  std::optional<std::uint16_t> port;
  // The command that becomes a node agent; see AgentHostOptions.
  std::vector<std::string> agent_command;
  AutoScaleTimes auto_scale_times;
};

class LocalService {
 public:
  // Serves when this returns; config.ini is written.
  // Errors: conflict when a service runs with this data directory, or the port is taken; permission
  // and exhausted from the disk; corrupt when the store is not ours.
  // Requires: `clock` outlives the service.
  static Result<std::unique_ptr<LocalService>> start(const ServiceOptions& options, Clock& clock);
  virtual ~LocalService() = default;

  virtual const Config& config() const = 0;
  // How long nobody has asked anything while nothing ran or waited to run; zero when in use.
  virtual std::chrono::nanoseconds idle_time() = 0;
  // Answers no more. Agents with tasks go on and find the next service; idle ones end. Repeatable.
  virtual void stop() = 0;
};

}  // namespace dms::service
