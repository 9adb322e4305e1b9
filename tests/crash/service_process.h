// The local service as a process that can be killed and started again on the same address.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "core/result.h"

namespace dms::crash {

class ServiceProcess {
 public:
  ServiceProcess(std::string dmsbatch, std::string data_dir);
  ~ServiceProcess();

  // Starts it and returns when it answers; after the first time on the port it had.
  Status start();
  // SIGKILL: the agents live on.
  void kill();
  // SIGTERM. Errors: internal when it does not end with 0.
  Status end();

  // The node agents of its data directory, and everything else that names it.
  std::vector<pid_t> agents() const;
  std::vector<pid_t> processes() const;

 private:
  const std::string dmsbatch_;
  const std::string data_dir_;
  std::string port_ = "0";
  pid_t pid_ = 0;
  int starts_ = 0;
};

}  // namespace dms::crash
