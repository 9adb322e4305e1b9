// Keys that sign in place of the account's: the service gives one to who shows a token of Microsoft
// Entra. Private to blob/.
//
// Thread-safe. Source: Get User Delegation Key, Blob Storage REST reference.
#pragma once

#include <chrono>
#include <mutex>
#include <optional>

#include "blob/rest.h"
#include "blob/sas.h"
#include "core/clock.h"

namespace dms::blob {

// How long a signature by such a key can last: the service gives keys for seven days, counted by
// its own clock, and each key is kept for a while.
inline constexpr std::chrono::seconds longest_delegation = std::chrono::hours(6 * 24 + 12);

// Gets a key when one is needed, and keeps it for as long as it lasts long enough.
class DelegationKeys {
 public:
  // Requires: both outlive this.
  DelegationKeys(const Rest& rest, Clock& clock) : rest_(rest), clock_(clock) {}

  // A key that is good until `expiry` at least.
  // Errors: invalid_argument for an expiry later than longest_delegation from now; permission when
  // the identity has no role that includes generateUserDelegationKey; others of the service.
  Result<DelegationKey> key_until(Timestamp expiry);

 private:
  const Rest& rest_;
  Clock& clock_;
  std::mutex mutex_;
  std::optional<DelegationKey> held_;  // guarded by mutex_
  Timestamp held_until_;               // guarded by mutex_
};

}  // namespace dms::blob
