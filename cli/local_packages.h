// Uploads and changes application packages: operations that only the local service has
// (service/local_operations.h). Azure has them in its management API.
//
// One thread.
#pragma once

#include <memory>
#include <string>

#include "core/clock.h"
#include "core/config.h"
#include "core/http.h"
#include "service/core/packages.h"

namespace dms::cli {

class LocalPackages {
 public:
  // Errors: invalid_argument for an account of Azure, telling what manages its packages, and
  // for a key or an address that is none.
  static Result<LocalPackages> connect(const Config& config, Clock& clock);

  // `zip` is the path of the archive. A version that is there is replaced.
  Status put(const std::string& application, const std::string& version, const std::string& zip);
  Status patch(const std::string& application, const service::ApplicationPatch& patch);
  // Removes a version, or with an empty one the application.
  Status remove(const std::string& application, const std::string& version);

 private:
  struct Network;
  LocalPackages(Url endpoint, std::shared_ptr<Network> network)
      : endpoint_(std::move(endpoint)), network_(std::move(network)) {}

  Request request(std::string_view method, const std::string& application,
                  const std::string& version) const;
  Status send(const Request& request, std::string_view name);

  Url endpoint_;
  std::shared_ptr<Network> network_;
};

}  // namespace dms::cli
