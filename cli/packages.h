// Where application packages are kept and changed: the local service's own store, or the
// management plane of Azure. Listing them is the data plane's work, the same for both.
#pragma once

#include <memory>
#include <string>

#include "core/clock.h"
#include "core/config.h"
#include "core/result.h"

namespace dms::cli {

// One thread. Errors: those of the service, with the application named.
class Packages {
 public:
  virtual ~Packages() = default;
  // Uploads a version; one that is there is replaced. `zip` is the path of the archive.
  virtual Status put(const std::string& application, const std::string& version,
                     const std::string& zip) = 0;
  virtual Status set_default(const std::string& application, const std::string& version) = 0;
  // Removes a version, or with an empty one the application with all of them.
  virtual Status remove(const std::string& application, const std::string& version) = 0;
};

// The packages of the configured account. For an account of Azure it signs in with a token of
// Microsoft Entra, whatever _AUTH_MODE is, since the management plane knows no keys.
// Errors: invalid_argument for a key, an address or a missing _SUBSCRIPTION_ID; those of finding
// the account.
Result<std::unique_ptr<Packages>> open_packages(const Config& config, Clock& clock);

}  // namespace dms::cli
