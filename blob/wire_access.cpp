#include "blob/wire_access.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "blob/sas.h"

namespace dms::blob {
namespace {

bool are_letters_in_order(std::string_view letters) {
  std::size_t next = 0;
  for (const char letter : letters) {
    const auto place = sas_letters.find(letter, next);
    if (place == sas_letters.npos) return false;
    next = place + 1;
  }
  return true;
}

// Bytes that do not continue a character.
std::size_t characters_of(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

Status check_access_policy(const AccessPolicy& policy) {
  const auto characters = characters_of(policy.id);
  if (policy.id.empty() || characters > max_policy_id)
    return fail(Code::invalid_argument,
                fmt::format("the id of the access policy '{}' has {} characters; give it 1 to {}",
                            policy.id, characters, max_policy_id));
  if (!are_letters_in_order(policy.permissions))
    return fail(Code::invalid_argument,
                fmt::format("the access policy '{}' has the permissions '{}'; give letters of {}, "
                            "in this order, each once",
                            policy.id, policy.permissions, sas_letters));
  return ok();
}

}  // namespace

Status check_access_policies(const AccessPolicies& policies) {
  if (policies.size() > max_access_policies)
    return fail(Code::invalid_argument,
                fmt::format("a container has at most {} access policies, not {}; delete one first",
                            max_access_policies, policies.size()));
  std::set<std::string_view> ids;
  for (const auto& policy : policies) {
    DMS_CHECK(check_access_policy(policy));
    if (!ids.insert(policy.id).second)
      return fail(Code::invalid_argument,
                  fmt::format("the access policy '{}' stands twice", policy.id));
  }
  return ok();
}

}  // namespace dms::blob
