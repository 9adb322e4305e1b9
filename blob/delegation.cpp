#include "blob/delegation.h"

#include <fmt/format.h>

#include "blob/operations.h"
#include "blob/xml.h"

namespace dms::blob {
namespace {

constexpr std::chrono::hours key_lifetime{7 * 24};
// How far the clocks may be apart.
constexpr std::chrono::minutes clock_slack{15};

}  // namespace

Result<DelegationKey> DelegationKeys::key_until(Timestamp expiry) {
  const Timestamp now = clock_.now();
  if (expiry.at > now.at + longest_delegation)
    return fail(
        Code::invalid_argument,
        fmt::format("a signature with _AUTH_MODE = aad lasts {} hours at most, not until "
                    "{}; give the storage account's key for longer ones",
                    std::chrono::duration_cast<std::chrono::hours>(longest_delegation).count(),
                    expiry.iso8601()));
  const std::lock_guard lock(mutex_);
  if (held_ && expiry <= held_until_) return *held_;
  const auto whole = [](Timestamp time) {
    return Timestamp{std::chrono::floor<std::chrono::seconds>(time.at)};
  };
  const std::string body =
      write_key_info(whole({now.at - clock_slack}), whole({now.at + key_lifetime - clock_slack}));
  DMS_TRY(const auto answer,
          rest_.call(op::get_user_delegation_key, {},
                     {.headers = {{"Content-Type", "application/xml"}}, .body = body}));
  DMS_TRY(held_, read_delegation_key(answer.body));
  DMS_TRY(held_until_, Timestamp::parse(held_->expiry));
  if (expiry > held_until_)
    return fail(Code::internal, fmt::format("the service's delegation key ends at {}, before {}",
                                            held_->expiry, expiry.iso8601()));
  return *held_;
}

}  // namespace dms::blob
