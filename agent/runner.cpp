#include "agent/runner.h"

#include <cstdlib>
#include <memory>

#include "agent/process_tree.h"
#include "agent/run.h"
#include "agent/supervision.h"
#include "core/clock.h"
#include "core/curl_transport.h"
#include "core/log.h"
#include "core/retry.h"

namespace dms::agent {
namespace {

// Files are waited for about ten minutes: a service that is being started again, or a busy one,
// must not cost a run its inputs or its results. A run that is ended stops waiting.
constexpr RetryPolicy patient{.max_tries = 65, .longest_delay = std::chrono::seconds{10}};

// The way to the network, set up at the first transfer and kept with its connections.
class Network {
 public:
  Transport& transport() {
    if (!retrying_) {
      curl_ = std::make_unique<CurlTransport>(CurlOptions{.redirects = Redirects::follow});
      retrying_ = std::make_unique<Retrying>(*curl_, system_clock(), patient);
    }
    return *retrying_;
  }

 private:
  std::unique_ptr<CurlTransport> curl_;
  std::unique_ptr<Retrying> retrying_;
};

// What a task finds beside the environment of its spec.
Environment host_environment() {
  Environment environment;
  set_variable(environment, "PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
  for (const char* name : {"PATH", "HOME", "USER", "LANG", "TZ"})
    if (const char* value = std::getenv(name)) set_variable(environment, name, value);
  return environment;
}

}  // namespace

int run_runner(UniqueFd socket, const std::string& root) {
  if (const Status status = become_subreaper(); !status) {
    log_error(status.error().message);
    return 1;
  }
  Supervision supervision(std::move(socket));
  Network network;
  const RunHost host{root, host_environment(), supervision,
                     [&]() -> Transport& { return network.transport(); }};
  while (const auto spec = supervision.next_run()) {
    const auto end = carry_out(*spec, host);
    if (!end) break;
    supervision.report(*end);
  }
  return 0;
}

}  // namespace dms::agent
