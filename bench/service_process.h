// `dmsbatch serve` as a child process of a benchmark, with a data directory of its own.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>

#include "batch/azure_batch.h"
#include "bench/timing.h"
#include "core/config.h"

namespace dms::bench {

class ServiceProcess {
 public:
  // Starts the `dmsbatch` that lies beside this program and returns when it answers. Its log is
  // `data_dir`.log. Started again on the same directory it goes on with what is there.
  // Errors: those of spawn_child; timeout when it is not ready after a minute.
  static Result<std::unique_ptr<ServiceProcess>> start(const std::string& data_dir);
  explicit ServiceProcess(pid_t pid) : pid_(pid) {}
  // Ends it, however the measurement went.
  ~ServiceProcess();
  ServiceProcess(const ServiceProcess&) = delete;
  ServiceProcess& operator=(const ServiceProcess&) = delete;

  const Config& config() const { return config_; }
  Result<std::unique_ptr<batch::BatchClient>> connect() const;

  // Of the service's own process, without agents and tasks.
  Result<std::uint64_t> resident_bytes() const;
  Result<Seconds> cpu_time() const;

 private:
  const pid_t pid_;
  Config config_;
};

}  // namespace dms::bench
