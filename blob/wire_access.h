// Who may read a container without a signature, and the stored access policies that signatures
// follow. Used by the client and by the local service.
//
// Source: "Define a stored access policy" and "Set Container ACL", Storage REST reference.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "blob/wire.h"
#include "core/result.h"

namespace dms::blob {

inline constexpr std::size_t max_access_policies = 5;  // of a container
inline constexpr std::size_t max_policy_id = 64;       // characters

// A stored access policy: what signatures that name it grant, as far as they do not say it
// themselves. Changing or deleting it changes or ends all of them.
struct AccessPolicy {
  std::string id;
  std::optional<Timestamp> start = {};
  std::optional<Timestamp> expiry = {};
  std::string permissions = {};  // letters as in a signature; empty: said by the signature
  bool operator==(const AccessPolicy&) const = default;
};
using AccessPolicies = std::vector<AccessPolicy>;

// What Set Container ACL sets and Get Container ACL tells.
struct ContainerAccess {
  PublicAccess public_access = PublicAccess::none;
  AccessPolicies policies = {};
  bool operator==(const ContainerAccess&) const = default;
};

// Whether a container can have them: at most five, with ids of their own of 1 to 64 characters, and
// known permission letters, each once and in the order of blob/sas.h.
// Errors: invalid_argument, naming the policy.
Status check_access_policies(const AccessPolicies& policies);

}  // namespace dms::blob
