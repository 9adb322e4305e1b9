// AzureBlob: the stored access policies of a container.
#include <fmt/format.h>

#include <algorithm>

#include "blob/azure_blob.h"
#include "blob/operations.h"
#include "blob/sas.h"
#include "blob/wire_access.h"
#include "blob/xml.h"

namespace dms::blob {
namespace {

constexpr std::string_view public_access_header = "x-ms-blob-public-access";
// How often a change begins anew because others changed the container's access, too.
constexpr int attempts = 5;

Result<ContainerAccess> access_of(const Response& answer) {
  ContainerAccess access;
  const auto word = answer.headers.get(public_access_header);
  if (word == "blob") access.public_access = PublicAccess::blob;
  if (word == "container") access.public_access = PublicAccess::container;
  DMS_TRY(access.policies, read_access_policies(answer.body));
  return access;
}

Status put_access(const Rest& rest, std::string_view container, ContainerAccess access,
                  Headers headers) {
  for (auto& policy : access.policies)
    policy.permissions = permissions_in_order(std::move(policy.permissions));
  DMS_CHECK(check_access_policies(access.policies));
  headers.set("Content-Type", "application/xml");
  if (access.public_access != PublicAccess::none)
    headers.set(std::string(public_access_header),
                access.public_access == PublicAccess::blob ? "blob" : "container");
  DMS_CHECK(
      rest.call(op::set_container_acl, {.container = container},
                {.headers = std::move(headers), .body = write_access_policies(access.policies)}));
  return ok();
}

auto find(AccessPolicies& policies, std::string_view id) {
  return std::find_if(policies.begin(), policies.end(),
                      [&](const auto& policy) { return policy.id == id; });
}

}  // namespace

Result<ContainerAccess> AzureBlob::get_container_access_policy(std::string_view container) {
  DMS_TRY(const auto answer, rest_.call(op::get_container_acl, {.container = container}));
  return access_of(answer);
}

Status AzureBlob::set_container_access_policy(std::string_view container, ContainerAccess access) {
  return put_access(rest_, container, std::move(access), {});
}

// A put that is repeated after a lost answer meets its own change: then there is none left to make.
Status AzureBlob::change_access(std::string_view container,
                                const std::function<Status(ContainerAccess&)>& change) {
  Status put = ok();
  for (int attempt = 0; attempt < attempts; ++attempt) {
    DMS_TRY(const auto answer, rest_.call(op::get_container_acl, {.container = container}));
    DMS_TRY(const ContainerAccess current, access_of(answer));
    ContainerAccess wanted = current;
    DMS_CHECK(change(wanted));
    if (wanted == current) return ok();
    const Headers unchanged{
        {"If-Unmodified-Since", std::string(answer.headers.get("Last-Modified"))}};
    put = put_access(rest_, container, std::move(wanted), unchanged);
    if (put || put.error().service_code != "ConditionNotMet") return put;
  }
  return put;
}

Status AzureBlob::set_access_policy(std::string_view container, const AccessPolicy& policy) {
  AccessPolicy ordered = policy;
  ordered.permissions = permissions_in_order(std::move(ordered.permissions));
  return change_access(container, [&](ContainerAccess& access) {
    const auto found = find(access.policies, ordered.id);
    if (found == access.policies.end())
      access.policies.push_back(ordered);
    else
      *found = ordered;
    return ok();
  });
}

Status AzureBlob::delete_access_policy(std::string_view container, std::string_view id) {
  bool deleted = false;
  return change_access(container, [&](ContainerAccess& access) -> Status {
    const auto found = find(access.policies, id);
    if (found != access.policies.end()) {
      access.policies.erase(found);
      deleted = true;
      return ok();
    }
    if (deleted) return ok();
    return fail(Code::not_found,
                fmt::format("the container '{}' has no access policy '{}'", container, id));
  });
}

}  // namespace dms::blob
