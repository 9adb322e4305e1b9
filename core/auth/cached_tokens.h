// Tokens kept, shared between threads, and replaced before they end.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "core/auth/token.h"
#include "core/clock.h"

namespace dms {

struct RefreshPolicy {
  // So long before its end a token is replaced.
  std::chrono::nanoseconds ahead = std::chrono::minutes{5};
  // So long a token that is still valid is used after a try to replace it, whether the try failed
  // or brought one that ends soon as well.
  std::chrono::nanoseconds pause = std::chrono::seconds{30};
};

// Keeps one token a resource. The source is asked by one caller at a time and resource; the others
// wait for what it gets, its error included, or go on with the old token while that is valid. A
// failed refresh is no error as long as the old token is valid. Thread-safe.
class CachedTokens final : public TokenSource {
 public:
  // Requires: `source` and `clock` outlive this.
  CachedTokens(TokenSource& source, Clock& clock, RefreshPolicy policy = {})
      : source_(source), clock_(clock), policy_(policy) {}

  Result<Token> token(const std::string& resource, std::stop_token stop) override;

  // A token after the service refused one: the source is asked again, unless another caller has
  // replaced the refused one already. The source may give the refused one again.
  Result<Token> replace(const std::string& resource, const std::string& refused,
                        std::stop_token stop);

 private:
  struct Slot {
    std::optional<Token> held;
    Timestamp refresh_at;
    bool fetching = false;
    std::uint64_t fetches = 0;     // that have ended
    std::optional<Error> failure;  // of the last one
  };
  using Lock = std::unique_lock<std::mutex>;

  Result<Token> find_or_fetch(Slot& slot, const std::string& resource, std::stop_token stop,
                              Lock& lock);
  Result<Token> fetch(Slot& slot, const std::string& resource, std::stop_token stop, Lock& lock);
  Status wait_for_other(Slot& slot, std::stop_token stop, Lock& lock);

  TokenSource& source_;
  Clock& clock_;
  const RefreshPolicy policy_;

  std::mutex mutex_;
  std::condition_variable_any fetch_ended_;
  std::map<std::string, Slot> slots_;  // guarded by mutex_; never shrinks
};

}  // namespace dms
