// Whoever is signed in with the program az (Azure CLI).
#pragma once

#include <chrono>
#include <string>

#include "core/auth/token.h"
#include "core/clock.h"

namespace dms {

struct AzOptions {
  std::string program = "az";  // found through PATH when it holds no '/'
  std::string tenant = {};     // empty: the one of the active subscription
  std::chrono::milliseconds limit{60'000};
};

// Runs `az account get-access-token`, once a call. The token comes through a pipe; nothing secret
// stands on the command line, and what az wrote to its stdout never in an error.
class AzProgram final : public TokenSource {
 public:
  // Requires: `clock` outlives the source.
  AzProgram(AzOptions options, Clock& clock) : options_(std::move(options)), clock_(clock) {}

  Result<Token> token(const std::string& resource, std::stop_token stop) override;

 private:
  const AzOptions options_;
  Clock& clock_;
};

}  // namespace dms
